package mqttx

import (
	"context"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// Handler is what one connection can do. The function given to [NewServer]
// makes one value for each connection, whose fields are that connection's
// state: its methods are called one at a time, in the order of the packets. A
// value may also implement [WillChecker], [Connected], [Disconnected],
// [Unsubscribed], [Acknowledged] and [InfoHandler].
//
// ctx ends when the connection is to end: takeover, Disconnect, Shutdown. An
// error made by [Refuse] or [Disconnect] says what the client is told; any
// other error is logged and answered 0x83, from Authenticate 0x87. A panic
// closes this connection and no other. [Exchanger] is for clients that
// authenticate in steps.
type Handler interface {
	// Authenticate lets a client in by returning nil, and may set c.Identity.
	Authenticate(ctx context.Context, c *Connect) error
	// Publish is called for each PUBLISH, and for the client's will: before
	// Disconnected, or later where the will has a delay, after Disconnected. m is
	// valid until it returns.
	Publish(ctx context.Context, m *Message) (Route, error)
	// Subscribe is called for each filter of a SUBSCRIBE and returns the
	// quality of service to grant; what exceeds the client's wish is cut.
	Subscribe(ctx context.Context, s *Subscription) (QoS, error)
}

// Route says what becomes of an accepted message. The zero value means that
// the handler was its only receiver. A retained message is stored in any case.
type Route struct {
	Relay  bool // send it on to subscribers
	MaxQoS QoS  // caps the quality of service of what is relayed
	// Topic is the number of the message's topic in [Options].Topics, beginning
	// with 1, also where the message is refused. 0: it is not counted by topic.
	Topic int
}

// WillChecker is implemented by a Handler that judges the will of a client
// which it has let in: an error refuses the CONNECT. When the will is sent,
// Publish is called with it as well.
type WillChecker interface {
	CheckWill(ctx context.Context, m *Message) error
}

// Connected is implemented by a Handler that wants to know when its client has
// been let in. An error closes the connection.
type Connected interface {
	Connected(ctx context.Context) error
}

// Disconnected is implemented by a Handler that wants to know when its
// connection has ended, and why. ctx is not cancelled.
type Disconnected interface {
	Disconnected(ctx context.Context, reason error)
}

// Unsubscribed is implemented by a Handler that wants to know when its client
// has ended a subscription.
type Unsubscribed interface {
	// Unsubscribed gets the filter as the client wrote it: that of a shared
	// subscription with $share/name/.
	Unsubscribed(ctx context.Context, filter string)
}

// Acknowledged is implemented by a Handler that wants to know when a QoS 1 or 2
// message that was sent to its client is through.
type Acknowledged interface {
	Acknowledged(ctx context.Context, d Delivery)
}

// Exchanger is implemented by a Handler whose clients authenticate by AUTH
// packets (MQTT 5.0 section 4.12): a client that names an Authentication Method
// in its CONNECT is not given to Authenticate, and refused with 0x8C where the
// Handler is none.
type Exchanger interface {
	// Exchange takes the data of the CONNECT, and of each AUTH that follows, to
	// the next step: [Continue] asks the client for more, [Done] lets it in;
	// c.AuthMethod says by which method, and c.Identity is set as in
	// Authenticate. An error refuses the client. All steps of one authentication
	// get the same c; they are 32 at most, and Timeouts.Connect bounds them.
	//
	// A client that is let in may authenticate again, by the same method, while
	// its other packets go on: c.Known says then who it is. An error, and another
	// identity than that, ends its connection with 0x87.
	Exchange(ctx context.Context, c *Connect, data []byte) (AuthStep, error)
}

// PublishFunc is the way of one message from a connection's client to its
// Handler, see [Options].Use.
type PublishFunc func(ctx context.Context, c *Conn, m *Message) (Route, error)

// InfoHandler is implemented by a Handler that takes values from elsewhere in
// the program, see [Conn.Send].
type InfoHandler interface {
	HandleInfo(ctx context.Context, v any) error
}

// Grant decides a subscription by the topic patterns of a spec: it is granted
// where the filter matches at least one name that a pattern describes, and
// allow grants every pattern it touches. The lowest quality of service counts.
// allow is told which pattern of the set, and where the filter meets it. When
// all are granted, ask, which may be nil, may refuse each or lower its quality
// of service: granted is that of allow.
func Grant(set *topic.Set, s *Subscription, allow func(i int, o topic.Overlap) (QoS, bool),
	ask func(i int, o topic.Overlap, granted QoS) (QoS, error)) (QoS, error) {
	type meeting struct {
		i   int
		o   topic.Overlap
		qos QoS
	}
	var room [4]meeting
	touched, denied := room[:0], -1
	set.Touched(s.Filter, func(i int, o topic.Overlap) bool {
		q, ok := allow(i, o)
		if !ok {
			denied = i
			return false
		}
		touched = append(touched, meeting{i, o, q})
		return true
	})
	switch {
	case denied >= 0:
		return 0, Refuse(NotAuthorized, "filter %q reaches %s, which this client may not subscribe to", s.Filter, set.Pattern(denied))
	case len(touched) == 0:
		return 0, Refuse(NotAuthorized, "filter %q matches no topic of this server", s.Filter)
	}
	granted := QoS2
	for _, t := range touched {
		granted = min(granted, t.qos)
		if ask == nil {
			continue
		}
		q, err := ask(t.i, t.o, t.qos)
		if err != nil {
			return 0, err
		}
		granted = min(granted, q)
	}
	return granted, nil
}
