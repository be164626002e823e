package mqttx

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/listen"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// Options are the settings of a [Server]. The zero value is good: every field
// left zero stands for the default that it names.
type Options struct {
	// Logger gets one line for each connect, refusal and disconnect. Default:
	// slog.Default().
	Logger *slog.Logger
	// Versions are the protocol versions that are spoken. Default: all three.
	Versions []Version

	// AuthMethods are the names of the ways in which the Handler lets clients in,
	// which it sets as the Method of their Identity. A server without any listens
	// on loopback and unix sockets only, or where TLS requires certificates of
	// clients: whoever has a Handler that lets everybody in, and means it, gives it
	// a name such as "anonymous". See also [Allow]. Generated packages fill it in
	// from their spec. Default: none.
	AuthMethods []string

	// MaxPacketSize is the size in bytes of the largest packet that a client may
	// send. Default: 256 KiB.
	MaxPacketSize int
	// ReceiveMaximum is how many QoS 1 and 2 messages a client may have sent whose
	// last acknowledgement it has not got. Default: 1,024.
	ReceiveMaximum int
	// TopicAliasMaximum is how many topic aliases a client may set. Default: 10;
	// negative: none.
	TopicAliasMaximum int
	// MaxKeepAlive caps the keep-alive of MQTT 5.0 clients, in whole seconds.
	// Default: 20 minutes; negative: no cap.
	MaxKeepAlive time.Duration
	// MaxSessionExpiry caps how long a session outlives its connection, and is
	// what a 3.x client without clean session gets. Default: 7 days; negative:
	// sessions end with their connections.
	MaxSessionExpiry time.Duration

	// Timeouts are how long things may take.
	Timeouts Timeouts
	// Queues are what may wait for one client, and what becomes of the rest.
	Queues Queues

	// CloseOnRefusal, where true, closes the connection of a 3.x client whose
	// PUBLISH is refused. Default, and new(false), which undoes what a spec
	// says: the message is acknowledged and dropped.
	CloseOnRefusal *bool

	// Limits bound what clients may cost: connections, rates, topics, what is kept.
	Limits Limits

	// Capabilities are what the server offers at all. Default: everything.
	Capabilities Capabilities

	// Use wraps the way of every PUBLISH, and of every will, to its Handler: the
	// first function is the outermost. It comes before the client's rights and
	// the payload are checked; what next returns nil for was accepted. Without
	// any it costs nothing. Default: none.
	Use []func(next PublishFunc) PublishFunc

	// SessionExpired is called when a session ends while its client is away, on
	// a goroutine of its own.
	SessionExpired func(clientID string)

	// Topics are the names of the topics of a generated package, for
	// [Stats].Topics: [Route].Topic counts them from 1. Generated packages set
	// them.
	Topics []string
	// HandlerTimes has the typed handlers of a generated package timed: two looks
	// at the clock for each message, about 100 ns. Default: they are not.
	HandlerTimes bool

	// Sys has the server publish what it counts. Default: it does not.
	Sys Sys

	// Trace is told of what happens. Default: nobody is.
	Trace Trace
}

// Timeouts are how long a [Server] waits.
type Timeouts struct {
	// Handshake is how long a connection may take for the handshake of TLS or
	// WebSocket, and for the header of a proxy. Default: 10 seconds.
	Handshake time.Duration
	// Connect is how long a connection may take to send its CONNECT, and its
	// client to authenticate. Default: 10 seconds.
	Connect time.Duration
	// Write is how long a client's socket may take no byte. Default: 30 seconds;
	// negative: without end.
	Write time.Duration
	// Takeover is how long a CONNECT waits for the connection that holds its
	// session. Default: 5 seconds.
	Takeover time.Duration
	// Shutdown is how long ListenAndServe waits for connections to end, when its
	// context has. Default: 10 seconds.
	Shutdown time.Duration
}

// Queues bound what may wait for one client.
type Queues struct {
	// Messages and Bytes bound the QoS 1 and 2 messages that wait. Default: 1,000
	// and 16 MiB.
	Messages, Bytes int
	// Outbox is how many bytes may wait for the client's socket before QoS 0
	// messages to it are dropped, and how many of QoS 1 and 2 may be in flight to
	// it. Default: 1 MiB, or room for two of the largest packets.
	Outbox int

	// DropOldest makes room for a new message where the queue or the outbox is
	// full, by dropping the oldest that wait. Default: the new message is dropped.
	DropOldest bool
	// CloseSlow ends the connection of a client whose queue or outbox is full: in
	// MQTT 5.0 with QuotaExceeded. Not together with DropOldest.
	CloseSlow bool
}

