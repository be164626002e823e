package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Outgoing is a PUBLISH that is to be written: to a subscriber, or by a test client. It is the
// form that costs least; nothing in it is kept by the functions that take one.
type Outgoing struct {
	Dup      bool
	Retain   bool
	QoS      mqtt.QoS
	Name     string // topic name; "" where Alias alone says it
	PacketID uint16 // with QoS 1 and 2; may be patched in later, see PatchPacketID
	Payload  []byte

	// The rest is written in MQTT 5.0 only.

	Forward         []byte // property bytes, see PublishProps.AppendForward and AppendProperties
	Expiry          uint32 // seconds that are left, where HasExpiry is set
	HasExpiry       bool
	Alias           uint16   // topic alias; 0 for none
	SubscriptionIDs []uint32 // of all subscriptions that matched [MQTT-3.3.4-3]
}

// PublishSize returns the number of bytes that AppendPublish writes, fixed header included, to
// be held against the receiver's Maximum Packet Size [MQTT-3.1.2-24].
func PublishSize(v mqtt.Version, o *Outgoing) int {
	length, _ := o.lengths(v)
	return 1 + sizeVarint(uint32(length)) + length
}

// lengths returns the remaining length, and the length of the properties within it.
func (o *Outgoing) lengths(v mqtt.Version) (remaining, props int) {
	remaining = 2 + len(o.Name) + len(o.Payload)
	if o.QoS > 0 {
		remaining += 2
	}
	if v < mqtt.V5 {
		return remaining, 0
	}
	props = len(o.Forward)
	if o.HasExpiry {
		props += 5
	}
	if o.Alias != 0 {
		props += 3
	}
	for _, id := range o.SubscriptionIDs {
		props += 1 + sizeVarint(id)
	}
	return remaining + sizeVarint(uint32(props)) + props, props
}

// AppendPublish writes o. It allocates only to make dst longer. The caller has seen to it
// that the whole is at most [MaxRemainingLength].
func AppendPublish(dst []byte, v mqtt.Version, o *Outgoing) []byte {
	return append(AppendPublishHead(dst, v, o), o.Payload...)
}

// AppendPublishHead writes all of o but its payload, which is the last part of the packet: so
// that one payload can be shared by the packets of many receivers.
func AppendPublishHead(dst []byte, v mqtt.Version, o *Outgoing) []byte {
	remaining, props := o.lengths(v)
	dst = append(dst, byte(TypePublish)<<4|publishFlags(o.Dup, o.Retain, o.QoS))
	dst = appendVarint(dst, uint32(remaining))
	dst = appendField(dst, o.Name)
	if o.QoS > 0 {
		dst = appendUint16(dst, o.PacketID)
	}
	if v >= mqtt.V5 {
		dst = appendVarint(dst, uint32(props))
		if props > 0 {
			dst = o.appendProps(dst)
		}
	}
	return dst
}

func (o *Outgoing) appendProps(dst []byte) []byte {
	if o.HasExpiry {
		dst = appendProp32(dst, propMessageExpiry, o.Expiry)
	}
	if o.Alias != 0 {
		dst = appendProp16(dst, propTopicAlias, o.Alias)
	}
	dst = append(dst, o.Forward...)
	for _, id := range o.SubscriptionIDs {
		dst = appendVarint(append(dst, propSubscriptionIdentifier), id)
	}
	return dst
}

// PatchPacketID sets packet identifier and DUP in a PUBLISH with QoS 1 or 2 that
// AppendPublish has written at the front of frame, so that one frame serves many receivers
// and resends.
func PatchPacketID(frame []byte, id uint16, dup bool) {
	frame[0] &^= flagDup
	if dup {
		frame[0] |= flagDup
	}
	at := 2
	for frame[at-1] >= 0x80 {
		at++
	}
	at += 2 + (int(frame[at])<<8 | int(frame[at+1]))
	frame[at], frame[at+1] = byte(id>>8), byte(id)
}
