package session

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// errWrongAcknowledgement ends the connection: a PUBACK for a QoS 2 message,
// or the like [MQTT-3.3.4-1].
var errWrongAcknowledgement = &packet.Error{
	Code:   mqtt.ProtocolError,
	Reason: "acknowledgement of the wrong kind for the message's quality of service",
}

// Acknowledge takes PUBACK, PUBREC or PUBCOMP of the client for a message that
// was sent to it, answers in the outbox of its connection and sends what
// waited for the place that became free. Only the read loop of the attached
// connection calls it, and flushes afterwards. An acknowledgement for an
// unknown packet identifier frees nothing. d tells which delivery has ended by
// it; its packet identifier is 0 where none has.
func (s *Session) Acknowledge(a *packet.Ack, now time.Time) (d mqtt.Delivery, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.online.Load()
	if p == nil {
		return d, nil
	}
	f := s.window.find(a.PacketID)
	switch a.Type {
	case packet.TypePuback:
		if f == nil {
			return d, nil
		}
		if f.qos != mqtt.QoS1 {
			return d, errWrongAcknowledgement
		}
		return s.end(p, f, a, now), nil
	case packet.TypePubrec:
		return s.received(p, f, a, now)
	case packet.TypePubcomp:
		switch {
		case f == nil:
		case !f.released:
			return d, errWrongAcknowledgement
		default:
			return s.end(p, f, a, now), nil
		}
	}
	return d, nil
}

// received takes a PUBREC: below 0x80 it is always answered by a PUBREL, also
// when repeated; 0x80 and above end the flow [MQTT-4.3.3-4].
func (s *Session) received(p *port, f *inflight, a *packet.Ack, now time.Time) (d mqtt.Delivery, err error) {
	switch {
	case f == nil:
		if !a.Code.IsError() {
			rel := packet.Ack{Type: packet.TypePubrel, PacketID: a.PacketID, Code: mqtt.PacketIdentifierNotFound}
			p.box.Append(rel.Append(nil, p.version))
		}
	case f.qos != mqtt.QoS2:
		return d, errWrongAcknowledgement
	case a.Code.IsError() && !f.released:
		return s.end(p, f, a, now), nil
	default:
		if f.owed {
			f.owed = false
			s.owed--
			s.quota--
		}
		f.released = true
		s.window.forget(f)
		p.box.Append(pubrel(f.id, p.version))
	}
	return d, nil
}

// end frees the place of f in the window. mu is held.
func (s *Session) end(p *port, f *inflight, a *packet.Ack, now time.Time) mqtt.Delivery {
	d := mqtt.Delivery{PacketID: f.id, Topic: f.name, QoS: f.qos, Code: a.Code}
	if f.pub != nil {
		d.Topic = f.pub.Name
	}
	if f.owed { // not sent on this connection yet, so it holds no place of its quota
		s.owed--
	} else {
		s.quota++
	}
	s.window.remove(f)
	if s.owed > 0 || len(s.queue) > 0 {
		s.release(p, now)
	}
	return d
}

func pubrel(id uint16, v mqtt.Version) []byte {
	rel := packet.Ack{Type: packet.TypePubrel, PacketID: id}
	return rel.Append(make([]byte, 0, 4), v)
}
