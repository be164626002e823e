package link

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestSuback(t *testing.T) {
	h := newHost(t)
	h.Settings.NoShared = true
	h.Calls.Subscribe = func(_ context.Context, _ *Link, s *auth.Subscription) (mqtt.QoS, error) {
		switch s.Filter {
		case "no":
			return 0, &mqtt.Refusal{Code: mqtt.NotAuthorized}
		case "plain":
			return 0, io.ErrUnexpectedEOF
		case "illegal":
			return 0, &mqtt.Refusal{Code: mqtt.ServerMoved}
		case "lower":
			return 0, nil
		}
		return 2, nil
	}
	filters := []packet.Filter{
		filter("a", 1), filter("no", 2), filter("plain", 1), filter("illegal", 1), filter("lower", 2), filter("$share/g/a", 1), filter("b", 2),
	}
	for v, want := range map[mqtt.Version]string{
		mqtt.V31:  "[1 2 1 1 0 1 2]", // no failure code: as asked for, and nothing ever comes
		mqtt.V311: "[1 128 128 128 0 128 2]",
		mqtt.V5:   "[1 135 131 128 0 158 2]",
	} {
		c := admitVersion(t, h, "c", v)
		c.say(c.subscribe(7, filters...))
		c.want("SUBACK 7 " + want)
		c.say(c.publish(0, 0, "no", ""), c.publish(0, 0, "lower", ""), pingreq)
		c.want("PUBLISH 0 lower", "PINGRESP")
		c.close()
	}
}

// TestSubscribeThatEndsTheConnection: user code is not asked about the other
// filters, and nothing is granted.
func TestSubscribeThatEndsTheConnection(t *testing.T) {
	h := newHost(t)
	var asked []string
	h.Calls.Subscribe = func(_ context.Context, _ *Link, s *auth.Subscription) (mqtt.QoS, error) {
		if asked = append(asked, s.Filter); s.Filter == "leave" {
			return 0, &mqtt.Refusal{Code: mqtt.Banned, Disconnect: true}
		}
		return s.QoS, nil
	}
	c := admit(t, h, "c")
	c.say(c.subscribe(1, filter("a", 0), filter("leave", 0), filter("b", 0)))
	c.want("DISCONNECT 128", "end") // Banned is no code of DISCONNECT
	c.close()
	if !slices.Equal(asked, []string{"a", "leave"}) {
		t.Errorf("asked about %v", asked)
	}
}

func TestUnsuback(t *testing.T) {
	h := newHost(t)
	unsubscribe := func(c *talker) {
		p := packet.Unsubscribe{PacketID: 7, Filters: [][]byte{[]byte("a"), []byte("b"), []byte("$share/g/a")}}
		c.say(p.Append(nil, c.version))
	}
	c := admit(t, h, "c").listen("a", 0)
	unsubscribe(c)
	c.want("UNSUBACK 7 [0 17 17]")
	old := admitVersion(t, h, "old", mqtt.V311).listen("a", 0)
	unsubscribe(old)
	exact := make([]byte, 4)
	if _, err := io.ReadFull(old.nc, exact); err != nil || string(exact) != "\xB0\x02\x00\x07" {
		t.Errorf("UNSUBACK of 3.1.1 is %x, %v", exact, err)
	}
	old.say(old.publish(0, 0, "a", ""), pingreq)
	old.want("PINGRESP")
}

func TestSubscriptionOptions(t *testing.T) {
	h := newHost(t)
	retain := func(p *packet.Outgoing) { p.Retain = true }
	other := admit(t, h, "other")
	other.say(other.publish(1, 1, "r", "kept", retain))
	other.want("PUBACK 1")
	c := admit(t, h, "c")
	for i, test := range []struct {
		handling byte
		want     []string
	}{
		{2, nil}, // never
		{1, nil}, // only if new, which it is not
		{0, []string{"PUBLISH 0 r kept retain"}},
	} {
		c.say(c.subscribe(uint16(i+1), packet.Filter{Filter: []byte("r"), RetainHandling: test.handling, NoLocal: true, RetainAsPublished: i == 2}), pingreq)
		c.want(fmt.Sprintf("SUBACK %d [0]", i+1))
		c.want(append(test.want, "PINGRESP")...)
	}
	c.say(c.subscribe(9, packet.Filter{Filter: []byte("+"), RetainHandling: 1, NoLocal: true}))
	c.want("SUBACK 9 [0]", "PUBLISH 0 r kept retain") // this one is new
	c.say(c.publish(0, 0, "r", "own", retain), pingreq)
	c.want("PINGRESP")
	other.say(other.publish(0, 0, "r", "live", retain))
	c.want("PUBLISH 0 r live retain")
}
