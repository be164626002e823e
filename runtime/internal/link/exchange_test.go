package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// dialogue is a method of several steps: "user NAME" is asked for a proof, and
// "proof", which the step before must have asked for, lets that user in.
func dialogue(_ context.Context, _ *Link, c *auth.Connect, data []byte) (auth.Step, error) {
	if c.AuthMethod != "DIALOGUE" {
		return auth.Step{}, &mqtt.Refusal{Code: mqtt.BadAuthenticationMethod, Reason: "unknown"}
	}
	c.Identity.Method = "talk"
	user, named := strings.CutPrefix(string(data), "user ")
	switch {
	case named:
		c.Identity.User = user
		return auth.Continue([]byte("prove it, " + user)), nil
	case string(data) == "proof" && c.Identity.User != "":
		return auth.Done([]byte("welcome")), nil
	case string(data) == "at once":
		c.Identity.User = "quick"
		return auth.Done(nil), nil
	case string(data) == "again":
		return auth.Continue(nil), nil
	case string(data) == "long":
		return auth.Continue(make([]byte, maxField+1)), nil
	case string(data) == "bad password":
		return auth.Step{}, &mqtt.Refusal{Code: mqtt.BadUserNameOrPassword, Reason: "wrong"}
	}
	return auth.Step{}, errors.New("no")
}

func (c *talker) auth(code mqtt.ReasonCode, method, data string) []byte {
	a := packet.Auth{Code: code, AuthenticationMethod: []byte(method), AuthenticationData: []byte(data)}
	return a.Append(nil, mqtt.V5)
}

// next is an AUTH that goes on with the exchange.
func (c *talker) next(data string) []byte {
	return c.auth(mqtt.ContinueAuthentication, "DIALOGUE", data)
}

func by(method, data string) func(p *packet.Connect) {
	return func(p *packet.Connect) {
		p.Props.AuthenticationMethod, p.Props.HasAuthenticationMethod = []byte(method), true
		p.Props.AuthenticationData = []byte(data)
	}
}

func newDialogue(t testing.TB) *Host {
	h := newHost(t)
	h.Calls.Exchange = dialogue
	h.Calls.Authenticate = func(_ context.Context, _ *Link, c *auth.Connect) error {
		if c.AuthMethod != "" {
			return errors.New("Authenticate is asked for a client with an Authentication Method")
		}
		return nil
	}
	return h
}

// proved connects a client by the dialogue.
func proved(t testing.TB, h *Host, user string, change ...func(p *packet.Connect)) *talker {
	t.Helper()
	c := dial(t, h)
	c.say(c.connect("c", append(change, by("DIALOGUE", "user "+user))...))
	c.want("AUTH 24 DIALOGUE prove it, " + user)
	c.say(c.next("proof"))
	if ack := c.connack(); ack.Code != 0 {
		t.Fatalf("CONNACK says %v", ack.Code)
	}
	return c
}

