package link

import (
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Door decides who may come in, how often. What is nil bounds nothing.
type Door struct {
	Most      int // connections in all; 0: no bound
	Connects  *limit.SharedBucket
	Addresses *limit.Addresses
	Users     *limit.Counts[session.Owner]
	// Loopback says that rates, and the limits of one address, hold for clients
	// of this machine, too.
	Loopback bool
	// FlapWindow is how long a connection must have lasted to end as it likes;
	// BanTime is for the log.
	FlapWindow, BanTime time.Duration

	open   atomic.Int64 // connections, those in a handshake included
	closed [3]limit.Seldom
	late   limit.Seldom
	users  limit.Seldom
}

// logEvery is how often the log names a connection that is refused for one of
// these reasons.
const logEvery = 10 * time.Second

// whyClosed are the reasons to close a connection at once.
var whyClosed = [3]string{
	limit.Allowed: "the server has as many connections as Limits.Connections allows",
	limit.TooMany: "its address has as many connections as Limits.AddressConnections allows",
	limit.Banned:  "its address is banned for a while: too many of its connections ended badly",
}

// exempt reports whether rates and the limits of one address do not hold for a
// client, whose key it returns.
func (d *Door) exempt(client net.Addr) (key netip.Addr, ok bool) {
	key, here := limit.Address(client)
	return key, here && !d.Loopback
}

// Enter counts a connection from an address, before a byte of it is read. Where
// it returns false the connection is to be closed; else Leave follows.
func (h *Host) Enter(client net.Addr) bool {
	d, now := &h.Door, time.Now()
	if n := d.open.Add(1); d.Most > 0 && n > int64(d.Most) {
		d.open.Add(-1)
		return h.shut(client, limit.Allowed, &h.Counters.TooManyConnections, now)
	}
	if d.Addresses == nil {
		return true
	}
	key, exempt := d.exempt(client)
	if exempt {
		return true
	}
	v := d.Addresses.Enter(key, now)
	if v == limit.Allowed {
		return true
	}
	d.open.Add(-1)
	if v == limit.Banned {
		return h.shut(client, v, &h.Counters.Banned, now)
	}
	return h.shut(client, v, &h.Counters.TooManyOfAddress, now)
}

// Leave takes back what Enter has counted.
func (h *Host) Leave(client net.Addr) {
	d := &h.Door
	d.open.Add(-1)
	if d.Addresses == nil {
		return
	}
	if key, exempt := d.exempt(client); !exempt {
		d.Addresses.Leave(key, time.Now())
	}
}

// joined counts a client that was let in: it vouches for its address in time.
// left then follows.
func (l *Link) joined() {
	if d := &l.host.Door; d.Addresses != nil {
		if key, exempt := d.exempt(l.conn.RemoteAddr()); !exempt {
			d.Addresses.Joined(key, l.born, time.Now())
		}
	}
}

// left takes back what joined has counted.
func (l *Link) left() {
	if d := &l.host.Door; d.Addresses != nil {
		if key, exempt := d.exempt(l.conn.RemoteAddr()); !exempt {
			d.Addresses.Left(key, l.born, time.Now())
		}
	}
}

// shut notes that a connection is closed at once.
func (h *Host) shut(client net.Addr, why limit.Verdict, counter *atomic.Int64, now time.Time) bool {
	counter.Add(1)
	h.Counters.NotConnected.Add(1)
	s := &h.Door.closed[why]
	if held, ok := s.Allow(now, logEvery); ok {
		h.Log.Info("connection refused", "addr", client, "reason", whyClosed[why], "more", held)
	}
	return false
}

// Reasons of the door to refuse a CONNECT.
var (
	errConnectRate = &packet.Error{Code: mqtt.ConnectionRateExceeded, Reason: "more clients connect at a time than the server takes; try again later"}
	errAddressRate = &packet.Error{Code: mqtt.ConnectionRateExceeded, Reason: "too many connects from this address; try again later"}
	errUserFull    = &packet.Error{Code: mqtt.QuotaExceeded, Reason: "the user has as many connections as one may have"}
	errSessions    = &packet.Error{Code: mqtt.QuotaExceeded, Reason: "the server keeps as many sessions as it may; a client whose session ends with its connection is let in"}
	errTooFast     = &packet.Error{Code: mqtt.MessageRateTooHigh, Reason: "the client publishes more in a second than one may"}
)

// knock decides whether a CONNECT comes in time. One address that does not
// keep to its rate takes nothing from the others.
func (l *Link) knock() error {
	d := &l.host.Door
	if d.Connects == nil && d.Addresses == nil {
		return nil
	}
	key, exempt := d.exempt(l.conn.RemoteAddr())
	now := l.work.now
	switch {
	case exempt:
	case d.Addresses != nil && !d.Addresses.Connect(key, now):
		l.host.Counters.TooManyConnects.Add(1)
		return errAddressRate
	case d.Connects != nil && !d.Connects.Take(now):
		l.host.Counters.TooManyConnects.Add(1)
		return errConnectRate
	}
	return nil
}

// enterUser counts the connection of a user. Where it takes over another one of
// the same user, that one is about to go.
func (l *Link) enterUser() error {
	users := l.host.Door.Users
	if users == nil || l.identity.User == "" {
		return nil
	}
	beyond := 0
	if former, ok := l.host.Broker.Peer(l.clientID).(*Link); ok && former.owner() == l.owner() {
		beyond = 1
	}
	if !users.Enter(l.owner(), beyond) {
		l.host.Counters.TooManyOfUser.Add(1)
		return errUserFull
	}
	l.counted = true
	return nil
}

// leaveUser takes back what enterUser has counted.
func (l *Link) leaveUser() {
	if l.counted {
		l.counted = false
		l.host.Door.Users.Leave(l.owner())
	}
}

func (l *Link) owner() session.Owner {
	return session.Owner{Method: l.identity.Method, User: l.identity.User}
}

// logRefused logs that a connection ends before its client was let in.
func (l *Link) logRefused() {
	var seldom *limit.Seldom
	var name string // clients are not told
	switch {
	case isReason(l.end, errConnectRate):
		seldom, name = &l.host.Door.late, "Limits.ConnectRate"
	case isReason(l.end, errAddressRate):
		seldom, name = &l.host.Door.late, "Limits.AddressConnectRate"
	case isReason(l.end, errUserFull):
		seldom, name = &l.host.Door.users, "Limits.UserConnections"
	case isReason(l.end, errMemoryConnect):
		seldom, name = &l.host.scarce.busy, "Limits.Memory"
	case isReason(l.end, errSessions):
		seldom, name = &l.host.sessions, "Limits.Sessions"
	}
	args := l.who("reason", l.end, "lasted", l.age())
	if seldom != nil {
		held, ok := seldom.Allow(time.Now(), logEvery)
		if !ok {
			return
		}
		args = append(args, "limit", name, "more", held)
	}
	l.host.Log.Info("connection refused", args...)
}

// isReason reports whether a connection ends because a CONNECT was refused with
// why.
func isReason(end error, why *packet.Error) bool {
	r, ok := errors.AsType[errRefused](end)
	return ok && r.why == error(why)
}

// Flap notes that a connection from an address has ended badly, which may ban
// it for a while.
func (h *Host) Flap(client net.Addr) {
	d := &h.Door
	if d.Addresses == nil {
		return
	}
	key, exempt := d.exempt(client)
	if exempt || !d.Addresses.Flap(key, time.Now()) {
		return
	}
	h.Counters.Bans.Add(1)
	h.Log.Info("address banned: too many of its connections ended badly", "addr", client, "for", d.BanTime, "limit", "Limits.Flaps")
}

// serverSide reports whether a client was not let in for a reason that lies
// with the server.
func serverSide(end error) bool {
	code := asRefusal(end).Code
	if r, ok := errors.AsType[errRefused](end); ok {
		code = asConnectRefusal(r.why).Code
	}
	switch code {
	case mqtt.ServerUnavailable, mqtt.ServerBusy, mqtt.ServerShuttingDown, mqtt.UseAnotherServer, mqtt.ServerMoved:
		return true
	}
	return false
}

// flapped reports whether the connection has ended as those of a client that
// never gets anywhere: it was not let in, broke the protocol, or was gone within
// the FlapWindow without a word, or taken over by then. What is the server's
// doing is none of these, nor is a connection on which nothing ever came: such
// are the probes of load balancers.
func (l *Link) flapped() bool {
	if _, ok := errors.AsType[*clientLeft](l.end); ok || l.end == errCutOff || l.end == errWriteTimeout || l.end == errOverrun {
		return false
	}
	if !l.accepted.Load() {
		silent := l.clientID == "" && l.end == errPeerClosed
		return !silent && !isReason(l.end, errConnectRate) && !isReason(l.end, errAddressRate) && !isReason(l.end, errSessions) && !serverSide(l.end)
	}
	if _, ok := errors.AsType[*packet.Error](l.end); ok && l.end != errPanic {
		return true
	}
	if r, ok := errors.AsType[*mqtt.Refusal](l.end); ok && r.Code != mqtt.SessionTakenOver {
		return false
	}
	lasted := time.Duration(l.host.Broker.Timers.Now()-l.since) * time.Second
	return l.end != errPanic && lasted < l.host.Door.FlapWindow
}
