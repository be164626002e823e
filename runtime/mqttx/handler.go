package mqttx

import (
	"context"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// Handler is what one connection can do. The function given to [NewServer]
// makes one value for each connection, whose fields are that connection's
// state: its methods are called one at a time, in the order of the packets. A
// value may also implement [Connected], [Disconnected] and [InfoHandler].
//
// ctx ends when the connection is to end: takeover, Disconnect, Shutdown. An
// error made by [Refuse] or [Disconnect] says what the client is told; any
// other error is logged and answered 0x83, from Authenticate 0x87. A panic
// closes this connection and no other.
type Handler interface {
	// Authenticate lets a client in by returning nil, and may set c.Identity.
	Authenticate(ctx context.Context, c *Connect) error
	// Publish is called for each PUBLISH, and for the client's will. m is valid
	// until it returns.
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

// InfoHandler is implemented by a Handler that takes values from elsewhere in
// the program, see [Conn.Send].
type InfoHandler interface {
	HandleInfo(ctx context.Context, v any) error
}

// Grant decides a subscription by the topic patterns of a spec: it is granted
// where the filter matches at least one name that a pattern describes, and
// allow grants every pattern it touches. The lowest quality of service counts.
// allow is told which pattern of the set, and where the filter meets it.
func Grant(set *topic.Set, s *Subscription, allow func(i int, o topic.Overlap) (QoS, bool)) (QoS, error) {
	granted, touched, denied := QoS2, false, -1
	set.Touched(s.Filter, func(i int, o topic.Overlap) bool {
		touched = true
		q, ok := allow(i, o)
		if !ok {
			denied = i
			return false
		}
		granted = min(granted, q)
		return true
	})
	switch {
	case denied >= 0:
		return 0, Refuse(NotAuthorized, "filter %q reaches %s, which this client may not subscribe to", s.Filter, set.Pattern(denied))
	case !touched:
		return 0, Refuse(NotAuthorized, "filter %q matches no topic of this server", s.Filter)
	}
	return granted, nil
}
