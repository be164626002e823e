package broker

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// worker is a client with a shared subscription.
type worker struct {
	t testing.TB
	b *Broker
	m *Member
	p *peer
}

// work attaches a client and subscribes it to $share/g/a.
func work(t testing.TB, b *Broker, clientID string, s Subscription) *worker {
	t.Helper()
	w := &worker{t: t, b: b}
	w.m, w.p = attach(t, b, clientID)
	s.Share, s.Filter = "g", "a"
	b.Subscribe(w.m, s)
	w.m.Gather(time.Now())
	return w
}

// goOffline ends the connection; the session stays.
func (w *worker) goOffline() { w.b.Detach(w.m, time.Hour) }

// comeBack is the client's next connection.
func (w *worker) comeBack() {
	w.m, w.p = attach(w.t, w.b, w.m.ClientID)
}

func (w *worker) answer(t packet.Type, id uint16, code mqtt.ReasonCode) {
	w.t.Helper()
	if _, err := w.m.Acknowledge(&packet.Ack{Type: t, PacketID: id, Code: code}, time.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// want checks which payloads have come since it was called last.
func (w *worker) want(payloads ...string) {
	w.t.Helper()
	var got []string
	for _, text := range w.p.received(w.t) {
		got = append(got, strings.Fields(text)[1])
	}
	if !slices.Equal(got, payloads) {
		w.t.Errorf("%s got %q, want %q", w.m.ClientID, got, payloads)
	}
}

func sendAll(b *Broker, qos mqtt.QoS, payloads ...string) {
	for _, payload := range payloads {
		p := message("a", payload)
		p.QoS = qos
		send(b, nil, p)
	}
}

// TestSharedInTurn: one member gets each message, the others none (section
// 4.8.2), online ones first, and what each asked for counts.
func TestSharedInTurn(t *testing.T) {
	b := newBroker(t)
	var all []*worker
	for i := range 3 {
		all = append(all, work(t, b, fmt.Sprint(i), Subscription{QoS: mqtt.QoS(i), ID: uint32(i + 1)}))
	}
	other, po := attach(t, b, "other group")
	b.Subscribe(other, Subscription{Share: "h", Filter: "+"})
	single, ps := attach(t, b, "not shared")
	b.Subscribe(single, Subscription{Filter: "a"})
	for i := range 30 {
		sendAll(b, mqtt.QoS2, fmt.Sprint(i))
	}
	for i, w := range all {
		got := w.p.received(t)
		if len(got) != 10 || !strings.HasSuffix(got[0], fmt.Sprintf(" q%d [%d]", i, i+1)) {
			t.Errorf("member %d got %q", i, got)
		}
	}
	if n, m := len(po.received(t)), len(ps.received(t)); n != 30 || m != 30 {
		t.Errorf("the other group got %d, who does not share %d; want 30 each", n, m)
	}
	all[0].goOffline()
	all[2].goOffline()
	for i := range 5 {
		sendAll(b, mqtt.QoS0, fmt.Sprint(i))
	}
	all[1].want("0", "1", "2", "3", "4")
	if _, n, _ := b.Size(); n != 2 {
		t.Errorf("%d filters, want a and +", n)
	}
	for _, w := range all {
		b.Unsubscribe(w.m, "$share/g/a", &session.Batch{})
		if b.Unsubscribe(w.m, "$share/g/a", &session.Batch{}) {
			t.Error("ended twice")
		}
	}
	b.Unsubscribe(single, "a", &session.Batch{})
	b.Unsubscribe(other, "$share/h/+", &session.Batch{})
	if _, n, _ := b.Size(); n != 0 {
		t.Errorf("%d filters are left", n)
	}
}

// TestSharedAndNot: a session with a shared and another subscription that
// match gets a copy by each (section 4.8.2).
func TestSharedAndNot(t *testing.T) {
	b := newBroker(t)
	w := work(t, b, "c", Subscription{QoS: mqtt.QoS1, ID: 7})
	b.Subscribe(w.m, Subscription{Filter: "#", QoS: mqtt.QoS1, ID: 8})
	b.Subscribe(w.m, Subscription{Filter: "a", QoS: mqtt.QoS0, ID: 9})
	sendAll(b, mqtt.QoS1, "x")
	got := w.p.received(t)
	if len(got) != 2 || !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "[7]") }) ||
		!slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "[8 9]") || strings.Contains(s, "[9 8]") }) {
		t.Errorf("got %q", got)
	}
}

