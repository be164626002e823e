package broker

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	tick  = time.Second
	slots = 256
)

// What is due at one tick is not called all at once: hundreds of connections that end by their timeouts would stand in
// the scheduler's queues before whoever else has something to do, and while these are not empty nobody looks at the
// network. Few are called at a time, more where that would take longer than half a tick.
const (
	fewTimers = 4
	breather  = time.Millisecond
)

// Wheel is a timer wheel with ticks of one second: for the many timeouts that
// seldom fire, such as keep-alive. Set and Stop cost one short lock and no
// allocation.
type Wheel struct {
	now  atomic.Int64 // ticks since the start
	quit chan struct{}
	done chan struct{}

	mu sync.Mutex
	// mu guards the following.
	slots   [slots]*Timer // heads of doubly linked lists
	due     *Timer        // the head of those that are being called
	dueNow  int           // how many these were at their tick
	running bool
	stopped bool
}

// Timer is one timeout. The zero value is stopped; it must not be copied once
// set. Its place in the wheel is guarded by the wheel's lock.
type Timer struct {
	due        int64
	fire       func()
	next, prev *Timer
	list       **Timer // the head of its list; nil: it is not set
}

func newWheel() *Wheel {
	return &Wheel{quit: make(chan struct{}), done: make(chan struct{})}
}

// start runs the wheel, from the first timer on. mu is held.
func (w *Wheel) start() {
	if !w.running && !w.stopped {
		w.running = true
		go w.run()
	}
}

// stop ends the wheel for good; timers that are set never fire.
func (w *Wheel) stop() {
	w.mu.Lock()
	first, running := !w.stopped, w.running
	w.stopped = true
	w.mu.Unlock()
	if first {
		close(w.quit)
	}
	if running {
		<-w.done
	}
}

func (w *Wheel) run() {
	defer close(w.done)
	begin := time.Now()
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			// The ticker leaves out ticks that come while a call of fire runs.
			for due := int64(time.Since(begin) / tick); w.now.Load() < due; {
				w.advance()
			}
		case <-w.quit:
			return
		}
	}
}

// Now returns the present tick: whole seconds since the server's start. It
// costs one atomic load.
func (w *Wheel) Now() int64 { return w.now.Load() }

// Set makes fire be called once, on the wheel's goroutine, when at least d has
// passed, in whole seconds: fire must be short and must not block. A timer
// that was set already is moved.
func (w *Wheel) Set(t *Timer, d time.Duration, fire func()) {
	ticks := int64(d / tick)
	if d%tick > 0 {
		ticks++
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.start()
	w.unlink(t)
	t.due, t.fire = w.now.Load()+max(ticks, 1)+1, fire
	t.link(&w.slots[t.due%slots])
}

// link puts a timer that is not set into a list. mu is held.
func (t *Timer) link(head **Timer) {
	t.next, t.prev, t.list = *head, nil, head
	if t.next != nil {
		t.next.prev = t
	}
	*head = t
}

// Stop keeps the timer from firing, and reports whether it was set. A call of
// fire that has begun may still be under way.
func (w *Wheel) Stop(t *Timer) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unlink(t)
}

func (w *Wheel) unlink(t *Timer) bool {
	if t.list == nil {
		return false
	}
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		*t.list = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	}
	t.next, t.prev, t.list = nil, nil, nil
	return true
}

// advance fires what is due. The calls run without the lock, so that they may
// set timers again.
func (w *Wheel) advance() {
	w.findDue()
	var fires []func()
	for {
		if fires = w.takeDue(fires[:0]); len(fires) == 0 {
			return
		}
		for _, fire := range fires {
			fire()
		}
		if len(fires) >= fewTimers {
			time.Sleep(breather)
		}
	}
}

// findDue begins a tick.
func (w *Wheel) findDue() {
	now := w.now.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dueNow = 0
	for t := w.slots[now%slots]; t != nil; {
		next := t.next
		if t.due <= now {
			w.unlink(t)
			t.link(&w.due)
			w.dueNow++
		}
		t = next
	}
}

// takeDue appends the calls of the next few timers that are due; they are set no
// more then.
func (w *Wheel) takeDue(fires []func()) []func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	few := max(fewTimers, w.dueNow/int(tick/breather/2))
	for t := w.due; t != nil && len(fires) < few && !w.stopped; t = w.due {
		w.unlink(t)
		fires = append(fires, t.fire)
	}
	return fires
}
