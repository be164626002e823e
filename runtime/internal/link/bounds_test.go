package link

import (
	"fmt"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func manyFilters(n int) (filters []packet.Filter, names [][]byte) {
	for i := range n {
		names = append(names, fmt.Append(nil, "f/", i))
		filters = append(filters, packet.Filter{Filter: names[i]})
	}
	return filters, names
}

// TestAnswerAboveTheClientsMaximum: a SUBACK or UNSUBACK that the client does not take is not sent
// [MQTT-3.1.2-24]; as it would wait for it for ever, it is told and the connection ends.
func TestAnswerAboveTheClientsMaximum(t *testing.T) {
	filters, names := manyFilters(200)
	limit := func(p *packet.Connect) { p.Props.MaximumPacketSize = 100 }
	h := newHost(t)
	for _, b := range [][]byte{
		(&packet.Subscribe{PacketID: 1, Filters: filters}).Append(nil, mqtt.V5),
		(&packet.Unsubscribe{PacketID: 1, Filters: names}).Append(nil, mqtt.V5),
	} {
		c := admit(t, h, "c", limit)
		c.say(b)
		c.want("DISCONNECT 149 "+errAnswer.Reason, "end")
		c.close()
	}
}

// TestAnswerFits: the bound is the size of the packet that is sent.
func TestAnswerFits(t *testing.T) {
	for _, n := range []int{1, 124, 125, 16_380, 16_381, 20_000} {
		ack := packet.Suback{PacketID: 1, Codes: make([]mqtt.ReasonCode, n)}
		size := len(ack.Append(nil, mqtt.V5))
		if (&Link{maximum: size}).answerFits(n) != nil || (&Link{}).answerFits(n) != nil {
			t.Errorf("%d codes do not fit in %d bytes", n, size)
		}
		if (&Link{maximum: size - 1}).answerFits(n) != errAnswer {
			t.Errorf("%d codes fit in %d bytes", n, size-1)
		}
	}
}

// TestLargePacketsLeaveNothingBehind: what is borrowed for each read is small again after a packet
// with many filters, User Properties or answers.
func TestLargePacketsLeaveNothingBehind(t *testing.T) {
	h := newHost(t)
	filters, names := manyFilters(20_000)
	user := make([]mqtt.UserProperty, 20_000)
	l, client := standing(t, h, mqtt.V5)
	go func() { // reads the answers
		for b := make([]byte, 1<<16); ; {
			if _, err := client.Read(b); err != nil {
				return
			}
		}
	}()
	seen := &work{}
	for _, b := range [][]byte{
		(&packet.Subscribe{PacketID: 1, Filters: filters}).Append(nil, mqtt.V5),
		(&packet.Unsubscribe{PacketID: 1, Filters: names}).Append(nil, mqtt.V5),
		(&packet.Ack{Type: packet.TypePuback, PacketID: 9, User: user}).Append(nil, mqtt.V5),
		packet.AppendPublish(nil, mqtt.V5, &packet.Outgoing{Name: "a", Alias: 1, Forward: packet.EncodeUserProperties(user)}),
	} {
		l.borrow()
		seen = l.work
		if err := l.obey(must(t, b)); err != nil {
			t.Fatal(err)
		}
		l.giveBack(nil)
		if n := max(cap(seen.subscribe.Filters), cap(seen.unsubscribe.Filters), cap(seen.ack.User)); n > 1<<10 {
			t.Errorf("%d elements are kept", n)
		}
		if n := max(cap(seen.buf), cap(seen.props)); n > 64<<10 {
			t.Errorf("%d bytes are kept", n)
		}
	}
	_ = client.Close()
	l.stop(errPeerClosed)
	l.finish()
}

// must takes a packet apart.
func must(t *testing.T, b []byte) (packet.Header, []byte) {
	t.Helper()
	h, ok, err := packet.ParseHeader(b)
	if !ok || err != nil {
		t.Fatal(err)
	}
	return h, b[h.Size:]
}
