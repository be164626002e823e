package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// pile delivers messages without a flush in between.
func (d *device) pile(b *Batch, messages ...string) {
	var o Offer
	for _, m := range messages {
		o.Reset(Publication{Name: "t", QoS: mqtt.QoS(m[0] - '0'), Payload: []byte(m[2:])})
		d.s.Deliver(&o, Wish{QoS: mqtt.QoS2}, b, d.now)
	}
}

func numbered(qos, n int) (messages []string) {
	for i := range n {
		messages = append(messages, fmt.Sprintf("%d %03d", qos, i))
	}
	return messages
}

// TestDropOldestOfAnOutbox: QoS 0 messages make room for newer ones; what is
// owed to the client stays.
func TestDropOldestOfAnOutbox(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		d := newDevice(t)
		d.version, d.limits.OutboxBytes, d.limits.DropOldest = v, 300, true
		d.connect(10)
		var b Batch
		d.pile(&b, "1 first")
		d.box.Append(pubrel(9, v))
		d.pile(&b, numbered(0, 100)...)
		d.pile(&b, "0 "+strings.Repeat("larger than all", 30))
		b.Flush()
		got := d.read()
		if got[0] != "1:PUBLISH 1 first" || got[1] != "9:PUBREL" || got[len(got)-1] != "PUBLISH 0 099" {
			t.Errorf("%v: sent %q", v, got)
		}
		first := 100 - (len(got) - 2)
		for i, text := range got[2:] {
			if text != fmt.Sprintf("PUBLISH 0 %03d", first+i) {
				t.Fatalf("%v: sent %q", v, got)
			}
		}
		if n := d.counters.DroppedFull.Load(); n != int64(first+1) || len(d.wire.bytes()) > 310 {
			t.Errorf("%v: %d dropped, %d bytes sent", v, n, len(d.wire.bytes()))
		}
	}
}

func TestDropOldestOfAQueue(t *testing.T) {
	d := newDevice(t)
	d.limits.QueueMessages, d.limits.QueueBytes, d.limits.DropOldest = 5, 100, true
	d.connect(10)
	d.s.Detach()
	d.deliver(numbered(1, 20)...)
	d.deliver("1 " + strings.Repeat("larger than all", 10))
	d.connect(10)
	d.want("1:PUBLISH 1 015", "2:PUBLISH 1 016", "3:PUBLISH 1 017", "4:PUBLISH 1 018", "5:PUBLISH 1 019")
	if n := d.counters.DroppedFull.Load(); n != 16 {
		t.Errorf("%d dropped", n)
	}
	d.s.Detach()
	d.deliver("1 " + strings.Repeat("x", 60))
	d.deliver("1 " + strings.Repeat("y", 60)) // too many bytes with the one before
	if n, _ := d.s.Waiting(); n != 1 {
		t.Errorf("%d wait", n)
	}
}

// TestCloseSlow: the connection of a client whose outbox or queue is full is
// ended once, by the flush; a client that is away has none.
func TestCloseSlow(t *testing.T) {
	for qos := range 2 {
		d := newDevice(t)
		d.limits.OutboxBytes, d.limits.QueueMessages, d.limits.CloseSlow = 100, 5, true
		ends := 0
		d.box = NewOutbox(newWire(t), d.limits)
		d.s.Attach(d.box, Attachment{Version: mqtt.V5, Receive: 2, Now: d.now, Slow: func() { ends++ }})
		var b Batch
		d.pile(&b, numbered(qos, 5)...)
		b.Flush()
		d.pile(&b, "0 "+strings.Repeat("larger than all", 10)) // no fault of the client
		b.Flush()
		if ends != 0 {
			t.Errorf("QoS %d: ended too early", qos)
		}
		d.pile(&b, numbered(qos, 50)...)
		if ends != 0 {
			t.Errorf("QoS %d: ended before the flush", qos)
		}
		b.Flush()
		b.Flush()
		if ends != 1 {
			t.Errorf("QoS %d: ended %d times", qos, ends)
		}
		d.s.Detach()
		d.pile(&b, numbered(1, 50)...)
		b.Flush()
		if ends != 1 {
			t.Errorf("QoS %d: a client that is away was ended", qos)
		}
	}
}

// TestQueueQoS0: by policy, QoS 0 messages wait for a client that is away, in
// order with the others.
func TestQueueQoS0(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		d := newDevice(t)
		d.version, d.limits.QueueQoS0, d.limits.QueueMessages = v, true, 4
		d.connect(1)
		d.deliver("1 a", "1 b", "0 c") // b and c wait for a's acknowledgement
		d.want("1:PUBLISH 1 a")
		d.s.Detach()
		d.deliver("0 d", "1 e", "0 one too many")
		d.connect(10)
		d.want("1:PUBLISH 1 dup a", "2:PUBLISH 1 b", "PUBLISH 0 c", "PUBLISH 0 d", "3:PUBLISH 1 e")
		if n := d.counters.DroppedFull.Load(); n != 1 {
			t.Errorf("%v: %d dropped", v, n)
		}
	}
}

// TestLosses: who lost messages is told once, and anew after the next loss.
func TestLosses(t *testing.T) {
	d := newDevice(t)
	d.limits.QueueMessages = 2
	d.deliver(numbered(1, 5)...)
	if got := d.counters.Losses(); !slices.Equal(got, []Loss{{"device", 3}}) {
		t.Errorf("lost %v", got)
	}
	if got := d.counters.Losses(); got != nil {
		t.Errorf("lost %v", got)
	}
	d.connectLimited(10, 10) // the two that waited are too large as well
	d.deliver("0 larger than the client takes", "0 twice too large")
	if got := d.counters.Losses(); !slices.Equal(got, []Loss{{"device", 2 + 2}}) {
		t.Errorf("lost %v", got)
	}
}
