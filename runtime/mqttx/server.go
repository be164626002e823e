package mqttx

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/listen"
)

// Server is an MQTT server. All methods may be called from any goroutine. A
// server that has listened is ended by Shutdown, or by the context of
// ListenAndServe.
type Server struct {
	options Options
	choosy  bool // options set limits that clients of this machine are exempt from
	broker  *broker.Broker
	host    *link.Host

	requests requests
	over     chan struct{} // closed by the first Shutdown
	started  time.Time
	seeds    atomic.Uint32 // one for each connection
	sysBegun sync.Once     // with the first connection

	mu sync.Mutex
	// mu guards the following.
	links     map[*link.Link]struct{}
	listeners map[net.Listener]struct{}
	closed    bool
	idle      chan struct{} // closed when the last link has ended after closed
}

// NewServer returns a server that makes a Handler for each connection with
// newHandler, when its CONNECT has come. It does not listen yet.
func NewServer(newHandler func(c *Conn) Handler, o Options) (*Server, error) {
	if newHandler == nil {
		return nil, errors.New("new server: newHandler is nil; give a function that returns a Handler for each connection")
	}
	choosy := o.Limits.choosy()
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		options:   o,
		choosy:    choosy,
		links:     map[*link.Link]struct{}{},
		listeners: map[net.Listener]struct{}{},
		over:      make(chan struct{}),
		started:   time.Now(),
		idle:      make(chan struct{}),
	}
	s.broker = broker.New(o.limits(), s.sessionExpired)
	s.broker.StickyShares = o.Capabilities.StickyShares
	s.broker.Quotas = o.quotas()
	s.host = &link.Host{Broker: s.broker, Settings: o.settings(), Log: o.Logger}
	if len(o.Topics) > 0 {
		s.host.Topics = link.NewTopicCounters(len(o.Topics), o.HandlerTimes)
	}
	o.Limits.setDoor(&s.host.Door)
	s.host.WatchMemory()
	s.host.Calls, s.host.Ended = s.calls(newHandler), s.forget
	s.options.Trace.hook(&s.host.Calls)
	return s, nil
}

// sessionExpired calls the user's function on a goroutine of its own: the
// timers do not wait for it, and survive its panic.
func (s *Server) sessionExpired(clientID string) {
	if s.options.SessionExpired == nil {
		return
	}
	go func() {
		defer func() {
			if r := recover(); r != nil {
				s.host.Counters.Panics.Add(1)
				s.options.Logger.Error("SessionExpired panicked", "client", clientID,
					"panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			}
		}()
		s.options.SessionExpired(clientID)
	}()
}

// ServeConn runs one connection, which it owns, on the calling goroutine, and
// returns when the connection has ended. A server without [Options].AuthMethods
// closes one that came to an address which other machines can reach.
func (s *Server) ServeConn(nc net.Conn) {
	if len(s.options.AuthMethods) == 0 && listen.Exposed(nc.LocalAddr()) {
		s.options.Logger.Error("connection closed", "addr", nc.RemoteAddr(), "reason", errNoMethods)
		_ = nc.Close()
		return
	}
	if l := s.open(nc, nil); l != nil {
		defer s.forget(l)
		l.Serve()
	}
}

// start runs one connection, which it owns, and may return before it has ended:
// nobody waits for that, so an idle connection needs no goroutine.
func (s *Server) start(nc net.Conn, methods []string) {
	if l := s.open(nc, methods); l != nil {
		l.Start()
	}
}

// open returns the link of a new connection, whose client may use some auth
// methods (nil: all); no link where the server is closed or takes no more.
func (s *Server) open(nc net.Conn, methods []string) *link.Link {
	if !s.host.Enter(nc.RemoteAddr()) {
		_ = nc.Close()
		return nil
	}
	l := link.New(s.host, nc)
	l.Allow(methods)
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.links[l] = struct{}{}
	}
	s.mu.Unlock()
	if closed {
		s.host.Leave(nc.RemoteAddr())
		_ = nc.Close()
		return nil
	}
	if s.options.Sys.Interval > 0 {
		s.sysBegun.Do(s.publishSys)
	}
	return l
}

func (s *Server) forget(l *link.Link) {
	s.host.Leave(l.RemoteAddr())
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, l)
	if s.closed && len(s.links) == 0 {
		close(s.idle)
	}
}

// Disconnect ends the connection of a client. In MQTT 5.0 it gets a DISCONNECT
// with the code and the user properties. ErrNotConnected where it is away.
func (s *Server) Disconnect(clientID string, code ReasonCode, user ...UserProperty) error {
	p := s.broker.Peer(clientID)
	if p == nil {
		return fmt.Errorf("disconnect %q: %w", clientID, ErrNotConnected)
	}
	p.End(code, user...)
	return nil
}

