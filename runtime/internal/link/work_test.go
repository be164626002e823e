package link

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// held is a user call that is entered once and waits until it is released.
type held struct {
	entered, released chan struct{}
	once              sync.Once
}

func newHeld() *held { return &held{entered: make(chan struct{}), released: make(chan struct{})} }

func (h *held) wait() {
	close(h.entered)
	<-h.released
}

// release lets the call go on; a test defers it, too.
func (h *held) release() { h.once.Do(func() { close(h.released) }) }

// TestWatchdog: what was appended before a call of user code that takes its
// time reaches its receiver, whatever the call.
func TestWatchdog(t *testing.T) {
	publish := func(h *Host, name string) {
		var o session.Offer
		o.Reset(session.Publication{Name: name, Payload: []byte("x")})
		l := h.Broker.Peer("c").(*Link)
		h.Broker.Publish(&o, h.Broker.Route(name, nil), nil, &l.work.batch, time.Now())
	}
	t.Run("publish", func(t *testing.T) {
		h, hold := newHost(t), newHeld()
		defer hold.release()
		h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
			if m.Topic == "slow" {
				hold.wait()
			}
			return Verdict{Relay: true}, nil
		}
		sub := admit(t, h, "sub").listen("#", 0)
		c := admit(t, h, "c")
		c.say(c.publish(1, 7, "quick", "x"), c.publish(1, 8, "slow", "x"))
		<-hold.entered
		c.want("PUBACK 7")
		sub.want("PUBLISH 0 quick x")
		hold.release()
		c.want("PUBACK 8")
		sub.want("PUBLISH 0 slow x")
	})
	t.Run("subscribe", func(t *testing.T) {
		h, hold := newHost(t), newHeld()
		defer hold.release()
		grant := h.Calls.Subscribe
		h.Calls.Subscribe = func(ctx context.Context, l *Link, s *auth.Subscription) (mqtt.QoS, error) {
			if s.Filter == "slow" {
				hold.wait()
			}
			return grant(ctx, l, s)
		}
		sub := admit(t, h, "sub").listen("#", 0)
		c := admit(t, h, "c")
		c.say(c.publish(0, 0, "quick", "x"), c.subscribe(5, filter("slow", 0)))
		<-hold.entered
		sub.want("PUBLISH 0 quick x")
		hold.release()
		c.want("SUBACK 5 [0]")
	})
	t.Run("connected", func(t *testing.T) {
		h, hold := newHost(t), newHeld()
		defer hold.release()
		h.Calls.Connected = func(context.Context, *Link) error { hold.wait(); return nil }
		c := admit(t, h, "c") // sees CONNACK
		<-hold.entered
		hold.release()
		c.say(pingreq)
		c.want("PINGRESP")
	})
	t.Run("letters", func(t *testing.T) {
		h, hold, ready := newHost(t), newHeld(), make(chan struct{})
		defer hold.release()
		sub := admit(t, h, "sub").listen("#", 0)
		c := admit(t, h, "c")
		_ = c.link.Post(func() { <-ready }) // so that the next two come together
		_ = c.link.Post(func() { publish(h, "quick") })
		_ = c.link.Post(hold.wait)
		close(ready)
		<-hold.entered
		sub.want("PUBLISH 0 quick x")
		hold.release()
	})
}