func (c *talker) connack() (ack packet.Connack) {
	c.t.Helper()
	h, body, err := c.packet()
	if err == nil && h.Type != packet.TypeConnack {
		err = fmt.Errorf("heard %v", h.Type)
	}
	if err == nil {
		err = ack.Decode(h, c.version, body)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return ack
}

// TestExchange: AUTH both ways before CONNACK, which repeats the method and has
// the last data [MQTT-4.12.0-2] [MQTT-4.12.0-5].
func TestExchange(t *testing.T) {
	h := newDialogue(t)
	c := dial(t, h)
	c.say(c.connect("c", by("DIALOGUE", "user ann")))
	c.want("AUTH 24 DIALOGUE prove it, ann")
	if c.link.Online() || c.link.Identity() != (auth.Identity{}) {
		t.Error("the client is in before its exchange is done")
	}
	c.say(c.next("user bob"))
	c.want("AUTH 24 DIALOGUE prove it, bob")
	c.say(c.next("again"))
	c.want("AUTH 24 DIALOGUE")
	c.say(c.next("proof"))
	if ack := c.connack(); string(ack.AuthenticationMethod) != "DIALOGUE" || string(ack.AuthenticationData) != "welcome" || ack.Code != 0 {
		t.Errorf("CONNACK says %+v", ack)
	}
	if got := c.link.Identity(); got != (auth.Identity{Method: "talk", User: "bob"}) {
		t.Errorf("identity %+v", got)
	}
	c.say(c.subscribe(1, filter("a", 0)), c.publish(1, 2, "a", "x"))
	c.want("SUBACK 1 [0]", "PUBLISH 0 a x", "PUBACK 2")

	quick := dial(t, h)
	quick.say(quick.connect("q", by("DIALOGUE", "at once")), pingreq)
	if ack := quick.connack(); string(ack.AuthenticationMethod) != "DIALOGUE" || ack.AuthenticationData != nil || ack.Code != 0 {
		t.Errorf("CONNACK says %+v", ack)
	}
	quick.want("PINGRESP")
}

// TestExchangeThatIsRefused: after the refusal nothing is obeyed [MQTT-3.1.4-6].
func TestExchangeThatIsRefused(t *testing.T) {
	h := newDialogue(t)
	h.Calls.Subscribe = func(context.Context, *Link, *auth.Subscription) (mqtt.QoS, error) {
		t.Error("a packet after the refusal was obeyed")
		return 0, nil
	}
	good := admit(t, h, "good")
	c := &talker{version: mqtt.V5}
	first := by("DIALOGUE", "user ann")
	for name, test := range map[string]struct {
		say  [][]byte
		want []string
	}{
		"unknown method":        {[][]byte{c.connect("c", by("OTHER", ""))}, []string{"CONNACK 140 unknown", "end"}},
		"no method":             {[][]byte{c.connect("c", by("", ""))}, []string{"CONNACK 140 unknown", "end"}},
		"refused":               {[][]byte{c.connect("c", by("DIALOGUE", "bad password"))}, []string{"CONNACK 134 wrong", "end"}},
		"plain error":           {[][]byte{c.connect("c", by("DIALOGUE", "x"))}, []string{"CONNACK 135", "end"}},
		"refused later":         {[][]byte{c.connect("c", first), c.next("x")}, []string{"AUTH", "CONNACK 135", "end"}},
		"answer too long":       {[][]byte{c.connect("c", by("DIALOGUE", "long"))}, []string{"CONNACK 131 " + errAuthData.Reason, "end"}},
		"another method":        {[][]byte{c.connect("c", first), c.auth(0x18, "OTHER", "proof")}, []string{"AUTH", "CONNACK 130 " + errOtherMethod.Reason, "end"}},
		"re-authenticate":       {[][]byte{c.connect("c", first), c.auth(0x19, "DIALOGUE", "proof")}, []string{"AUTH", "CONNACK 130 " + errNotContinue.Reason, "end"}},
		"success from a client": {[][]byte{c.connect("c", first), c.auth(0, "DIALOGUE", "proof")}, []string{"AUTH", "CONNACK 130", "end"}},
		"AUTH without a method": {[][]byte{c.connect("c", first), {0xF0, 2, 0x18, 0}}, []string{"AUTH", "CONNACK 130", "end"}},
		"malformed AUTH":        {[][]byte{c.connect("c", first), {0xF0, 2, 0x18, 9}}, []string{"AUTH", "CONNACK 129", "end"}},
		"flags of AUTH":         {[][]byte{c.connect("c", first), {0xF1, 0}}, []string{"AUTH", "CONNACK 129", "end"}},
		"SUBSCRIBE":             {[][]byte{c.connect("c", first), c.subscribe(1, filter("a", 0))}, []string{"AUTH", "CONNACK 130 " + errBeforeConnack.Reason, "end"}},
		"PINGREQ":               {[][]byte{c.connect("c", first), pingreq}, []string{"AUTH", "CONNACK 130 " + errBeforeConnack.Reason, "end"}},
		"second CONNECT":        {[][]byte{c.connect("c", first), c.connect("c", first)}, []string{"AUTH", "CONNACK 130 " + errBeforeConnack.Reason, "end"}},
		"DISCONNECT":            {[][]byte{c.connect("c", first), {0xE0, 0}}, []string{"AUTH", "end"}},
		"larger than a CONNECT": {[][]byte{c.connect("c", first), []byte("\xF0\xFF\xFF\x7F")}, []string{"AUTH", "end"}},
		"AUTH before CONNECT":   {[][]byte{c.next("proof")}, []string{"end"}},
		"AUTH of small client": {[][]byte{c.connect("c", first, func(p *packet.Connect) { p.Props.MaximumPacketSize = 20 })},
			[]string{"CONNACK 149", "end"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, h)
			c.say(append(test.say, c.subscribe(9, filter("never", 0)))...)
			for _, want := range test.want {
				if got := c.hear(); got != want && (len(strings.Fields(want)) > 2 || !strings.HasPrefix(got, want)) {
					t.Fatalf("heard %q, want %q", got, want)
				}
			}
			good.say(pingreq)
			good.want("PINGRESP")
		})
	}
}

