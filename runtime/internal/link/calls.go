package link

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Calls is the one table of functions through which user code is called. All
// but Open may block, and may panic: that ends the connection only. All but
// CheckWill must be set, but for those that say so.
type Calls struct {
	// Open makes the user's value of a connection, when its CONNECT has come.
	Open         func(l *Link)
	Authenticate func(ctx context.Context, l *Link, c *auth.Connect) error
	// CheckWill decides on the will of a CONNECT, once the client is let in; nil:
	// it is decided on when it is sent, by Publish.
	CheckWill func(ctx context.Context, l *Link, m *mqtt.Message) error
	Connected func(ctx context.Context, l *Link) error
	Publish   func(ctx context.Context, l *Link, m *mqtt.Message) (Verdict, error)
	Subscribe func(ctx context.Context, l *Link, s *auth.Subscription) (mqtt.QoS, error)
	// Unsubscribed is called when a subscription has ended by an UNSUBSCRIBE.
	Unsubscribed func(ctx context.Context, l *Link, filter string)
	// Acknowledged is called when a QoS 1 or 2 delivery has ended.
	Acknowledged func(ctx context.Context, l *Link, d mqtt.Delivery)
	// Disconnected is called once for each connection that was Connected.
	Disconnected func(ctx context.Context, l *Link, reason error)
	// Exchange takes the place of Authenticate for a client with an
	// Authentication Method: for its CONNECT, for each AUTH until it is done, and
	// again when the client authenticates anew. data is owned.
	Exchange func(ctx context.Context, l *Link, c *auth.Connect, data []byte) (auth.Step, error)
	// NotConnected is called once for each connection that was opened and not
	// Connected, and Relayed for each message that was sent on. They may be nil,
	// and must not block.
	NotConnected func(l *Link, reason error)
	Relayed      func(l *Link, m *mqtt.Message)
}

// Verdict is what becomes of an accepted message.
type Verdict struct {
	Relay  bool     // it is sent on to subscribers
	MaxQoS mqtt.QoS // caps the quality of service of what is relayed
	Topic  int      // of the spec, also of a message that is refused; 0: none
}

// Settings are the limits that all links of a server obey.
type Settings struct {
	// MaxPacket is the size in bytes of the largest packet that is accepted,
	// ConnectPacket that of the first; 0: the same.
	MaxPacket, ConnectPacket int
	ReceiveMaximum           int
	TopicAliasMaximum        int
	// MaxKeepAlive caps the keep-alive interval; 0: no cap.
	MaxKeepAlive     time.Duration
	MaxSessionExpiry time.Duration
	ConnectTimeout   time.Duration
	// TakeoverTimeout is how long a CONNECT waits for the connection that
	// holds its session.
	TakeoverTimeout time.Duration
	// CloseOnRefusal closes the connection of a 3.x client whose PUBLISH is
	// refused, which is acknowledged and dropped otherwise: 3.x has no code.
	CloseOnRefusal bool
	Versions       []mqtt.Version // accepted protocol versions

	// What the server offers, as CONNACK says.
	MaxQoS                                             mqtt.QoS
	NoRetain, NoWildcards, NoShared, NoSubscriptionIDs bool
	// AliasesOut is how many topic aliases the server sets towards a client.
	AliasesOut int
	// ParkAfter is how long a client is silent before its link parks, see
	// Link.Start. 0: some seconds; negative: whenever the link is woken.
	ParkAfter time.Duration

	// Subscriptions is how many a client may have, TopicBytes and TopicLevels how
	// long the names and filters may be that it writes; 0: no limit.
	Subscriptions, TopicBytes, TopicLevels int

	// Rates bound how fast one client may send; CloseFast ends the connection of
	// one that does not keep to them, which is slowed down otherwise.
	Rates     limit.Rates
	CloseFast bool
}

