package link

import (
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Codes counts reason codes.
type Codes [256]atomic.Int64

func (c *Codes) add(code mqtt.ReasonCode) { c[code].Add(1) }

// Counts returns those that occurred.
func (c *Codes) Counts() map[mqtt.ReasonCode]int64 {
	counts := map[mqtt.ReasonCode]int64{}
	for i := range c {
		if n := c[i].Load(); n > 0 {
			counts[mqtt.ReasonCode(i)] = n
		}
	}
	return counts
}

// Cause is why a message to a topic of a spec was refused.
type Cause uint8

// The causes, in the order of the checks.
const (
	CauseName    Cause = iota // a parameter in the topic name breaks its schema
	CauseRights               // the client may not publish this, or not so
	CausePayload              // the payload breaks its schema
	CauseHandler              // the handler returned an error
	causes
)

// TopicBounds are the upper bounds of the buckets of handler times.
var TopicBounds = [...]time.Duration{
	10 * time.Microsecond, 100 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 5 * time.Millisecond,
	10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, time.Second, 5 * time.Second, 10 * time.Second,
}

// topicShards is over how many copies the counters are spread, so that
// connections seldom write to the same place.
const topicShards = 8

// TopicCounters count by the topics of a spec, whose numbers begin with 1: 0 is
// no topic. Safe for use by many goroutines.
type TopicCounters struct {
	next   atomic.Uint32
	shards [topicShards][]topicCounter
	times  [topicShards][]topicTimes // nil: handlers are not timed
}

type topicCounter struct {
	received atomic.Int64
	refused  [causes]atomic.Int64
}

type topicTimes struct {
	nanoseconds atomic.Int64
	buckets     [len(TopicBounds) + 1]atomic.Int64
}

// NewTopicCounters returns the counters of so many topics.
func NewTopicCounters(topics int, timed bool) *TopicCounters {
	c := &TopicCounters{}
	for i := range c.shards {
		c.shards[i] = make([]topicCounter, topics)
		if timed {
			c.times[i] = make([]topicTimes, topics)
		}
	}
	return c
}

// Timed reports whether handlers are timed.
func (c *TopicCounters) Timed() bool { return c != nil && c.times[0] != nil }

// Refuse counts a refused message; topic 0 is not counted.
func (c *TopicCounters) Refuse(topic int, cause Cause) {
	if c != nil && topic > 0 && topic <= len(c.shards[0]) {
		c.shards[0][topic-1].refused[cause].Add(1)
	}
}

// Observe counts how long a handler ran. seed spreads connections.
func (c *TopicCounters) Observe(topic int, d time.Duration, seed uint32) {
	times := c.times[seed%topicShards]
	if topic <= 0 || topic > len(times) {
		return
	}
	i := 0
	for i < len(TopicBounds) && d > TopicBounds[i] {
		i++
	}
	times[topic-1].nanoseconds.Add(int64(d))
	times[topic-1].buckets[i].Add(1)
}

// TopicCounts is what was counted of one topic.
type TopicCounts struct {
	Received int64
	Refused  [causes]int64
	Took     time.Duration // all handlers together
	Buckets  [len(TopicBounds) + 1]int64
}

// Counts returns what was counted of a topic.
func (c *TopicCounters) Counts(topic int) (t TopicCounts) {
	for i := range c.shards {
		n := &c.shards[i][topic-1]
		t.Received += n.received.Load()
		for cause := range n.refused {
			t.Refused[cause] += n.refused[cause].Load()
		}
		if !c.Timed() {
			continue
		}
		times := &c.times[i][topic-1]
		t.Took += time.Duration(times.nanoseconds.Load())
		for b := range times.buckets {
			t.Buckets[b] += times.buckets[b].Load()
		}
	}
	return t
}

// topicRun counts messages to one topic after the other: counters are written
// when the topic changes, and at the end of a read.
type topicRun struct {
	shard []topicCounter // nil: nothing is counted
	topic int
	n     int64
}

func (c *TopicCounters) run() topicRun {
	if c == nil {
		return topicRun{}
	}
	return topicRun{shard: c.shards[c.next.Add(1)%topicShards]}
}

func (r *topicRun) count(topic int) {
	if topic != r.topic {
		r.fold()
		r.topic = topic
	}
	r.n++
}

func (r *topicRun) fold() {
	if r.topic > 0 && r.topic <= len(r.shard) {
		r.shard[r.topic-1].received.Add(r.n)
	}
	r.topic, r.n = 0, 0
}