// TestSharedAndIdentifiersDoNotAllocate: the road of a QoS 0 message.
func TestSharedAndIdentifiersDoNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget at random under the race detector")
	}
	b := newBroker(t)
	for i := range 3 {
		p := &nowhere{}
		m, _, _ := b.Attach(t.Context(), fmt.Sprint(i), session.Owner{}, false, true, p)
		connectWire(b, m, p)
		b.Subscribe(m, Subscription{Filter: "a", ID: 7})
		b.Subscribe(m, Subscription{Filter: "+", ID: 8})
		b.Subscribe(m, Subscription{Filter: "a", Share: "g", ID: 9})
	}
	var o session.Offer
	var batch session.Batch
	route, now, payload := b.Route("a", nil), time.Now(), []byte("payload")
	pass := func() {
		o.Reset(session.Publication{Name: "a", Payload: payload, Publisher: "p"})
		b.Publish(&o, b.Route("a", route), nil, &batch, now)
		batch.Flush()
	}
	for range 10 { // what is kept is made by the first ones
		pass()
	}
	if n := testing.AllocsPerRun(200, pass); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if c, v5, excepted := route.Audience(nil); c != 6 || v5 != 6 || excepted {
		t.Errorf("audience: %d, %d, %v", c, v5, excepted)
	}
}

// TestSharedSticky: the messages of one publisher go to one member while it is
// online, and to another then.
func TestSharedSticky(t *testing.T) {
	b := newBroker(t)
	b.StickyShares = true
	var all []*worker
	for i := range 4 {
		all = append(all, work(t, b, fmt.Sprint(i), Subscription{}))
	}
	by := func(from int) map[string]int {
		for p := range 40 {
			for range 5 {
				m := message("a", fmt.Sprint("p", p))
				m.Publisher = fmt.Sprint("p", p)
				send(b, nil, m)
			}
		}
		places := map[string]int{}
		for i, w := range all {
			if i < from {
				continue
			}
			for _, text := range w.p.received(t) {
				p := strings.Fields(text)[1]
				if at, ok := places[p]; ok && at != i {
					t.Fatalf("%s is at %d and %d", p, at, i)
				}
				places[p] = i
			}
		}
		if len(places) != 40 {
			t.Fatalf("messages of %d publishers came", len(places))
		}
		return places
	}
	before := by(0)
	used := map[int]bool{}
	for _, at := range before {
		used[at] = true
	}
	if len(used) != 4 {
		t.Errorf("%d of 4 members are used", len(used))
	}
	all[0].goOffline()
	for p, at := range by(1) {
		if before[p] != 0 && before[p] != at {
			t.Errorf("%s went from %d to %d, though it could stay", p, before[p], at)
		}
	}
}

