package link

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// errAnswer ends a connection whose client would wait for an answer that it does not take.
var errAnswer = &packet.Error{Code: mqtt.PacketTooLarge, Reason: "the answer is larger than the client's Maximum Packet Size"}

// answerFits returns an error where a SUBACK or UNSUBACK with so many codes, and nothing else, is
// larger than the client takes [MQTT-3.1.2-24]: then nothing is done.
func (l *Link) answerFits(codes int) error {
	const identifier, properties = 2, 1
	size := identifier + properties + codes
	for n := size; n > 0; n >>= 7 {
		size++ // of the remaining length
	}
	if l.maximum > 0 && 1+size > l.maximum {
		return errAnswer
	}
	return nil
}

// trim lets go of what an unusually large packet has left behind.
func (w *work) trim() {
	const elements, bytes = 1 << 10, 64 << 10
	if cap(w.subscribe.Filters) > elements {
		w.subscribe = packet.Subscribe{}
	}
	if cap(w.unsubscribe.Filters) > elements {
		w.unsubscribe = packet.Unsubscribe{}
	}
	if cap(w.ack.User) > elements {
		w.ack = packet.Ack{}
	}
	if cap(w.buf) > bytes {
		w.buf = nil
	}
	if cap(w.props) > bytes {
		w.props = nil
	}
}
