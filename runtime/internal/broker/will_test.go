package broker

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sent notes which wills were sent.
type sent struct {
	mu    sync.Mutex
	names []string
}

func (s *sent) will(name string, delay time.Duration) *Will {
	return &Will{Delay: delay, Send: func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.names = append(s.names, name)
	}}
}

func (s *sent) want(t *testing.T, names ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.names)
	if !slices.Equal(s.names, names) {
		t.Errorf("sent %q, want %q", s.names, names)
	}
}

// TestHeldWill is section 3.1.3.2.2: at the end of the delay or of the session,
// once, and not when the session goes on [MQTT-3.1.3-9].
func TestHeldWill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := New(limits, nil), &sent{}
		defer b.Close()
		gone := func(id string, delay, expiry time.Duration) {
			m, _, err := b.Attach(t.Context(), id, alice, false, true, &peer{})
			if err != nil || !b.HoldWill(m, s.will(id, delay)) {
				t.Fatalf("%s is not held: %v", id, err)
			}
			b.Detach(m, expiry)
		}
		gone("delay", time.Minute, time.Hour)
		gone("session", time.Hour, time.Minute)
		gone("resumed", time.Minute, time.Hour)
		gone("clean", time.Minute, time.Hour)
		gone("end", 2*time.Hour, 3*time.Hour)
		time.Sleep(30 * time.Second)
		if _, present, _ := b.Attach(t.Context(), "resumed", alice, false, true, &peer{}); !present {
			t.Error("the session is gone")
		}
		s.want(t)
		_, _, _ = b.Attach(t.Context(), "clean", alice, true, true, &peer{})
		s.want(t, "clean")
		time.Sleep(40 * time.Second)
		s.want(t, "clean", "delay", "session")
		time.Sleep(time.Hour)
		s.want(t, "clean", "delay", "session")
		<-b.EndWills()
		s.want(t, "clean", "delay", "end", "session")
		m, _, _ := b.Attach(t.Context(), "late", alice, false, true, &peer{})
		if b.HoldWill(m, s.will("late", time.Minute)) {
			t.Error("held by a broker that ends")
		}
		<-b.EndWills()
		time.Sleep(5 * time.Hour)
		s.want(t, "clean", "delay", "end", "session")
	})
}

// TestRevokedWill: a will that is held when the rights of its client are revoked is not sent, whatever ends first.
func TestRevokedWill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := New(limits, nil), &sent{}
		defer b.Close()
		p := &peer{}
		m, _, _ := b.Attach(t.Context(), "ending", alice, false, true, p)
		b.HoldWill(m, s.will("ending", time.Minute))
		if got, found := b.Revoke("ending", nil); got != Peer(p) || !found {
			t.Errorf("Revoke: %v, %v", got, found)
		}
		b.Detach(m, time.Hour)
		time.Sleep(2 * time.Hour)
		s.want(t)
	})
}

// TestLateWill: a timer that has begun to fire when its client comes back sends
// nothing, neither its own will nor a later one.
func TestLateWill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := New(limits, nil), &sent{}
		defer b.Close()
		m, _, _ := b.Attach(t.Context(), "c", alice, false, true, &peer{})
		first, second := s.will("first", time.Hour), s.will("second", time.Hour)
		b.HoldWill(m, first)
		b.Detach(m, Forever)
		sh := b.registry.shard("c")
		m, _, _ = b.Attach(t.Context(), "c", alice, false, true, &peer{})
		b.willDue(sh, m, first)
		s.want(t)
		b.HoldWill(m, second)
		b.Detach(m, Forever)
		b.willDue(sh, m, first)
		s.want(t)
		b.willDue(sh, m, second)
		b.willDue(sh, m, second)
		s.want(t, "second")
	})
}

// TestWillBeforeCleanStart: the will of a session that a clean start ends is sent
// before the client is let in, so that it does not come after what the client says
// next; but nobody waits for it without end.
func TestWillBeforeCleanStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(limits, nil)
		defer b.Close()
		for _, stuck := range []bool{false, true} {
			m, _, _ := b.Attach(t.Context(), "c", alice, true, true, &peer{})
			release := make(chan bool)
			b.HoldWill(m, &Will{Delay: time.Hour, Send: func() { <-release }})
			b.Detach(m, Forever)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			in := make(chan error, 1)
			go func() {
				m, _, err := b.Attach(ctx, "c", alice, true, true, &peer{})
				b.Detach(m, 0)
				in <- err
			}()
			synctest.Wait()
			if len(in) > 0 {
				t.Fatal("the client is let in before its will is sent")
			}
			if !stuck {
				close(release)
			}
			if err := <-in; err != nil || (ctx.Err() != nil) != stuck {
				t.Errorf("stuck %v: %v after %v", stuck, err, ctx.Err())
			}
			if stuck {
				close(release)
			}
			cancel()
		}
	})
}