// TestSharedHandOver is [MQTT-4.8.2-4], [MQTT-4.8.2-5] and [MQTT-4.8.2-6]: a
// member that leaves leaves to others what was never sent, and QoS 1 messages
// that it has not acknowledged; QoS 2 messages in delivery stay its own, and
// what it has refused goes to nobody.
func TestSharedHandOver(t *testing.T) {
	for name, leave := range map[string]func(w *worker){
		"offline":       func(w *worker) { w.goOffline() },
		"session ends":  func(w *worker) { w.b.Detach(w.m, 0) },
		"unsubscribes":  func(w *worker) { w.unsubscribe() },
		"clean start":   func(w *worker) { w.goOffline(); w.cleanStart() },
		"after expired": func(w *worker) { w.goOffline(); w.b.expire(w.b.registry.shard("first"), w.m, w.m.attached) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t)
			first := work(t, b, "first", Subscription{QoS: mqtt.QoS2})
			sendAll(b, mqtt.QoS1, "acknowledged", "refused", "one")
			sendAll(b, mqtt.QoS2, "two", "two-received", "two-refused")
			first.want("acknowledged", "refused", "one", "two", "two-received", "two-refused")
			first.answer(packet.TypePuback, 1, 0)
			first.answer(packet.TypePuback, 2, 0x80)
			first.answer(packet.TypePubrec, 5, 0)
			first.answer(packet.TypePubrec, 6, 0x80)
			second := work(t, b, "second", Subscription{QoS: mqtt.QoS1})
			second.want()
			leave(first)
			switch name {
			case "unsubscribes":
				second.want() // all were sent: they are completed [MQTT-3.10.4-3]
				return
			default:
				second.want("one")
			}
			sendAll(b, mqtt.QoS1, "later")
			second.want("later")
			if name == "offline" {
				first.comeBack()
				if _, n := first.m.Waiting(); n != 2 {
					t.Errorf("%d in flight, want the two of QoS 2", n)
				}
				second.answer(packet.TypePuback, 1, 0)
				second.answer(packet.TypePuback, 2, 0)
				b.Detach(second.m, time.Hour)
				sendAll(b, mqtt.QoS0, "alone")
				got := strings.Join(first.p.received(t), ",")
				if !strings.Contains(got, "two q2") || strings.Contains(got, " one ") || !strings.Contains(got, "alone") {
					t.Errorf("the first gets %q", got)
				}
			}
		})
	}
}

func (w *worker) unsubscribe() {
	var batch session.Batch
	w.b.Unsubscribe(w.m, "$share/g/a", &batch)
	batch.Flush()
}

func (w *worker) cleanStart() {
	w.t.Helper()
	if _, _, err := w.b.Attach(w.t.Context(), w.m.ClientID, session.Owner{}, true, true, &peer{}); err != nil {
		w.t.Fatal(err)
	}
}

// TestSharedNeverSent: what waits behind a full window goes to others, in its
// order, also when the member only ends the subscription.
func TestSharedNeverSent(t *testing.T) {
	for name, leave := range map[string]func(w *worker){
		"offline": (*worker).goOffline, "unsubscribes": (*worker).unsubscribe, "session ends": func(w *worker) { w.b.Detach(w.m, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t)
			first := &worker{t: t, b: b, p: &peer{}}
			first.m, _, _ = b.Attach(t.Context(), "first", session.Owner{}, false, true, first.p)
			first.m.Attach(session.NewOutbox(first.p, b.Limits()), session.Attachment{Version: mqtt.V5, Receive: 1, Now: time.Now()})
			b.Subscribe(first.m, Subscription{Share: "g", Filter: "a", QoS: mqtt.QoS2})
			b.Subscribe(first.m, Subscription{Filter: "b", QoS: mqtt.QoS2})
			sendAll(b, mqtt.QoS2, "sent", "1", "2", "3")
			send(b, nil, message("b", "own"))
			first.want("sent")
			second := work(t, b, "second", Subscription{QoS: mqtt.QoS2})
			leave(first)
			second.want("1", "2", "3")
			if n, _ := first.m.Waiting(); name != "session ends" && n != 1 {
				t.Errorf("%d wait for the first, want its own", n)
			}
		})
	}
}

