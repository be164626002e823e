package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestLoad has all that a server does go on at once, for the race detector and for the order of messages:
// publishers in every quality of service and the server itself, a fan-out, a shared group, sessions that
// are taken over and resumed, retained messages, subscribers that never read, clients that come, go, are
// revoked and disconnected. Of QoS 1 and 2 every message arrives once, in its order, wherever it should.
func TestLoad(t *testing.T) {
	l := newLoad(t)
	var witnesses, disturbers sync.WaitGroup
	for i := range 6 {
		witnesses.Go(l.fan(fmt.Sprint("fan", i), versions[i%3]))
	}
	for i := range 3 {
		l.join(fmt.Sprint("worker", i), &witnesses)
	}
	for i := range 2 {
		witnesses.Go(l.comesBack(fmt.Sprint("back", i)))
	}
	for range 2 {
		l.neverReads()
	}
	for i := range 4 {
		disturbers.Go(func() { l.comeAndGo(uint64(i)) })
	}
	disturbers.Go(l.retain)
	disturbers.Go(l.lookAtRetained)
	disturbers.Go(l.interfere)

	l.ready.Wait()
	var publishers sync.WaitGroup
	for _, s := range l.streams {
		publishers.Go(func() { l.publish(s) })
	}
	publishers.Wait()
	witnesses.Wait()
	close(l.over)
	disturbers.Wait()
	l.checkShared()
	eventually(t, func() bool { return l.server.Stats().Connections == 2 }) // those that never read
	s := l.server.Stats()
	if s.Panics != 0 {
		t.Errorf("%d panics", s.Panics)
	}
	t.Logf("%d connects, %d messages sent, %d connections ended by the server", s.Connects, total(s.Sent.Messages), l.ended.Load())
}

func total(all [3]int64) int64 { return all[0] + all[1] + all[2] }

// load is a server and what is asked of it.
type load struct {
	t       *testing.T
	server  *mqttx.Server
	memory  *mqttxtest.Net
	addr    string
	streams []*stream
	ready   sync.WaitGroup // the witnesses have subscribed
	over    chan struct{}  // they have got everything
	ended   atomic.Int64   // connections that were ended for their clients
}

// stream is the messages of one publisher to one topic: their numbers, from 0.
type stream struct {
	name   string
	qos    mqtt.QoS
	n      int
	server bool           // it publishes them itself
	shared []atomic.Int32 // how many times each has come to the shared group
}

func newLoad(t *testing.T) *load {
	n := 3000
	if testing.Short() {
		n = 300
	}
	l := &load{t: t, over: make(chan struct{})}
	l.server = newServer(t, &hooks{}, mqttx.Options{Queues: mqttx.Queues{Outbox: 64 << 10, Messages: 1 << 20, Bytes: 1 << 30}})
	l.memory, l.addr = mqttxtest.Start(t, l.server), listen(t, l.server)
	for i := range 6 {
		l.streams = append(l.streams, &stream{name: fmt.Sprint("flow/", i), qos: mqtt.QoS(i % 3), n: n})
	}
	l.streams = append(l.streams, &stream{name: "flow/server", qos: mqtt.QoS1, n: n, server: true})
	for _, s := range l.streams {
		s.shared = make([]atomic.Int32, s.n)
	}
	return l
}

// connect connects a client, by turns over TCP and in memory.
func (l *load) connect(o mqttxtest.Options) (*mqttxtest.Client, error) {
	if len(o.ClientID)%2 == 0 {
		return mqttxtest.NewClient(l.memory.Dial(), o)
	}
	nc, err := net.Dial("tcp", l.addr)
	if err != nil {
		return nil, err
	}
	return mqttxtest.NewClient(nc, o)
}

// must is connect where nothing may stand in the way but Recheck, which has clients come again.
func (l *load) must(o mqttxtest.Options) *mqttxtest.Client {
	for {
		c, err := l.connect(o)
		var r *mqtt.Refusal
		switch {
		case err == nil:
			return c
		case !errors.As(err, &r) || r.Code != mqtt.ServerBusy:
			l.t.Error(err)
			runtime.Goexit()
		}
	}
}

