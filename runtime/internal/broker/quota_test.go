package broker

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// kept stores a message of so many bytes, name included, if there is room.
func kept(b *Broker, name string, size int) bool {
	var o session.Offer
	o.Reset(message(name, strings.Repeat("x", size-len(name))))
	return b.Retain(&o)
}

// settled checks that what is counted is what is stored.
func settled(t *testing.T, b *Broker) {
	t.Helper()
	r, bytes := &b.retained, 0
	r.WalkAll("", 1<<30, func(p *session.Publication) bool { bytes += p.Size(); return true })
	if r.messages != r.Len() || r.bytes != bytes || len(r.claims) > 0 {
		t.Errorf("%d messages and %d bytes are counted, %d and %d stored; claims %v", r.messages, r.bytes, r.Len(), bytes, r.claims)
	}
}

func TestRetainQuotas(t *testing.T) {
	b := newBroker(t)
	b.Quotas = Quotas{Retained: 3, RetainedBytes: 100}
	for i, step := range []struct {
		name string
		size int
		room bool
	}{
		{"a", 30, true},
		{"b", 30, true},
		{"c", 41, false}, // bytes
		{"c", 40, true},
		{"d", 2, false}, // messages
		{"c", 40, true},
		{"c", 41, false},
		{"c", 39, true},
		{"b", 32, false},
		{"b", 31, true},
		{"a", 1, true}, // one byte of name and no payload: removes it
		{"d", 30, true},
		{"e", 1, true}, // removes nothing
		{"e", 2, false},
	} {
		if got := kept(b, step.name, step.size); got != step.room {
			t.Errorf("step %d, %s of %d bytes: %v", i, step.name, step.size, got)
		}
		settled(t, b)
	}
	for range 2 {
		b.RetainAnyway(offered("$SYS/x", "much more"))
	}
	if settled(t, b); b.retained.messages != 4 || kept(b, "b", 31) != true || kept(b, "f", 2) {
		t.Errorf("%d messages", b.retained.messages)
	}
}

func offered(name, payload string) *session.Offer {
	o := new(session.Offer)
	o.Reset(message(name, payload))
	return o
}

// TestClaims: whoever has a claim has the room, whatever becomes of what was
// stored when it was made.
func TestClaims(t *testing.T) {
	b := newBroker(t)
	b.Quotas = Quotas{Retained: 1, RetainedBytes: 10}
	kept(b, "a", 10)
	first, ok := b.Claim("a", 9)
	if !ok {
		t.Fatal("no room in the place of a larger one")
	}
	b.Clear("a")
	if kept(b, "b", 5) {
		t.Error("the room of a claim is given away")
	}
	second, ok := b.Claim("a", 10)
	if _, more := b.Claim("a", 11); !ok || more {
		t.Error("claims of one name do not share its room")
	}
	second.Store(offered("a", "123456789"))
	first.Drop()
	first.Drop() // no claim any more
	if settled(t, b); b.Retained("a") == nil || kept(b, "b", 5) {
		t.Error("it is not stored")
	}
	b.Clear("a")
	if c, ok := b.Claim("b", 10); !ok {
		t.Error("no room after the end of all claims")
	} else if c.Drop(); !kept(b, "c", 10) {
		t.Error("a claim that is dropped keeps its room")
	}
	settled(t, b)
}

// TestRetainQuotasRace: many publish, clear and let expire under few names; the
// bounds hold at every moment and all room comes back.
func TestRetainQuotasRace(t *testing.T) {
	b := newBroker(t)
	b.Quotas = Quotas{Retained: 8, RetainedBytes: 200}
	var publishers, watch sync.WaitGroup
	over := make(chan struct{})
	watch.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-over:
				return
			default:
			}
			messages, bytes := 0, 0
			b.retained.WalkAll("", 1<<30, func(p *session.Publication) bool { messages++; bytes += p.Size(); return true })
			if messages > 8 || bytes > 200 {
				t.Errorf("%d messages, %d bytes", messages, bytes)
				return
			}
		}
	})
	for seed := range uint64(8) {
		publishers.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 3000 {
				name := strconv.Itoa(r.IntN(12))
				o := offered(name, strings.Repeat("x", 1+r.IntN(60)))
				if r.IntN(2) == 0 {
					o.Publication().Expires = time.Now().Add(time.Duration(r.IntN(3)) * time.Microsecond)
				}
				c, ok := b.Claim(name, o.Publication().Size())
				switch r.IntN(4) {
				case 0:
					c.Drop()
				case 1:
					b.Clear(name)
				case 2:
					b.dropExpired([]string{name}, time.Now())
				}
				if c.Store(o); ok && r.IntN(8) == 0 {
					b.Clear(name)
				}
			}
		})
	}
	publishers.Wait()
	close(over)
	watch.Wait()
	settled(t, b)
	for i := range 12 {
		b.Clear(strconv.Itoa(i))
	}
	if settled(t, b); b.retained.messages != 0 || b.retained.expiring.Load() != 0 {
		t.Errorf("%d messages are left, %d of them will expire", b.retained.messages, b.retained.expiring.Load())
	}
}

// TestExpiredMakeRoom: where the store is full, expired messages give their room
// back within seconds, however many there are.
func TestExpiredMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 60_000 // a look a second would take half a minute
		b := New(limits, nil)
		defer b.Close()
		b.Quotas.Retained = most
		for i := range most {
			o := offered(strconv.Itoa(i), "x")
			o.Publication().Expires = time.Now().Add(10 * time.Second)
			b.Retain(o)
		}
		if kept(b, "new", 10) {
			t.Error("there is room")
		}
		time.Sleep(16 * time.Second)
		synctest.Wait()
		if n := b.retained.Len(); n > most-sweepHurried*sweepSteps || !kept(b, "new", 10) {
			t.Errorf("%d are left", n)
		}
		settled(t, b)
	})
}
