package broker

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// narrow is a broker with small bounds, and many retained messages.
func narrow(t testing.TB, names int) *Broker {
	b := New(session.Limits{OutboxBytes: 4 << 10, QueueMessages: 40, QueueBytes: 1 << 20}, nil)
	t.Cleanup(b.Close)
	for i := range names {
		retain(b, fmt.Sprintf("n/%d", i), "old "+strings.Repeat("x", 20))
	}
	return b
}

// TestWideFilterIsSentInTurns: more retained messages than an outbox holds are
// not dropped, are not queued past its bound, and are never sent after a newer
// one of the same name.
func TestWideFilterIsSentInTurns(t *testing.T) {
	const names = 2000
	b := narrow(t, names)
	m, p := attach(t, b, "c")
	s := Subscription{Filter: "#", QoS: mqtt.QoS0, ID: 5}
	b.Subscribe(m, s)
	b.SendRetained(m, s)
	got := map[string][]string{}
	turns := 0
	for done := false; !done; turns++ {
		var batch session.Batch
		progress := b.ContinueRetained(m, &batch, time.Now())
		if progress == WindowFull {
			t.Fatal("QoS 0 waits for acknowledgements")
		}
		done = progress == Finished
		if _, room := m.Room(mqtt.QoS0); progress == TurnOver && !room {
			t.Fatal("the outbox is full, and the turn goes on")
		}
		batch.Flush()
		if turns%10 == 0 { // live ones come between
			retain(b, fmt.Sprintf("n/%d", turns*37%names), "new")
		}
		for _, text := range p.received(t) {
			f := strings.Fields(text)
			got[f[0]] = append(got[f[0]], f[1]+" "+f[len(f)-1])
		}
	}
	if b.Counters.DroppedFull.Load() > 0 {
		t.Errorf("%d messages were dropped", b.Counters.DroppedFull.Load())
	}
	if turns < 20 {
		t.Errorf("sent in %d turns", turns)
	}
	for i := range names {
		all := got[fmt.Sprintf("n/%d", i)]
		if len(all) == 0 {
			t.Fatalf("message %d did not come", i)
		}
		newer := false
		for _, text := range all {
			if newer && strings.HasPrefix(text, "old") {
				t.Fatalf("message %d: %q", i, all)
			}
			newer = strings.HasPrefix(text, "new")
			if !strings.HasSuffix(text, "[5]") {
				t.Fatalf("message %d has no identifier: %q", i, all)
			}
		}
	}
}

// TestRetainedWaitForTheWindow: with QoS 1 they go on with the client's
// acknowledgements, and on its next connection.
func TestRetainedWaitForTheWindow(t *testing.T) {
	const names = 300
	b := narrow(t, names)
	m, _, _ := b.Attach(t.Context(), "c", session.Owner{}, false, true, &peer{})
	p := &peer{}
	var box *session.Outbox
	online := func() {
		p = &peer{}
		box = session.NewOutbox(p, b.Limits())
		m.Attach(box, session.Attachment{Version: mqtt.V5, Receive: 2, Now: time.Now()})
	}
	online()
	s := Subscription{Filter: "n/+", QoS: mqtt.QoS1}
	b.Subscribe(m, s)
	b.SendRetained(m, s)
	seen, acknowledged := map[string]bool{}, 0
	for id, round := uint16(1), 0; acknowledged < names; round++ {
		if round > 2*names {
			t.Fatalf("%d acknowledged of %d", acknowledged, names)
		}
		var batch session.Batch
		progress := b.ContinueRetained(m, &batch, time.Now())
		batch.Flush()
		if queue, _ := m.Waiting(); queue > 11 {
			t.Fatalf("%d wait in the queue", queue)
		}
		if progress == Finished && m.Sending() {
			t.Fatal("finished, and more to send")
		}
		if round == 20 {
			b.Detach(m, time.Hour)
			if m, _, _ = b.Attach(t.Context(), "c", session.Owner{}, false, true, &peer{}); !m.Sending() {
				t.Fatal("the next connection has nothing to send")
			}
			online()
		}
		for _, text := range p.received(t) {
			seen[strings.Fields(text)[0]] = true
		}
		if _, err := m.Acknowledge(&packet.Ack{Type: packet.TypePuback, PacketID: id}, time.Now()); err != nil {
			t.Fatal(err)
		}
		id, acknowledged = id+1, acknowledged+1
		box.Flush()
	}
	for _, text := range p.received(t) {
		seen[strings.Fields(text)[0]] = true
	}
	if len(seen) != names || m.Sending() {
		t.Errorf("%d of %d came, more to send: %v", len(seen), names, m.Sending())
	}
}

// TestUnsubscribedMeanwhile: what is left of the retained messages is not sent.
func TestUnsubscribedMeanwhile(t *testing.T) {
	b := narrow(t, 1000)
	m, p := attach(t, b, "c")
	var batch session.Batch
	s := Subscription{Filter: "#"}
	b.Subscribe(m, s)
	b.SendRetained(m, s)
	b.ContinueRetained(m, &batch, time.Now())
	b.Unsubscribe(m, "#", &batch)
	batch.Flush()
	p.received(t)
	if b.ContinueRetained(m, &batch, time.Now()) != Finished || m.Sending() {
		t.Error("more is to be sent")
	}
	if batch.Flush(); len(p.received(t)) > 0 {
		t.Error("more was sent")
	}
}

// TestExpiredRetainedLeaveMemory, though nobody subscribes: each second some
// are looked at, and nothing runs once none expires any more.
func TestExpiredRetainedLeaveMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(limits, nil)
		defer b.Close()
		var o session.Offer
		const mortal, immortal = 5000, 100
		for i := range mortal + immortal {
			p := message(fmt.Sprintf("%s/%d", []string{"$s", "n"}[i%2], i), "x")
			if p.Retain = true; i < mortal {
				p.Expires = time.Now().Add(time.Minute)
			}
			o.Reset(p)
			b.Retain(&o)
		}
		o.Reset(session.Publication{Name: "n/1", Payload: []byte("for ever"), Retain: true})
		b.Retain(&o) // in the place of a mortal one
		size := func() int { _, _, n := b.Size(); return n }
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if size() != mortal+immortal {
			t.Errorf("%d retained after 50 s", size())
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if size() != immortal+1 || b.retained.expiring.Load() != 0 {
			t.Errorf("%d retained after 70 s, %d of them expire", size(), b.retained.expiring.Load())
		}
		if b.Timers.Stop(&b.retained.sweep) {
			t.Error("the sweep goes on")
		}
		for i := range mortal + immortal {
			o.Reset(session.Publication{Name: fmt.Sprintf("%s/%d", []string{"$s", "n"}[i%2], i), Retain: true})
			b.Retain(&o)
		}
		if size() != 0 || b.retained.size() != 0 {
			t.Errorf("%d retained, %d bytes", size(), b.retained.size())
		}
	})
}
