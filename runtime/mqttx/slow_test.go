package mqttx_test

import (
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// Of each slow subscriber: bounds that hold few messages, so that many subscribers fit into a test.
const (
	slowOutbox = 4 << 10
	slowQueue  = 4 << 10
	// slowBound is how many bytes of messages one may hold: QoS 0 in the outbox, and as much again that the
	// writer is at; the same of QoS 1 in flight, whose bytes are there twice, to be sent again; and the queue.
	slowBound = 2*slowOutbox + 2*slowOutbox + slowQueue
	// slowOverhead is what comes on top: names, the structs and slices around so many messages, the rest of
	// the chunks, and the goroutine that waits for the socket.
	slowOverhead = 12 << 10
	// slowLeft is what may stay of each when it has left: maps keep their room, and the session is named for
	// ten seconds at most in what is logged of losses.
	slowLeft = 1 << 10
)

// TestSlowSubscribersAreBounded: thousands that never read hold their bounds and no more, however much
// is published, and nothing when they have left.
func TestSlowSubscribersAreBounded(t *testing.T) {
	many, sockets := 10_000, 1000
	switch {
	case raceDetector: // it watches 8,128 goroutines at most
		many, sockets = 1000, 100
	case testing.Short():
		many, sockets = 2000, 200
	}
	for _, c := range []struct {
		name string
		n    int
		tcp  bool
		o    mqttx.Options
	}{
		{"in memory", many, false, mqttx.Options{}},
		{"in memory, the oldest dropped", many / 5, false, mqttx.Options{Queues: mqttx.Queues{DropOldest: true}}},
		{"over TCP", sockets, true, mqttx.Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Queues.Outbox, c.o.Queues.Bytes, c.o.Queues.Messages = slowOutbox, slowQueue, 1000
			c.o.Timeouts.Write = time.Hour
			c.o.Logger = slog.New(slog.DiscardHandler)
			s := &slowCrowd{t: t, server: newServer(t, &hooks{}, c.o), n: c.n, tcp: c.tcp}
			s.run()
		})
	}
}

// slowCrowd is many subscribers that do not read, and one who publishes to all of them.
type slowCrowd struct {
	t      *testing.T
	server *mqttx.Server
	n      int
	tcp    bool
	all    []net.Conn
}

func (s *slowCrowd) run() {
	s.publish(0) // what is made once
	if !raceDetector {
		descriptors(3 * s.n)
	}
	goroutines, before := runtime.NumGoroutine(), settled()
	for i := range s.n {
		s.join(i)
	}
	joined := settled()
	s.publish(s.n)
	s.check("one burst", joined)
	s.publish(s.n)
	s.check("another", joined)
	for _, nc := range s.all {
		_ = nc.Close()
	}
	s.all = nil
	eventually(s.t, func() bool { return s.server.Stats().Connections == 0 && runtime.NumGoroutine() <= goroutines })
	var left int
	eventually(s.t, func() bool {
		left = settled().heap - before.heap
		return left <= s.n*slowLeft+1<<20
	})
	s.t.Logf("%d left %d bytes behind", s.n, left)
	if err := s.server.Shutdown(wait(s.t)); err != nil {
		s.t.Error(err)
	}
	if st := s.server.Stats(); st.Queued != 0 || st.QueuedBytes != 0 || st.Inflight != 0 || st.Subscriptions != 0 {
		s.t.Errorf("what is left of them: %+v", st)
	}
}

// check compares what they hold with their bounds, by what is counted and by what the heap says.
func (s *slowCrowd) check(when string, joined taken) {
	s.t.Helper()
	st, now := s.server.Stats(), settled()
	held := now.heap + now.stacks - joined.heap - joined.stacks
	s.t.Logf("%s: %d bytes of each, %d of them stacks, %d dropped; queued %d bytes, %d in flight", when, held/s.n, (now.stacks-joined.stacks)/s.n, st.DroppedFull, st.QueuedBytes, st.Inflight)
	if st.Connections != s.n {
		s.t.Fatalf("%s: %d connections", when, st.Connections)
	}
	if held > s.n*(slowBound+slowOverhead) {
		s.t.Errorf("%s: %d subscribers hold %d bytes each, their bounds are %d and %d on top", when, s.n, held/s.n, slowBound, slowOverhead)
	}
	if st.QueuedBytes > int64(s.n*slowQueue) || st.DroppedFull == 0 {
		s.t.Errorf("%s: %d bytes wait in queues, %d messages are dropped", when, st.QueuedBytes, st.DroppedFull)
	}
	if least := s.n * (slowOutbox + slowQueue/2); held < least { // else nothing is proved
		s.t.Errorf("%s: they hold %d bytes, less than the %d that they are sent and may hold", when, held, least)
	}
}

