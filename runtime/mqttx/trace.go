package mqttx

import (
	"context"
	"errors"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
)

// Trace is told of what happens, as net/http/httptrace does for a client. Each
// function may be nil, and costs nothing then. They run on the goroutine that
// the event happens on and must not block; those of one connection are called
// one at a time. One that panics ends its connection. They see clients before anybody has looked at them.
//
// Package otelmqttx makes one for OpenTelemetry.
type Trace struct {
	// ConnectStart: a CONNECT has come and nobody has judged it. in holds the
	// client's secrets; printing it does not show them.
	ConnectStart func(c *Conn, in *Connect)
	// ConnectDone: the client of ConnectStart was let in, where err is nil, or was
	// not.
	ConnectDone func(c *Conn, err error)
	// PublishReceived: a PUBLISH or a will has come. The context that it returns
	// is that of the handler, and of what Options.Use puts around it.
	PublishReceived func(ctx context.Context, c *Conn, m *Message) context.Context
	// PublishHandled: the handler has returned err, or the message was refused
	// before it. ctx is that of PublishReceived.
	PublishHandled func(ctx context.Context, c *Conn, m *Message, err error)
	// PublishRelayed: the message was sent on to its subscribers.
	PublishRelayed func(c *Conn, m *Message)
	// PublishSent: the program publishes to a topic name. add sends a user
	// property along, to MQTT 5.0 clients; it may be called until PublishSent
	// returns.
	PublishSent func(ctx context.Context, name string, add func(key, value string))
	// Subscribed: a filter was granted, or refused with err.
	Subscribed func(c *Conn, s *Subscription, granted QoS, err error)
	// Disconnected: the connection of a client that was let in has ended.
	Disconnected func(c *Conn, reason error)
}

var errHandlerPanicked = errors.New("the handler panicked")

// hook puts the functions of t around those that links call.
func (t *Trace) hook(calls *link.Calls) {
	t.hookConnect(calls)
	if t.PublishReceived != nil || t.PublishHandled != nil {
		calls.Publish = t.publish(calls.Publish)
	}
	if f := t.PublishRelayed; f != nil {
		calls.Relayed = func(l *link.Link, m *Message) { f(l.User.(*Conn), m) }
	}
	if f, next := t.Subscribed, calls.Subscribe; f != nil {
		calls.Subscribe = func(ctx context.Context, l *link.Link, s *Subscription) (QoS, error) {
			qos, err := next(ctx, l, s)
			f(l.User.(*Conn), s, min(qos, s.QoS), err)
			return qos, err
		}
	}
	if f, next := t.Disconnected, calls.Disconnected; f != nil {
		calls.Disconnected = func(ctx context.Context, l *link.Link, reason error) {
			defer next(ctx, l, reason) // also where f panics
			f(l.User.(*Conn), reason)
		}
	}
}

func (t *Trace) hookConnect(calls *link.Calls) {
	if t.ConnectStart == nil && t.ConnectDone == nil {
		return
	}
	start := func(l *link.Link, in *Connect) {
		if c := l.User.(*Conn); !c.started {
			c.started = true
			if t.ConnectStart != nil {
				t.ConnectStart(c, in)
			}
		}
	}
	authenticate, exchange, connected := calls.Authenticate, calls.Exchange, calls.Connected
	calls.Authenticate = func(ctx context.Context, l *link.Link, in *Connect) error {
		start(l, in)
		return authenticate(ctx, l, in)
	}
	calls.Exchange = func(ctx context.Context, l *link.Link, in *Connect, data []byte) (AuthStep, error) {
		start(l, in)
		return exchange(ctx, l, in, data)
	}
	done := t.ConnectDone
	if done == nil {
		return
	}
	calls.Connected = func(ctx context.Context, l *link.Link) error {
		done(l.User.(*Conn), nil)
		return connected(ctx, l)
	}
	calls.NotConnected = func(l *link.Link, reason error) {
		if c := l.User.(*Conn); c.started {
			done(c, reason)
		}
	}
}

func (t *Trace) publish(next publishCall) publishCall {
	return func(ctx context.Context, l *link.Link, m *Message) (v link.Verdict, err error) {
		c := l.User.(*Conn)
		if t.PublishReceived != nil {
			ctx = t.PublishReceived(ctx, c, m)
		}
		if t.PublishHandled != nil {
			err = errHandlerPanicked // until it has returned
			defer func() { t.PublishHandled(ctx, c, m, err) }()
		}
		v, err = next(ctx, l, m)
		return v, err
	}
}

// sent tells t of a publication of the program.
func (t *Trace) sent(ctx context.Context, name string, p *publication) {
	if t.PublishSent == nil {
		return
	}
	t.PublishSent(ctx, name, func(key, value string) {
		p.with.User = append(slices.Clip(p.with.User), UserProperty{Key: key, Value: value})
		p.hasWith = true
	})
}
