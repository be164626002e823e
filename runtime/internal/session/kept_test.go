package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestMessageCountsOnce: however many clients a message waits for, its bytes are
// counted once, and those of its publisher, too, until the last has it.
func TestMessageCountsOnce(t *testing.T) {
	m := limit.NewMemory(0)
	limits := Limits{OutboxBytes: 1 << 20, QueueMessages: 10, QueueBytes: 1 << 20, Memory: m}
	var all []*Session
	for i := range 100 {
		all = append(all, New(fmt.Sprint(i), Owner{}, &limits, &Counters{}))
	}
	var o Offer
	var from Weight
	p := Publication{Name: "t", QoS: 1, Payload: make([]byte, 10_000), From: &from}
	o.Reset(p)
	for _, s := range all {
		s.Deliver(&o, Wish{QoS: 1}, nil, time.Now())
	}
	if !o.Waits() || o.Waits() {
		t.Error("nobody knows that it waits, or does so twice")
	}
	cost := int64(p.cost())
	if used, want := m.Used(), cost+100*entryCost; used != want || from.Bytes() != cost {
		t.Errorf("%d bytes are used, want %d; %d of the publisher, want %d", used, want, from.Bytes(), cost)
	}
	for i, s := range all {
		if s.Discard(); i < len(all)-1 && from.Bytes() != cost {
			t.Errorf("%d of the publisher", from.Bytes())
		}
	}
	if m.Used() != 0 || from.Bytes() != 0 {
		t.Errorf("%d bytes are left, %d of the publisher", m.Used(), from.Bytes())
	}
}

// TestStraightMessagesReportNothing: what is acknowledged as it comes changes
// nothing that is shared.
func TestStraightMessagesReportNothing(t *testing.T) {
	m := limit.NewMemory(0)
	d := device{t: t, wire: newWire(t)}
	limits := Limits{OutboxBytes: 1 << 20, QueueMessages: 10, QueueBytes: 1 << 20, Memory: m}
	box := NewOutbox(d.wire, &limits)
	s := New("c", Owner{}, &limits, &Counters{})
	s.Attach(box, Attachment{Version: mqtt.V5, Receive: 10})
	var o Offer
	var from Weight
	for i := range 1000 {
		o.Reset(Publication{Name: "t", QoS: 1, Payload: []byte("x"), From: &from})
		s.Deliver(&o, Wish{QoS: 1}, nil, time.Now())
		box.Flush()
		if _, err := s.Acknowledge(&packet.Ack{Type: packet.TypePuback, PacketID: uint16(i + 1)}, time.Now()); err != nil {
			t.Fatal(err)
		}
		if m.Used() != 0 || from.Bytes() != 0 || o.Waits() {
			t.Fatalf("%d bytes are reported", m.Used())
		}
	}
	if s.held != (limit.Account{}) && s.window.active > 0 {
		t.Error("something is left")
	}
}