// join connects a subscriber to a topic of its own and to one of all.
func (s *slowCrowd) join(i int) {
	nc := s.dial()
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	hello := append(helloOf(mqtt.V5, fmt.Sprint("slow", i)), ask(fmt.Sprint("to/", i), "all")...)
	if _, err := nc.Write(hello); err != nil {
		s.t.Fatal(err)
	}
	readPackets(s.t, nc, 2)
	_ = nc.SetDeadline(time.Time{})
	s.all = append(s.all, nc)
}

// ask is a SUBSCRIBE with QoS 1.
func ask(filters ...string) []byte {
	p := packet.Subscribe{PacketID: 7}
	for _, f := range filters {
		p.Filters = append(p.Filters, packet.Filter{Filter: []byte(f), QoS: mqtt.QoS1})
	}
	return p.Append(nil, mqtt.V5)
}

// dial connects; sockets hold as little as they can, so that the server does.
func (s *slowCrowd) dial() net.Conn {
	if !s.tcp {
		client, server := net.Pipe()
		go s.server.ServeConn(forgetful{server})
		return client
	}
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	defer nl.Close()
	client, err := net.Dial("tcp", nl.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	server, err := nl.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	_ = client.(*net.TCPConn).SetReadBuffer(2 << 10)
	_ = server.(*net.TCPConn).SetWriteBuffer(2 << 10)
	go s.server.ServeConn(server)
	return client
}

// forgetful is a pipe without the timer of its writes, which would keep it alive after it is closed.
type forgetful struct{ net.Conn }

func (forgetful) SetWriteDeadline(time.Time) error { return nil }

// descriptors has the runtime make those of n goroutines, which it never gives back.
func descriptors(n int) {
	var all sync.WaitGroup
	end := make(chan struct{})
	for range n {
		all.Go(func() { <-end })
	}
	close(end)
	all.Wait()
}

// publish sends several times what each of n subscribers may hold to its own topic, in QoS 0 and 1, so that
// they share no bytes, and then some to all.
func (s *slowCrowd) publish(n int) {
	const messages = 2 * slowOutbox / 1000
	losable := 3 * messages
	if s.tcp {
		losable += 96 // what sockets take before the server has to keep any
	}
	nc := s.dial()
	defer nc.Close()
	b := helloOf(mqtt.V5, "loud")
	add := func(name string, qos mqtt.QoS, messages int) {
		for i := range messages {
			o := packet.Outgoing{Name: name, QoS: qos, PacketID: uint16(i + 1), Payload: make([]byte, 1000)}
			b = packet.AppendPublish(b, mqtt.V5, &o)
		}
	}
	send := func(answers int) { // and take them: there is little room for them, too
		_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := nc.Write(b); err != nil {
			s.t.Fatal(err)
		}
		readPackets(s.t, nc, answers)
		b = b[:0]
	}
	send(1)
	for i := range n {
		add(fmt.Sprint("to/", i), mqtt.QoS0, losable)
		add(fmt.Sprint("to/", i), mqtt.QoS1, messages)
		send(messages)
	}
	add("all", mqtt.QoS0, messages)
	add("all", mqtt.QoS1, messages)
	send(messages)
	b = []byte("\xE0\x00")
	send(0)
	eventually(s.t, func() bool { return s.server.Stats().Connections == len(s.all) })
}

// taken is what is reachable, and the stacks of goroutines, in bytes.
type taken struct{ heap, stacks int }

// settled measures after pools have given back what they keep.
func settled() taken {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return taken{int(m.HeapAlloc), int(m.StackInuse)}
}
