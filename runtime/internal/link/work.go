package link

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// work is what a link needs while it parses, and not while it is idle: it is
// borrowed from a pool for each read.
type work struct {
	publish     packet.Publish
	ack         packet.Ack
	subscribe   packet.Subscribe
	unsubscribe packet.Unsubscribe
	message     mqtt.Message
	offer       session.Offer
	batch       session.Batch
	claim       broker.Claim // of the message that is obeyed
	buf         []byte
	props       []byte // of the message that is offered, where they are no view
	now         time.Time

	received session.Tally
	topic    topicRun

	watch watchdog
}

// work returns what a read needs, from the host's pool.
func (h *Host) work() *work {
	if w, ok := h.works.Get().(*work); ok {
		return w
	}
	w := &work{received: h.Broker.Counters.Received.Tally(), topic: h.Topics.run()}
	w.watch.batch = &w.batch
	w.watch.timer = time.AfterFunc(time.Hour, w.watch.bark)
	w.watch.timer.Stop()
	return w
}

// borrow makes l.work usable until giveBack.
func (l *Link) borrow() {
	l.work = l.host.work()
	l.work.now = time.Now()
	l.work.watch.own.Store(l.out)
	l.work.batch.Begin(l.out)
}

// giveBack ends the work on one read: everything that it appended anywhere is
// flushed. A panic of user code, recovered by the caller, takes down this
// connection only.
func (l *Link) giveBack(panicked any) {
	if panicked != nil {
		l.panicked(panicked)
	}
	w := l.work
	w.watch.disarm()
	w.claim.Drop() // a panic has left it
	w.topic.fold() // before anybody is answered
	w.batch.Flush()
	l.out.Flush()
	l.work = nil
	w.watch.own.Store(nil)
	l.host.keep(w)
}

// keep takes work back into the pool.
func (h *Host) keep(w *work) {
	w.message = mqtt.Message{} // views into the read buffer
	w.offer.Reset(session.Publication{})
	w.topic.fold()
	w.trim()
	h.works.Put(w)
}

// errPanic ends the connection whose handler panicked.
var errPanic = &packet.Error{Code: mqtt.ImplementationSpecificError, Reason: "a handler of the server failed"}

func (l *Link) panicked(r any) {
	l.host.Counters.Panics.Add(1)
	l.host.Log.Error("handler panicked; its connection is closed",
		"client", shown(l.clientID), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	l.stop(errPanic)
}

// patience is how long what was appended before a handler was called waits for
// that handler.
const patience = time.Millisecond

// watchdog flushes what waits while a handler takes its time: deliveries of
// the packets before it in the same read, and their acknowledgements.
type watchdog struct {
	batch *session.Batch
	own   atomic.Pointer[session.Outbox]
	timer *time.Timer
	armed atomic.Bool
}

// arm starts the watch, unless it is on or nothing waits. Call it before user
// code.
func (w *watchdog) arm() {
	if w.armed.Load() || w.own.Load().Buffered() == 0 && w.batch.Empty() {
		return
	}
	w.armed.Store(true)
	w.timer.Reset(patience)
}

func (w *watchdog) disarm() {
	if w.armed.Swap(false) {
		w.timer.Stop()
	}
}

// bark runs on a goroutine of its own. It may come late, when the work is at
// another link: flushing is then early, and harmless.
func (w *watchdog) bark() {
	w.armed.Store(false)
	w.batch.Flush()
	if own := w.own.Load(); own != nil {
		own.Flush()
	}
}