// publish sends the messages of a stream, those of QoS 0 in bursts.
func (l *load) publish(s *stream) {
	ctx := context.Background()
	if s.server {
		for i := range s.n {
			if err := l.server.Publish(ctx, s.name, strconv.AppendInt(nil, int64(i), 10), mqttx.WithQoS(s.qos)); err != nil {
				l.t.Error(err)
			}
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c := l.must(mqttxtest.Options{ClientID: "publisher of " + s.name})
	defer c.Close()
	for i := range s.n {
		if err := c.Publish(ctx, s.name, strconv.Itoa(i), s.qos); err != nil {
			l.t.Error(err)
			return
		}
	}
	if err := c.Ping(ctx); err != nil { // all of QoS 0 are there
		l.t.Error(err)
	}
}

// witness is what one subscriber has got of the streams.
type witness struct {
	*load
	id   string
	next map[string]int // by topic name: the number that comes next
}

// take checks the number of a message. Only QoS 0 and shared subscriptions leave numbers out, and only what
// is sent again, and says so, comes again.
func (w *witness) take(m mqtt.Message, gaps bool) {
	got, err := strconv.Atoi(string(m.Raw))
	want := w.next[m.Topic]
	switch {
	case err != nil:
		w.t.Errorf("%s: %s: %v", w.id, m.Topic, err)
	case got == want, got > want && (gaps || m.QoS == mqtt.QoS0):
		w.next[m.Topic] = got + 1
	case got < want && m.Dup:
	default:
		w.t.Errorf("%s: message %d of %s (%v), want %d", w.id, got, m.Topic, m.QoS, want)
		w.next[m.Topic] = max(want, got+1)
	}
}

// complete reports whether everything has come that must.
func (w *witness) complete() bool {
	for _, s := range w.streams {
		if s.qos > mqtt.QoS0 && w.next[s.name] < s.n {
			return false
		}
	}
	return true
}

func (l *load) witness(id string) *witness {
	l.ready.Add(1)
	return &witness{load: l, id: id, next: map[string]int{}}
}

// fan is a subscriber to everything that stays.
func (l *load) fan(id string, v mqtt.Version) func() {
	w := l.witness(id)
	c := l.must(mqttxtest.Options{ClientID: id, Version: v})
	subscribe(l.t, c, "flow/#", mqtt.QoS2)
	l.ready.Done()
	return func() {
		defer c.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for !w.complete() {
			m, err := c.Receive(ctx)
			if err != nil {
				l.t.Errorf("%s, which waits for %v: %v", id, w.next, err)
				return
			}
			w.take(m, false)
		}
	}
}

// join adds a member of a shared group, which stays.
func (l *load) join(id string, all *sync.WaitGroup) {
	w := l.witness(id)
	c := l.must(mqttxtest.Options{ClientID: id})
	subscribe(l.t, c, "$share/workers/flow/#", mqtt.QoS2)
	l.ready.Done()
	streams := map[string]*stream{}
	for _, s := range l.streams {
		streams[s.name] = s
	}
	all.Go(func() {
		defer c.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for !l.sharedIsComplete() {
			few, stop := context.WithTimeout(ctx, 10*time.Millisecond) // the last may have gone to another
			m, err := c.Receive(few)
			stop()
			switch {
			case err == nil:
				w.take(m, true)
				if i, err := strconv.Atoi(string(m.Raw)); err == nil {
					streams[m.Topic].shared[i].Add(1)
				}
			case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
				l.t.Errorf("%s: %v", id, err)
				return
			}
		}
	})
}

// sharedIsComplete reports whether the group has got all of QoS 1 and 2.
func (l *load) sharedIsComplete() bool {
	for _, s := range l.streams {
		for i := range s.shared {
			if s.qos > mqtt.QoS0 && s.shared[i].Load() == 0 {
				return false
			}
		}
	}
	return true
}

// checkShared wants each message to have gone to one member.
func (l *load) checkShared() {
	for _, s := range l.streams {
		for i := range s.shared {
			if n := s.shared[i].Load(); n > 1 || n == 0 && s.qos > mqtt.QoS0 {
				l.t.Errorf("message %d of %s has come to %d members", i, s.name, n)
			}
		}
	}
}

// comesBack is a subscriber whose connection ends again and again, in all ways, and whose session stays.
func (l *load) comesBack(id string) func() {
	w := l.witness(id)
	o := mqttxtest.Options{ClientID: id, Resume: true, SessionExpiry: time.Hour}
	c := l.must(o)
	subscribe(l.t, c, "flow/#", mqtt.QoS2)
	l.ready.Done()
	return func() {
		deadline := time.Now().Add(time.Minute)
		for turn := 0; !w.complete(); turn++ {
			if time.Now().After(deadline) {
				l.t.Errorf("%s waits for %v", id, w.next)
				break
			}
			w.some(c, 1+turn%200)
			old := c
			switch turn % 4 {
			case 0:
				c.Close()
			case 1:
				_ = c.Disconnect()
			case 2:
				_ = l.server.Disconnect(id, mqtt.ServerBusy)
				<-c.Done()
			} // 3: the next connection takes over
			c = l.must(o)
			l.ended.Add(1)
			if <-old.Done(); !c.SessionPresent {
				l.t.Errorf("%s: the session is gone", id)
			}
			w.some(old, 1<<30) // what had come before
		}
		c.Close()
	}
}

// some takes up to n messages, fewer where the connection has ended or no more come.
func (w *witness) some(c *mqttxtest.Client, n int) {
	for range n {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		m, err := c.Receive(ctx)
		cancel()
		if err != nil {
			return
		}
		w.take(m, false)
	}
}

// neverReads is a subscriber to everything that takes nothing.
func (l *load) neverReads() {
	nc := l.memory.Dial()
	l.t.Cleanup(func() { _ = nc.Close() })
	filter := packet.Subscribe{PacketID: 7, Filters: []packet.Filter{{Filter: []byte("flow/#"), QoS: mqtt.QoS1}}}
	if _, err := nc.Write(filter.Append(helloOf(mqtt.V5, fmt.Sprintf("deaf%p", nc)), mqtt.V5)); err != nil {
		l.t.Error(err)
	}
}

// goesOn reports whether there is still something to disturb.
func (l *load) goesOn() bool {
	select {
	case <-l.over:
		return false
	default:
		return true
	}
}

// comeAndGo is a client that connects, subscribes, publishes, unsubscribes and leaves, with wills and
// sessions, under a name that another one has too. Whatever ends it is all right, but standing still.
func (l *load) comeAndGo(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 23))
	filters := []string{"flow/#", "state/+", "$share/others/flow/#", "flow/+", "gone/#"}
	for l.goesOn() {
		id := fmt.Sprint("visitor", seed/2) + strings.Repeat("x", r.IntN(2)) // TCP and memory
		c, err := l.connect(mqttxtest.Options{
			ClientID: id, Version: versions[r.IntN(3)], Resume: r.IntN(2) == 0, SessionExpiry: time.Duration(r.IntN(2)) * time.Hour,
			Will: &mqtt.Message{Topic: "gone/" + id, Raw: []byte("x"), QoS: mqtt.QoS(r.IntN(3)), Retain: r.IntN(2) == 0},
		})
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err == nil {
			filter := filters[r.IntN(len(filters))]
			_, err = c.Subscribe(ctx, filter, mqtt.QoS(r.IntN(3)))
			for i := 0; err == nil && i < 3; i++ {
				err = c.Publish(ctx, "noise/"+id, "x", mqtt.QoS(i))
			}
			if err == nil && r.IntN(2) == 0 {
				err = c.Unsubscribe(ctx, filter)
			}
			if r.IntN(2) == 0 {
				_ = c.Disconnect()
			}
			c.Close()
		}
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			l.t.Errorf("%s: %v", id, err)
			return
		}
	}
}