// TestEndlessExchange: the number of steps is bounded, and the time.
func TestEndlessExchange(t *testing.T) {
	h := newDialogue(t)
	c := dial(t, h)
	c.say(c.connect("c", by("DIALOGUE", "again")))
	for range maxSteps - 1 {
		c.want("AUTH 24 DIALOGUE")
		c.say(c.next("again"))
	}
	c.want("AUTH 24 DIALOGUE")
	c.say(c.next("again"))
	c.want("CONNACK 135 "+errSteps.Reason, "end")
	synctest.Test(t, func(t *testing.T) {
		h := newDialogue(t)
		client, server := net.Pipe()
		c := serve(t, h, client, server)
		c.say(c.connect("c", by("DIALOGUE", "user ann")))
		c.want("AUTH 24 DIALOGUE prove it, ann")
		begin := time.Now()
		c.want("end")
		if d := time.Since(begin); d < h.Settings.ConnectTimeout || d > h.Settings.ConnectTimeout+2*time.Second {
			t.Errorf("the connection ended after %v", d)
		}
		c.close()
		h.Broker.Close()
	})
}

// TestReauthentication: the same client proves itself again, while its other
// packets go on (section 4.12.1).
func TestReauthentication(t *testing.T) {
	h := newDialogue(t)
	var seen []auth.Connect
	h.Calls.Exchange = func(ctx context.Context, l *Link, c *auth.Connect, data []byte) (auth.Step, error) {
		step, err := dialogue(ctx, l, c, data)
		seen = append(seen, *c)
		return step, err
	}
	c := proved(t, h, "ann", func(p *packet.Connect) { p.HasPassword, p.Password = true, []byte("secret") })
	for range 2 {
		c.say(c.auth(mqtt.ReAuthenticate, "DIALOGUE", "user ann"), c.publish(1, 1, "x", ""), pingreq)
		c.want("AUTH 24 DIALOGUE prove it, ann", "PUBACK 1", "PINGRESP")
		c.say(c.next("proof"))
		c.want("AUTH 0 DIALOGUE welcome")
	}
	c.close()
	for i, got := range seen {
		again := i >= 2
		if (got.Known != nil) != again || again && (*got.Known != auth.Identity{Method: "talk", User: "ann"}) || (got.Password == nil) != again {
			t.Errorf("step %d sees %+v", i, got)
		}
	}
}

