package broker

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestSessionQuotaRace: clients come, go, take each other's session over and
// are revoked; what is kept is never more than the quota, and all of it comes
// back.
func TestSessionQuotaRace(t *testing.T) {
	b := newBroker(t)
	const most = 5
	b.Quotas.Sessions = most
	var clients sync.WaitGroup
	var full, kept atomic.Int64
	for seed := range uint64(8) {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 400 {
				id, keep := strconv.Itoa(r.IntN(12)), r.IntN(3) > 0
				p := &leaving{}
				m, _, err := b.Attach(wait(t), id, alice, r.IntN(2) == 0, keep, p)
				if errors.Is(err, ErrSessions) {
					full.Add(1)
					continue
				} else if err != nil {
					t.Error(err)
					return
				}
				if n := b.kept.Load(); n > most {
					t.Errorf("%d sessions are kept", n)
				}
				if r.IntN(4) == 0 {
					b.Revoke(id, nil)
				}
				if b.Detach(m, time.Duration(r.IntN(2))*time.Hour) {
					kept.Add(1)
				}
			}
		})
	}
	clients.Wait()
	if full.Load() == 0 || kept.Load() == 0 {
		t.Errorf("%d were refused, %d kept", full.Load(), kept.Load())
	}
	n := 0
	for id := range 12 {
		if m := b.registry.shard(strconv.Itoa(id)).members[strconv.Itoa(id)]; m != nil {
			if n++; !m.kept || m.peer != nil {
				t.Errorf("session %d: %+v", id, m)
			}
		}
	}
	if b.kept.Load() != int64(n) || n == 0 || n > most {
		t.Errorf("%d are counted, %d there", b.kept.Load(), n)
	}
	for id := range 12 {
		b.Revoke(strconv.Itoa(id), nil)
	}
	if b.kept.Load() != 0 {
		t.Errorf("%d are counted when all are gone", b.kept.Load())
	}
}

// leaving is a connection that ends by itself: whoever takes it over waits.
type leaving struct{}

func (*leaving) End(mqtt.ReasonCode, ...mqtt.UserProperty) {}
func (*leaving) CutOff()                                   {}
