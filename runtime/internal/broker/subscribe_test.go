package broker

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestRouteHoldsUntilSubscriptionsChange(t *testing.T) {
	b := newBroker(t)
	m, _ := attach(t, b, "c")
	old := b.Route("a", nil)
	if b.Route("a", old) != old {
		t.Error("a new route although nothing has changed")
	}
	b.Subscribe(m, Subscription{Filter: "a"})
	with := b.Route("a", old)
	if with == old || len(with.receivers) != 1 {
		t.Error("the route does not know the new subscription")
	}
	if len(old.receivers) != 0 {
		t.Error("the old route has changed")
	}
	b.Unsubscribe(m, "a", &session.Batch{})
	if without := b.Route("a", with); without == with || len(without.receivers) != 0 {
		t.Error("the route still knows the subscription")
	}
	if len(with.receivers) != 1 {
		t.Error("the old route has changed")
	}
}

// TestSubscriptionIsInForceAtOnce has publishers with routes of their own
// while subscriptions come and go: what is published after Subscribe has
// returned arrives, and nothing that is published after Unsubscribe has.
func TestSubscriptionIsInForceAtOnce(t *testing.T) {
	b := newBroker(t)
	quit := make(chan struct{})
	var noise sync.WaitGroup
	for i := range 3 {
		m, _ := attach(t, b, fmt.Sprint("noise", i))
		noise.Go(func() {
			var route *Route
			for {
				select {
				case <-quit:
					return
				default:
				}
				b.Subscribe(m, Subscription{Filter: "a/#"})
				b.Subscribe(m, Subscription{Filter: fmt.Sprint(i)})
				route = b.Route("a/b", route)
				b.Unsubscribe(m, "a/#", &session.Batch{})
			}
		})
	}
	m, p := attach(t, b, "c")
	route := b.Route("a/b", nil)
	var o session.Offer
	var batch session.Batch
	for i := range 2000 {
		filter := []string{"a/b", "a/+", "#"}[i%3]
		b.Subscribe(m, Subscription{Filter: filter, QoS: mqtt.QoS0})
		route = b.Route("a/b", route)
		o.Reset(message("a/b", "in"))
		b.Publish(&o, route, nil, &batch, time.Now())
		b.Unsubscribe(m, filter, &session.Batch{})
		route = b.Route("a/b", route)
		o.Reset(message("a/b", "out"))
		b.Publish(&o, route, nil, &batch, time.Now())
		batch.Flush()
		if got := p.received(t); !slices.Equal(got, []string{"a/b in q0"}) {
			t.Errorf("round %d: received %q", i, got)
			break
		}
	}
	close(quit)
	noise.Wait()
}

// TestLentAudienceNeverChanges: a route is built from a list that later
// changes of the subscriptions must not touch.
func TestLentAudienceNeverChanges(t *testing.T) {
	var a audience
	var in []*Subscription
	for range 10 {
		s := &Subscription{}
		a.add(s, nil, false)
		in = append(in, s)
	}
	before := slices.Clone(in)
	lent := a.lend()
	a.add(&Subscription{}, in[3], false) // replaced
	a.remove(in[0])
	a.add(&Subscription{}, nil, false)
	if !slices.Equal(lent, before) {
		t.Error("the lent list has changed")
	}
	own := &a.list[0]
	a.remove(a.list[5])
	if &a.list[0] != own {
		t.Error("copied again, though nobody has borrowed the list since")
	}
	for i, s := range a.list {
		if s.place != i {
			t.Errorf("subscription at %d believes it is at %d", i, s.place)
		}
	}
	for len(a.list) > 1 {
		if !a.remove(a.list[0]) {
			t.Fatal("nobody left, it says")
		}
	}
	if a.remove(a.list[0]) {
		t.Error("somebody left, it says")
	}
}

func TestPublishOptions(t *testing.T) {
	b := newBroker(t)
	self, ps := attach(t, b, "self")
	other, po := attach(t, b, "other")
	b.Subscribe(self, Subscription{Filter: "a", QoS: mqtt.QoS1, NoLocal: true})
	b.Subscribe(other, Subscription{Filter: "a", QoS: mqtt.QoS1, NoLocal: true, RetainAsPublished: true})
	p := message("a", "x")
	p.Retain = true
	send(b, self.Session, p)
	if got := ps.received(t); len(got) > 0 {
		t.Errorf("own message came back: %q", got)
	}
	if got := po.received(t); !slices.Equal(got, []string{"a x q1 r"}) {
		t.Errorf("the other got %q", got)
	}
	send(b, nil, p)
	if got := ps.received(t); !slices.Equal(got, []string{"a x q1"}) {
		t.Errorf("of the server's message came %q", got)
	}
	b.Subscribe(self, Subscription{Filter: "+", QoS: mqtt.QoS0}) // one that wants own messages
	send(b, self.Session, message("a", "y"))
	if got := ps.received(t); len(got) != 1 {
		t.Errorf("of overlapping subscriptions, one without No Local, came %q", got)
	}
}
