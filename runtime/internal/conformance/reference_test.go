package conformance

import (
	"fmt"
	"slices"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// reference is what the standard says that each client must have received, for
// publishers that are always there. It is stricter than the standard where
// this server promises more: messages of QoS 1 and 2 to one client keep their
// order over all topics, overlapping subscriptions give one copy, and an open
// PUBREL takes a place of the Receive Maximum.
type reference struct {
	clients  [3]refClient
	retained map[string]refMessage // by topic
}

type refMessage struct {
	name, payload string
	qos           mqtt.QoS
}

type refClient struct {
	// The session.
	exists bool
	expiry time.Duration
	away   time.Duration // how long it has been offline
	subs   map[string]mqtt.QoS
	out    []*delivery // unacknowledged or waiting, in order

	// The connection.
	online  bool
	version mqtt.Version
	quota   int
	want    []expected     // what has to arrive in this step, in order
	must    map[string]int // QoS 0 messages that have to arrive in this step
	maybe   map[string]int // those that may arrive on this connection
}

// delivery is one QoS 1 or 2 message on its way to a client.
type delivery struct {
	refMessage
	retain bool
	state  int
	owed   bool // sent on a former connection and not on this one
	id     uint16
}

const (
	waiting = iota
	sent
	released
)

// expected is a packet in words, without its packet identifier; that is the
// one of d.
type expected struct {
	text string
	d    *delivery
}

func (e expected) String() string { return e.text }

func (c *refClient) expect(d *delivery, format string, args ...any) {
	c.want = append(c.want, expected{fmt.Sprintf(format, args...), d})
}

// end is the end of the session.
func (c *refClient) end() {
	c.exists, c.subs, c.out = false, nil, nil
}

func (c *refClient) detach() {
	if !c.online {
		return
	}
	c.online, c.away, c.maybe, c.must = false, 0, nil, nil
	if c.expiry == 0 {
		c.end()
	}
}

func (c *refClient) connect(o op) {
	c.detach()
	if o.clean {
		c.end()
	}
	c.version, c.expiry, c.quota = o.version, o.expiry(), o.receive()
	present := ""
	if c.exists && c.version != mqtt.V31 {
		present = " session"
	}
	c.expect(nil, "CONNACK%s", present)
	c.exists, c.online, c.away = true, true, 0
	c.must, c.maybe = map[string]int{}, map[string]int{}
	if c.subs == nil {
		c.subs = map[string]mqtt.QoS{}
	}
	for _, d := range c.out {
		switch d.state {
		case released:
			c.expect(d, "PUBREL")
			c.quota--
		case sent:
			d.owed = true
		}
	}
	c.pump()
}

// pump sends what the quota allows: first again, then anew.
func (c *refClient) pump() {
	for _, d := range c.out {
		if d.owed && c.quota > 0 {
			d.owed = false
			c.quota--
			c.expect(d, "%s", d.text(true))
		}
	}
	for _, d := range c.out {
		if d.owed {
			return
		}
		if d.state == waiting && c.quota > 0 {
			d.state = sent
			c.quota--
			c.expect(d, "%s", d.text(false))
		}
	}
}

func (d *delivery) text(dup bool) string {
	s := fmt.Sprintf("PUBLISH %s q=%d", d.name, d.qos)
	if dup {
		s += " dup"
	}
	if d.retain {
		s += " retain"
	}
	if d.payload != "" {
		s += " msg=" + d.payload
	}
	return s
}

func (c *refClient) deliver(m refMessage, granted mqtt.QoS, retain bool) {
	m.qos = min(m.qos, granted)
	switch {
	case m.qos > mqtt.QoS0:
		c.out = append(c.out, &delivery{refMessage: m, retain: retain})
		if c.online {
			c.pump()
		}
	case !c.online:
	case slices.ContainsFunc(c.out, func(d *delivery) bool { return d.state == waiting }):
		c.maybe[m.payload]++
	default:
		c.must[m.payload]++
	}
}

func (r *reference) publish(m refMessage, retain bool) {
	switch {
	case retain && m.payload == "":
		delete(r.retained, m.name)
	case retain:
		if r.retained == nil {
			r.retained = map[string]refMessage{}
		}
		r.retained[m.name] = m
	}
	for i := range r.clients {
		c := &r.clients[i]
		highest, found := mqtt.QoS0, false
		for filter, qos := range c.subs {
			if filter == m.name || filter == "+" {
				highest, found = max(highest, qos), true
			}
		}
		if c.exists && found {
			c.deliver(m, highest, false)
		}
	}
}

func (r *reference) subscribe(c *refClient, filter string, qos mqtt.QoS) {
	c.subs[filter] = qos
	c.expect(nil, "SUBACK codes=%02d", qos)
	for _, name := range []string{"a", "b"} { // in the order of their names
		if m, ok := r.retained[name]; ok && (filter == name || filter == "+") {
			c.deliver(m, qos, true)
		}
	}
}

// open returns what the client has received and not acknowledged to the end.
func (c *refClient) open() (open []*delivery) {
	for _, d := range c.out {
		if c.online && d.state != waiting && !d.owed {
			open = append(open, d)
		}
	}
	return open
}

// acknowledge takes the client's next word on d, and returns which.
func (c *refClient) acknowledge(d *delivery) string {
	if d.qos == mqtt.QoS2 && d.state == sent {
		d.state = released
		c.expect(d, "PUBREL")
		return "PUBREC"
	}
	c.out = slices.DeleteFunc(c.out, func(other *delivery) bool { return other == d })
	c.quota++
	c.pump()
	if d.qos == mqtt.QoS2 {
		return "PUBCOMP"
	}
	return "PUBACK"
}

// pass lets time go on.
func (r *reference) pass(d time.Duration) {
	for i := range r.clients {
		c := &r.clients[i]
		if c.exists && !c.online {
			if c.away += d; c.away >= c.expiry {
				c.end()
			}
		}
	}
}
