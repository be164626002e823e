package mqttx

import (
	"context"
	"errors"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Traffic is what went in one direction, PUBLISH and all else.
type Traffic struct {
	Bytes    int64            // of control packets: what TLS and WebSocket add does not count
	Packets  map[string]int64 // by type, such as PINGREQ; those of which there were none are left out
	Messages [3]int64         // PUBLISHes, by quality of service
}

// Refusals are what was refused, by the reason code.
type Refusals struct {
	Connects   map[ReasonCode]int64 // CONNECTs that a CONNACK refused
	Publishes  map[ReasonCode]int64 // PUBLISHes and wills
	Subscribes map[ReasonCode]int64 // filters of SUBSCRIBEs
}

// TopicStats is what is counted of one topic of a generated package, whose
// messages are those that clients publish.
type TopicStats struct {
	Topic    string // its name in the spec
	Received int64  // messages, those that were refused included
	// Refused, by cause: a parameter in the topic name that breaks its schema,
	// rights, a payload that breaks its schema, an error of the handler.
	RefusedName, RefusedRights, RefusedPayload, RefusedHandler int64
	// Handler is how long routing, decoding and the handler took together, for
	// messages that reached the handler; with [Options].HandlerTimes only.
	Handler Histogram
}

// Histogram counts durations.
type Histogram struct {
	Bounds []time.Duration // the upper ends of all buckets but the last, which has none
	Counts []int64         // how many fell into each bucket; nil: nothing is timed
	Sum    time.Duration
}

// traffic makes public what a session.Traffic has counted.
func traffic(c session.Counted) Traffic {
	t := Traffic{Bytes: c.Bytes, Messages: c.QoS, Packets: map[string]int64{}}
	for kind, n := range c.Packets {
		if n > 0 {
			t.Packets[packet.Type(kind).String()] = n
		}
	}
	return t
}

// topicStats returns what is counted of the topics of the spec.
func (s *Server) topicStats() (all []TopicStats) {
	for i, name := range s.options.Topics {
		c := s.host.Topics.Counts(i + 1)
		t := TopicStats{
			Topic: name, Received: c.Received, RefusedName: c.Refused[link.CauseName], RefusedRights: c.Refused[link.CauseRights],
			RefusedPayload: c.Refused[link.CausePayload], RefusedHandler: c.Refused[link.CauseHandler],
		}
		if s.options.HandlerTimes {
			t.Handler = Histogram{Bounds: link.TopicBounds[:], Counts: c.Buckets[:], Sum: c.Took}
		}
		all = append(all, t)
	}
	return all
}

// handled is an error of a handler, as against one of what comes before it.
type handled struct{ error }

func (h handled) Unwrap() error { return h.error }

// Handled marks err as the answer of a typed handler, so that it is counted as
// one; nil stays nil. Generated code calls it.
func Handled(err error) error {
	if err == nil {
		return nil
	}
	return handled{err}
}

// cause says why generated code has refused a message.
func cause(err error) link.Cause {
	if _, ok := errors.AsType[handled](err); ok {
		return link.CauseHandler
	}
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		switch r.Code {
		case mqtt.TopicNameInvalid:
			return link.CauseName
		case mqtt.PayloadFormatInvalid:
			return link.CausePayload
		case mqtt.NotAuthorized:
			return link.CauseRights
		}
	}
	return link.CauseHandler // what is wrapped around the handler, by Options.Use
}

// counted has refusals by topic counted, and handlers timed where that is asked
// for. What is received is counted by the link.
func (s *Server) counted(next publishCall) publishCall {
	topics := s.host.Topics
	if topics == nil {
		return next
	}
	refuse := func(v link.Verdict, err error) bool {
		if err == nil {
			return false
		}
		why := cause(err)
		topics.Refuse(v.Topic, why)
		return why != link.CauseHandler
	}
	if !topics.Timed() {
		return func(ctx context.Context, l *link.Link, m *Message) (link.Verdict, error) {
			v, err := next(ctx, l, m)
			refuse(v, err)
			return v, err
		}
	}
	return func(ctx context.Context, l *link.Link, m *Message) (link.Verdict, error) {
		begin := time.Now()
		v, err := next(ctx, l, m)
		if early := refuse(v, err); !early {
			topics.Observe(v.Topic, time.Since(begin), l.User.(*Conn).seed)
		}
		return v, err
	}
}
