package mqttx

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
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

	// MaxPacketSize is the size in bytes of the largest packet that a client may
	// send. Default: 256 KiB.
	MaxPacketSize int
	// ReceiveMaximum is how many QoS 2 messages a client may have open. Default:
	// 1,024.
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

	// ConnectTimeout is how long a connection may take to send its CONNECT.
	// Default: 10 seconds.
	ConnectTimeout time.Duration
	// WriteTimeout is how long a client's socket may take no byte. Default: 30
	// seconds.
	WriteTimeout time.Duration
	// TakeoverTimeout is how long a CONNECT waits for the connection that holds
	// its session. Default: 5 seconds.
	TakeoverTimeout time.Duration
	// ShutdownTimeout is how long ListenAndServe waits for connections to end,
	// when its context has. Default: 10 seconds.
	ShutdownTimeout time.Duration

	// OutboxBytes is how many bytes may wait for one client's socket before QoS
	// 0 messages to it are dropped, and how many of QoS 1 and 2 may be in flight
	// to it. Default: 1 MiB.
	OutboxBytes int
	// QueueMessages and QueueBytes bound the QoS 1 and 2 messages that wait for
	// one client. Default: 1,000 and 16 MiB.
	QueueMessages, QueueBytes int

	// CloseOnRefusal closes the connection of a 3.x client whose PUBLISH is
	// refused. Default: the message is acknowledged and dropped.
	CloseOnRefusal bool

	// Use wraps the way of every PUBLISH, and of every will, to its Handler: the
	// first function is the outermost. It comes before the client's rights and
	// the payload are checked; what next returns nil for was accepted. Without
	// any it costs nothing. Default: none.
	Use []func(next PublishFunc) PublishFunc

	// SessionExpired is called when a session ends while its client is away, on
	// a goroutine of its own.
	SessionExpired func(clientID string)
}

// firstPacket is the size in bytes of the largest CONNECT: before a client is
// let in it costs little.
const firstPacket = 64 << 10

// withDefaults checks the options and fills in what is zero.
func (o Options) withDefaults() (Options, error) {
	for _, f := range []struct {
		name string
		n    int
		max  int
	}{
		{"MaxPacketSize", o.MaxPacketSize, 268_435_460},
		{"ReceiveMaximum", o.ReceiveMaximum, 65_535},
		{"OutboxBytes", o.OutboxBytes, 1 << 30},
		{"QueueMessages", o.QueueMessages, 1 << 30},
		{"QueueBytes", o.QueueBytes, 1 << 30},
		{"TopicAliasMaximum", max(o.TopicAliasMaximum, 0), 65_535},
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
	defaulted(&o.MaxSessionExpiry, 7*24*time.Hour)
	defaulted(&o.ConnectTimeout, 10*time.Second)
	defaulted(&o.WriteTimeout, 30*time.Second)
	defaulted(&o.TakeoverTimeout, 5*time.Second)
	defaulted(&o.ShutdownTimeout, 10*time.Second)
	defaulted(&o.OutboxBytes, 1<<20)
	defaulted(&o.QueueMessages, 1000)
	defaulted(&o.QueueBytes, 16<<20)
	return o, nil
}

// Or returns o with the limits, Versions and CloseOnRefusal of defaults where
// those of o are zero. Generated packages call it with what their spec says.
func (o Options) Or(defaults Options) Options {
	if len(o.Versions) == 0 {
		o.Versions = defaults.Versions
	}
	or(&o.MaxPacketSize, defaults.MaxPacketSize)
	or(&o.ReceiveMaximum, defaults.ReceiveMaximum)
	or(&o.QueueMessages, defaults.QueueMessages)
	or(&o.MaxKeepAlive, defaults.MaxKeepAlive)
	or(&o.MaxSessionExpiry, defaults.MaxSessionExpiry)
	o.CloseOnRefusal = o.CloseOnRefusal || defaults.CloseOnRefusal
	return o
}

func or[T int | time.Duration](v *T, other T) {
	if *v == 0 {
		*v = other
	}
}

// defaulted sets *v to d where it is zero, and to zero where it is negative.
func defaulted[T int | time.Duration](v *T, d T) {
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
		ConnectPacket:     firstPacket,
		ReceiveMaximum:    o.ReceiveMaximum,
		TopicAliasMaximum: o.TopicAliasMaximum,
		MaxKeepAlive:      o.MaxKeepAlive,
		MaxSessionExpiry:  o.MaxSessionExpiry,
		ConnectTimeout:    o.ConnectTimeout,
		TakeoverTimeout:   o.TakeoverTimeout,
		CloseOnRefusal:    o.CloseOnRefusal,
		Versions:          slices.Clone(o.Versions),
	}
}

func (o *Options) limits() session.Limits {
	return session.Limits{
		OutboxBytes:   o.OutboxBytes,
		WriteTimeout:  o.WriteTimeout,
		QueueMessages: o.QueueMessages,
		QueueBytes:    o.QueueBytes,
	}
}