func TestReauthenticationThatFails(t *testing.T) {
	h := newDialogue(t)
	c := &talker{version: mqtt.V5}
	renew := func(data string) []byte { return c.auth(mqtt.ReAuthenticate, "DIALOGUE", data) }
	for name, test := range map[string]struct {
		say  [][]byte
		want []string
	}{
		"another method":       {[][]byte{c.auth(mqtt.ReAuthenticate, "OTHER", "")}, []string{"DISCONNECT 130 " + errOtherMethod.Reason, "end"}},
		"nothing to continue":  {[][]byte{c.next("proof")}, []string{"DISCONNECT 130 " + errNotAsked.Reason, "end"}},
		"begun twice":          {[][]byte{renew("user ann"), renew("user ann")}, []string{"AUTH", "DISCONNECT 130 " + errNotContinue.Reason, "end"}},
		"success of a client":  {[][]byte{c.auth(mqtt.Success, "DIALOGUE", "")}, []string{"DISCONNECT 130", "end"}},
		"refused":              {[][]byte{renew("x")}, []string{"DISCONNECT 135", "end"}},
		"code for CONNACK":     {[][]byte{renew("bad password")}, []string{"DISCONNECT 135 wrong", "end"}},
		"refused later":        {[][]byte{renew("user ann"), c.next("x")}, []string{"AUTH", "DISCONNECT 135", "end"}},
		"another user":         {[][]byte{renew("user bob"), c.next("proof")}, []string{"AUTH", "DISCONNECT 135 re-authentication as another user; connect anew for that", "end"}},
		"another user at once": {[][]byte{renew("at once")}, []string{"DISCONNECT 135 re-authentication as another user; connect anew for that", "end"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := proved(t, h, "ann")
			c.say(append(test.say, pingreq)...)
			for _, want := range test.want {
				if got := c.hear(); got != want && (len(strings.Fields(want)) > 2 || !strings.HasPrefix(got, want)) {
					t.Fatalf("heard %q, want %q", got, want)
				}
			}
		})
	}
	plain := admit(t, h, "plain")
	plain.say(plain.next(""))
	plain.want("DISCONNECT 130 "+errNoMethod.Reason, "end")
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311} { // which have no AUTH
		old := admitVersion(t, h, "old", v)
		old.say(old.next(""))
		old.want("end")
	}
}

// TestManyStepsOfReauthentication: they are bounded in each, not in all.
func TestManyStepsOfReauthentication(t *testing.T) {
	c := proved(t, newDialogue(t), "ann")
	for range maxSteps {
		c.say(c.auth(mqtt.ReAuthenticate, "DIALOGUE", "user ann"))
		c.want("AUTH 24 DIALOGUE prove it, ann")
		c.say(c.next("proof"))
		c.want("AUTH 0 DIALOGUE welcome")
	}
	c.say(c.auth(mqtt.ReAuthenticate, "DIALOGUE", "again"))
	for range maxSteps - 1 {
		c.want("AUTH 24 DIALOGUE")
		c.say(c.next("again"))
	}
	c.want("AUTH 24 DIALOGUE")
	c.say(c.next("again"))
	c.want("DISCONNECT 135 "+errSteps.Reason, "end")
}

// TestTakeoverByExchange: the CONNECT that waits for its steps is kept whole,
// its will and its wish for the old session too.
func TestTakeoverByExchange(t *testing.T) {
	h := newDialogue(t)
	keep := func(p *packet.Connect) {
		p.CleanStart = false
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = 3600, true
		p.HasWill, p.Will = true, packet.Will{Topic: []byte("will"), Payload: []byte("gone")}
	}
	watch := admit(t, h, "watch").listen("will", 0)
	first := proved(t, h, "ann", keep)
	first.say(first.subscribe(1, filter("a", 1)))
	first.want("SUBACK 1 [1]")
	first.close()
	watch.want("PUBLISH 0 will gone")
	second := dial(t, h)
	second.say(second.connect("c", keep, by("DIALOGUE", "user ann")))
	second.want("AUTH 24 DIALOGUE prove it, ann")
	second.say(second.next("proof"))
	second.want("CONNACK 0 present")
	other := dial(t, h)
	other.say(other.connect("c", by("DIALOGUE", "at once")))
	other.want("CONNACK 133 the client identifier belongs to another user", "end")
	second.close()
	watch.want("PUBLISH 0 will gone")
}
