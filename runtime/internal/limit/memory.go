package limit

import (
	"math"
	"sync"
	"sync/atomic"
)

// Level is how full the memory is that a server may use for its clients.
type Level int32

// Levels. Each includes those before it.
const (
	Calm   Level = iota
	Slow         // nothing is read of the publishers that wait for most
	Shed         // QoS 0 messages do not wait for slow clients
	Refuse       // nobody new is let in, and no message that would have to wait
	Full         // nothing more waits
)

// above are the percentages of the limit at which levels begin. They end
// hysteresis below that: so that what a level has stopped goes on in strides.
var above = [...]int64{Slow: 75, Shed: 85, Refuse: 95, Full: 98}

const hysteresis = 5

// Memory counts the bytes that a server holds for its clients, and tells at
// which level they are. nil has no limit. Safe for concurrent use.
//
// Nobody sums up for each message: [Account] reports by chunks to one of many
// shards, and whoever takes a shard over a multiple of an 8,000th of the limit
// looks at all of them.
type Memory struct {
	limit   int64 // 0: none
	shift   uint  // a shard is looked at when it passes a multiple of 1<<shift
	changed func(l Level, used int64)
	level   atomic.Int32
	next    atomic.Uint32
	shards  [16]memoryShard

	mu sync.Mutex
	// mu guards the following.
	telling bool
	told    Level
}

type memoryShard struct {
	bytes atomic.Int64
	_     [56]byte // the next shard is on another cache line
}

// NewMemory returns a memory of which limit bytes may be used; 0: it only
// counts.
func NewMemory(limit int64) *Memory {
	m := &Memory{limit: limit}
	for limit>>(m.shift+13) > 0 {
		m.shift++
	}
	return m
}

// Watch has f called when the level has changed: on a goroutine of its own, once
// at a time, without locks. Call it before anything is counted.
func (m *Memory) Watch(f func(l Level, used int64)) { m.changed = f }

// Limit returns how many bytes may be used; 0: there is no limit.
func (m *Memory) Limit() int64 {
	if m == nil {
		return 0
	}
	return m.limit
}

// Used returns how many bytes are, but for what accounts have not reported.
func (m *Memory) Used() (n int64) {
	if m == nil {
		return 0
	}
	for i := range m.shards {
		n += m.shards[i].bytes.Load()
	}
	return n
}

// Level returns the present level. It costs one atomic load.
func (m *Memory) Level() Level {
	if m == nil {
		return Calm
	}
	return Level(m.level.Load())
}

// Fair returns how many bytes may wait because of one publisher of so many
// clients: at first an equal share, at the end none.
func (m *Memory) Fair(clients int) int64 {
	share := m.Limit() / 100 * above[Slow] / int64(max(clients, 1))
	switch m.Level() {
	case Calm:
		return math.MaxInt64
	case Slow:
		return share
	case Shed:
		return share / 2
	}
	return 0
}

// Look finds the level out anew. It is called by itself when enough has changed;
// somebody should call it once in a while as long as the level is not Calm.
func (m *Memory) Look() {
	if m.Limit() == 0 || !m.mu.TryLock() { // who holds it looks
		return
	}
	defer m.mu.Unlock()
	used, level := m.Used(), m.Level()
	for level < Full && used >= m.limit/100*above[level+1] {
		level++
	}
	for level > Calm && used < m.limit/100*(above[level]-hysteresis) {
		level--
	}
	m.level.Store(int32(level))
	if level != m.told && m.changed != nil && !m.telling {
		m.telling = true
		go m.tell()
	}
}

// tell calls changed until it knows the present level.
func (m *Memory) tell() {
	for {
		m.mu.Lock()
		level := m.Level()
		if level == m.told {
			m.telling = false
			m.mu.Unlock()
			return
		}
		m.told = level
		m.mu.Unlock()
		m.changed(level, m.Used())
	}
}

// Account counts what one owner holds. The zero value counts nothing.
type Account struct {
	memory *Memory
	shard  *memoryShard
	tab    int64 // not reported yet
}

// Account returns an account of which nothing is counted.
func (m *Memory) Account() Account {
	if m == nil {
		return Account{}
	}
	return Account{memory: m, shard: &m.shards[m.next.Add(1)%uint32(len(m.shards))]}
}

// chunk is how many bytes an account may keep to itself.
const chunk = 4 << 10

// Add counts n bytes, which are fewer where n is negative, and reports them when
// they have become a chunk. Not safe for concurrent use.
func (a *Account) Add(n int) {
	if a.tab += int64(n); a.tab >= chunk || a.tab <= -chunk {
		a.Settle()
	}
}

// Settle reports what Add has kept back.
func (a *Account) Settle() {
	if n := a.tab; n != 0 {
		a.tab = 0
		a.AddNow(int(n))
	}
}

// AddNow counts n bytes and reports them. Safe for concurrent use.
func (a *Account) AddNow(n int) {
	if a.shard == nil || n == 0 {
		return
	}
	m := a.memory
	if now := a.shard.bytes.Add(int64(n)); now>>m.shift != (now-int64(n))>>m.shift {
		m.Look()
	}
}
