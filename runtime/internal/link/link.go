package link

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/transport"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Link is one connection of a client.
type Link struct {
	host *Host
	conn *transport.Conn
	out  *session.Outbox

	// User is the user's value of this connection, set by Calls.Open.
	User any

	// allowed are the auth methods that the client may use; nil for all. Constant.
	allowed []string

	// Set when the CONNECT is accepted, constant from then on.
	clientID  string
	identity  auth.Identity
	maximum   int // the client's Maximum Packet Size in bytes; 0: none
	accepted  atomic.Bool
	version   mqtt.Version
	problems  bool // the client wants reason strings [MQTT-3.1.2-29]
	keepAlive time.Duration
	rights    uint64 // see broker.Claimant; set before the client authenticates

	// Owned by the read loop.
	member  *broker.Member
	expiry  time.Duration // of the session
	keeps   bool          // CONNECT asked for a session that outlives its connection
	curbed  bool          // user code granted less than CONNECT asked for: DISCONNECT may not ask for more
	parks   bool          // while the client is idle, no goroutine runs
	started bool          // by Start
	will    *will
	topics  topics
	work    *work // borrowed while packets are parsed
	end     error // why the connection ends; nil while it goes on
	born    time.Time
	timer   broker.Timer

	active atomic.Int64 // the wheel's tick at which something was last received
	begun  atomic.Int64 // the tick at which an unfinished packet began; 0: there is none
	length atomic.Int64 // of that packet, in bytes
	busy   atomic.Bool  // packets are obeyed: the keep-alive stands still
	mailed atomic.Bool  // the mailbox is not empty
	asked  atomic.Bool  // somebody else wants the end: no further packet is obeyed
	willed atomic.Bool  // will is not nil

	revoked atomic.Bool // the client may do nothing any more: its will is not sent

	// Owned by the read loop, too.
	exchange *exchange // nil for a client without an Authentication Method
	held     heldAcks
	heavy    bool // more waits because of the client than memory allows
	hungry   bool // a large packet has begun, and memory is scarce
	unread   int  // bytes that are counted of what is not obeyed yet
	account  limit.Account
	pace     *pace         // nil for a client that may send as fast as it likes
	paused   time.Duration // of the keep-alive, that is not made good yet
	refusals *refusals     // nil while nothing was refused to the client
	since    int64         // the wheel's tick at which the client was let in
	counted  bool          // by Door.Users

	cut   atomic.Bool                   // CutOff was called
	woken atomic.Pointer[chan struct{}] // filled by wake; nil where reading has never stopped

	mu sync.Mutex
	// mu guards the following.
	ending *mqtt.Refusal // first reason to end that came from outside
	mail   []func()
	wills  []func() // to be called when the will has been sent
	ctx    context.Context
	cancel context.CancelFunc
	closed bool
	// catchingUp has the context of handlers go on although the end is asked for.
	catchingUp bool
}

// New returns the link of an accepted connection, which it owns.
func New(h *Host, nc net.Conn) *Link {
	l := &Link{host: h, conn: transport.New(nc)}
	l.out = session.NewOutbox(l.conn, h.Broker.Limits())
	l.out.CountIn(&h.Broker.Counters.Sent)
	l.account = h.memory().Account()
	if h.Commit != nil {
		l.wakes()
	}
	return l
}

// Allow has the client use some auth methods only; nil for all. Call it before
// Serve or Start.
func (l *Link) Allow(methods []string) { l.allowed = methods }

// Serve runs the connection until it has ended. Call it, or Start, once, on a
// goroutine of its own.
func (l *Link) Serve() {
	l.begin()
	l.run()
}

// Start is Serve that may return before the end: while the client is idle no
// goroutine runs, and later others go on. Host.Ended is called when the
// connection has ended.
func (l *Link) Start() {
	l.started, l.parks = true, l.conn.CanPark()
	l.begin()
	l.run()
}

func (l *Link) begin() {
	l.born = time.Now()
	l.touch()
	l.host.Broker.Timers.Set(&l.timer, l.host.Settings.ConnectTimeout, l.connectTimeout)
}

// run is the read loop. It ends with the connection, or where it parks.
func (l *Link) run() {
	parse := l.parse
	for l.end == nil {
		err := l.conn.Receive(parse)
		if err != nil && !errors.Is(err, transport.ErrWoken) {
			l.stop(readError(err))
			break
		}
		// Clear first, empty then: a letter that comes in between wakes again.
		l.conn.ClearWake()
		l.openMail()
		l.awaitRelease()
		l.keepPace()
		l.awaitMemory()
		l.goOnSending()
		if l.park() {
			return // l is another goroutine's by now
		}
	}
	l.finish()
	if l.started {
		l.host.Ended(l)
	}
}

// stop notes why the connection ends. The first reason counts.
func (l *Link) stop(why error) {
	if l.end == nil {
		l.end = why
	}
}

// Reasons for which a connection ends without a word from either side.
var (
	errPeerClosed = errors.New("the client closed the connection without DISCONNECT")
	errCutOff     = errors.New("the connection was cut off: its client does not read, or its handler did not let go")
)

func readError(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return errPeerClosed
	case errors.Is(err, net.ErrClosed): // only this link closes, after reading
		return errCutOff
	}
	return err
}