// TestComingBackToScarceMemory: what waited is not copied to the outbox all at
// once, and weighs on its publisher until it is acknowledged.
func TestComingBackToScarceMemory(t *testing.T) {
	m := limit.NewMemory(1 << 20)
	limits := Limits{OutboxBytes: 1 << 20, QueueMessages: 10_000, QueueBytes: 1 << 20, Memory: m}
	s := New("c", Owner{}, &limits, &Counters{})
	var o Offer
	var from Weight
	var messages, acknowledged int
	for ; m.Level() == limit.Calm; messages++ {
		o.Reset(Publication{Name: "t", QoS: 1, Payload: make([]byte, 1000), From: &from})
		s.Deliver(&o, Wish{QoS: 1}, nil, time.Now())
	}
	each := from.Bytes() / int64(messages)
	w := newWire(t)
	box := NewOutbox(w, &limits)
	s.Attach(box, Attachment{Version: mqtt.V5, Receive: 65535})
	for ; acknowledged < messages; acknowledged++ {
		if acknowledged == 0 && s.window.bytes > scarceWindow || m.Level() > limit.Slow || s.window.active == 0 {
			t.Fatalf("%d bytes, %d messages are in flight", s.window.bytes, s.window.active)
		}
		if want := int64(messages-acknowledged) * each; from.Bytes() != want {
			t.Fatalf("%d bytes wait because of the publisher, want %d", from.Bytes(), want)
		}
		box.Flush()
		if _, err := s.Acknowledge(&packet.Ack{Type: packet.TypePuback, PacketID: uint16(acknowledged + 1)}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if m.Look(); m.Level() != limit.Calm || m.Used() < -4096 || m.Used() > 4096 {
		t.Errorf("level %d, %d bytes", m.Level(), m.Used())
	}
	o.Reset(Publication{Name: "t", QoS: 1, From: &from})
	s.Deliver(&o, Wish{QoS: 1}, nil, time.Now())
	box.Flush()
	if s.Detach(); m.Used() != int64(1+publicationCost+entryCost) {
		t.Errorf("%d bytes count for a session that is away", m.Used())
	}
}

// TestOutboxCounts: chunks beyond the first, payloads that are referred to, and
// what dropOldest has made, until it is written, or the wire fails.
func TestOutboxCounts(t *testing.T) {
	for _, end := range []string{"written", "broken", "cut off"} {
		t.Run(end, func(t *testing.T) {
			m := limit.NewMemory(0)
			w := newWire(t)
			w.try = false
			w.hold()
			o := NewOutbox(w, &Limits{OutboxBytes: 64 << 10, Memory: m})
			own := &Publication{Name: "t", Payload: make([]byte, 20_000)}
			message := packet.AppendPublish(nil, mqtt.V5, &packet.Outgoing{Name: "t", Payload: make([]byte, 900)})
			fill := func() {
				o.offer(message[:4], own.Payload, own, false, nil)
				for range 20 {
					o.offer(nil, message, nil, false, nil)
				}
			}
			want := func(bytes int) {
				t.Helper()
				if int(m.Used()) != bytes {
					t.Errorf("%d bytes are used, want %d", m.Used(), bytes)
				}
			}
			chunks := (4+20*len(message)+chunkSize-1)/chunkSize - 1
			fill()
			want(own.cost() + chunks*chunkSize)
			o.Flush()
			<-w.entered
			want(own.cost() + chunks*chunkSize)
			for range 70 {
				o.offer(nil, message, nil, true, nil)
			}
			if o.dropOldest(len(message)) == 0 {
				t.Fatal("nothing is dropped")
			}
			want(own.cost() + chunks*chunkSize + o.next.bytes)
			switch end {
			case "written":
				w.gate <- struct{}{}
				<-w.entered
				want(o.writing.bytes)
			case "broken":
				w.fail()
			case "cut off":
				o.fail()
				want(own.cost() + chunks*chunkSize) // the writer has them
				w.fail()
			}
			w.gate <- struct{}{}
			o.Seal(nil)
			o.Drain(time.Second)
			for end := time.Now().Add(5 * time.Second); m.Used() != 0 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			want(0)
			if own.kept != 0 {
				t.Errorf("the message is kept in %d places", own.kept)
			}
		})
	}
}

// TestNothingIsCountedInTheEnd does at random what can be done to sessions.
func TestNothingIsCountedInTheEnd(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		m := limit.NewMemory(int64(r.IntN(2)) * 100_000)
		limits := Limits{
			OutboxBytes: 8 << 10, QueueMessages: 30, QueueBytes: 20_000, DropOldest: r.IntN(2) == 0, QueueQoS0: r.IntN(2) == 0, Memory: m,
		}
		var counters Counters
		var from Weight
		now := time.Now()
		sessions, boxes := make([]*Session, 5), make([]*Outbox, 5)
		for i := range sessions {
			sessions[i] = New(fmt.Sprint(i), Owner{}, &limits, &counters)
		}
		group := anyGroup{}
		var o Offer
		var b Batch
		for range 3000 {
			i := r.IntN(len(sessions))
			s, box := sessions[i], boxes[i]
			switch k := r.IntN(20); {
			case k < 10:
				p := Publication{Name: "t", QoS: mqtt.QoS(r.IntN(3)), Payload: []byte(strings.Repeat("x", r.IntN(3000))), From: &from}
				if r.IntN(3) == 0 {
					p.Expires = now.Add(time.Duration(r.IntN(20)) * time.Second)
				}
				o.Reset(p)
				for _, to := range sessions[i:] {
					if r.IntN(4) > 0 {
						to.Deliver(&o, Wish{QoS: 2}, &b, now)
					} else {
						to.Keep(&o, Wish{QoS: 2}, group, r.IntN(2) == 0, &b, now)
					}
				}
				if r.IntN(2) == 0 {
					b.Flush()
				}
			case k < 15 && box != nil:
				var f inflight
				s.window.each(func(g *inflight) bool { f = *g; return false })
				a := packet.Ack{Type: packet.TypePuback, PacketID: f.id}
				if f.qos == mqtt.QoS2 {
					if a.Type = packet.TypePubrec; f.released {
						a.Type = packet.TypePubcomp
					}
				}
				if _, err := s.Acknowledge(&a, now); err != nil && f.id != 0 {
					t.Fatal(err)
				}
				box.Flush()
			case k == 15 && box == nil:
				boxes[i] = NewOutbox(newWire(t), &limits)
				s.Attach(boxes[i], Attachment{Version: mqtt.V5, Receive: 1 + r.IntN(20), Now: now})
			case k == 16 && box != nil:
				s.Detach()
				box.Flush()
				boxes[i] = nil
			case k == 17:
				s.Reclaim(func(Group) bool { return true })
			case k == 18 && box == nil:
				s.Discard()
				sessions[i] = New(s.ClientID, Owner{}, &limits, &counters)
			case k == 19:
				now = now.Add(3 * time.Second)
			}
		}
		b.Flush()
		for i, s := range sessions {
			if boxes[i] != nil {
				s.Detach()
				boxes[i].Flush()
			}
			s.Discard()
		}
		if m.Used() != 0 || from.Bytes() != 0 {
			t.Fatalf("seed %d: %d bytes are left, %d of the publisher", seed, m.Used(), from.Bytes())
		}
	}
}

type anyGroup struct{}

func (anyGroup) Return(*Publication, *Batch, time.Time) {}
