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
		m, _, err := br.Attach(b.Context(), fmt.Sprint(i), session.Owner{}, false, &peer{})
		if err != nil {
			b.Fatal(err)
		}
		br.Subscribe(m, Subscription{Filter: fmt.Sprintf("device/%d/command", i)})
		br.Subscribe(m, Subscription{Filter: fmt.Sprintf("device/%d/+/set", i)})
	}
	m, _, _ := br.Attach(b.Context(), "all", session.Owner{}, false, &peer{})
	br.Subscribe(m, Subscription{Filter: "device/+/state"})
}

// BenchmarkRouteWhileSubscriptionsChange has 100,000 subscriptions. One filter
// comes and goes for every 64 names whose routes a link knows and asks for.
func BenchmarkRouteWhileSubscriptionsChange(b *testing.B) {
	for _, churn := range []string{"other/%d/x", "device/%d/command", "device/+/%d", "+/%d"} {
		b.Run(churn, func(b *testing.B) {
			br := newBroker(b)
			crowd(b, br, 100_000)
			m, _, _ := br.Attach(b.Context(), "churn", session.Owner{}, false, &peer{})
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
				m, _, err := br.Attach(b.Context(), fmt.Sprint(i), session.Owner{}, false, p)
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
