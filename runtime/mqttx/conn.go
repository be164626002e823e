package mqttx

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
)

// Conn is one connection, as its Handler sees it. All methods may be called
// from any goroutine, for as long as one likes: after the connection's end
// they return ErrNotConnected.
type Conn struct {
	server  *Server
	link    *link.Link
	handler Handler
	seed    uint32 // spreads connections over counters
	started bool   // Trace.ConnectStart was called; owned by the link

	mu    sync.Mutex
	endAt *time.Timer // mu guards it
}

// ClientID returns the client identifier.
func (c *Conn) ClientID() string { return c.link.ClientID() }

// Identity returns who the client is; empty until it has been let in.
func (c *Conn) Identity() Identity { return c.link.Identity() }

// Version returns the protocol version that the client speaks.
func (c *Conn) Version() Version { return c.link.Version() }

// RemoteAddr returns the address of the client.
func (c *Conn) RemoteAddr() net.Addr { return c.link.RemoteAddr() }

// Server returns the server of the connection.
func (c *Conn) Server() *Server { return c.server }

// Disconnect ends the connection. In MQTT 5.0 the client gets a DISCONNECT
// with the code and the user properties. It returns at once.
func (c *Conn) Disconnect(code ReasonCode, user ...UserProperty) { c.link.End(code, user...) }

// DisconnectWith is Disconnect with all that an MQTT 5.0 client may be told: a
// reason for people, and another server to use.
func (c *Conn) DisconnectWith(why Refusal) { c.link.EndWith(&why) }

// EndAt is DisconnectWith at a time, such as the end of the token that the client
// was let in by. A later call takes the place of an earlier one; the zero time
// calls it off. The connection's own end does, too.
func (c *Conn) EndAt(t time.Time, why Refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.endAt != nil {
		c.endAt.Stop()
		c.endAt = nil
	}
	if t.IsZero() {
		return
	}
	timer := time.AfterFunc(time.Until(t), func() { c.link.EndWith(&why) })
	c.endAt = timer
	context.AfterFunc(c.link.Context(), func() { timer.Stop() }) // so that it does not keep the connection in memory
}

// Send hands v to the HandleInfo method of the connection's Handler, in turn
// with its packets. It returns at once: ErrBusy when 256 values wait,
// ErrNotConnected at the connection's end. An error of HandleInfo, or a
// Handler without it, ends in the log.
func (c *Conn) Send(v any) error {
	err := c.link.Post(func() {
		h, ok := c.handler.(InfoHandler)
		if !ok {
			c.link.Log().Warn("value sent to a connection whose handler has no HandleInfo", "client", c.ClientID())
			return
		}
		if err := h.HandleInfo(c.link.Context(), v); err != nil {
			c.link.Fail("HandleInfo", err)
		}
	})
	if err != nil {
		return fmt.Errorf("send to client %q: %w", c.ClientID(), err)
	}
	return nil
}

// Send hands v to the HandleInfo method of the Handler of a client's connection,
// see [Conn.Send].
func (s *Server) Send(clientID string, v any) error {
	c := s.conn(clientID)
	if c == nil {
		return fmt.Errorf("send to client %q: %w", clientID, ErrNotConnected)
	}
	return c.Send(v)
}

// conn returns the connection of a client, nil where it is away.
func (s *Server) conn(clientID string) *Conn {
	l, ok := s.broker.Peer(clientID).(*link.Link)
	if !ok {
		return nil
	}
	return l.User.(*Conn)
}

// calls is the table through which links call the handlers.
func (s *Server) calls(newHandler func(c *Conn) Handler) link.Calls {
	of := func(l *link.Link) Handler { return l.User.(*Conn).handler }
	return link.Calls{
		Open: func(l *link.Link) {
			c := &Conn{server: s, link: l, seed: s.seeds.Add(1)}
			l.User = c
			c.handler = newHandler(c)
		},
		Authenticate: func(ctx context.Context, l *link.Link, c *Connect) error {
			return of(l).Authenticate(ctx, c)
		},
		Exchange: func(ctx context.Context, l *link.Link, c *Connect, data []byte) (AuthStep, error) {
			if h, ok := of(l).(Exchanger); ok {
				return h.Exchange(ctx, c, data)
			}
			return AuthStep{}, Refuse(BadAuthenticationMethod, "there is no Authentication Method %.256q here", c.AuthMethod)
		},
		Connected: func(ctx context.Context, l *link.Link) error {
			if h, ok := of(l).(Connected); ok {
				return h.Connected(ctx)
			}
			return nil
		},
		CheckWill: func(ctx context.Context, l *link.Link, m *Message) error {
			if h, ok := of(l).(WillChecker); ok {
				return h.CheckWill(ctx, m)
			}
			return nil
		},
		Publish: s.guardSys(s.counted(s.publishCall())),
		Subscribe: func(ctx context.Context, l *link.Link, sub *Subscription) (QoS, error) {
			if s.sysAllowed(l, sub) {
				return QoS0, nil
			}
			return of(l).Subscribe(ctx, sub)
		},
		Unsubscribed: func(ctx context.Context, l *link.Link, filter string) {
			if h, ok := of(l).(Unsubscribed); ok {
				h.Unsubscribed(ctx, filter)
			}
		},
		Acknowledged: func(ctx context.Context, l *link.Link, d Delivery) {
			if h, ok := of(l).(Acknowledged); ok {
				h.Acknowledged(ctx, d)
			}
		},
		Disconnected: func(ctx context.Context, l *link.Link, reason error) {
			if h, ok := of(l).(Disconnected); ok {
				h.Disconnected(ctx, reason)
			}
		},
	}
}

type publishCall = func(ctx context.Context, l *link.Link, m *Message) (link.Verdict, error)

// publishCall is the way of a message to its Handler, through what Options.Use
// puts in between.
func (s *Server) publishCall() publishCall {
	if len(s.options.Use) == 0 {
		return func(ctx context.Context, l *link.Link, m *Message) (link.Verdict, error) {
			r, err := l.User.(*Conn).handler.Publish(ctx, m)
			return link.Verdict(r), err
		}
	}
	next := func(ctx context.Context, c *Conn, m *Message) (Route, error) { return c.handler.Publish(ctx, m) }
	for _, wrap := range slices.Backward(s.options.Use) {
		next = wrap(next)
	}
	return func(ctx context.Context, l *link.Link, m *Message) (link.Verdict, error) {
		r, err := next(ctx, l.User.(*Conn), m)
		return link.Verdict(r), err
	}
}
