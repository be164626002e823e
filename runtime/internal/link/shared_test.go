package link

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// identified is a SUBSCRIBE with a subscription identifier.
func (c *talker) identified(packetID uint16, id uint32, filters ...packet.Filter) []byte {
	p := packet.Subscribe{PacketID: packetID, SubscriptionID: id, Filters: filters}
	return p.Append(nil, c.version)
}

// hearIDs returns the payload of the next PUBLISH and its subscription
// identifiers.
func (c *talker) hearIDs() string {
	c.t.Helper()
	h, body, err := c.packet()
	if err != nil {
		c.t.Fatal(err)
	}
	if h.Type != packet.TypePublish {
		return c.text(h, body)
	}
	var p packet.Publish
	if err := p.Decode(h, c.version, body); err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprint(string(p.Payload), " ", packet.DecodeProperties(p.Props.Raw).SubscriptionIdentifiers)
}

// TestSubscriptionIdentifiers is section 3.8.2.1.2 and [MQTT-3.3.4-3]: one copy
// with the identifiers of all that match, on retained messages too; a new
// SUBSCRIBE replaces them.
func TestSubscriptionIdentifiers(t *testing.T) {
	h := newHost(t)
	pub := admit(t, h, "pub")
	pub.say(pub.publish(1, 1, "a/b", "kept", func(p *packet.Outgoing) { p.Retain = true }))
	pub.want("PUBACK 1")
	c := admit(t, h, "c")
	send := func(want string) {
		t.Helper()
		pub.say(pub.publish(0, 0, "a/b", "x"))
		if got := c.hearIDs(); got != want {
			t.Errorf("received %q, want %q", got, want)
		}
	}
	c.say(c.identified(1, 268_435_455, filter("a/b", 0)))
	c.want("SUBACK 1 [0]")
	if got := c.hearIDs(); got != "kept [268435455]" {
		t.Errorf("retained: %q", got)
	}
	send("x [268435455]")
	c.say(c.identified(2, 7, filter("a/b", 0)))
	c.want("SUBACK 2 [0]")
	if got := c.hearIDs(); got != "kept [7]" {
		t.Errorf("retained: %q", got)
	}
	send("x [7]")
	c.say(c.identified(3, 8, packet.Filter{Filter: []byte("a/#"), RetainHandling: 2}))
	c.want("SUBACK 3 [0]")
	pub.say(pub.publish(0, 0, "a/b", "x"))
	if got := c.hearIDs(); got != "x [7 8]" && got != "x [8 7]" {
		t.Errorf("overlapping: %q", got)
	}
	c.say(c.subscribe(4, packet.Filter{Filter: []byte("a/b"), RetainHandling: 2})) // without one
	c.want("SUBACK 4 [0]")
	send("x [8]")
}

// TestWithheldSubscriptions: what CONNACK says is not there is refused.
func TestWithheldSubscriptions(t *testing.T) {
	h := newHost(t)
	h.Settings.NoShared, h.Settings.NoWildcards, h.Settings.NoSubscriptionIDs = true, true, true
	ack := connack(t, h, mqtt.V5, "x")
	if !ack.SharedSubscriptionUnavailable || !ack.SubscriptionIdentifiersUnavailable || !ack.WildcardSubscriptionUnavailable {
		t.Errorf("CONNACK says %+v", ack)
	}
	for v, want := range map[mqtt.Version]string{mqtt.V31: "[1 1 1 1]", mqtt.V311: "[128 128 128 1]", mqtt.V5: "[158 162 162 1]"} {
		c := admitVersion(t, h, "c", v)
		c.say(c.subscribe(1, filter("$share/g/a", 1), filter("+/a", 1), filter("a/#", 1), filter("a", 1)))
		c.want("SUBACK 1 " + want)
		c.say(c.publish(0, 0, "a/b", "not subscribed to"), c.publish(0, 0, "a", "once"), pingreq)
		c.want("PUBLISH 0 a once", "PINGRESP")
		c.close()
	}
	c := admit(t, h, "c")
	c.say(c.identified(1, 7, filter("a", 0)))
	if got := c.hear(); !strings.HasPrefix(got, "DISCONNECT 161") {
		t.Errorf("heard %q", got)
	}
}

