package link

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestMistakes: each ends its connection with the right reason in 5.0, without
// a word in 3.1.1, and no other connection.
func TestMistakes(t *testing.T) {
	h := newHost(t)
	good := admit(t, h, "good").listen("ok", 1)
	connect := (&talker{version: mqtt.V5}).connect("c")
	for name, test := range map[string]struct {
		bytes string
		code  byte
		only5 bool
	}{
		"reserved packet type":               {"\x00\x00", 0x81, false},
		"fifth byte of length":               {"\x30\xFF\xFF\xFF\xFF\x01", 0x81, false},
		"length not in its shortest form":    {"\xC0\x80\x00", 0x81, true},
		"larger than Maximum Packet Size":    {"\x30\xFF\xFF\xFF\x7F", 0x95, false},
		"flags of PINGREQ":                   {"\xC1\x00", 0x81, false},
		"PINGREQ with a body":                {"\xC0\x01x", 0x81, false},
		"flags of PUBREL":                    {"\x60\x02\x00\x01", 0x81, false},
		"QoS 3":                              {"\x36\x05\x00\x01a\x00\x01", 0x81, false},
		"DUP with QoS 0":                     {"\x38\x04\x00\x01a\x00", 0x81, false},
		"packet identifier 0 in PUBLISH":     {"\x32\x06\x00\x01a\x00\x00\x00", 0x82, false},
		"packet identifier 0 in SUBSCRIBE":   {"\x82\x07\x00\x00\x00\x00\x01a\x00", 0x82, true},
		"packet identifier 0 in PUBACK":      {"\x40\x02\x00\x00", 0x82, false},
		"wildcard in a topic name":           {"\x30\x06\x00\x03a/+\x00", 0x90, false},
		"empty topic name":                   {"\x30\x03\x00\x00\x00", 0x82, true},
		"topic alias 0":                      {"\x30\x07\x00\x01a\x03\x23\x00\x00", 0x94, true},
		"topic alias above the maximum":      {"\x30\x07\x00\x01a\x03\x23\x00\x06", 0x94, true},
		"unknown topic alias":                {"\x30\x06\x00\x00\x03\x23\x00\x05", 0x82, true},
		"subscription identifier in PUBLISH": {"\x30\x06\x00\x01a\x02\x0B\x01", 0x82, true},
		"property twice":                     {"\x30\x08\x00\x01a\x04\x01\x00\x01\x00", 0x82, true},
		"property of another packet":         {"\x30\x09\x00\x01a\x05\x11\x00\x00\x00\x00", 0x81, true},
		"no filter":                          {"\x82\x03\x00\x01\x00", 0x82, true},
		"malformed filter":                   {"\x82\x09\x00\x01\x00\x00\x03a#b\x00", 0x8F, true},
		"malformed shared filter":            {"\x82\x0E\x00\x01\x00\x00\x08$share/g\x00", 0x8F, true},
		"malformed filter to unsubscribe":    {"\xA2\x07\x00\x01\x00\x00\x02+a", 0x8F, true},
		"reserved subscription options":      {"\x82\x07\x00\x01\x00\x00\x01a\x40", 0x81, true},
		"second CONNECT":                     {string(connect), 0x82, false},
		"CONNACK":                            {"\x20\x03\x00\x00\x00", 0x82, false},
		"SUBACK":                             {"\x90\x04\x00\x01\x00\x00", 0x82, false},
		"UNSUBACK":                           {"\xB0\x04\x00\x01\x00\x00", 0x82, false},
		"PINGRESP":                           {"\xD0\x00", 0x82, false},
		"AUTH":                               {"\xF0\x00", 0x82, true},
		"reason code of another packet":      {"\x40\x03\x00\x01\x92", 0x82, true},
		"reason code that servers send":      {"\xE0\x01\x8B", 0x82, true},
		"session expiry raised at the end":   {"\xE0\x07\x00\x05\x11\x00\x00\x00\x01", 0x82, true},
	} {
		for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
			if v != mqtt.V5 && test.only5 {
				continue
			}
			c := admitVersion(t, h, "bad", v)
			c.say([]byte(test.bytes))
			heard := c.hear()
			if v == mqtt.V5 {
				if !strings.HasPrefix(heard, fmt.Sprintf("DISCONNECT %d", test.code)) {
					t.Errorf("%s: heard %q, want DISCONNECT %d", name, heard, test.code)
				}
				heard = c.hear()
			}
			if heard != "end" {
				t.Errorf("%v, %s: heard %q, want the end", v, name, heard)
			}
			c.close()
			good.say(good.publish(1, 5, "ok", name))
			good.want("PUBLISH 1 ok "+name, "PUBACK 5")
		}
	}
}