// TestSharedPrefersRoom: a member whose window is full is passed over while
// another has room.
func TestSharedPrefersRoom(t *testing.T) {
	b := newBroker(t)
	slow := &worker{t: t, b: b, p: &peer{}}
	slow.m, _, _ = b.Attach(t.Context(), "slow", session.Owner{}, false, true, slow.p)
	slow.m.Attach(session.NewOutbox(slow.p, b.Limits()), session.Attachment{Version: mqtt.V5, Receive: 1, Now: time.Now()})
	b.Subscribe(slow.m, Subscription{Share: "g", Filter: "a", QoS: mqtt.QoS1})
	quick := work(t, b, "quick", Subscription{QoS: mqtt.QoS1})
	for i := range 20 {
		sendAll(b, mqtt.QoS1, fmt.Sprint(i))
	}
	if queue, inflight := slow.m.Waiting(); queue != 1 || inflight != 1 {
		t.Errorf("the slow one has %d in its queue and %d in flight", queue, inflight)
	}
	if n := len(quick.p.received(t)); n != 18 {
		t.Errorf("the quick one got %d", n)
	}
}

// TestSharedAllOffline: messages wait, bounded, and go to the first that comes
// online, be it an old member or a new one.
func TestSharedAllOffline(t *testing.T) {
	for _, newcomer := range []bool{false, true} {
		b := newBroker(t)
		first := work(t, b, "first", Subscription{QoS: mqtt.QoS1})
		second := work(t, b, "second", Subscription{QoS: mqtt.QoS1})
		sendAll(b, mqtt.QoS1, "one", "two")
		first.goOffline()  // its message goes to the second
		second.goOffline() // and stays there
		sendAll(b, mqtt.QoS1, "three", "four", "five")
		sendAll(b, mqtt.QoS0, "not kept")
		var got []string
		if newcomer {
			third := work(t, b, "third", Subscription{QoS: mqtt.QoS1})
			got = third.p.received(t)
		} else {
			first.comeBack()
			got = first.p.received(t)
		}
		slices.Sort(got)
		if len(got) != 5 {
			t.Errorf("newcomer %v: got %q", newcomer, got)
		}
		for _, w := range []*worker{first, second} {
			if queue, inflight := w.m.Waiting(); queue > 0 || inflight > 0 && newcomer {
				t.Errorf("%s still has %d and %d", w.m.ClientID, queue, inflight)
			}
		}
	}
}

// TestSharedQueueIsBounded: what no member has room for is dropped and counted.
func TestSharedQueueIsBounded(t *testing.T) {
	small := limits
	small.QueueMessages = 3
	b := New(small, nil)
	defer b.Close()
	first, second := work(t, b, "first", Subscription{QoS: mqtt.QoS1}), work(t, b, "second", Subscription{QoS: mqtt.QoS1})
	first.goOffline()
	second.goOffline()
	for i := range 10 {
		sendAll(b, mqtt.QoS1, fmt.Sprint(i))
	}
	n, _ := first.m.Waiting()
	m, _ := second.m.Waiting()
	if n != 3 || m != 3 || b.Counters.DroppedFull.Load() != 4 {
		t.Errorf("%d and %d wait, %d dropped", n, m, b.Counters.DroppedFull.Load())
	}
}

// TestSharedExpires: what has expired is not handed over [MQTT-3.3.2-5].
func TestSharedExpires(t *testing.T) {
	b := newBroker(t)
	first := work(t, b, "first", Subscription{QoS: mqtt.QoS1})
	first.goOffline()
	p := message("a", "short")
	p.QoS, p.Expires = mqtt.QoS1, time.Now().Add(time.Millisecond)
	send(b, nil, p)
	sendAll(b, mqtt.QoS1, "long")
	for time.Now().Before(p.Expires) {
		time.Sleep(time.Millisecond)
	}
	work(t, b, "second", Subscription{QoS: mqtt.QoS1}).want("long")
}