// Sys are the topics about the server itself.
type Sys struct {
	// Interval has the server publish what it counts to topics that begin with
	// $SYS/broker/, under the names that mosquitto uses: retained, where it keeps
	// retained messages at all, and only what has changed. Clients may not publish
	// to $SYS/ then. At least a second. Default: it does not.
	Interval time.Duration
	// Allow decides who may subscribe to $SYS/#, and to filters below it, with QoS
	// 0. Where it is nil or says no, the Handler is asked as for any other filter:
	// that of a generated package refuses what its spec does not describe.
	Allow func(c *Conn, filter string) bool
}

// Capabilities are what a server offers beyond the least. MQTT 5.0 clients are
// told in CONNACK what is withheld. The zero value withholds nothing.
type Capabilities struct {
	// MaxQoS is the highest quality of service in which clients may publish, and
	// which a subscription is granted: 1 or 2. Default: 2; negative: QoS 0 only.
	MaxQoS int
	// NoRetain refuses retained messages and wills.
	NoRetain bool
	// NoWildcards, NoSharedSubscriptions and NoSubscriptionIDs refuse such
	// subscriptions.
	NoWildcards, NoSharedSubscriptions, NoSubscriptionIDs bool
	// StickyShares has all messages of one publisher that come by a shared
	// subscription go to the same member, so that their order is kept. Default:
	// members take turns.
	StickyShares bool
	// TopicAliases is how many topic aliases the server sets towards one client
	// at most. Default: 10; negative: none.
	TopicAliases int
	// QueueQoS0 keeps QoS 0 messages for clients that are away, as those of QoS 1
	// and 2 are kept. Default: such a client does not get them.
	QueueQoS0 bool
}

// withDefaults checks the options and fills in what is zero.
func (o Options) withDefaults() (Options, error) {
	for _, f := range []struct {
		name string
		n    int
		max  int
	}{
		{"MaxPacketSize", o.MaxPacketSize, 268_435_460},
		{"ReceiveMaximum", o.ReceiveMaximum, 65_535},
		{"Queues.Outbox", o.Queues.Outbox, 1 << 30},
		{"Queues.Messages", o.Queues.Messages, 1 << 30},
		{"Queues.Bytes", o.Queues.Bytes, 1 << 30},
		{"TopicAliasMaximum", max(o.TopicAliasMaximum, 0), 65_535},
		{"Capabilities.TopicAliases", max(o.Capabilities.TopicAliases, 0), 65_535},
		{"Capabilities.MaxQoS", max(o.Capabilities.MaxQoS, 0), 2},
	} {
		if f.n < 0 || f.n > f.max {
			return o, fmt.Errorf("new server: option %s is %d; it must be between 1 and %d, or 0 for the default", f.name, f.n, f.max)
		}
	}
	for i, wrap := range o.Use {
		if wrap == nil {
			return o, fmt.Errorf("new server: option Use has no function at index %d", i)
		}
	}
	for _, v := range o.Versions {
		if v != V31 && v != V311 && v != V5 {
			return o, fmt.Errorf("new server: option Versions holds %d, which is no protocol version", v)
		}
	}
	if o.MaxKeepAlive > 0 && o.MaxKeepAlive < time.Second {
		return o, fmt.Errorf("new server: option MaxKeepAlive is %v; it must be at least 1s, 0 for the default, or negative for no cap", o.MaxKeepAlive)
	}
	if o.Sys.Interval != 0 && o.Sys.Interval < time.Second {
		return o, fmt.Errorf("new server: option Sys.Interval is %v; it must be at least 1s, or 0 for none", o.Sys.Interval)
	}
	if o.Queues.DropOldest && o.Queues.CloseSlow {
		return o, errors.New("new server: options Queues.DropOldest and Queues.CloseSlow are both set; choose what becomes of a client that is too slow")
	}
	if err := o.Limits.checkConnections(); err != nil {
		return o, err
	}
	o.Limits.checkTopics()
	if err := o.Limits.checkMemory(); err != nil {
		return o, err
	}
	o.Limits.checkKept()
	if slices.Contains(o.AuthMethods, "") {
		return o, errors.New("new server: option AuthMethods holds an empty name")
	}
	o.AuthMethods = slices.Clone(o.AuthMethods)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if len(o.Versions) == 0 {
		o.Versions = []Version{V31, V311, V5}
	}
	defaulted(&o.MaxPacketSize, 256<<10)
	defaulted(&o.ReceiveMaximum, 1024)
	defaulted(&o.TopicAliasMaximum, 10)
	defaulted(&o.MaxKeepAlive, 20*time.Minute)
	o.MaxKeepAlive = min(o.MaxKeepAlive, longestKeepAlive)
	defaulted(&o.MaxSessionExpiry, 7*24*time.Hour)
	defaulted(&o.Timeouts.Handshake, listen.Timeout)
	defaulted(&o.Timeouts.Connect, 10*time.Second)
	defaulted(&o.Timeouts.Write, 30*time.Second)
	defaulted(&o.Timeouts.Takeover, 5*time.Second)
	defaulted(&o.Timeouts.Shutdown, 10*time.Second)
	defaulted(&o.Queues.Outbox, max(1<<20, 2*o.MaxPacketSize))
	defaulted(&o.Queues.Messages, 1000)
	defaulted(&o.Queues.Bytes, 16<<20)
	defaulted(&o.Capabilities.MaxQoS, 2)
	defaulted(&o.Capabilities.TopicAliases, 10)
	return o, nil
}