func TestAcknowledgementsLeaveInOrder(t *testing.T) {
	h := newHost(t)
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		if m.Topic == "no" {
			return Verdict{}, &mqtt.Refusal{Code: mqtt.NotAuthorized}
		}
		return Verdict{Relay: true, MaxQoS: mqtt.QoS2}, nil
	}
	c := admit(t, h, "c")
	c.say(
		c.publish(1, 9, "a", ""), c.publish(2, 8, "a", ""), c.publish(1, 7, "no", ""), c.publish(2, 6, "no", ""), pingreq,
		c.ack(packet.TypePubrel, 8), c.publish(1, 9, "a", ""), c.ack(packet.TypePubrel, 8), c.ack(packet.TypePubrel, 6),
	)
	c.want("PUBACK 9", "PUBREC 8", "PUBACK 7 135", "PUBREC 6 135", "PINGRESP",
		"PUBCOMP 8", "PUBACK 9", "PUBCOMP 8 146", "PUBCOMP 6 146")
	old := admitVersion(t, h, "old", mqtt.V311)
	old.say(old.ack(packet.TypePubrel, 8), old.publish(1, 7, "no", ""), old.publish(2, 6, "no", ""))
	old.want("PUBCOMP 8", "PUBACK 7", "PUBREC 6")
	strict := newHost(t)
	strict.Calls.Publish = h.Calls.Publish
	strict.Settings.CloseOnRefusal = true
	closed := admitVersion(t, strict, "c", mqtt.V311)
	closed.say(closed.publish(1, 7, "no", ""))
	closed.want("end")
}

// TestExactlyOnce repeats a QoS 2 PUBLISH, on one connection and on the next:
// user code and subscribers see it once.
func TestExactlyOnce(t *testing.T) {
	h := newHost(t)
	calls := make(chan bool, 10)
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		calls <- m.Dup
		return Verdict{Relay: true, MaxQoS: mqtt.QoS2}, nil
	}
	sub := admit(t, h, "sub").listen("a", 0)
	keep := func(p *packet.Connect) {
		p.CleanStart = false
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = 3600, true
	}
	dup := func(p *packet.Outgoing) { p.Dup = true }
	c := admit(t, h, "c", keep)
	c.say(c.publish(2, 5, "a", "x"), c.publish(2, 5, "a", "x", dup))
	c.want("PUBREC 5", "PUBREC 5")
	c.close()
	c = dial(t, h)
	c.say(c.connect("c", keep), c.publish(2, 5, "a", "x", dup), c.ack(packet.TypePubrel, 5), c.publish(2, 5, "a", "y"))
	c.want("CONNACK 0 present", "PUBREC 5", "PUBCOMP 5", "PUBREC 5")
	sub.want("PUBLISH 0 a x", "PUBLISH 0 a y")
	if len(calls) != 2 || <-calls || <-calls {
		t.Error("user code was called again for a repeated message")
	}
}

func TestReceiveMaximumOfTheServer(t *testing.T) {
	h := newHost(t)
	h.Settings.ReceiveMaximum = 2
	c := admit(t, h, "c")
	c.say(c.publish(2, 1, "a", ""), c.publish(2, 2, "a", ""), c.publish(2, 2, "a", ""), c.publish(0, 0, "a", ""))
	c.want("PUBREC 1", "PUBREC 2", "PUBREC 2")
	c.say(c.ack(packet.TypePubrel, 1), c.publish(1, 3, "a", ""), c.publish(2, 3, "a", ""), c.publish(2, 4, "a", ""))
	c.want("PUBCOMP 1", "PUBACK 3", "PUBREC 3", "DISCONNECT 147 "+errReceiveMaximum.Reason, "end")
}

// TestTheTwoDirectionsHaveTheirOwnIdentifiers: both sides use identifier 1 at
// once, for all kinds of packets.
func TestTheTwoDirectionsHaveTheirOwnIdentifiers(t *testing.T) {
	c := admit(t, newHost(t), "c").listen("a", 2)
	c.say(c.publish(2, 1, "a", "x"))
	c.want("PUBLISH 2 a x", "PUBREC 1") // the server's 1 and the client's 1
	c.say(c.ack(packet.TypePubrec, 1))
	c.want("PUBREL 1")
	c.say(c.ack(packet.TypePubrel, 1))
	c.want("PUBCOMP 1")
	c.say(c.publish(2, 1, "a", "y"))
	c.want("PUBLISH 2 a y", "PUBREC 1")
	c.say(c.ack(packet.TypePubcomp, 1)) // ends the server's 1 only
	c.say(c.ack(packet.TypePubrel, 1))
	c.want("PUBCOMP 1")
}

func TestWrongKindOfAcknowledgement(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		c := admitVersion(t, newHost(t), "c", v).listen("a", 2)
		c.say(c.publish(2, 1, "a", "x"))
		c.want("PUBLISH 2 a x", "PUBREC 1")
		c.say(c.ack(packet.TypePuback, 1))
		if v == mqtt.V5 {
			c.want("DISCONNECT 130 acknowledgement of the wrong kind for the message's quality of service")
		}
		c.want("end")
	}
}

// TestNoExpiryIsInvented, and one that there is counts down.
func TestNoExpiryIsInvented(t *testing.T) {
	h := newHost(t)
	c := admit(t, h, "c").listen("#", 0)
	expiry := func(p *packet.Outgoing) { p.Expiry, p.HasExpiry = 100, true }
	c.say(c.publish(0, 0, "a", "x"), c.publish(0, 0, "b", "x", expiry))
	for i, want := range []struct {
		has     bool
		seconds uint32
	}{{false, 0}, {true, 100}} {
		head, body, err := c.packet()
		var p packet.Publish
		if err == nil {
			err = p.Decode(head, mqtt.V5, body)
		}
		if err != nil || p.Props.HasExpiry != want.has || p.Props.Expiry != want.seconds {
			t.Errorf("message %d: expiry %v %d, %v", i, p.Props.HasExpiry, p.Props.Expiry, err)
		}
	}
}