// DisconnectWith is Disconnect with all that an MQTT 5.0 client may be told: a
// reason for people, and another server to use.
func (s *Server) DisconnectWith(clientID string, why Refusal) error {
	c := s.conn(clientID)
	if c == nil {
		return fmt.Errorf("disconnect %q: %w", clientID, ErrNotConnected)
	}
	c.DisconnectWith(why)
	return nil
}

// ClientIDs returns the client identifiers of the connections, in no
// particular order. Clients may come and go meanwhile.
func (s *Server) ClientIDs() iter.Seq[string] { return s.broker.Connected() }

// Shutdown ends the server: it stops listening, sends all wills, then every
// MQTT 5.0 client a DISCONNECT with ServerShuttingDown, and waits until all
// connections have ended. When ctx ends first, what is left is cut off and ctx's error
// returned: a handler that is stuck does not hold Shutdown up.
func (s *Server) Shutdown(ctx context.Context) error {
	open := s.close()
	s.endWills(ctx, open)
	for _, l := range open {
		l.End(serverShuttingDown)
	}
	defer s.broker.Close()
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
	}
	for _, l := range open {
		l.CutOff()
	}
	return fmt.Errorf("shut down: connections were cut off: %w", context.Cause(ctx))
}

// willsEnd is how long Shutdown waits at most for the handlers of wills before
// it ends the connections that may have subscribed to them.
const willsEnd = time.Second

// endWills sends all wills, those that wait and those of open connections: the
// sessions end with the server. Handlers that are stuck cost half the time that
// ctx leaves, and no more than willsEnd.
func (s *Server) endWills(ctx context.Context, open []*link.Link) {
	patience := willsEnd
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline)/2)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	held, live := s.broker.EndWills(), make(chan struct{})
	var sending sync.WaitGroup
	for _, l := range open {
		sending.Add(1)
		l.SendWill(sending.Done)
	}
	go func() {
		sending.Wait()
		close(live)
	}()
	for _, sent := range []<-chan struct{}{held, live} {
		select {
		case <-sent:
		case <-ctx.Done():
			return
		}
	}
}

// close stops accepting and returns the connections that are open.
func (s *Server) close() (open []*link.Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.over)
		if len(s.links) == 0 {
			close(s.idle)
		}
	}
	for nl := range s.listeners {
		_ = nl.Close()
	}
	for l := range s.links {
		open = append(open, l)
	}
	return open
}

// Ready reports whether clients are let in: the server listens, and Shutdown has
// not begun.
func (s *Server) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners) > 0 && !s.closed
}

// connections returns how many there are.
func (s *Server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.links)
}

// Stats is what a server counts. The numbers are read one after the other.
type Stats struct {
	Connections   int   // now
	Sessions      int   // now, those of clients that are away included
	Subscriptions int   // filters that somebody subscribes to now
	Retained      int   // messages now
	Requests      int   // that wait for their answers now
	Connects      int64 // clients let in
	ConnectErrors int64 // connections that ended before a client was let in
	Refused       int64 // PUBLISHes that a handler refused
	Dropped       int64 // deliveries dropped: full queue, expired, too large for the client
	Panics        int64 // handlers that panicked

	Started        time.Time // when the server was made
	Disconnects    int64     // connections that ended after their client was let in
	Subscribers    int       // subscriptions now: each client and filter
	Shared         int       // of them, those that are shared
	RetainedBytes  int64     // that retained messages take now
	Kept           int       // of Sessions: those that outlive their connections
	Queued         int       // messages that wait for clients now
	QueuedBytes    int64     // that these take
	Inflight       int       // messages now whose client has not acknowledged them
	DroppedFull    int64     // of Dropped: the client's queue or outbox was full
	DroppedExpired int64     // of Dropped: the message had expired
	DroppedLarge   int64     // of Dropped: above the client's Maximum Packet Size
	Refusals       Refusals
	Received, Sent Traffic
	// Topics are those of a generated package, in the order of its spec; nil
	// without one.
	Topics []TopicStats
	// What Limits have done. Connections that are refused count as ConnectErrors, too.
	TooManyConnections, TooManyOfAddress, TooManyOfUser int64 // connections refused
	TooManyConnects, Banned                             int64 // the same: at that rate, of a banned address
	Bans                                                int64 // of addresses
	Paused, ClosedFast                                  int64 // clients that sent too fast
	TooManySubscriptions, TopicsTooLong                 int64 // filters refused; filters and messages refused

	Memory, MemoryLimit             int64 // bytes held for clients now, and Limits.Memory; 0: no limit
	MemoryLevel                     int   // 0 to 4: at 75, 85, 95 and 98 % of it
	MemoryPaused                    int64 // how often a publisher was not read for a while
	MemoryShed                      int64 // of DroppedMemory: QoS 0
	MemoryConnects, MemoryPublishes int64 // clients and messages refused
	DroppedMemory                   int64 // of Dropped: memory was scarce
	RetainedFull                    int64 // messages that were refused, or sent on and not retained
	TooManySessions                 int64 // CONNECTs refused, and sessions that ended with their connections
	// What the other options have done. Of DroppedFull: the queue was full by messages, or by bytes, or the outbox.
	QueueMessagesFull, QueueBytesFull, OutboxFull int64
	PacketsTooLarge, ConnectsTooLarge             int64 // which ended their connections
	OverReceiveMaximum, ClosedSlow, AnswersUnread int64 // connections that were ended: see Queues.CloseSlow; more answers than the client reads
	HandshakeTimeouts, ConnectTimeouts            int64 // connections that came too slowly
	WriteTimeouts, KeepAliveTimeouts              int64 // connections on which nothing went, or came
}

