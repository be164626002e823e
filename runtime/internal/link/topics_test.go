package link

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestTopicAliases(t *testing.T) {
	h := newHost(t)
	h.Settings.ReceiveMaximum = 2 // says nothing about aliases
	var seen []string
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		seen = append(seen, m.Topic) // access is checked on the resolved name
		return Verdict{Relay: true}, nil
	}
	sub := admit(t, h, "sub").listen("#", 0)
	c := admit(t, h, "c")
	alias := func(n uint16) func(p *packet.Outgoing) { return func(p *packet.Outgoing) { p.Alias = n } }
	for n := uint16(1); n <= 5; n++ {
		c.say(c.publish(0, 0, fmt.Sprint("name", n), "set", alias(n)), c.publish(0, 0, "", "used", alias(n)))
		sub.want(fmt.Sprintf("PUBLISH 0 name%d set", n), fmt.Sprintf("PUBLISH 0 name%d used", n))
	}
	c.say(c.publish(0, 0, "other", "changed", alias(5)), c.publish(0, 0, "", "used", alias(5)), c.publish(0, 0, "", "used", alias(4)))
	sub.want("PUBLISH 0 other changed", "PUBLISH 0 other used", "PUBLISH 0 name4 used")
	c.close()
	if slices.Contains(seen, "") {
		t.Error("user code saw an empty topic name")
	}
	c = admit(t, h, "c")
	c.say(c.publish(0, 0, "", "of the former connection", alias(1)))
	c.want("DISCONNECT 130 "+errAliasUnknown.Reason, "end")
}

func TestRememberedTopicsAreBounded(t *testing.T) {
	var k topics
	first := k.lookup([]byte("n0"))
	if k.lookup([]byte("n0")) != first {
		t.Error("a name that comes again is not known")
	}
	for i := range 10 * cachedTopics {
		if k.lookup(fmt.Append(nil, "n", i)).name != fmt.Sprint("n", i) {
			t.Fatal("another name")
		}
	}
	if len(k.names) > cachedTopics {
		t.Errorf("%d names are remembered", len(k.names))
	}
	long := []byte(strings.Repeat("x", cachedBytes+1))
	if a := k.lookup(long); a == k.lookup(long) || len(k.names) > cachedTopics {
		t.Error("a long name is remembered")
	}
}
