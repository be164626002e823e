package mqttx

import (
	"fmt"
	"math"
	"net"
	"runtime"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// Limits bound what clients may cost. Of each field zero stands for the default
// that it names, and a negative value for no limit.
type Limits struct {
	// Connections and rates.

	// Connections is how many connections may be open, TLS handshakes included:
	// more are closed as soon as they are accepted. Default: nine tenths of the
	// file descriptors that the process may open, on unix systems; none elsewhere.
	Connections int
	// AddressConnections is the same for one address: of IPv6 it is the network,
	// of 64 bits. Default: half of Connections, so that no address keeps all
	// others out, and as many clients as that may share one.
	AddressConnections int
	// UserConnections is how many clients of one user (of an auth method) may be
	// connected: more are refused with 0x97 Quota exceeded, in 3.x with 3 Server
	// unavailable. Clients without a user are not counted. Default: half of
	// Connections.
	UserConnections int

	// ConnectRate and AddressConnectRate are how many CONNECTs a second are
	// obeyed, of all clients and of one address: more are refused with 0x9F
	// Connection rate exceeded, in 3.x with 3 Server unavailable. Default: 1,000
	// for each of [runtime.GOMAXPROCS], which takes about half of them where
	// clients use TLS, and 500 for each.
	ConnectRate, AddressConnectRate float64
	// PublishRate and ByteRate are how many messages a second are taken of one
	// client, and how many bytes. A client may use up those of a second at
	// once; when it exceeds them nothing is read of it until it is in time again:
	// TCP slows it down. Default: 100,000 messages, which take a tenth of a
	// processor, and 128 MiB, more than a network of a gigabit brings.
	PublishRate, ByteRate float64
	// CloseFast ends the connection of a client that exceeds PublishRate or
	// ByteRate, in MQTT 5.0 with 0x96 Message rate too high.
	CloseFast bool

	// Flaps is how many times within FlapWindow the connections of one address
	// may end badly until new ones are closed for BanTime, as soon as they are
	// accepted: a client that is not let in or breaks the protocol, one that is
	// gone within FlapWindow without a DISCONNECT, or was taken over by then. Each
	// client of the address that has been connected for longer than FlapWindow
	// makes it one more: a few do not ban the many behind one gateway. Where a
	// proxy hides the addresses of clients, use [Proxied] or set Flaps negative.
	// Default: 20 in 10 seconds, 1 minute.
	Flaps               int
	FlapWindow, BanTime time.Duration

	// Loopback has the rates, and the limits of one address, hold for clients of
	// this machine, too: those on loopback addresses, unix sockets and pipes.
	// Default: they are exempt.
	Loopback bool

	// ConnectSize is the size in bytes of the largest CONNECT, whose sender nobody
	// knows yet: a larger one is closed, and so is one above MaxPacketSize.
	// Default: 64 KiB; negative: MaxPacketSize alone counts.
	ConnectSize int

	// Topics.

	// Subscriptions is how many one client may have: for more SUBACK says 0x97
	// Quota exceeded. Default: 1,000, which is a few MiB at most; whoever needs
	// more topics uses wildcards.
	Subscriptions int
	// TopicBytes and TopicLevels are how long a topic name or filter may be, in
	// bytes and in levels: a longer filter is refused with 0x8F Topic filter
	// invalid, a longer name in PUBLISH with 0x90 Topic name invalid, and so is a
	// CONNECT with such a will. Default: as many bytes as the standard allows,
	// 64 levels: each level of a filter costs some 300 bytes.
	TopicBytes, TopicLevels int

	// Memory.

	// Memory is how many bytes the server may hold for all clients together:
	// messages that wait in queues, are in flight or retained, wills, what waits for
	// sockets, packets of which a part has come. It is these that are counted, each
	// message once, and not the heap of the program, whose other parts may use what
	// they like; sessions and subscriptions have limits of their own. When three
	// quarters are used, publishers are read no more because of whom most waits,
	// until it has gone; at 85 %, QoS 0 messages to slow clients are dropped; at
	// 95 %, new clients are refused with 0x89 Server busy, in 3.x with 3 Server
	// unavailable, and QoS 1 and 2 messages that would have to wait with 0x97 Quota
	// exceeded, where their publishers speak MQTT 5.0; at 98 %, such messages are
	// dropped. Each level ends 5 % lower. Default: the half of what the program may
	// use, by GOMEMLIMIT, else on Linux by its control group or the machine;
	// elsewhere 1 GiB.
	Memory int64

	// What is kept.

	// Retained is how many messages are retained, and RetainedBytes how many bytes
	// of topic names, payloads and properties they take. One that has no room is
	// refused with 0x97 Quota exceeded, before the Handler or anybody else gets it;
	// where there is no code to say so, in 3.x, with QoS 0 and of wills, it is sent
	// on as if RETAIN were not set. What does not take more than the message in
	// whose place it comes always has room. Default: 100,000 and 256 MiB: beside
	// these bytes a message costs some 250, and 100 for each level of its topic
	// name that no other one shares.
	Retained, RetainedBytes int
	// Sessions is how many sessions may outlive their connections, those of clients
	// that are connected included: a CONNECT that asks for one more is refused with
	// 0x97 Quota exceeded, in 3.x with 3 Server unavailable, and whoever has one
	// comes back to it. Default: 100,000; one with a subscription for which nothing
	// waits costs about 1 KiB.
	Sessions int
}

// checkKept fills in the defaults of what is kept.
func (l *Limits) checkKept() {
	defaulted(&l.Retained, 100_000)
	defaulted(&l.RetainedBytes, 256<<20)
	defaulted(&l.Sessions, 100_000)
}

// checkTopics fills in the defaults of topics.
func (l *Limits) checkTopics() {
	defaulted(&l.Subscriptions, 1000)
	defaulted(&l.TopicBytes, 0)
	defaulted(&l.TopicLevels, 64)
}

// or fills in what is zero.
func (l *Limits) or(defaults *Limits) {
	or(&l.Connections, defaults.Connections)
	or(&l.AddressConnections, defaults.AddressConnections)
	or(&l.UserConnections, defaults.UserConnections)
	or(&l.ConnectRate, defaults.ConnectRate)
	or(&l.AddressConnectRate, defaults.AddressConnectRate)
	or(&l.PublishRate, defaults.PublishRate)
	or(&l.ByteRate, defaults.ByteRate)
	or(&l.Flaps, defaults.Flaps)
	or(&l.FlapWindow, defaults.FlapWindow)
	or(&l.BanTime, defaults.BanTime)
	or(&l.ConnectSize, defaults.ConnectSize)
	or(&l.Subscriptions, defaults.Subscriptions)
	or(&l.TopicBytes, defaults.TopicBytes)
	or(&l.TopicLevels, defaults.TopicLevels)
	or(&l.Memory, defaults.Memory)
	or(&l.Retained, defaults.Retained)
	or(&l.RetainedBytes, defaults.RetainedBytes)
	or(&l.Sessions, defaults.Sessions)
	l.CloseFast = l.CloseFast || defaults.CloseFast
	l.Loopback = l.Loopback || defaults.Loopback
}

// checkConnections checks connections and rates, and fills in the defaults.
func (l *Limits) checkConnections() error {
	for _, f := range []struct {
		name string
		rate float64
	}{
		{"ConnectRate", l.ConnectRate},
		{"AddressConnectRate", l.AddressConnectRate},
		{"PublishRate", l.PublishRate},
		{"ByteRate", l.ByteRate},
	} {
		if math.IsNaN(f.rate) || f.rate > 0 && (f.rate < slowestRate || f.rate > 1e12) {
			return fmt.Errorf("new server: option Limits.%s is %v a second; it must be between one a day and 1e12, 0 for the default, or negative for no limit", f.name, f.rate)
		}
	}
	defaulted(&l.Connections, descriptors())
	defaulted(&l.AddressConnections, half(l.Connections))
	defaulted(&l.ConnectSize, 64<<10)
	defaulted(&l.UserConnections, half(l.Connections))
	defaulted(&l.ConnectRate, float64(1000*runtime.GOMAXPROCS(0)))
	defaulted(&l.AddressConnectRate, float64(500*runtime.GOMAXPROCS(0)))
	defaulted(&l.PublishRate, 100_000)
	defaulted(&l.ByteRate, 128<<20)
	defaulted(&l.Flaps, 20)
	if l.FlapWindow < 0 || l.BanTime < 0 {
		l.Flaps = 0
	}
	defaulted(&l.FlapWindow, 10*time.Second)
	defaulted(&l.BanTime, time.Minute)
	return nil
}

// half returns half of a bound of connections, rounded up; 0 stays no bound.
func half(n int) int { return (n + 1) / 2 }

// slowestRate is one a day.
const slowestRate = 1.0 / (24 * 60 * 60)

// setDoor makes what decides who may come in, how often.
func (l *Limits) setDoor(d *link.Door) {
	d.Most = l.Connections
	d.Connects = limit.NewSharedBucket(l.ConnectRate, time.Now())
	d.Addresses = limit.NewAddresses(limit.PerAddress{
		Connections: l.AddressConnections, ConnectRate: l.AddressConnectRate,
		Flaps: l.Flaps, Window: l.FlapWindow, Ban: l.BanTime,
	}, time.Now())
	d.Users = limit.NewCounts[session.Owner](l.UserConnections)
	d.Loopback, d.FlapWindow, d.BanTime = l.Loopback, l.FlapWindow, l.BanTime
}

// choosy reports whether somebody has set one of the limits that clients of this
// machine are exempt from. Call it before the defaults are filled in.
func (l *Limits) choosy() bool {
	return l.AddressConnections > 0 || l.ConnectRate > 0 || l.AddressConnectRate > 0 || l.PublishRate > 0 || l.ByteRate > 0
}

// tellExempt says that limits which somebody has set do not hold here: whoever
// tries them out would wonder.
func (s *Server) tellExempt(addr net.Addr) {
	_, here := limit.Address(addr)
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		here = true
	}
	if here && s.choosy && !s.options.Limits.Loopback {
		s.options.Logger.Info("rates, and limits of one address, do not hold for clients of this machine; Limits.Loopback has them hold",
			"addr", addr.String())
	}
}
