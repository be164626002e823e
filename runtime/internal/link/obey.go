package link

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var (
	errSecondConnect = &packet.Error{Code: mqtt.ProtocolError, Reason: "second CONNECT on one connection [MQTT-3.1.0-2]"}
	errServerPacket  = &packet.Error{Code: mqtt.ProtocolError, Reason: "packet of a type that only servers send"}
)

// obey does what one packet asks for. An error ends the connection.
func (l *Link) obey(h packet.Header, body []byte) error {
	switch {
	case l.accepted.Load():
	case l.exchange != nil:
		return l.obeyUnknown(h, body)
	default:
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
		return l.authAgain(h, body)
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
	if l.member.Sending() { // retained messages may wait for the place
		l.sendRetained()
	}
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
	return l.answer(packet.TypePubcomp, a.PacketID, code, nil)
}

// answer acknowledges a PUBLISH or PUBREL. r is why it was refused; nil where it
// was not.
func (l *Link) answer(t packet.Type, id uint16, code mqtt.ReasonCode, r *mqtt.Refusal) error {
	a := packet.Ack{Type: t, PacketID: id, Code: code}
	a.Reason, a.User = l.told(r)
	w := l.work
	w.buf = a.Append(w.buf[:0], l.version)
	if r != nil && l.tooLarge(w.buf) {
		a.Reason, a.User = "", nil // [MQTT-3.4.2-2], [MQTT-3.4.2-3]
		w.buf = a.Append(w.buf[:0], l.version)
	}
	l.acknowledge(w.buf)
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
		if !l.keeps && d.SessionExpiry > 0 {
			return errExpiryRaised
		}
		asked := l.sessionExpiry(d.SessionExpiry)
		if l.curbed {
			asked = min(asked, l.expiry)
		}
		l.expiry = asked
	}
	if d.Code == mqtt.Success && l.will != nil {
		l.dropWill(l.will)
		l.will = nil
	}
	return &clientLeft{d.Code}
}
