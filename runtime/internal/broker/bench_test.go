package broker

import (
	"fmt"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// crowd subscribes many clients: each to topics of its own, some to all.
func crowd(b *testing.B, br *Broker, n int) {
	b.Helper()
	for i := range n / 2 {
		m, _, err := br.Attach(b.Context(), fmt.Sprint(i), session.Owner{}, false, true, &peer{})
		if err != nil {
			b.Fatal(err)
		}
		br.Subscribe(m, Subscription{Filter: fmt.Sprintf("device/%d/command", i)})
		br.Subscribe(m, Subscription{Filter: fmt.Sprintf("device/%d/+/set", i)})
	}
	m, _, _ := br.Attach(b.Context(), "all", session.Owner{}, false, true, &peer{})
	br.Subscribe(m, Subscription{Filter: "device/+/state"})
}

// BenchmarkRouteWhileSubscriptionsChange has 100,000 subscriptions. One filter
// comes and goes for every 64 names whose routes a link knows and asks for.
func BenchmarkRouteWhileSubscriptionsChange(b *testing.B) {
	for _, churn := range []string{"other/%d/x", "device/%d/command", "device/+/%d", "+/%d"} {
		b.Run(churn, func(b *testing.B) {
			br := newBroker(b)
			crowd(b, br, 100_000)
			m, _, _ := br.Attach(b.Context(), "churn", session.Owner{}, false, true, &peer{})
			names := make([]string, 64)
			routes := make([]*Route, len(names))
			for i := range names {
				names[i] = fmt.Sprintf("device/%d/state", i*700)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				at := i % len(names)
				if at == 0 {
					filter := fmt.Sprintf(churn, 1_000_000+i)
					br.Subscribe(m, Subscription{Filter: filter})
					br.Unsubscribe(m, filter, &session.Batch{})
				}
				routes[at] = br.Route(names[at], routes[at])
			}
		})
	}
}

// subscribe gives 1,000 clients n filters in all, of which one in ten has
// wildcards.
func subscribe(t testing.TB, br *Broker, n int) {
	t.Helper()
	for c := range 1000 {
		m, _, err := br.Attach(t.Context(), fmt.Sprint(c), session.Owner{}, false, true, &peer{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n / 1000 {
			filter := fmt.Sprintf("site/%d/device/%d/reading", c, i)
			switch i % 20 {
			case 3:
				filter = fmt.Sprintf("site/%d/+/%d/reading", c, i)
			case 13:
				filter = fmt.Sprintf("site/%d/device/%d/#", c, i)
			}
			br.Subscribe(m, Subscription{Filter: filter})
		}
	}
}

// BenchmarkRoute looks up who gets a message, among so many filters: by the
// route that a link has remembered, and by a new one, which most often has a
// filter without wildcards and one time in ten two with.
func BenchmarkRoute(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		br := newBroker(b)
		subscribe(b, br, n)
		names := make([]string, 64)
		for i := range names {
			names[i] = fmt.Sprintf("site/%d/device/%d/reading", i*15, i)
		}
		routes := make([]*Route, len(names))
		b.Run(fmt.Sprintf("%d/remembered", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i = (i + 1) % len(names) {
				routes[i] = br.Route(names[i], routes[i])
			}
		})
		b.Run(fmt.Sprintf("%d/new", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i = (i + 1) % len(names) {
				routes[i] = br.Route(names[i], nil)
			}
		})
	}
}

// TestFanOutDoesNotAllocate publishes at QoS 0 to 500 subscribers, by a route
// that is remembered: nothing is allocated for any of them.
func TestFanOutDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget at random under the race detector")
	}
	br := newBroker(t)
	for i := range 500 {
		p := &nowhere{}
		m, _, err := br.Attach(t.Context(), fmt.Sprint(i), session.Owner{}, false, true, p)
		if err != nil {
			t.Fatal(err)
		}
		connectWire(br, m, p)
		br.Subscribe(m, Subscription{Filter: "site/+/reading"})
	}
	var o session.Offer
	var batch session.Batch
	var route *Route
	p := session.Publication{Name: "site/7/reading", Payload: make([]byte, 64)}
	now := time.Now()
	pass := func() {
		o.Reset(p)
		route = br.Route(p.Name, route)
		br.Publish(&o, route, nil, &batch, now)
		batch.Flush()
	}
	pass() // the first one makes what is kept
	pass()
	if n := testing.AllocsPerRun(100, pass); n > 1 { // a garbage collection may empty the pools meanwhile
		t.Errorf("%v allocations for 500 deliveries", n)
	}
}

// nowhere is a connection that takes everything.
type nowhere struct{ peer }

func (*nowhere) TryWrite(bufs [][]byte) (n int, err error) {
	for _, b := range bufs {
		n += len(b)
	}
	return n, nil
}

// BenchmarkFanOut publishes to 500 subscribers; with one identifier each, and
// as one shared subscription too.
func BenchmarkFanOut(b *testing.B) {
	for _, s := range []Subscription{{Filter: "a"}, {Filter: "a", ID: 7}, {Filter: "a", Share: "g"}} {
		b.Run(fmt.Sprintf("ID%d%s", s.ID, s.Share), func(b *testing.B) {
			br := newBroker(b)
			for i := range 500 {
				p := &nowhere{}
				m, _, err := br.Attach(b.Context(), fmt.Sprint(i), session.Owner{}, false, true, p)
				if err != nil {
					b.Fatal(err)
				}
				connectWire(br, m, p)
				br.Subscribe(m, s)
			}
			var o session.Offer
			var batch session.Batch
			var route *Route
			p := session.Publication{Name: "a", Payload: make([]byte, 64)}
			now := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				o.Reset(p)
				route = br.Route("a", route)
				br.Publish(&o, route, nil, &batch, now)
				batch.Flush()
			}
		})
	}
}
