package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// sums checks what a session counts against what it holds.
func (d *device) sums() {
	d.t.Helper()
	s := d.s
	s.mu.Lock()
	defer s.mu.Unlock()
	queue, window := 0, 0
	for i := range s.queue {
		queue += s.queue[i].pub.size()
	}
	s.window.each(func(f *inflight) bool {
		if f.pub != nil {
			window += f.pub.size()
		}
		return true
	})
	if s.queueBytes != queue || s.window.bytes != window {
		d.t.Fatalf("queue: %d bytes are counted, %d there; window: %d and %d", s.queueBytes, queue, s.window.bytes, window)
	}
	if len(s.queue) > d.limits.QueueMessages || queue > d.limits.QueueBytes || s.backlog.Load() != (len(s.queue) > 0) {
		d.t.Fatalf("%d messages wait, of %d bytes; backlog %v", len(s.queue), queue, s.backlog.Load())
	}
}

// nobody is a shared subscription that takes back what it is given.
type nobody struct{}

func (nobody) Return(*Publication, *Batch, time.Time) {}

// TestAccountsOfASession: whatever happens to a session, its bytes and its
// places are counted as they are, and nothing is counted when all is gone.
func TestAccountsOfASession(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		d := newDevice(t)
		d.limits.QueueMessages, d.limits.QueueBytes, d.limits.OutboxBytes = 12, 300, 400
		d.limits.DropOldest, d.limits.QueueQoS0 = seed%2 == 0, seed%3 == 0
		d.limits.CloseSlow = seed%5 == 0 && !d.limits.DropOldest
		online := false
		for range 400 {
			p := Publication{Name: "t", QoS: mqtt.QoS(r.IntN(3)), Payload: []byte(strings.Repeat("x", r.IntN(60)))}
			if r.IntN(3) == 0 {
				p.Expires = d.now.Add(time.Duration(r.IntN(5)) * time.Second)
			}
			var o Offer
			var b Batch
			o.Reset(p)
			switch r.IntN(10) {
			default:
				d.s.Deliver(&o, Wish{QoS: mqtt.QoS2}, &b, d.now)
			case 0, 1:
				d.s.Keep(&o, Wish{QoS: mqtt.QoS2}, nobody{}, r.IntN(2) == 0, &b, d.now)
			case 2:
				d.s.DeliverOnline(&o, Wish{QoS: mqtt.QoS2}, nobody{}, r.IntN(2) == 0, &b, d.now)
			case 3, 4:
				if online {
					answer := []string{"PUBACK", "PUBREC", "PUBCOMP", "PUBREC"}[r.IntN(4)]
					_ = d.acknowledge(fmt.Sprint(answer, " ", 1+r.IntN(40), []string{"", " 128"}[r.IntN(2)]))
				}
			case 5:
				if online = !online; online {
					d.connectLimited(1+r.IntN(5), []int{0, 40}[r.IntN(2)])
				} else {
					d.s.Detach()
				}
			case 6:
				d.now = d.now.Add(time.Second)
			case 7:
				if r.IntN(4) == 0 {
					d.s.Reclaim(func(Group) bool { return true })
				}
			}
			b.Flush()
			d.sums()
		}
		if online {
			d.s.Detach()
		}
		d.s.Discard()
		if d.sums(); len(d.s.queue) > 0 || d.s.window.active > 0 || d.s.window.bytes > 0 {
			t.Fatalf("seed %d: something is left", seed)
		}
		c := d.counters
		if sum := c.QueueMessagesFull.Load() + c.QueueBytesFull.Load() + c.OutboxFull.Load(); sum != c.DroppedFull.Load() {
			t.Errorf("seed %d: %d were dropped, %d by a limit", seed, c.DroppedFull.Load(), sum)
		}
	}
}
