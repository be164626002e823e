package jwt

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestTurns: no more at once than there are turns, no more in the queue than may wait, and who gives up leaves it.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2, 3)
		var now, most, busy, served atomic.Int64
		var all sync.WaitGroup
		leave := make(chan struct{})
		for range 20 {
			all.Go(func() {
				err := turns.take(t.Context())
				if errors.Is(err, errBusy) {
					busy.Add(1)
					return
				}
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				<-leave
				now.Add(-1)
				served.Add(1)
				turns.give()
			})
		}
		synctest.Wait()
		if busy.Load() != 15 || now.Load() != 2 {
			t.Errorf("%d refused, %d at once", busy.Load(), now.Load())
		}
		close(leave)
		all.Wait()
		if served.Load() != 5 || most.Load() != 2 || len(turns.slots) != 0 || turns.waiting.Load() != 0 {
			t.Errorf("%d served, %d at once, %d and %d left", served.Load(), most.Load(), len(turns.slots), turns.waiting.Load())
		}
	})
}

// TestBusy: a client waits for its turn as long as its connection lives, and is told when there is no room to wait.
func TestBusy(t *testing.T) {
	p := pairs()["ES256"]
	in := func() *auth.Connect {
		return &auth.Connect{Password: []byte(sign(t, "ES256", p.private, "", good(nil)))}
	}
	code := func(err error) mqtt.ReasonCode {
		if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
			return r.Code
		}
		return 0
	}
	v := verifier(t, Config{Keys: []Key{{Key: p.public}}, Checks: 1, Waiting: 1}, "ES256")
	if err := v.turns.take(t.Context()); err != nil { // somebody else's turn
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := v.Verify(ended, in(), "password"); code(err) != mqtt.ServerBusy || v.turns.waiting.Load() != 0 {
		t.Errorf("the connection ended: %v", err)
	}
	waits := make(chan error, 1)
	go func() {
		_, err := v.Verify(t.Context(), in(), "password")
		waits <- err
	}()
	for v.turns.waiting.Load() == 0 {
		if len(waits) > 0 {
			t.Fatal(<-waits)
		}
		runtime.Gosched()
	}
	bounded, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	if _, err := v.Verify(bounded, in(), "password"); code(err) != mqtt.ServerBusy || !strings.Contains(err.Error(), errBusy.Error()) {
		t.Errorf("no room to wait: %v", err)
	}
	v.turns.give()
	if err := <-waits; err != nil {
		t.Error(err)
	}
	if _, err := v.Verify(t.Context(), in(), "password"); err != nil || len(v.turns.slots) != 0 {
		t.Error(err)
	}
	for _, c := range []Config{{Checks: -1}} {
		c.Keys = []Key{{Key: p.public}}
		if _, err := New("app", c, "ES256"); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	if v := verifier(t, Config{Keys: []Key{{Key: p.public}}, Waiting: -1}, "ES256"); v.turns.queue != 0 || cap(v.turns.slots) == 0 {
		t.Errorf("%+v", v.turns)
	}
}
