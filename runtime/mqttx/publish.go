package mqttx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// PublishOption is a setting of one message that the server publishes.
type PublishOption func(*publication)

// publication is a message under way from user code to the broker.
type publication struct {
	session.Publication
	to      string // client identifier; empty: to all subscribers
	with    Properties
	hasWith bool // with is to be sent along
	own     bool // the server says it of itself
	offer   session.Offer
	batch   session.Batch
	props   []byte // with, encoded
}

// WithQoS sets the quality of service; without it a message goes out with QoS 0.
func WithQoS(q QoS) PublishOption { return func(p *publication) { p.QoS = q } }

// Retain has the server keep the message for later subscribers.
func Retain() PublishOption { return func(p *publication) { p.Publication.Retain = true } }

// WithExpiry drops the message where it has not been delivered when d, in
// whole seconds, has passed.
func WithExpiry(d time.Duration) PublishOption {
	return func(p *publication) { p.Expires = time.Now().Add(d) }
}

// WithProperties sends the properties along, to MQTT 5.0 clients.
func WithProperties(props Properties) PublishOption {
	return func(p *publication) {
		p.with, p.hasWith = props, true
		if props.HasMessageExpiry {
			p.Expires = time.Now().Add(props.MessageExpiry)
		}
	}
}

// WithContentType sends a content type along, to MQTT 5.0 clients.
func WithContentType(text string) PublishOption {
	return func(p *publication) { p.with.ContentType, p.hasWith = text, true }
}

// WithUserProperty sends a user property along, in the place of those with the
// same key, to MQTT 5.0 clients.
func WithUserProperty(key, value string) PublishOption {
	return func(p *publication) {
		user := slices.DeleteFunc(slices.Clone(p.with.User), func(u UserProperty) bool { return u.Key == key })
		p.with.User, p.hasWith = append(user, UserProperty{Key: key, Value: value}), true
	}
}

// To sends the message to one client only, whatever it subscribed to.
func To(clientID string) PublishOption { return func(p *publication) { p.to = clientID } }

var errRetainToOne = errors.New("a message to one client cannot be retained; leave Retain out, or publish to all")

var publications = sync.Pool{New: func() any { return new(publication) }}

// Publish sends a message to all subscribers of name. The bytes of payload may
// be used again when it returns. It does not wait for any client. A message to be
// retained for which there is no room, by Limits.Retained and RetainedBytes, is
// not sent: the error is a *[Refusal] with QuotaExceeded.
func (s *Server) Publish(ctx context.Context, name string, payload []byte, options ...PublishOption) error {
	p, err := s.newPublication(ctx, name, payload, options)
	if err != nil {
		return err
	}
	defer p.recycle()
	now := time.Now()
	p.offer.Reset(p.Publication)
	if p.to != "" {
		if p.Publication.Retain {
			return fmt.Errorf("publish to client %q: %w", p.to, errRetainToOne)
		}
		member := s.broker.Session(p.to)
		if member == nil {
			return fmt.Errorf("publish to client %q: %w", p.to, ErrNotConnected)
		}
		member.Deliver(&p.offer, session.Wish{QoS: p.QoS}, &p.batch, now)
	} else if err := s.relay(p, name, now); err != nil {
		return fmt.Errorf("publish to %q: %w", name, err)
	}
	p.batch.Flush()
	return nil
}

var errNoRetain = errors.New("this server keeps no retained messages, by its Options.Capabilities.NoRetain")

// relay stores a publication that is to be retained, and sends it.
func (s *Server) relay(p *publication, name string, now time.Time) error {
	if p.Publication.Retain {
		if s.options.Capabilities.NoRetain {
			return errNoRetain
		}
		defer s.broker.InOrder(name).Unlock()
		if err := s.retain(p); err != nil {
			return err
		}
	}
	s.broker.Publish(&p.offer, s.broker.Route(name, nil), nil, &p.batch, now)
	return nil
}

// retain stores a publication. What the server says of itself needs no room.
func (s *Server) retain(p *publication) error {
	if p.own {
		s.broker.RetainAnyway(&p.offer)
	} else if !s.broker.Retain(&p.offer) {
		s.host.Counters.RetainedFull.Add(1)
		return Refuse(QuotaExceeded, "the server retains as much as Limits.Retained and RetainedBytes allow")
	}
	return nil
}

// Publish sends a message to this client only, whatever it subscribed to.
func (c *Conn) Publish(ctx context.Context, name string, payload []byte, options ...PublishOption) error {
	p, err := c.server.newPublication(ctx, name, payload, options)
	if err != nil {
		return err
	}
	defer p.recycle()
	if p.Publication.Retain {
		return fmt.Errorf("publish to client %q: %w", c.ClientID(), errRetainToOne)
	}
	return c.deliver(p)
}

// deliver sends a publication to this client only.
func (c *Conn) deliver(p *publication) error {
	p.offer.Reset(p.Publication)
	if err := c.link.Deliver(&p.offer, &p.batch, p.QoS, time.Now()); err != nil {
		return fmt.Errorf("publish to client %q: %w", c.ClientID(), err)
	}
	p.batch.Flush()
	return nil
}

func (s *Server) newPublication(ctx context.Context, name string, payload []byte, options []PublishOption) (*publication, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("publish to %q: %w", name, err)
	}
	if !topic.ValidName(name) {
		return nil, fmt.Errorf("publish: %q is no topic name: it must be UTF-8 of 1 to 65535 bytes without +, # and U+0000", name)
	}
	if len(payload) > packet.MaxRemainingLength-(1<<20) { // the rest is for name and properties
		return nil, fmt.Errorf("publish to %q: the payload has %d bytes, more than a packet holds", name, len(payload))
	}
	p := publications.Get().(*publication)
	p.Publication = session.Publication{Name: name, Payload: payload}
	for _, set := range options {
		set(p)
	}
	if err := p.check(s.options.Capabilities.MaxQoS); err != nil {
		p.recycle()
		return nil, fmt.Errorf("publish to %q: %w", name, err)
	}
	s.options.Trace.sent(ctx, name, p)
	if p.hasWith {
		p.encode()
	}
	return p, nil
}

// check returns an error for what no packet of this server may carry.
func (p *publication) check(maxQoS int) error {
	switch reply := p.with.ResponseTopic; {
	case !p.QoS.Valid():
		return fmt.Errorf("QoS %d does not exist", p.QoS)
	case int(p.QoS) > maxQoS:
		return fmt.Errorf("QoS %d is above the QoS %d that this server offers, by its Options.Capabilities.MaxQoS", p.QoS, maxQoS)
	case reply != "" && !topic.ValidName(reply):
		return fmt.Errorf("the response topic %q is no topic name", reply)
	case len(p.with.CorrelationData) > maxField:
		return fmt.Errorf("the correlation data has %d bytes; %d is the most", len(p.with.CorrelationData), maxField)
	}
	return nil
}

// maxField is the length in bytes of the longest binary property.
const maxField = 65_535

// encode makes with what travels along.
func (p *publication) encode() {
	p.props = packet.AppendProperties(p.props[:0], &p.with)
	p.Forward = p.props
}

func (p *publication) recycle() {
	p.Publication, p.to, p.with, p.hasWith, p.own = session.Publication{}, "", Properties{}, false, false
	p.offer.Reset(session.Publication{})
	publications.Put(p)
}
