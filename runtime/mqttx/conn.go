package mqttx

import (
	"context"
	"net"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
)

// Conn is one connection, as its Handler sees it. All methods may be called
// from any goroutine, for as long as one likes: after the connection's end
// they return ErrNotConnected.
type Conn struct {
	server  *Server
	link    *link.Link
	handler Handler
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

// Send hands v to the HandleInfo method of the connection's Handler, in turn
// with its packets. It returns at once: ErrBusy when 256 values wait,
// ErrNotConnected at the connection's end. An error of HandleInfo, or a
// Handler without it, ends in the log.
func (c *Conn) Send(v any) error {
	return c.link.Post(func() {
		h, ok := c.handler.(InfoHandler)
		if !ok {
			c.link.Log().Warn("value sent to a connection whose handler has no HandleInfo", "client", c.ClientID())
			return
		}
		if err := h.HandleInfo(c.link.Context(), v); err != nil {
			c.link.Fail("HandleInfo", err)
		}
	})
}

// calls is the table through which links call the handlers.
func (s *Server) calls(newHandler func(c *Conn) Handler) link.Calls {
	of := func(l *link.Link) Handler { return l.User.(*Conn).handler }
	return link.Calls{
		Open: func(l *link.Link) {
			c := &Conn{server: s, link: l}
			l.User = c
			c.handler = newHandler(c)
		},
		Authenticate: func(ctx context.Context, l *link.Link, c *Connect) error {
			return of(l).Authenticate(ctx, c)
		},
		Connected: func(ctx context.Context, l *link.Link) error {
			if h, ok := of(l).(Connected); ok {
				return h.Connected(ctx)
			}
			return nil
		},
		Publish: func(ctx context.Context, l *link.Link, m *Message) (link.Verdict, error) {
			r, err := of(l).Publish(ctx, m)
			return link.Verdict(r), err
		},
		Subscribe: func(ctx context.Context, l *link.Link, sub *Subscription) (QoS, error) {
			return of(l).Subscribe(ctx, sub)
		},
		Disconnected: func(ctx context.Context, l *link.Link, reason error) {
			if h, ok := of(l).(Disconnected); ok {
				h.Disconnected(ctx, reason)
			}
		},
	}
}
