package limit

import (
	"net/netip"
	"sync"
	"time"
)

// remembered is how many addresses without a connection are remembered at most.
const remembered = 1 << 16

// PerAddress are the limits of one address; what is 0 has no bound.
type PerAddress struct {
	Connections int
	ConnectRate float64 // a second
	// Flaps within Window, and one more for each client that is connected for
	// longer than that, ban an address for Ban.
	Flaps       int
	Window, Ban time.Duration
}

// Verdict is what becomes of a connection.
type Verdict byte

// Verdicts.
const (
	Allowed Verdict = iota
	TooMany         // connections of the address
	Banned
)

// Addresses remembers of each address what its limits need. Safe for concurrent
// use.
//
// An address with connections is remembered while it has them. Those without
// are in a list, the one that was seen last at its end: each call looks at the
// first two, and forgets those of which nothing is left to remember; where there
// are too many the first goes, whatever it is.
type Addresses struct {
	limits PerAddress
	born   time.Time
	most   int // that are remembered without a connection

	mu sync.Mutex
	// mu guards the following.
	known map[netip.Addr]*address
	idle  list
}

// address is what is known of one.
type address struct {
	key         netip.Addr
	connections int
	clients     ages // those that were let in
	connects    Bucket
	flaps       int       // since begin
	begin       time.Time // of the window
	banned      time.Time // until then
	next, prev  *address  // in the list of those without a connection
}

// NewAddresses returns a table that knows no address; nil where nothing is
// bounded.
func NewAddresses(l PerAddress, now time.Time) *Addresses {
	if l.Connections <= 0 && l.ConnectRate <= 0 && l.Flaps <= 0 {
		return nil
	}
	return &Addresses{limits: l, born: now, most: remembered, known: map[netip.Addr]*address{}}
}

// Enter counts a connection, where it is Allowed: Leave then follows.
func (t *Addresses) Enter(key netip.Addr, now time.Time) Verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.know(key, now)
	v := Allowed
	switch {
	case now.Before(a.banned):
		v = Banned
	case t.limits.Connections > 0 && a.connections >= t.limits.Connections:
		v = TooMany
	default:
		a.connections++
	}
	t.rest(a, now)
	return v
}

// Leave takes back what Enter has counted.
func (t *Addresses) Leave(key netip.Addr, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.know(key, now)
	a.connections = max(a.connections-1, 0)
	t.rest(a, now)
}

// Joined counts a client that was let in, whose connection began at a time,
// between Enter and Leave: Left with the same time then follows.
func (t *Addresses) Joined(key netip.Addr, began, now time.Time) { t.count(key, began, now, 1) }

// Left takes back what Joined has counted.
func (t *Addresses) Left(key netip.Addr, began, now time.Time) { t.count(key, began, now, -1) }

func (t *Addresses) count(key netip.Addr, began, now time.Time, clients int) {
	if t.limits.Flaps <= 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.known[key]; a != nil && a.connections > 0 {
		a.clients.roll(t.window(now))
		*a.clients.of(t.window(began)) += clients
	}
}

// window numbers the windows of the table's life.
func (t *Addresses) window(at time.Time) int64 { return int64(at.Sub(t.born) / t.limits.Window) }

// ages counts clients by the window in which their connections began.
type ages struct {
	window      int64 // the last
	young, next int   // of that, and of the one before
	old         int   // of all earlier ones: they have lasted longer than a window
}

// roll makes a window the last.
func (a *ages) roll(window int64) {
	for ; a.window < window && a.young+a.next > 0; a.window++ {
		a.young, a.next, a.old = 0, a.young, a.old+a.next
	}
	a.window = max(a.window, window)
}

// of returns the count of a window.
func (a *ages) of(window int64) *int {
	switch a.window - window {
	case 0:
		return &a.young
	case 1:
		return &a.next
	}
	return &a.old
}

// Connect reports whether one more CONNECT is in time.
func (t *Addresses) Connect(key netip.Addr, now time.Time) bool {
	if t.limits.ConnectRate <= 0 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.know(key, now)
	ok := a.connects.Take(now)
	t.rest(a, now)
	return ok
}

// Flap notes that a connection has ended badly, and reports whether that bans
// the address from now on.
func (t *Addresses) Flap(key netip.Addr, now time.Time) (bans bool) {
	if t.limits.Flaps <= 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.know(key, now)
	if a.flaps == 0 || now.Sub(a.begin) >= t.limits.Window {
		a.flaps, a.begin = 0, now
	}
	a.clients.roll(t.window(now))
	if a.flaps++; a.flaps >= t.limits.Flaps+a.clients.old && !now.Before(a.banned) {
		a.flaps, a.banned, bans = 0, now.Add(t.limits.Ban), true
	}
	t.rest(a, now)
	return bans
}

// Len returns how many addresses are remembered.
func (t *Addresses) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.known)
}

// know returns what is known of an address, out of the list. rest follows.
func (t *Addresses) know(key netip.Addr, now time.Time) *address {
	t.forget(now)
	a := t.known[key]
	if a != nil {
		t.idle.remove(a)
		return a
	}
	a = &address{key: key, connects: NewBucket(t.limits.ConnectRate, now)}
	t.known[key] = a
	return a
}

// rest puts an address back in the list, or forgets it.
func (t *Addresses) rest(a *address, now time.Time) {
	switch {
	case a.connections > 0:
	case t.over(a, now):
		delete(t.known, a.key)
	default:
		if t.idle.add(a); t.idle.n > t.most {
			t.drop(t.idle.first)
		}
	}
}

// over reports whether nothing is left to remember of an address.
func (t *Addresses) over(a *address, now time.Time) bool {
	return !now.Before(a.banned) && !now.Before(a.connects.filledAt()) &&
		(a.flaps == 0 || now.Sub(a.begin) >= t.limits.Window)
}

// forget looks at the first two of the list.
func (t *Addresses) forget(now time.Time) {
	for range 2 {
		if a := t.idle.first; a != nil && t.over(a, now) {
			t.drop(a)
		}
	}
}

func (t *Addresses) drop(a *address) {
	t.idle.remove(a)
	delete(t.known, a.key)
}

// list is a doubly linked list of addresses.
type list struct {
	first, last *address
	n           int
}

func (l *list) add(a *address) {
	if a.prev = l.last; l.last == nil {
		l.first = a
	} else {
		l.last.next = a
	}
	l.last = a
	l.n++
}

// remove does nothing where a is not in the list.
func (l *list) remove(a *address) {
	if l.first != a && a.prev == nil {
		return
	}
	if a.prev == nil {
		l.first = a.next
	} else {
		a.prev.next = a.next
	}
	if a.next == nil {
		l.last = a.prev
	} else {
		a.next.prev = a.prev
	}
	a.next, a.prev = nil, nil
	l.n--
}
