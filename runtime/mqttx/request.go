package mqttx

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// openRequests is how many requests of one server may wait at a time.
const openRequests = 1 << 16

// requests are those that wait for their answers. The zero value is empty.
type requests struct {
	mu sync.Mutex
	// mu guards the following.
	open map[correlation]*request
}

// correlation is the Correlation Data of one request: random, so that nobody
// can answer what was not sent to them.
type correlation [16]byte

// request waits for one answer.
type request struct {
	reply  string     // the topic name that the answer must have
	from   *link.Link // the connection that the answer must come from; nil: any
	answer chan *Message
}

// add opens a request.
func (r *requests) add(reply string, from *link.Link) (id correlation, q *request, err error) {
	_, _ = rand.Read(id[:]) // never fails
	q = &request{reply: reply, from: from, answer: make(chan *Message, 1)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open) >= openRequests {
		return id, nil, fmt.Errorf("%d requests wait for their answers: %w", len(r.open), ErrBusy)
	}
	if r.open == nil {
		r.open = map[correlation]*request{}
	}
	r.open[id] = q
	return id, q, nil
}

func (r *requests) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open)
}

// end closes a request: an answer that comes later is none.
func (r *requests) end(id correlation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, id)
}

// take returns and closes the request that m answers, nil where it answers none.
func (r *requests) take(m *Message, from *link.Link) *request {
	if len(m.Properties.CorrelationData) != len(correlation{}) || m.Will {
		return nil
	}
	id := correlation(m.Properties.CorrelationData)
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.open[id]
	if q == nil || q.reply != m.Topic || q.from != nil && q.from != from {
		return nil
	}
	delete(r.open, id)
	return q
}

// Answer gives a message of the connection's client to the request that waits
// for it, and reports whether there is one: by its correlation data, its topic
// name and, where the request went to one client, by that client. The first
// answer counts. The request gets a copy.
//
// A Handler calls it in Publish, for a message that the client may publish.
func (c *Conn) Answer(m *Message) bool {
	q := c.server.requests.take(m, c.link)
	if q == nil {
		return false
	}
	own := *m
	own.Raw = bytes.Clone(m.Raw)
	own.Properties.CorrelationData = bytes.Clone(m.Properties.CorrelationData)
	q.answer <- &own
	return true
}

// Request publishes a message with reply as its Response Topic, and waits for
// the first answer until ctx ends: the message expires then, too, unless
// options say otherwise. It goes to the subscribers of name: ErrNotConnected
// where none of them is connected, ErrNotSupported where those that are speak
// MQTT 3.x, ErrBusy where too many requests wait already. With [To] it goes to
// that client only, and only its answer counts. Who calls it owns the answer.
//
// ctx must not be that of a handler whose own client alone could answer, also
// not on another goroutine: ErrWouldDeadlock.
func (s *Server) Request(ctx context.Context, name string, payload []byte, reply string, options ...PublishOption) (*Message, error) {
	return s.request(ctx, nil, name, payload, reply, options)
}

// Request is that of [Server.Request], to this client only: with
// ErrNotConnected also when its connection ends before the answer.
func (c *Conn) Request(ctx context.Context, name string, payload []byte, reply string, options ...PublishOption) (*Message, error) {
	return c.server.request(ctx, c, name, payload, reply, options)
}

func (s *Server) request(ctx context.Context, to *Conn, name string, payload []byte, reply string, options []PublishOption) (*Message, error) {
	if !topic.ValidName(reply) {
		return nil, fmt.Errorf("request to %q: the response topic %q is no topic name", name, reply)
	}
	if deadline, ok := ctx.Deadline(); ok {
		options = append([]PublishOption{func(p *publication) { p.Expires = deadline }}, options...)
	}
	p, err := s.newPublication(ctx, name, payload, options)
	if err != nil {
		return nil, err
	}
	defer p.recycle()
	if to == nil && p.to != "" {
		if to = s.conn(p.to); to == nil {
			return nil, fmt.Errorf("request to client %q: %w", p.to, ErrNotConnected)
		}
	}
	var from *link.Link
	gone := context.Background()
	if to != nil {
		from, gone = to.link, to.link.Context()
	}
	if err := s.canAnswer(ctx, to, name); err != nil {
		return nil, fmt.Errorf("request to %q: %w", name, err)
	}
	id, q, err := s.requests.add(reply, from)
	if err != nil {
		return nil, fmt.Errorf("request to %q: %w", name, err)
	}
	defer s.requests.end(id)
	p.with.ResponseTopic, p.with.CorrelationData = reply, id[:]
	p.encode()
	if err := s.sendRequest(to, asker(ctx), p); err != nil {
		return nil, err
	}
	return s.await(ctx, gone, q, name)
}

// canAnswer returns an error where nobody could answer a request.
func (s *Server) canAnswer(ctx context.Context, to *Conn, name string) error {
	own := link.HandlerOf(ctx)
	if to != nil {
		switch {
		case to.link == own:
			return ErrWouldDeadlock
		case !to.link.Online():
			return ErrNotConnected
		case to.Version() != V5:
			return ErrNotSupported
		}
		return nil
	}
	connected, v5, excepted := s.broker.Route(name, nil).Audience(asker(ctx))
	switch {
	case v5 > 0:
		return nil
	case excepted:
		return ErrWouldDeadlock
	case connected > 0:
		return ErrNotSupported
	}
	return fmt.Errorf("no subscriber is there: %w", ErrNotConnected)
}

// asker returns the session whose handler's context ctx is, nil where it is of
// none.
func asker(ctx context.Context) *session.Session {
	if own := link.HandlerOf(ctx); own != nil {
		return own.Session()
	}
	return nil
}

// sendRequest sends the message of a request to one client, or to subscribers.
func (s *Server) sendRequest(to *Conn, asker *session.Session, p *publication) error {
	if to != nil {
		return to.deliver(p)
	}
	p.Publication.Retain = false // a request is for those who are there
	p.offer.Reset(p.Publication)
	s.broker.PublishRequest(&p.offer, s.broker.Route(p.Name, nil), asker, &p.batch, time.Now())
	p.batch.Flush()
	return nil
}

// await waits for the answer.
func (s *Server) await(ctx, gone context.Context, q *request, name string) (*Message, error) {
	over := false
	select {
	case m := <-q.answer:
		return m, nil
	case <-gone.Done():
	case <-s.over:
		over = true
	case <-ctx.Done():
	}
	select {
	case m := <-q.answer: // it came at the same time
		return m, nil
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("request to %q: no answer: %w", name, err)
	}
	if over {
		return nil, fmt.Errorf("request to %q: %w", name, ErrServerClosed)
	}
	return nil, fmt.Errorf("request to %q: the client has left: %w", name, ErrNotConnected)
}
