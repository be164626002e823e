package link

import (
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Reasons to refuse what would cost memory that the server has not.
var (
	errMemoryConnect = &packet.Error{Code: mqtt.ServerBusy, Reason: "the server has no memory left for more clients; try again later"}
	errMemoryPublish = &packet.Error{Code: mqtt.QuotaExceeded, Reason: "the message would have to wait for a client, and the server has no memory left for that; try again later"}
)

// scarcity is what a host knows of the links that wait for memory.
type scarcity struct {
	look  broker.Timer
	lines [limit.Full + 1]limit.Seldom // by level
	slow  limit.Seldom
	busy  limit.Seldom // CONNECTs refused
	full  limit.Seldom // PUBLISHes refused

	mu sync.Mutex
	// mu guards the following.
	stopped map[*Link]struct{} // those that are not read
}

func (h *Host) memory() *limit.Memory { return h.Broker.Limits().Memory }

// WatchMemory has the host heed the level of memory. Call it before the first
// link.
func (h *Host) WatchMemory() {
	if m := h.memory(); m != nil {
		m.Watch(h.memoryChanged)
	}
}

// aboutMemory says what becomes of clients at each level.
var aboutMemory = [...]string{
	limit.Calm:   "memory: there is enough again",
	limit.Slow:   "memory is scarce: publishers whose messages wait for slow clients are read no more for a while",
	limit.Shed:   "memory is scarce: QoS 0 messages to slow clients are dropped",
	limit.Refuse: "memory is scarce: new clients are refused, and messages that would have to wait",
	limit.Full:   "memory is full: messages that would have to wait are dropped",
}

// memoryChanged logs a new level, and wakes those who may go on.
func (h *Host) memoryChanged(level limit.Level, used int64) {
	s := &h.scarce
	if held, ok := s.lines[level].Allow(time.Now(), logEvery); ok {
		log := h.Log.Warn
		if level == limit.Calm {
			log = h.Log.Info
		}
		log(aboutMemory[level], "level", int(level), "used", used, "limit", h.memory().Limit(), "more", held)
	}
	if level > limit.Calm {
		h.Broker.Timers.Set(&s.look, time.Second, h.lookAtMemory)
	}
	s.mu.Lock()
	stopped := make([]*Link, 0, len(s.stopped))
	for l := range s.stopped {
		stopped = append(stopped, l)
	}
	s.mu.Unlock()
	for _, l := range stopped {
		l.wake()
	}
}

// lookAtMemory runs on the wheel while memory is scarce: the last that goes may
// be too little for an account to report.
func (h *Host) lookAtMemory() {
	m := h.memory()
	if m.Look(); m.Level() > limit.Calm {
		h.Broker.Timers.Set(&h.scarce.look, time.Second, h.lookAtMemory)
	}
}

// weight returns what waits because of this publisher.
func (l *Link) weight() *session.Weight {
	if l.member.Weight == nil {
		l.member.Weight = new(session.Weight) // apart: messages keep it alive
	}
	return l.member.Weight
}

// weigh notes whether the client must wait with its next packet, after one that
// was offered: where that had to wait itself, and more waits of this publisher
// than one may have at the present level.
func (l *Link) weigh(o *session.Offer) {
	if o.Waits() {
		l.heavy = l.tooHeavy(1)
	}
}

// tooHeavy reports whether more bytes wait because of this publisher than a part
// of what is fair.
func (l *Link) tooHeavy(part int64) bool {
	m := l.host.memory()
	if m.Level() == limit.Calm {
		return false
	}
	fair := m.Fair(int(l.host.Door.open.Load()))
	return l.member.Weight.Bytes() > fair/part
}

// unreadFrom is from how many bytes on it is counted what a link keeps of packets
// that it has not obeyed yet.
const unreadFrom = 4 << 10

// keepUnread counts what is left in the read buffer, and what the packet will
// need of which only the beginning has come. Where memory is scarce a large one
// must wait, before there is a buffer for it.
func (l *Link) keepUnread(left, want int) {
	n := max(left, want)
	if n < unreadFrom {
		n = 0
	}
	if n == l.unread {
		return
	}
	if want > max(left, unreadFrom, l.unread) && l.host.memory().Level() >= limit.Refuse && l.mayWait() {
		l.hungry = true
		return
	}
	l.account.AddNow(n - l.unread)
	l.unread = n
}

// mayWait reports whether nothing is sent to the client that it has to
// acknowledge: else it must be read, for memory becomes free by that.
func (l *Link) mayWait() bool {
	if !l.accepted.Load() {
		return false // it costs little, and ConnectTimeout ends it
	}
	queue, inflight := l.member.Waiting()
	return queue+inflight == 0
}

const (
	// breather is how long a client is not read at first, and one that has to
	// acknowledge something at most.
	breather = 100 * time.Millisecond
	// lookEvery is after how long a link looks again whether it may go on; it is
	// woken, too, when the level changes.
	lookEvery = time.Second
)

// awaitMemory holds the link while memory is scarce and its client would need
// more of it: nothing is read, so that TCP slows it down, but letters and the
// wish to end reach it.
func (l *Link) awaitMemory() {
	if !l.heavy && !l.hungry {
		return
	}
	began, timer := time.Now(), time.NewTimer(breather)
	defer timer.Stop()
	woken := l.wakes()
	l.stopReading(began)
	defer l.goOnReading()
	for wait := breather; l.stays(began) && l.end == nil && !l.cut.Load(); wait = min(2*wait, lookEvery) {
		timer.Reset(wait)
		if !l.mailed.Load() { // whoever came before wakes knew of woken has mailed
			l.pause(func() {
				select {
				case <-woken:
				case <-timer.C:
				}
			})
		}
		l.conn.ClearWake()
		l.openMail()
		l.goOnSending()
	}
}

// stays reports whether a link that waits for memory since began goes on to.
func (l *Link) stays(began time.Time) bool {
	if time.Since(began) >= breather && !l.mayWait() {
		return false
	}
	return l.heavy && l.tooHeavy(2) || l.hungry && l.host.memory().Level() >= limit.Refuse
}

// stopReading notes that a link begins to wait for memory.
func (l *Link) stopReading(now time.Time) {
	h := l.host
	s := &h.scarce
	h.Counters.MemoryPaused.Add(1)
	h.Log.Debug("memory is scarce; the client is read no more for a while", "client", shown(l.clientID), "waiting", l.weight().Bytes())
	if held, ok := s.slow.Allow(now, logLate); ok {
		h.Log.Info("memory is scarce, and much waits because of this client; it is slowed down", "client", shown(l.clientID), "addr", l.conn.RemoteAddr(),
			"waiting", l.weight().Bytes(), "more", held)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == nil {
		s.stopped = map[*Link]struct{}{}
	}
	s.stopped[l] = struct{}{}
}

// goOnReading takes back what stopReading has noted.
func (l *Link) goOnReading() {
	l.heavy, l.hungry = false, false
	s := &l.host.scarce
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.stopped, l)
}

// mayConnect refuses a client where memory is very scarce, but for one that may
// make some free.
func (l *Link) mayConnect(clean bool) error {
	if l.host.memory().Level() < limit.Refuse || l.host.Broker.Relieves(l.clientID, clean) {
		return nil
	}
	l.host.Counters.MemoryConnects.Add(1)
	return errMemoryConnect
}

// mayPublish refuses a message that would have to wait where memory is very
// scarce and the client can be told so. Others are slowed down.
func (l *Link) mayPublish(p *packet.Publish, topic *known) error {
	if l.host.memory().Level() < limit.Refuse || p.QoS == mqtt.QoS0 || l.version != mqtt.V5 {
		return nil
	}
	topic.route = l.host.Broker.Route(topic.name, topic.route)
	if !topic.route.Waits(l.member.Session) && (!p.Retain || len(p.Payload) == 0) {
		return nil
	}
	l.host.Counters.MemoryPublishes.Add(1)
	return errMemoryPublish
}
