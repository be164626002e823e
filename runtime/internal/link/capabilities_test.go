package link

import (
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// connack connects and returns the CONNACK.
func connack(t *testing.T, h *Host, v mqtt.Version, id string, change ...func(p *packet.Connect)) packet.Connack {
	t.Helper()
	c := dial(t, h)
	c.version = v
	c.say(c.connect(id, change...))
	head, body, err := c.packet()
	if err != nil {
		t.Fatal(err)
	}
	var ack packet.Connack
	if err := ack.Decode(head, v, body); err != nil || head.Type != packet.TypeConnack || ack.Code != mqtt.Success {
		t.Fatalf("%v %+v: %v", head.Type, ack, err)
	}
	return ack
}

// TestConnackSays is section 3.2.2.3: the client is told what it may not count on.
func TestConnackSays(t *testing.T) {
	h := newHost(t)
	ack := connack(t, h, mqtt.V5, "c")
	if ack.ReceiveMaximum != 10 || ack.MaximumPacketSize != 1<<20 || ack.TopicAliasMaximum != 5 || ack.HasMaximumQoS ||
		ack.RetainUnavailable || ack.WildcardSubscriptionUnavailable || ack.HasSessionExpiry || ack.AssignedClientID != "" {
		t.Errorf("open: %+v", ack)
	}
	if !ack.HasServerKeepAlive || ack.ServerKeepAlive != 3600 { // none was asked for
		t.Errorf("keep-alive: %+v", ack)
	}
	ack = connack(t, h, mqtt.V5, "", func(p *packet.Connect) {
		p.KeepAlive, p.CleanStart = 60, false
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = 0xFFFFFFFF, true
	})
	if ack.HasServerKeepAlive || !ack.HasSessionExpiry || ack.SessionExpiry != 24*3600 || ack.AssignedClientID == "" {
		t.Errorf("for ever: %+v", ack)
	}
	h.Settings.MaxQoS, h.Settings.NoRetain, h.Settings.NoWildcards, h.Settings.MaxSessionExpiry = 1, true, true, broker.Forever
	ack = connack(t, h, mqtt.V5, "d", func(p *packet.Connect) {
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = 0xFFFFFFFF, true
	})
	if !ack.HasMaximumQoS || ack.MaximumQoS != 1 || !ack.RetainUnavailable || !ack.WildcardSubscriptionUnavailable || ack.HasSessionExpiry {
		t.Errorf("withheld: %+v", ack)
	}
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311} { // the cap of the keep-alive is not told, and not used
		ack = connack(t, h, v, "e", func(p *packet.Connect) { p.Version, p.KeepAlive = v, 7200 })
		if ack.HasServerKeepAlive || ack.HasMaximumQoS {
			t.Errorf("%v: %+v", v, ack)
		}
	}
}

// TestWithheld: what CONNACK says is not available is refused
// [MQTT-3.2.2-9], [MQTT-3.2.2-11], [MQTT-3.2.2-14].
func TestWithheld(t *testing.T) {
	retain := func(p *packet.Outgoing) { p.Retain = true }
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		h := newHost(t)
		h.Settings.MaxQoS, h.Settings.NoRetain = mqtt.QoS1, true
		healthy := admitVersion(t, h, "healthy", v).listen("a", 1)
		want := func(c *talker, text string) {
			t.Helper()
			if v == mqtt.V5 {
				c.want(text)
			}
			c.want("end")
		}
		c := admitVersion(t, h, "c", v)
		c.say(c.subscribe(1, filter("x", 2)))
		c.want("SUBACK 1 [1]") // granted lower
		c.say(c.publish(2, 1, "a", "x"))
		want(c, "DISCONNECT 155 "+errQoS.Reason)
		c = admitVersion(t, h, "c", v)
		c.say(c.publish(1, 1, "a", "x", retain))
		want(c, "DISCONNECT 154 "+errRetain.Reason)
		healthy.say(healthy.publish(1, 1, "a", "y"))
		if got := []string{healthy.hear(), healthy.hear()}; got[0] != "PUBLISH 1 a y" && got[1] != "PUBLISH 1 a y" {
			t.Errorf("%v: heard %v", v, got)
		}
		h.Settings.MaxQoS = 0
		c = admitVersion(t, h, "d", v)
		c.say(c.publish(0, 0, "a", "z"), c.publish(1, 1, "a", "x"))
		want(c, "DISCONNECT 155 "+errQoS.Reason)
	}
}

// TestRaiseExpiry is section 3.14.2.2.2: what counts is what CONNECT asked for.
func TestRaiseExpiry(t *testing.T) {
	leave := packet.Disconnect{SessionExpiry: 100, HasSessionExpiry: true}
	h := newHost(t)
	c := admit(t, h, "c")
	c.say(leave.Append(nil, mqtt.V5))
	c.want("DISCONNECT 130 "+errExpiryRaised.Reason, "end")
	h.Settings.MaxSessionExpiry = 0
	c = admit(t, h, "c", func(p *packet.Connect) { p.Props.SessionExpiry, p.Props.HasSessionExpiry = 50, true })
	c.say(leave.Append(nil, mqtt.V5))
	c.want("end") // the server made it 0, not the client
	h.Settings.MaxSessionExpiry = time.Hour
	c = admit(t, h, "c", func(p *packet.Connect) { p.Props.SessionExpiry, p.Props.HasSessionExpiry = 50, true })
	leave.SessionExpiry = 0
	c.say(leave.Append(nil, mqtt.V5))
	c.want("end")
	if n, _, _ := h.Broker.Size(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
