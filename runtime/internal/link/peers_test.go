package link

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// What other servers get wrong in their sessions, in all versions.

var allVersions = []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}

// lasting makes the session of a CONNECT outlive its connection.
func lasting(p *packet.Connect) {
	p.CleanStart = false
	p.Props.SessionExpiry, p.Props.HasSessionExpiry = 3600, true
}

// back connects a client again whose session goes on.
func back(t *testing.T, h *Host, id string, v mqtt.Version) *talker {
	t.Helper()
	c := dial(t, h)
	c.version = v
	c.say(c.connect(id, lasting))
	if v == mqtt.V31 { // whose CONNACK cannot say it
		c.want("CONNACK 0")
	} else {
		c.want("CONNACK 0 present")
	}
	return c
}

// TestIdentifiersOfTheTwoDirections: the same packet identifier may be in use
// in both (section 2.2.1); one server has one space for them.
func TestIdentifiersOfTheTwoDirections(t *testing.T) {
	for _, v := range allVersions {
		c := admitVersion(t, newHost(t), "c", v).listen("a", 2)
		for id := range uint16(3) {
			id++
			c.say(c.publish(2, id, "a", "x"))
			c.want("PUBLISH 2 a x", fmt.Sprintf("PUBREC %d", id)) // whose identifier is the same
			c.say(c.ack(packet.TypePubrec, id))
			c.want(fmt.Sprintf("PUBREL %d", id))
			c.say(c.ack(packet.TypePubrel, id))
			c.want(fmt.Sprintf("PUBCOMP %d", id))
			if id == 2 {
				continue // which is left open: the next ones do not care
			}
			c.say(c.ack(packet.TypePubcomp, id))
		}
		c.say(pingreq)
		c.want("PINGRESP")
	}
}

// TestResendInOrder: a resumed session goes on with PUBREL, then what is not
// acknowledged in its first order and under its identifiers, then what is new
// [MQTT-4.4.0-1], [MQTT-4.6.0-1]. One server sends them at random.
func TestResendInOrder(t *testing.T) {
	for _, v := range allVersions {
		h := newHost(t)
		pub := admitVersion(t, h, "pub", v)
		sub := dial(t, h)
		sub.version = v
		sub.say(sub.connect("sub", lasting))
		sub.want("CONNACK 0")
		sub.listen("a", 2)
		for i := range 8 {
			qos := mqtt.QoS(1 + i%2)
			pub.say(pub.publish(qos, uint16(i+1), "a", fmt.Sprint(i)))
			pub.want(fmt.Sprintf("%s %d", map[mqtt.QoS]string{1: "PUBACK", 2: "PUBREC"}[qos], i+1))
			sub.want(fmt.Sprintf("PUBLISH %d a %d", qos, i))
		}
		sub.say(sub.ack(packet.TypePubrec, 6), sub.ack(packet.TypePubrec, 2), sub.ack(packet.TypePuback, 5))
		sub.want("PUBREL 6", "PUBREL 2")
		for range 2 { // the second time it is the same
			sub.close()
			sub = back(t, h, "sub", v)
			sub.want("PUBREL 2", "PUBREL 6", "PUBLISH 1 a 0 dup", "PUBLISH 1 a 2 dup", "PUBLISH 2 a 3 dup", "PUBLISH 1 a 6 dup", "PUBLISH 2 a 7 dup")
		}
		pub.say(pub.publish(1, 20, "a", "new"))
		pub.want("PUBACK 20")
		sub.want("PUBLISH 1 a new")
		sub.say(sub.ack(packet.TypePubcomp, 6), sub.ack(packet.TypePubcomp, 2), sub.ack(packet.TypePuback, 7), sub.ack(packet.TypePubrec, 8), sub.ack(packet.TypePubcomp, 8))
		sub.want("PUBREL 8")
		sub.close()
		sub = back(t, h, "sub", v)
		sub.want("PUBLISH 1 a 0 dup", "PUBLISH 1 a 2 dup", "PUBLISH 2 a 3 dup", "PUBLISH 1 a new dup")
	}
}

// TestAcknowledgementsOutOfOrder: for messages of QoS 1 a client may send them
// in any order, and is not disconnected for it as by one server.
func TestAcknowledgementsOutOfOrder(t *testing.T) {
	for _, v := range allVersions {
		h := newHost(t)
		pub := admitVersion(t, h, "pub", v)
		sub := admitVersion(t, h, "sub", v).listen("a", 1)
		for range 5 {
			const n = 50
			for i := range n {
				pub.say(pub.publish(1, 1, "a", fmt.Sprint(i)))
				pub.want("PUBACK 1")
				sub.want(fmt.Sprintf("PUBLISH 1 a %d", i))
			}
			_, inflight := sub.link.Session().Waiting()
			if inflight != n {
				t.Fatalf("%v: %d in flight", v, inflight)
			}
			last := sub.link.Session()
			var acks [][]byte
			for _, i := range rand.Perm(65535) {
				if i < 5*n {
					acks = append(acks, sub.ack(packet.TypePuback, uint16(i+1)))
				}
			}
			sub.say(append(acks, pingreq)...)
			sub.want("PINGRESP")
			if _, inflight := last.Waiting(); inflight != 0 {
				t.Errorf("%v: %d are left in flight", v, inflight)
			}
		}
	}
}

// TestNoResendOnALiveConnection, however long an acknowledgement takes
// [MQTT-4.4.0-1]: one server sends again after 30 s.
func TestNoResendOnALiveConnection(t *testing.T) {
	for _, v := range allVersions {
		synctest.Test(t, func(t *testing.T) {
			h := newHost(t)
			h.Settings.MaxKeepAlive = 0
			client, server := net.Pipe()
			c := serve(t, h, client, server)
			c.version = v
			c.say(c.connect("c"))
			c.want("CONNACK 0")
			c.listen("a", 2)
			c.say(c.publish(1, 1, "a", "one"), c.publish(2, 2, "a", "two"))
			c.want("PUBLISH 1 a one", "PUBACK 1", "PUBLISH 2 a two", "PUBREC 2")
			c.say(c.ack(packet.TypePubrec, 2))
			c.want("PUBREL 2")
			time.Sleep(10 * time.Hour) // virtual time; and the keep-alive is off
			c.say(pingreq)
			c.want("PINGRESP")
			c.close()
			h.Broker.Close()
		})
	}
}
