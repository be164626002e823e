package link

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var (
	errSecondConnect = &packet.Error{Code: mqtt.ProtocolError, Reason: "second CONNECT on one connection [MQTT-3.1.0-2]"}
	errServerPacket  = &packet.Error{Code: mqtt.ProtocolError, Reason: "packet of a type that only servers send"}
	errNoAuthYet     = &packet.Error{Code: mqtt.ProtocolError, Reason: "AUTH without an Authentication Method in CONNECT [MQTT-3.15.0-1]"}
)

// obey does what one packet asks for. An error ends the connection.
func (l *Link) obey(h packet.Header, body []byte) error {
	if !l.accepted.Load() {
		return l.connect(h, body)
	}
	if err := h.Check(l.version); err != nil {
		return err
	}
	switch h.Type {
	case packet.TypePublish:
		return l.publish(h, body)
	case packet.TypePuback, packet.TypePubrec, packet.TypePubcomp:
		return l.acknowledged(h, body)
	case packet.TypePubrel:
		return l.release(h, body)
	case packet.TypeSubscribe:
		return l.subscribe(h, body)
	case packet.TypeUnsubscribe:
		return l.unsubscribe(h, body)
	case packet.TypePingreq:
		if err := new(packet.Pingreq).Decode(h, l.version, body); err != nil {
			return err
		}
		l.work.buf = new(packet.Pingresp).Append(l.work.buf[:0], l.version)
		l.out.Append(l.work.buf)
		return nil
	case packet.TypeDisconnect:
		return l.disconnect(h, body)
	case packet.TypeConnect:
		return errSecondConnect
	case packet.TypeAuth:
		return errNoAuthYet
	}
	return errServerPacket
}

// acknowledged takes the client's answer to a message that was sent to it.
func (l *Link) acknowledged(h packet.Header, body []byte) error {
	a := &l.work.ack
	if err := a.Decode(h, l.version, body); err != nil {
		return err
	}
	d, err := l.member.Acknowledge(a, l.work.now)
	if d.PacketID != 0 {
		l.work.watch.arm()
		l.host.Calls.Acknowledged(l.Context(), l, d)
	}
	return err
}

// release takes the PUBREL of a QoS 2 message that the client has sent
// [MQTT-4.3.3-11].
func (l *Link) release(h packet.Header, body []byte) error {
	a := &l.work.ack
	if err := a.Decode(h, l.version, body); err != nil {
		return err
	}
	code := mqtt.Success
	if !l.member.In.Release(a.PacketID) && l.version == mqtt.V5 {
		code = mqtt.PacketIdentifierNotFound
	}
	return l.answer(packet.TypePubcomp, a.PacketID, code, "")
}

// answer queues an acknowledgement. They leave in the order of what they
// acknowledge [MQTT-4.6.0-2].
func (l *Link) answer(t packet.Type, id uint16, code mqtt.ReasonCode, reason string) error {
	a := packet.Ack{Type: t, PacketID: id, Code: code, Reason: reason}
	w := l.work
	w.buf = a.Append(w.buf[:0], l.version)
	if reason != "" && l.tooLarge(w.buf) {
		a.Reason = "" // [MQTT-3.4.2-2]
		w.buf = a.Append(w.buf[:0], l.version)
	}
	l.out.Append(w.buf)
	return nil
}

// clientLeft is a DISCONNECT of the client.
type clientLeft struct{ code mqtt.ReasonCode }

func (c *clientLeft) Error() string {
	if c.code == mqtt.Success {
		return "the client disconnected"
	}
	return "the client disconnected: " + c.code.String()
}

var errExpiryRaised = &packet.Error{Code: mqtt.ProtocolError, Reason: "session expiry interval raised from 0 at DISCONNECT"}

// disconnect takes the client's leave: without its will where that is normal
// [MQTT-3.14.4-3].
func (l *Link) disconnect(h packet.Header, body []byte) error {
	var d packet.Disconnect
	if err := d.Decode(h, l.version, body); err != nil {
		return err
	}
	if err := d.CheckClient(); err != nil {
		return err
	}
	if d.HasSessionExpiry {
		if l.expiry == 0 && d.SessionExpiry > 0 {
			return errExpiryRaised
		}
		l.expiry = l.sessionExpiry(d.SessionExpiry)
	}
	if d.Code == mqtt.Success {
		l.will = nil
	}
	return &clientLeft{d.Code}
}