// Host is what the links of one server share.
type Host struct {
	Broker   *broker.Broker
	Calls    Calls
	Settings Settings
	Log      *slog.Logger
	Counters Counters
	Door     Door
	// Topics count by the topics of a spec; nil: there are none.
	Topics *TopicCounters

	// Commit, where it is set, is given each acknowledgement before it leaves. It
	// returns false where nothing that the link has done for this client still
	// waits to be durable. Else it returns true, and Release is called when all
	// of it is, at once or later, by any goroutine. It must not block. nil: no
	// acknowledgement waits.
	Commit func(a *Acknowledgement) (waits bool)
	acks   sync.Pool // of *Acknowledgement

	// Ended is called when a link that was begun by Start has ended.
	Ended func(l *Link)

	works sync.Pool // of *work

	reporting sync.Once
	losses    broker.Timer

	asleep   atomic.Int64 // links that have parked since tidy looked
	tidying  broker.Timer
	tidied   int64 // the tick at which tidy collected; the wheel owns it
	late     limit.Seldom
	long     limit.Seldom // names and filters
	many     limit.Seldom // subscriptions
	full     limit.Seldom // retained messages
	sessions limit.Seldom
	scarce   scarcity
}

const (
	// reportEvery is how often lost messages are logged at most.
	reportEvery = 10 * time.Second
	// reportClients is how many clients are named then.
	reportClients = 10
)

// reportLosses begins to log which clients have lost messages, once in a
// while: never for each message.
func (h *Host) reportLosses() {
	h.reporting.Do(func() { h.Broker.Timers.Set(&h.losses, reportEvery, h.report) })
}

// report runs on the wheel, which does not wait for the log.
func (h *Host) report() {
	h.Broker.Timers.Set(&h.losses, reportEvery, h.report)
	all := h.Broker.Counters.Losses()
	if len(all) == 0 {
		return
	}
	go func() {
		for i, loss := range all {
			if i == reportClients {
				h.Log.Warn("messages dropped for more clients", "clients", len(all)-i)
				return
			}
			h.Log.Warn("messages dropped: the client is too slow, away, or takes none so large", "client", loss.ClientID, "messages", loss.Messages)
		}
	}()
}

// Counters count what the links of a server saw. Safe for use by many
// goroutines.
type Counters struct {
	Connected    atomic.Int64 // CONNECTs accepted
	NotConnected atomic.Int64 // connections that never got that far
	Refused      atomic.Int64 // PUBLISHes refused by user code
	Panics       atomic.Int64

	TooManyConnections, TooManyOfAddress, TooManyOfUser atomic.Int64 // connections refused
	TooManyConnects, Banned                             atomic.Int64 // the same: at that rate, of a banned address
	Bans                                                atomic.Int64 // of addresses
	Paused, ClosedFast                                  atomic.Int64 // clients that sent too fast
	TooManySubscriptions, TopicsTooLong                 atomic.Int64 // filters refused; filters and messages refused
	MemoryPaused                                        atomic.Int64 // clients that were not read for memory's sake
	MemoryConnects, MemoryPublishes                     atomic.Int64 // refused for memory's sake
	RetainedFull                                        atomic.Int64 // messages refused, or not retained
	TooManySessions                                     atomic.Int64 // CONNECTs refused, or sessions not kept
	PacketsTooLarge, ConnectsTooLarge                   atomic.Int64 // which ended their connections
	OverReceiveMaximum, ClosedSlow, AnswersUnread       atomic.Int64 // connections ended
	ConnectTimeouts, WriteTimeouts, KeepAliveTimeouts   atomic.Int64 // the same
	HandshakeTimeouts                                   atomic.Int64 // of TLS, WebSocket and PROXY headers
	Disconnects                                         atomic.Int64 // connections that ended after their CONNECT was accepted
	// By reason code: CONNECTs, PUBLISHes and wills, filters of SUBSCRIBEs that
	// were refused.
	ConnectCodes, PublishCodes, SubscribeCodes Codes
}
