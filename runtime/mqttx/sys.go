package mqttx

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
)

// sysPrefix begins the names of what a server says about itself.
const sysPrefix = "$SYS/"

// sysAllowed reports whether Options.Sys.Allow grants a filter.
func (s *Server) sysAllowed(l *link.Link, sub *Subscription) bool {
	return s.options.Sys.Interval > 0 && s.options.Sys.Allow != nil &&
		strings.HasPrefix(sub.Filter, sysPrefix) && s.options.Sys.Allow(l.User.(*Conn), sub.Filter)
}

// guardSys keeps clients from publishing what only the server says.
func (s *Server) guardSys(next publishCall) publishCall {
	if s.options.Sys.Interval <= 0 {
		return next
	}
	return func(ctx context.Context, l *link.Link, m *Message) (link.Verdict, error) {
		if strings.HasPrefix(m.Topic, sysPrefix) {
			return link.Verdict{}, Refuse(NotAuthorized, "only the server publishes to $SYS/")
		}
		return next(ctx, l, m)
	}
}

// sys publishes $SYS topics. Owned by the goroutine that does, one at a time.
type sys struct {
	server  *Server
	timer   broker.Timer
	said    map[string]string // the last value of each name
	last    time.Time
	loads   []*load
	clients int // the most that were connected
}

// load is the average of a counter by the minute, over one, five and fifteen of
// them, as an operating system counts its load.
type load struct {
	name    string
	of      func(*Stats) int64
	before  int64
	average [3]float64
}

var loadMinutes = [3]float64{1, 5, 15}

// publishSys begins to publish, until the server's timers end.
func (s *Server) publishSys() {
	y := &sys{server: s, said: map[string]string{}, last: s.started, loads: []*load{
		{name: "connections", of: func(st *Stats) int64 { return st.Connects + st.ConnectErrors }},
		{name: "messages/received", of: func(st *Stats) int64 { return packets(&st.Received) }},
		{name: "messages/sent", of: func(st *Stats) int64 { return packets(&st.Sent) }},
		{name: "publish/received", of: func(st *Stats) int64 { return messages(&st.Received) }},
		{name: "publish/sent", of: func(st *Stats) int64 { return messages(&st.Sent) }},
		{name: "publish/dropped", of: func(st *Stats) int64 { return st.Dropped }},
		{name: "bytes/received", of: func(st *Stats) int64 { return st.Received.Bytes }},
		{name: "bytes/sent", of: func(st *Stats) int64 { return st.Sent.Bytes }},
	}}
	s.broker.Timers.Set(&y.timer, time.Second, y.due) // the first soon: who subscribes wants to see something
}

// due runs on the wheel, which does not wait for it.
func (y *sys) due() {
	go func() {
		y.say()
		select {
		case <-y.server.over:
		default:
			y.server.broker.Timers.Set(&y.timer, y.server.options.Sys.Interval, y.due)
		}
	}()
}

func packets(t *Traffic) (n int64) {
	for _, of := range t.Packets {
		n += of
	}
	return n
}

func messages(t *Traffic) int64 { return t.Messages[0] + t.Messages[1] + t.Messages[2] }

// say publishes everything that has changed.
func (y *sys) say() {
	st := y.server.Stats()
	now := time.Now()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	y.clients = max(y.clients, int(st.Connects-st.Disconnects))
	y.text("version", version())
	y.text("uptime", strconv.FormatInt(int64(now.Sub(st.Started)/time.Second), 10)+" seconds")
	connected := st.Connects - st.Disconnects
	for name, n := range map[string]int64{
		"clients/total": int64(st.Sessions), "clients/connected": connected, "clients/active": connected,
		"clients/disconnected": max(0, int64(st.Sessions)-connected), "clients/inactive": max(0, int64(st.Sessions)-connected),
		"clients/maximum":   int64(y.clients),
		"messages/received": packets(&st.Received), "messages/sent": packets(&st.Sent),
		"messages/stored":           int64(st.Retained + st.Queued + st.Inflight),
		"store/messages/count":      int64(st.Retained + st.Queued + st.Inflight),
		"store/messages/bytes":      st.RetainedBytes + st.QueuedBytes,
		"messages/inflight":         int64(st.Inflight),
		"bytes/received":            st.Received.Bytes,
		"bytes/sent":                st.Sent.Bytes,
		"publish/messages/received": messages(&st.Received), "publish/messages/sent": messages(&st.Sent),
		"publish/messages/dropped":   st.Dropped,
		"retained messages/count":    int64(st.Retained),
		"subscriptions/count":        int64(st.Subscribers),
		"shared_subscriptions/count": int64(st.Shared),
		"heap/current":               int64(heap.HeapAlloc),
		"heap/maximum":               int64(heap.HeapSys),
	} {
		y.text(name, strconv.FormatInt(n, 10))
	}
	y.sayLoads(&st, now)
}

// sayLoads brings the averages up to now.
func (y *sys) sayLoads(st *Stats, now time.Time) {
	minutes := now.Sub(y.last).Minutes()
	if y.last = now; minutes <= 0 {
		return
	}
	for _, l := range y.loads {
		n := l.of(st)
		rate := float64(n-l.before) / minutes
		l.before = n
		for i, span := range loadMinutes {
			keep := math.Exp(-minutes / span)
			l.average[i] = rate + keep*(l.average[i]-rate)
			y.text(fmt.Sprintf("load/%s/%vmin", l.name, span), strconv.FormatFloat(l.average[i], 'f', 2, 64))
		}
	}
}

// text publishes one value, where it has changed.
func (y *sys) text(name, value string) {
	s := y.server
	if last, ok := y.said[name]; ok && last == value {
		return
	}
	y.said[name] = value
	options := []PublishOption{Retain(), func(p *publication) { p.own = true }}
	if s.options.Capabilities.NoRetain {
		options = nil
	}
	if err := s.Publish(context.Background(), sysPrefix+"broker/"+name, []byte(value), options...); err != nil {
		s.options.Logger.Error("publish of $SYS topics failed", "error", err)
	}
}

// version is that of the module in the running program.
func version() string {
	const module = "github.com/mqttx-gen/mqttx-gen"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Path == module {
			return "mqttx " + info.Main.Version
		}
		for _, m := range info.Deps {
			if m.Path == module {
				return "mqttx " + m.Version
			}
		}
	}
	return "mqttx (unknown)"
}
