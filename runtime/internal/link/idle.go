package link

import (
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// parkAfter is how long a client is silent before its link parks. Parking and
// reading on costs about as much as one small message: a client that sends one
// every few seconds is not parked in between.
const parkAfter = 5 * time.Second

// silence returns how long nothing was received: whole seconds that have surely
// passed, for the last packet may have come at the end of its tick. While a
// handler runs nothing is read, PINGREQ neither: that is no silence.
func (l *Link) silence() time.Duration {
	if l.busy.Load() {
		return 0
	}
	return time.Duration(max(l.host.Broker.Timers.Now()-l.active.Load()-1, 0)) * time.Second
}

// startWatch begins to watch the silence of a client that has been let in.
func (l *Link) startWatch() {
	l.host.Broker.Timers.Stop(&l.timer)
	if l.keepAlive > 0 || l.parks {
		l.lookAgain()
	}
}

// watch ends the connection when nothing was received for one and a half times
// the keep-alive interval [MQTT-3.1.2-22], and before that has it park. It runs
// on the wheel.
func (l *Link) watch() {
	idle, patience := l.silence(), l.patience()
	if idle >= patience || l.keepAlive > 0 && !l.busy.Load() && l.trickles(patience) {
		l.host.Counters.KeepAliveTimeouts.Add(1)
		l.End(mqtt.KeepAliveTimeout)
		return
	}
	if l.parks && idle >= l.host.parkAfter() && !l.conn.Parked() {
		l.conn.Wake()
	}
	if l.lookAgain(); l.busy.Load() { // it may have been silent for long: soon, when it is busy no more
		l.host.Broker.Timers.Set(&l.timer, 0, l.watch)
	}
	if l.isClosed() { // finish has stopped the timer before it was set
		l.host.Broker.Timers.Stop(&l.timer)
	}
}

// patience is how long the client may be silent.
func (l *Link) patience() time.Duration {
	if l.keepAlive == 0 {
		return broker.Forever
	}
	return l.keepAlive + l.keepAlive/2
}

// lookAgain sets the timer: soon where the link may park next, else to when the
// client has been silent for too long.
func (l *Link) lookAgain() { l.setWatch(l.conn.Parked) }

// setWatch is lookAgain. The link may park or go on at any time, and goOn set
// the timer meanwhile: so it is set in any case, and last to the earlier time.
func (l *Link) setWatch(parked func() bool) {
	timers, idle := l.host.Broker.Timers, l.silence()
	left := l.patience() - idle
	asleep := !l.parks || parked()
	if asleep {
		timers.Set(&l.timer, left, l.watch)
	}
	if !asleep || l.parks && !parked() {
		timers.Set(&l.timer, min(left, l.host.parkAfter()-idle), l.watch)
	}
}

// park ends the read loop for a while, where it has nothing to do and is likely
// to have nothing to do for long. What is kept to make the next packets faster
// goes.
func (l *Link) park() bool {
	if !l.parks || l.end != nil || !l.accepted.Load() || l.held.first != nil || l.begun.Load() != 0 ||
		l.silence() < l.host.parkAfter() {
		return false
	}
	l.topics.last, l.topics.names = nil, nil
	l.out.Trim()
	h := l.host
	if !l.conn.Park(l.goOn) {
		return false
	}
	h.asleep.Add(1)
	h.Broker.Timers.Set(&h.tidying, quiet, h.tidy)
	return true
}

const (
	// many is how many links have to park for tidy to do something.
	many = 1000
	// stack is what the goroutine of one takes about, in bytes.
	stack = 4 << 10
	// quiet is how long no link has parked by then.
	quiet = 2 * time.Second
	// unhurried is how long the Go runtime waits at most between two collections.
	unhurried = 2 * time.Minute
)

// tidy gives memory back when a crowd has fallen asleep, where it is an eighth
// of the process's or more: the runtime does so after a garbage collection, and
// a server that has become idle would not have one for minutes. It runs on the
// wheel.
func (h *Host) tidy() {
	now, freed := h.Broker.Timers.Now(), h.asleep.Swap(0)*stack
	if freed < many*stack || h.tidied > 0 && time.Duration(now-h.tidied)*time.Second < unhurried {
		return
	}
	used := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(used)
	if uint64(freed) < (used[0].Value.Uint64()-used[1].Value.Uint64())/8 {
		return
	}
	h.tidied = now
	go debug.FreeOSMemory()
}

// goOn is the read loop of a link that was parked, on a goroutine of its own.
func (l *Link) goOn() {
	l.lookAgain()
	l.run()
}

// parkAfter returns how long a client is silent before its link parks.
func (h *Host) parkAfter() time.Duration {
	if d := h.Settings.ParkAfter; d != 0 {
		return d
	}
	return parkAfter
}