// parse takes every complete packet of b. It is the transport's ParseFunc.
func (l *Link) parse(b []byte) (used, want int, leave bool) {
	l.busy.Store(true)
	l.borrow()
	unfinished := false
	defer func() {
		l.work.received.Fold(used)
		l.giveBack(recover())
		l.touch()
		l.clock(unfinished, used > 0, want)
		l.keepUnread(len(b)-used, want)
		l.busy.Store(false)
		leave = l.end != nil || l.mailed.Load() || l.stalled()
	}()
	for used < len(b) && l.end == nil && !l.asked.Load() && !l.stalled() {
		h, ok, err := packet.ParseHeader(b[used:])
		if err == nil && ok {
			err = l.checkSize(h)
		}
		if err != nil {
			l.stop(err)
			break
		}
		if !ok {
			unfinished = true
			break
		}
		if want = h.Size + h.Length; len(b)-used < want {
			unfinished = true
			break
		}
		l.work.received.Count(b[used:])
		if err := l.obey(h, b[used+h.Size:used+want]); err != nil {
			l.stop(err)
			break
		}
		if l.pace != nil {
			l.pace.spend(h, l.work.now)
		}
		used, want = used+want, 0
	}
	return used, want, false
}

var (
	errTooLarge = &packet.Error{Code: mqtt.PacketTooLarge, Reason: "packet is larger than the Maximum Packet Size"}
	// errNotConnect ends connections that begin with another packet, without
	// an answer [MQTT-3.1.0-1].
	errNotConnect = errors.New("the first packet is not CONNECT")
)

// checkSize refuses a packet by its header, before anything of it is buffered.
func (l *Link) checkSize(h packet.Header) error {
	limit := l.host.Settings.MaxPacket
	if !l.accepted.Load() {
		if h.Type != packet.TypeConnect && l.exchange == nil {
			return errNotConnect
		}
		if first := l.host.Settings.ConnectPacket; first > 0 {
			limit = min(limit, first)
		}
	}
	if h.Size+h.Length > limit {
		return errTooLarge
	}
	return nil
}

// touch notes that the client is alive: one atomic store, and that only when
// a second has passed.
func (l *Link) touch() {
	if now := l.host.Broker.Timers.Now(); l.active.Load() != now {
		l.active.Store(now)
	}
}

// slowest is at how many bytes a second the rest of a packet has to come.
const slowest = 1 << 10

// clock notes when the packet began of which only a part has come. another says
// that it is not the one of the last read.
func (l *Link) clock(unfinished, another bool, length int) {
	switch begun := l.begun.Load(); {
	case unfinished && (begun == 0 || another):
		l.begun.Store(l.host.Broker.Timers.Now() + 1)
	case !unfinished && begun != 0:
		l.begun.Store(0)
	}
	if unfinished {
		l.length.Store(int64(length))
	}
}

// pause runs f, during which nothing is read and the keep-alive stands still: a
// letter to a client is no sign of life of it.
func (l *Link) pause(f func()) {
	l.busy.Store(true)
	began := time.Now()
	f()
	l.paused += time.Since(began)
	if whole := int64(l.paused / time.Second); whole > 0 { // ticks are seconds
		l.paused %= time.Second
		l.active.Add(whole)
		if l.begun.Load() != 0 {
			l.begun.Add(whole)
		}
	}
	l.busy.Store(false)
}

// trickles reports whether a packet takes too long to come: longer than a
// silence may last, and than its bytes take at a very slow pace. Each byte of
// it counts as a sign of life, for its client cannot send PINGREQ meanwhile;
// but what the standard wants to see is Control Packets.
func (l *Link) trickles(patience time.Duration) bool {
	begun := l.begun.Load()
	if begun == 0 {
		return false
	}
	took := time.Duration(l.host.Broker.Timers.Now()-begun) * time.Second
	return took >= patience+time.Duration(l.length.Load()/slowest)*time.Second
}

// connectTimeout runs on the wheel, perhaps just after it was stopped.
func (l *Link) connectTimeout() {
	if l.accepted.Load() {
		return
	}
	l.host.Counters.ConnectTimeouts.Add(1)
	l.EndWith(&mqtt.Refusal{Code: mqtt.UnspecifiedError, Reason: "the client was not let in within the ConnectTimeout"})
	l.host.Broker.Timers.Set(&l.timer, lastWords, l.connectStuck)
	if l.isClosed() { // finish has stopped the timer before it was set
		l.host.Broker.Timers.Stop(&l.timer)
	}
}

// connectStuck cuts off a client whose authentication does not heed the end of
// its context. It runs on the wheel.
func (l *Link) connectStuck() {
	if !l.accepted.Load() {
		l.CutOff()
	}
}

// ClientID returns the client identifier; empty before CONNECT.
func (l *Link) ClientID() string { return l.clientID }

// Identity returns who the client is; empty before its CONNECT is accepted.
func (l *Link) Identity() auth.Identity {
	if !l.accepted.Load() {
		return auth.Identity{}
	}
	return l.identity
}

// Session returns the session of the client; nil before its CONNECT is accepted.
func (l *Link) Session() *session.Session {
	if !l.accepted.Load() {
		return nil
	}
	return l.member.Session
}

// Online reports whether the CONNECT is accepted and the end has not come.
func (l *Link) Online() bool { return l.accepted.Load() && !l.isClosed() }

// Version returns the protocol version of the client.
func (l *Link) Version() mqtt.Version { return l.version }

// RemoteAddr returns the address of the client.
func (l *Link) RemoteAddr() net.Addr { return l.conn.RemoteAddr() }

// Log returns the server's log.
func (l *Link) Log() *slog.Logger { return l.host.Log }
