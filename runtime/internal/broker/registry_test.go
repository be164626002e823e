package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var alice = session.Owner{Method: "password", User: "alice"}

func TestSessionGoesOn(t *testing.T) {
	b := newBroker(t)
	first, present, err := b.Attach(t.Context(), "c", alice, false, true, &peer{})
	if err != nil || present {
		t.Fatalf("a new client: present %v, %v", present, err)
	}
	b.Subscribe(first, Subscription{Filter: "a/#"})
	b.Detach(first, time.Hour)
	again, present, err := b.Attach(t.Context(), "c", alice, false, true, &peer{})
	if err != nil || !present || again != first {
		t.Fatalf("a client that comes back: present %v, %v", present, err)
	}
	b.Detach(again, time.Hour)
	clean, present, err := b.Attach(t.Context(), "c", alice, true, true, &peer{})
	if err != nil || present || clean == first {
		t.Fatalf("a clean start: present %v, %v", present, err)
	}
	if s, f, _ := b.Size(); s != 1 || f != 0 {
		t.Errorf("%d sessions and %d filters, want 1 and 0", s, f)
	}
	b.Detach(clean, 0)
	if s, _, _ := b.Size(); s != 0 {
		t.Errorf("%d sessions after the end of the last", s)
	}
}

func TestSessionOfAnotherUser(t *testing.T) {
	b := newBroker(t)
	m, _, _ := b.Attach(t.Context(), "c", alice, false, true, &peer{})
	for _, clean := range []bool{false, true} {
		for _, mallory := range []session.Owner{{Method: "password", User: "mallory"}, {Method: "cert", User: "alice"}, {}} {
			if _, _, err := b.Attach(t.Context(), "c", mallory, clean, true, &peer{}); !errors.Is(err, ErrNotOwner) {
				t.Errorf("%+v, clean %v: %v", mallory, clean, err)
			}
		}
	}
	if p := b.Peer("c").(*peer); len(p.ended) > 0 {
		t.Error("the owner's connection was told to end")
	}
	b.Detach(m, 0)
}

func TestTakeover(t *testing.T) {
	b := newBroker(t)
	old := &peer{}
	m, _, _ := b.Attach(t.Context(), "c", alice, false, true, old)
	old.onEnd = func() { b.Detach(m, time.Hour) }
	p := &peer{}
	taken, present, err := b.Attach(wait(t), "c", alice, false, true, p)
	if err != nil || !present || taken != m || b.Peer("c") != p {
		t.Fatalf("present %v, %v", present, err)
	}
	if !slices.Equal(old.ended, []mqtt.ReasonCode{mqtt.SessionTakenOver}) || old.cut > 0 {
		t.Errorf("the old connection was told %v and cut off %d times", old.ended, old.cut)
	}
}

func TestTakeoverOfASessionThatEndsWithItsConnection(t *testing.T) {
	b := newBroker(t)
	old := &peer{}
	m, _, _ := b.Attach(t.Context(), "c", alice, false, true, old)
	b.Subscribe(m, Subscription{Filter: "a"})
	old.onEnd = func() { b.Detach(m, 0) }
	_, present, err := b.Attach(wait(t), "c", alice, false, true, &peer{})
	if _, filters, _ := b.Size(); err != nil || present || filters != 0 {
		t.Errorf("present %v, %d filters, %v", present, filters, err)
	}
}

func TestTakeoverFromAStuckConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(limits, nil)
		defer b.Close()
		old := &peer{} // does not let go
		m, _, _ := b.Attach(t.Context(), "c", alice, false, true, old)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, _, err := b.Attach(ctx, "c", alice, false, true, &peer{}); !errors.Is(err, ErrStuck) || old.cut != 1 {
			t.Errorf("%v, cut off %d times", err, old.cut)
		}
		b.Detach(m, 0) // after all
		if _, _, err := b.Attach(t.Context(), "c", alice, false, true, &peer{}); err != nil {
			t.Error(err)
		}
	})
}