// TestSharedLosesNothing has members come and go while messages are published:
// each arrives with some member, and one that is acknowledged with no other.
func TestSharedLosesNothing(t *testing.T) {
	const messages, members = 3000, 4
	b := newBroker(t)
	var mu sync.Mutex
	acknowledged := map[string]int{}
	// take acknowledges what has come.
	take := func(w *worker) {
		w.p.mu.Lock()
		got := w.p.got
		w.p.got = nil
		w.p.mu.Unlock()
		for len(got) > 0 {
			h, _, _ := packet.ParseHeader(got)
			body := got[h.Size : h.Size+h.Length]
			got = got[h.Size+h.Length:]
			var m packet.Publish
			if err := m.Decode(h, mqtt.V5, body); err != nil {
				t.Error(err)
				return
			}
			payload := string(m.Payload)
			w.answer(packet.TypePuback, m.PacketID, 0)
			mu.Lock()
			acknowledged[payload]++
			mu.Unlock()
		}
	}
	done := make(chan struct{})
	var all sync.WaitGroup
	var workers []*worker
	for i := range members {
		w := work(t, b, fmt.Sprint(i), Subscription{QoS: mqtt.QoS1})
		workers = append(workers, w)
		all.Go(func() {
			for round := 0; ; round++ {
				select {
				case <-done:
					return
				default:
				}
				if round%3 < 2 {
					take(w)
				}
				w.goOffline()
				w.comeBack()
			}
		})
	}
	var publishers sync.WaitGroup
	for p := range 2 {
		publishers.Go(func() {
			for i := range messages / 2 {
				sendAll(b, mqtt.QoS1, fmt.Sprint(p, "-", i))
			}
		})
	}
	publishers.Wait()
	close(done)
	all.Wait()
	for quiet := 0; quiet < 3; quiet++ {
		for _, w := range workers {
			before := len(acknowledged)
			if take(w); len(acknowledged) > before {
				quiet = 0
			}
		}
	}
	for _, w := range workers { // what a hand-over has moved without a flush of this test
		if queue, inflight := w.m.Waiting(); queue+inflight > 0 {
			t.Errorf("%s still has %d in its queue and %d in flight", w.m.ClientID, queue, inflight)
		}
	}
	if len(acknowledged) != messages {
		t.Errorf("%d of %d messages arrived", len(acknowledged), messages)
	}
}

// TestSharedDropOldest: what takes the place of an older message in the queue
// of a member that is away goes to others like all that waits.
func TestSharedDropOldest(t *testing.T) {
	small := limits
	small.QueueMessages, small.DropOldest = 3, true
	b := New(small, nil)
	defer b.Close()
	first := work(t, b, "first", Subscription{QoS: mqtt.QoS1})
	first.goOffline()
	for i := range 5 {
		sendAll(b, mqtt.QoS1, fmt.Sprint(i))
	}
	work(t, b, "second", Subscription{QoS: mqtt.QoS1}).want("2", "3", "4")
	if n := b.Counters.DroppedFull.Load(); n != 2 {
		t.Errorf("%d dropped", n)
	}
}

// TestSharedQueuesFillUp: no message is dropped, nor another for it, while some
// member that is online has room for it.
func TestSharedQueuesFillUp(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		small := limits
		small.QueueMessages, small.DropOldest = 3, oldest
		b := New(small, nil)
		var all [2]*Member
		for i := range all {
			p := &peer{}
			m, _, err := b.Attach(t.Context(), fmt.Sprint(i), session.Owner{}, false, true, p)
			if err != nil {
				t.Fatal(err)
			}
			m.Attach(session.NewOutbox(p, b.Limits()), session.Attachment{Version: mqtt.V5, Receive: 1, Now: time.Now()})
			b.Subscribe(m, Subscription{Share: "g", Filter: "a", QoS: mqtt.QoS1})
			all[i] = m
		}
		b.Subscribe(all[0], Subscription{Filter: "own", QoS: mqtt.QoS1})
		own := message("own", "x")
		own.QoS = mqtt.QoS1
		for range 4 { // one in flight, three in the queue
			send(b, nil, own)
		}
		for i := range 4 {
			sendAll(b, mqtt.QoS1, fmt.Sprint(i))
		}
		queue, _ := all[1].Waiting()
		if n := b.Counters.DroppedFull.Load(); n != 0 || queue != 3 {
			t.Errorf("oldest=%v: %d dropped, %d wait with who has room", oldest, n, queue)
		}
		b.Close()
	}
}