// TestShared is section 4.8.2 in all versions: user code is asked about share
// name and filter, one member gets each message, no retained ones are sent.
func TestShared(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		h := newHost(t)
		asked := make(chan auth.Subscription, 10)
		ended := make(chan string, 10)
		h.Calls.Subscribe = func(_ context.Context, _ *Link, s *auth.Subscription) (mqtt.QoS, error) {
			if asked <- *s; s.Filter == "no" {
				return 0, &mqtt.Refusal{Code: mqtt.NotAuthorized}
			}
			return s.QoS, nil
		}
		h.Calls.Unsubscribed = func(_ context.Context, _ *Link, filter string) { ended <- filter }
		pub := admitVersion(t, h, "pub", v)
		pub.say(pub.publish(1, 1, "a/b", "kept", func(p *packet.Outgoing) { p.Retain = true }))
		pub.want("PUBACK 1")
		var members []*talker
		for i := range 2 {
			c := admitVersion(t, h, fmt.Sprint("c", i), v)
			c.say(c.subscribe(1, filter("$share/g/a/+", 1)), pingreq)
			c.want("SUBACK 1 [1]", "PINGRESP")
			if s := <-asked; s.Filter != "a/+" || s.Share != "g" {
				t.Errorf("%v: asked about %+v", v, s)
			}
			members = append(members, c)
		}
		for i := range 4 {
			pub.say(pub.publish(0, 0, "a/b", fmt.Sprint(i)), pingreq)
			pub.want("PINGRESP")
		}
		members[0].want("PUBLISH 0 a/b 1", "PUBLISH 0 a/b 3")
		members[1].want("PUBLISH 0 a/b 0", "PUBLISH 0 a/b 2")
		p := packet.Unsubscribe{PacketID: 2, Filters: [][]byte{[]byte("$share/g/a/+"), []byte("a/+")}}
		members[0].say(p.Append(nil, v))
		if want := "UNSUBACK 2 [0 17]"; v == mqtt.V5 {
			members[0].want(want)
		} else {
			members[0].want("UNSUBACK 2 []")
		}
		if f := <-ended; f != "$share/g/a/+" {
			t.Errorf("%v: ended %q", v, f)
		}
		pub.say(pub.publish(0, 0, "a/b", "to the other"), pingreq)
		pub.want("PINGRESP")
		members[1].want("PUBLISH 0 a/b to the other")
		members[0].say(pingreq)
		members[0].want("PINGRESP")
		members[0].say(members[0].subscribe(3, filter("$share/g/no", 1)))
		members[0].want("SUBACK 3 " + map[mqtt.Version]string{mqtt.V31: "[1]", mqtt.V311: "[128]", mqtt.V5: "[135]"}[v])
		pub.say(pub.publish(0, 0, "no", "nobody"), pingreq)
		pub.want("PINGRESP")
		members[0].say(pingreq)
		members[0].want("PINGRESP")
	}
}

// TestSharedMistakes: [MQTT-4.8.2-1], [MQTT-4.8.2-2] and [MQTT-3.8.3-4]. Others
// go on.
func TestSharedMistakes(t *testing.T) {
	h := newHost(t)
	good := admit(t, h, "good").listen("$share/g/ok", 0)
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		for _, f := range []string{"$share/", "$share//a", "$share/g", "$share/g/", "$share/+/a", "$share/g#/a", "$share/g/a#"} {
			c := admitVersion(t, h, "bad", v)
			c.say(c.subscribe(1, filter(f, 0)))
			if got := c.hear(); v == mqtt.V5 && !strings.HasPrefix(got, "DISCONNECT 143") || v != mqtt.V5 && got != "end" {
				t.Errorf("%v, %s: heard %q", v, f, got)
			}
			c.close()
			good.say(good.publish(0, 0, "ok", f))
			good.want("PUBLISH 0 ok " + f)
		}
	}
	c := admit(t, h, "bad")
	c.say(c.subscribe(1, packet.Filter{Filter: []byte("$share/g/a"), NoLocal: true}))
	if got := c.hear(); !strings.HasPrefix(got, "DISCONNECT 130") {
		t.Errorf("No Local: heard %q", got)
	}
}

// TestWideFilterOverSockets: 4 MB of retained messages, with an outbox of 1 MB
// and a client that reads only when all is published, arrive whole, and its
// PINGREQ is answered among them.
func TestWideFilterOverSockets(t *testing.T) {
	const names = 8000
	for qos := range mqtt.QoS(3) {
		h := newHost(t)
		pub := admit(t, h, "pub")
		payload := strings.Repeat("x", 500)
		for i := range names {
			pub.say(pub.publish(0, 0, fmt.Sprint("wide/", i), payload, func(p *packet.Outgoing) { p.Retain = true }))
		}
		pub.say(pub.publish(qos, 1, "wide/0", "last", func(p *packet.Outgoing) { p.Retain, p.QoS = true, 1 }))
		pub.want("PUBACK 1")
		client, server := sockets(t) // with small buffers, so that the outbox fills
		_ = client.(*net.TCPConn).SetReadBuffer(16 << 10)
		_ = server.(*net.TCPConn).SetWriteBuffer(16 << 10)
		c := serve(t, h, client, server)
		c.say(c.connect("c", func(p *packet.Connect) { p.Props.ReceiveMaximum = 3 }))
		c.want("CONNACK 0")
		c.say(c.subscribe(1, filter("wide/#", qos)), pingreq)
		for begin := time.Now(); c.link.out.Buffered() <= h.Broker.Limits().OutboxBytes/2; time.Sleep(time.Millisecond) {
			if time.Since(begin) > 20*time.Second {
				t.Fatal("the outbox does not fill")
			}
		}
		c.want(fmt.Sprintf("SUBACK 1 [%d]", qos))
		seen, pinged := map[string]bool{}, 0
		for len(seen) < names {
			head, body, err := c.packet()
			if err != nil {
				t.Fatalf("after %d: %v", len(seen), err)
			}
			if head.Type == packet.TypePingresp {
				pinged = len(seen)
				continue
			}
			var p packet.Publish
			if err := p.Decode(head, mqtt.V5, body); err != nil {
				t.Fatal(err)
			}
			if !p.Retain || seen[string(p.Name)] {
				t.Fatalf("%s: retain %v, seen %v", p.Name, p.Retain, seen[string(p.Name)])
			}
			seen[string(p.Name)] = true
			if p.QoS == 1 {
				c.say(c.ack(packet.TypePuback, p.PacketID))
			}
		}
		if pinged > 1000 {
			t.Errorf("PINGREQ was answered after %d messages", pinged)
		}
		c.say(pingreq)
		c.want("PINGRESP")
		if n := h.Broker.Counters.DroppedFull.Load(); n > 0 {
			t.Errorf("%d messages were dropped", n)
		}
		pub.close()
		c.close()
	}
}