// TestTakeoverStorm has many connections come with one client identifier:
// there is never more than one, one stays, and the session moves whole.
func TestTakeoverStorm(t *testing.T) {
	b := newBroker(t)
	var holders, attached atomic.Int32
	var members sync.Map
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			p := &peer{}
			var m *Member
			ready := make(chan struct{})
			p.onEnd = func() {
				<-ready
				holders.Add(-1)
				b.Detach(m, time.Hour)
			}
			var err error
			if m, _, err = b.Attach(wait(t), "one", alice, false, true, p); err != nil {
				t.Error(err)
				return
			}
			if n := holders.Add(1); n != 1 {
				t.Errorf("%d connections hold the session", n)
			}
			attached.Add(1)
			members.Store(m, nil)
			b.Subscribe(m, Subscription{Filter: fmt.Sprint(i)}) // the session is ours: no lock
			connect(b, m, p)
			close(ready)
		})
	}
	all.Wait()
	count := 0
	members.Range(func(any, any) bool { count++; return true })
	sessions, filters, _ := b.Size()
	if n := slices.Collect(b.Connected()); attached.Load() != 100 || count != 1 || sessions != 1 || filters != 100 || len(n) != 1 {
		t.Errorf("%d attached to %d sessions, %d left with %d filters, connected %v", attached.Load(), count, sessions, filters, n)
	}
}

func TestExpiryOfSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expired := make(chan string, 10)
		b := New(limits, func(id string) { expired <- id })
		defer b.Close()
		hold := func(id string, expiry time.Duration) *Member {
			m, _, err := b.Attach(t.Context(), id, alice, false, true, &peer{})
			if err != nil {
				t.Fatal(err)
			}
			b.Subscribe(m, Subscription{Filter: "of/" + id, QoS: mqtt.QoS1})
			b.Detach(m, expiry)
			return m
		}
		minute := hold("minute", time.Minute)
		hold("hour", time.Hour)
		hold("forever", Forever)
		hold("at once", 0)
		route := b.Route("of/minute", nil) // pins the session, as a publisher's memory does
		var o session.Offer
		o.Reset(message("of/minute", "x"))
		b.Publish(&o, route, nil, new(session.Batch), time.Now())
		time.Sleep(50 * time.Second)
		again, present, _ := b.Attach(t.Context(), "minute", alice, false, true, &peer{})
		if !present {
			t.Error("expired too early")
		}
		time.Sleep(time.Hour / 2)
		if b.Session("minute") == nil {
			t.Error("expired while its client is here: the old timer still runs")
		}
		b.Detach(again, time.Minute)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if s, f, _ := b.Size(); s != 2 || f != 2 || len(expired) != 1 || <-expired != "minute" {
			t.Errorf("%d sessions, %d filters, %d expired", s, f, len(expired))
		}
		if queue, _ := minute.Waiting(); queue != 0 {
			t.Error("an expired session keeps its messages")
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if s, f, _ := b.Size(); s != 1 || f != 1 || b.Session("forever") == nil {
			t.Errorf("%d sessions and %d filters after two hours", s, f)
		}
	})
}

// TestLateExpiry: a timer that has begun to fire when its client comes back
// ends nothing.
func TestLateExpiry(t *testing.T) {
	b := newBroker(t)
	m, _, _ := b.Attach(t.Context(), "c", alice, false, true, &peer{})
	b.Detach(m, time.Hour)
	sh, epoch := b.registry.shard("c"), m.attached
	again, _, _ := b.Attach(t.Context(), "c", alice, false, true, &peer{})
	b.expire(sh, m, epoch)
	if b.Session("c") == nil {
		t.Error("ended while its client is here")
	}
	b.Detach(again, time.Hour)
	b.expire(sh, m, epoch)
	if b.Session("c") == nil {
		t.Error("ended by the timer of a former absence")
	}
	b.expire(sh, m, again.attached)
	if b.Session("c") != nil {
		t.Error("not ended by its own timer")
	}
}

func TestLookUp(t *testing.T) {
	b := newBroker(t)
	var want []string
	for i := range 200 {
		id := fmt.Sprint("c", i)
		m, _ := attach(t, b, id)
		if i%2 == 0 {
			b.Detach(m, time.Hour)
			if b.Peer(id) != nil || b.Session(id) != m.Session {
				t.Errorf("%s is away, and has a connection or no session", id)
			}
			continue
		}
		want = append(want, id)
		if b.Peer(id) == nil || b.Session(id) != m.Session {
			t.Errorf("%s is here, and has no connection or no session", id)
		}
	}
	if b.Peer("nobody") != nil || b.Session("nobody") != nil {
		t.Error("somebody unknown was found")
	}
	got := slices.Sorted(b.Connected())
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("connected: %v", got)
	}
	n := 0
	for range b.Connected() {
		if n++; n == 3 {
			break
		}
	}
}