// Stats returns the counters. It visits every session: call it every few
// seconds, not for each message.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	connections := len(s.links)
	s.mu.Unlock()
	sessions, filters, retained := s.broker.Size()
	h, b := &s.host.Counters, &s.broker.Counters
	load, memory := s.broker.Load(), s.broker.Limits().Memory
	return Stats{
		Connections: connections, Sessions: sessions, Subscriptions: filters, Retained: retained, Requests: s.requests.size(),
		Connects: h.Connected.Load(), ConnectErrors: h.NotConnected.Load(),
		Refused: h.Refused.Load(), Panics: h.Panics.Load(),
		Dropped: b.DroppedFull.Load() + b.DroppedExpired.Load() + b.DroppedTooBig.Load() + b.DroppedMemory.Load(),

		Started: s.started, Disconnects: h.Disconnects.Load(),
		Subscribers: load.Subscriptions, Shared: load.Shared, RetainedBytes: load.RetainedBytes, Kept: load.Kept,
		Queued: load.Queued, QueuedBytes: load.QueuedBytes, Inflight: load.Inflight,
		DroppedFull: b.DroppedFull.Load(), DroppedExpired: b.DroppedExpired.Load(), DroppedLarge: b.DroppedTooBig.Load(),
		Refusals: Refusals{h.ConnectCodes.Counts(), h.PublishCodes.Counts(), h.SubscribeCodes.Counts()},
		Received: traffic(b.Received.Counted()), Sent: traffic(b.Sent.Counted()),
		Topics: s.topicStats(),

		TooManyConnections: h.TooManyConnections.Load(), TooManyOfAddress: h.TooManyOfAddress.Load(), TooManyOfUser: h.TooManyOfUser.Load(),
		TooManyConnects: h.TooManyConnects.Load(), Banned: h.Banned.Load(), Bans: h.Bans.Load(),
		Paused: h.Paused.Load(), ClosedFast: h.ClosedFast.Load(),
		TooManySubscriptions: h.TooManySubscriptions.Load(), TopicsTooLong: h.TopicsTooLong.Load(),

		Memory: max(memory.Used(), 0), MemoryLimit: memory.Limit(), MemoryLevel: int(memory.Level()),
		MemoryPaused: h.MemoryPaused.Load(), MemoryShed: b.Shed.Load(), MemoryConnects: h.MemoryConnects.Load(),
		MemoryPublishes: h.MemoryPublishes.Load(), DroppedMemory: b.DroppedMemory.Load(),
		RetainedFull: h.RetainedFull.Load(), TooManySessions: h.TooManySessions.Load(),

		QueueMessagesFull: b.QueueMessagesFull.Load(), QueueBytesFull: b.QueueBytesFull.Load(), OutboxFull: b.OutboxFull.Load(),
		PacketsTooLarge: h.PacketsTooLarge.Load(), ConnectsTooLarge: h.ConnectsTooLarge.Load(),
		OverReceiveMaximum: h.OverReceiveMaximum.Load(), ClosedSlow: h.ClosedSlow.Load(), AnswersUnread: h.AnswersUnread.Load(),
		HandshakeTimeouts: h.HandshakeTimeouts.Load(), ConnectTimeouts: h.ConnectTimeouts.Load(),
		WriteTimeouts: h.WriteTimeouts.Load(), KeepAliveTimeouts: h.KeepAliveTimeouts.Load(),
	}
}