// longestKeepAlive is what the field of a packet holds.
const longestKeepAlive = 65_535 * time.Second

// Or returns o with the AuthMethods and Topics, and with the limits, Limits, Versions, CloseOnRefusal and Capabilities of
// defaults where those of o are zero. Generated packages call it with what their spec says.
func (o Options) Or(defaults Options) Options {
	if len(defaults.AuthMethods) > 0 {
		o.AuthMethods = defaults.AuthMethods
	}
	if len(o.Versions) == 0 {
		o.Versions = defaults.Versions
	}
	or(&o.MaxPacketSize, defaults.MaxPacketSize)
	or(&o.ReceiveMaximum, defaults.ReceiveMaximum)
	or(&o.Queues.Messages, defaults.Queues.Messages)
	or(&o.MaxKeepAlive, defaults.MaxKeepAlive)
	or(&o.MaxSessionExpiry, defaults.MaxSessionExpiry)
	o.Limits.or(&defaults.Limits)
	if o.Topics == nil {
		o.Topics = defaults.Topics
	}
	if o.CloseOnRefusal == nil {
		o.CloseOnRefusal = defaults.CloseOnRefusal
	}
	if o.Capabilities == (Capabilities{}) {
		o.Capabilities = defaults.Capabilities
	}
	return o
}

func or[T int | int64 | float64 | time.Duration](v *T, other T) {
	if *v == 0 {
		*v = other
	}
}

// defaulted sets *v to d where it is zero, and to zero where it is negative.
func defaulted[T int | int64 | float64 | time.Duration](v *T, d T) {
	switch {
	case *v == 0:
		*v = d
	case *v < 0:
		*v = 0
	}
}

func (o *Options) settings() link.Settings {
	return link.Settings{
		MaxPacket:         o.MaxPacketSize,
		ConnectPacket:     o.Limits.ConnectSize,
		ReceiveMaximum:    o.ReceiveMaximum,
		TopicAliasMaximum: o.TopicAliasMaximum,
		MaxKeepAlive:      o.MaxKeepAlive,
		MaxSessionExpiry:  o.MaxSessionExpiry,
		ConnectTimeout:    o.Timeouts.Connect,
		TakeoverTimeout:   o.Timeouts.Takeover,
		CloseOnRefusal:    o.CloseOnRefusal != nil && *o.CloseOnRefusal,
		Versions:          slices.Clone(o.Versions),
		MaxQoS:            QoS(o.Capabilities.MaxQoS),
		NoRetain:          o.Capabilities.NoRetain,
		NoWildcards:       o.Capabilities.NoWildcards,
		NoShared:          o.Capabilities.NoSharedSubscriptions,
		NoSubscriptionIDs: o.Capabilities.NoSubscriptionIDs,
		AliasesOut:        o.Capabilities.TopicAliases,
		Subscriptions:     o.Limits.Subscriptions,
		TopicBytes:        o.Limits.TopicBytes,
		TopicLevels:       o.Limits.TopicLevels,
		Rates:             limit.Rates{Messages: o.Limits.PublishRate, Bytes: o.Limits.ByteRate},
		CloseFast:         o.Limits.CloseFast,
	}
}

func (o *Options) quotas() broker.Quotas {
	return broker.Quotas{Retained: o.Limits.Retained, RetainedBytes: o.Limits.RetainedBytes, Sessions: o.Limits.Sessions}
}

func (o *Options) limits() session.Limits {
	return session.Limits{
		OutboxBytes:   o.Queues.Outbox,
		WriteTimeout:  o.Timeouts.Write,
		QueueMessages: o.Queues.Messages,
		QueueBytes:    o.Queues.Bytes,
		DropOldest:    o.Queues.DropOldest,
		CloseSlow:     o.Queues.CloseSlow,
		QueueQoS0:     o.Capabilities.QueueQoS0,
		Memory:        o.Limits.memory(),
	}
}
