package link

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestFirstPacket(t *testing.T) {
	v5, v311, v31 := "\x00\x04MQTT\x05", "\x00\x04MQTT\x04", "\x00\x06MQIsdp\x03"
	for name, test := range map[string]struct {
		version mqtt.Version
		bytes   string
		want    string // what is heard before the end
	}{
		"not CONNECT":               {mqtt.V5, "\xC0\x00", ""},
		"not MQTT":                  {mqtt.V5, "GET / HTTP/1.1\r\n\r\n", ""},
		"wrong protocol name":       {mqtt.V5, "\x10\x0d\x00\x04HTTP\x05\x02\x00\x00\x00\x00\x00", ""},
		"level 6":                   {mqtt.V5, "\x10\x0d\x00\x04MQTT\x06\x02\x00\x00\x00\x00\x00", "CONNACK 132"},
		"level 2":                   {mqtt.V311, "\x10\x0c\x00\x04MQTT\x02\x02\x00\x00\x00\x00", "CONNACK 132"},
		"a bridge's 0x84":           {mqtt.V311, "\x10\x0c\x00\x04MQTT\x84\x02\x00\x00\x00\x00", "CONNACK 132"},
		"reserved flag in 5.0":      {mqtt.V5, "\x10\x0d" + v5 + "\x03\x00\x00\x00\x00\x00", "CONNACK 129"},
		"reserved flag in 3.1.1":    {mqtt.V311, "\x10\x0c" + v311 + "\x03\x00\x00\x00\x00", ""},
		"reserved flag in 3.1":      {mqtt.V31, "\x10\x0f" + v31 + "\x03\x00\x00\x00\x01a", "CONNACK 0"},
		"will QoS without a will":   {mqtt.V5, "\x10\x0d" + v5 + "\x0A\x00\x00\x00\x00\x00", "CONNACK 129"},
		"bytes after the end":       {mqtt.V5, "\x10\x0e" + v5 + "\x02\x00\x00\x00\x00\x00!", "CONNACK 129"},
		"ends inside a field":       {mqtt.V5, "\x10\x0c" + v5 + "\x02\x00\x00\x00\x00", "CONNACK 129"},
		"3.1.1, no identifier":      {mqtt.V311, "\x10\x0c" + v311 + "\x00\x00\x00\x00\x00", "CONNACK 133"},
		"3.1, no identifier":        {mqtt.V31, "\x10\x0e" + v31 + "\x02\x00\x00\x00\x00", "CONNACK 133"},
		"3.1.1, clean, no id":       {mqtt.V311, "\x10\x0c" + v311 + "\x02\x00\x00\x00\x00", "CONNACK 0"},
		"an Authentication Method":  {mqtt.V5, "\x10\x11" + v5 + "\x02\x00\x00\x04\x15\x00\x01x\x00\x00", "CONNACK 140"},
		"larger than a CONNECT may": {mqtt.V5, "\x10\xFF\xFF\x7F", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, newHost(t))
			c.version = test.version
			c.say([]byte(test.bytes))
			if test.want != "" {
				h, body, err := c.packet()
				if err != nil {
					t.Fatalf("%v, want %s", err, test.want)
				}
				if got := c.text(h, body); !strings.HasPrefix(got, test.want) {
					t.Fatalf("heard %q, want %q", got, test.want)
				}
			}
			if test.want == "CONNACK 0" {
				c.say(pingreq)
				c.want("PINGRESP")
				return
			}
			_ = c.nc.(*net.TCPConn).CloseWrite()
			c.want("end")
		})
	}
}

// lines gives what is logged, a line at a time.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

func TestTLSWithoutTLSIsNamed(t *testing.T) {
	for bytes, want := range map[string]string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03": "speaks TLS",
		"\x16\x03\x05\x02\x00":                         "packet ends inside a field",
		"\x10\x03\x01\x02\x00":                         "packet ends inside a field",
	} {
		logged := make(lines, 10)
		h := newHost(t)
		h.Log = slog.New(slog.NewTextHandler(logged, nil))
		c := dial(t, h)
		c.say([]byte(bytes))
		if got := <-logged; !strings.Contains(got, "connection refused") || !strings.Contains(got, want) {
			t.Errorf("%x: logged %q, want %q", bytes, got, want)
		}
		c.want("end")
	}
}

func TestVersionsThatAreNotSpokenHere(t *testing.T) {
	h := newHost(t)
	h.Settings.Versions = []mqtt.Version{mqtt.V5}
	c := dial(t, h)
	c.version = mqtt.V311
	c.say(c.connect("c"))
	c.want("CONNACK 132", "end")
}

func TestConnackSaysWhatTheClientMayCountOn(t *testing.T) {
	h := newHost(t)
	h.Settings.MaxKeepAlive = time.Minute
	c := dial(t, h)
	c.say(c.connect("", func(p *packet.Connect) {
		p.KeepAlive = 3600
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = 0xFFFFFFFF, true
	}))
	head, body, err := c.packet()
	if err != nil {
		t.Fatal(err)
	}
	var got packet.Connack
	if err := got.Decode(head, mqtt.V5, body); err != nil {
		t.Fatal(err)
	}
	if got.ReceiveMaximum != 10 || got.MaximumPacketSize != 1<<20 || got.TopicAliasMaximum != 5 ||
		!got.HasServerKeepAlive || got.ServerKeepAlive != 60 || got.SessionExpiry != 24*3600 || !got.HasSessionExpiry ||
		!strings.HasPrefix(got.AssignedClientID, "auto-") || got.SharedSubscriptionUnavailable ||
		got.SubscriptionIdentifiersUnavailable || got.HasMaximumQoS || got.RetainUnavailable {
		t.Errorf("CONNACK says %+v", got)
	}
	if got.AssignedClientID != c.link.ClientID() {
		t.Errorf("assigned %q, known as %q", got.AssignedClientID, c.link.ClientID())
	}
}

// TestTextOfErrors: what user code says by Refuse is told, the text of other
// errors stays in the log.
func TestTextOfErrors(t *testing.T) {
	secret := errors.New("database 10.0.0.7 is away")
	public := &mqtt.Refusal{Code: mqtt.Banned, Reason: "go away"}
	for name, test := range map[string]struct {
		authenticate, connected error
		want                    []string
	}{
		"authenticate, plain":   {secret, nil, []string{"CONNACK 135", "end"}},
		"authenticate, refused": {public, nil, []string{"CONNACK 138 go away", "end"}},
		"connected, plain":      {nil, secret, []string{"CONNACK 0", "DISCONNECT 131", "end"}},
		"connected, refused":    {nil, &mqtt.Refusal{Code: mqtt.QuotaExceeded, Reason: "enough"}, []string{"CONNACK 0", "DISCONNECT 151 enough", "end"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			reason := make(chan error, 1)
			h.Calls.Authenticate = func(context.Context, *Link, *auth.Connect) error { return test.authenticate }
			h.Calls.Connected = func(context.Context, *Link) error { return test.connected }
			h.Calls.Disconnected = func(_ context.Context, _ *Link, err error) { reason <- err }
			c := dial(t, h)
			c.say(c.connect("c"))
			c.want(test.want...)
			c.close()
			if test.connected == nil {
				if len(reason) > 0 {
					t.Error("Disconnected was called for a client that was not let in")
				}
				if test.authenticate == secret && !strings.Contains(c.link.end.Error(), "10.0.0.7") {
					t.Errorf("the log says %v", c.link.end)
				}
				return
			}
			if err := <-reason; !errors.Is(err, test.connected) {
				t.Errorf("Disconnected was told %v", err)
			}
		})
	}
}

func TestTextOfPublishErrors(t *testing.T) {
	h := newHost(t)
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		if m.Topic == "plain" {
			return Verdict{}, errors.New("database is away")
		}
		return Verdict{}, &mqtt.Refusal{Code: mqtt.QuotaExceeded, Reason: "enough for today"}
	}
	c := admit(t, h, "c")
	c.say(c.publish(1, 1, "plain", ""), c.publish(1, 2, "x", ""), c.publish(2, 3, "x", ""))
	c.want("PUBACK 1 131", "PUBACK 2 151 enough for today", "PUBREC 3 151 enough for today")
	silent := admit(t, h, "silent", func(p *packet.Connect) { p.Props.RequestProblem = false })
	silent.say(silent.publish(1, 2, "x", ""))
	silent.want("PUBACK 2 151")
}

// TestReasonsFitTheMaximumPacketSize: reason strings and user properties are
// left out where they would make a packet too large for its client.
func TestReasonsFitTheMaximumPacketSize(t *testing.T) {
	long := &mqtt.Refusal{Code: mqtt.QuotaExceeded, Reason: strings.Repeat("long ", 20), Properties: []mqtt.UserProperty{{Key: "k", Value: "v"}}}
	small := func(p *packet.Connect) { p.Props.MaximumPacketSize = 60 }
	h := newHost(t)
	h.Calls.Authenticate = func(_ context.Context, _ *Link, c *auth.Connect) error {
		if c.ClientID == "refused" {
			return long
		}
		return nil
	}
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		r := *long
		r.Disconnect = m.Topic == "leave"
		return Verdict{}, &r
	}
	refused := dial(t, h)
	refused.say(refused.connect("refused", small))
	refused.want("CONNACK 151", "end")
	c := admit(t, h, "c", small)
	c.say(c.publish(1, 7, "x", ""), c.publish(1, 8, "leave", ""))
	c.want("PUBACK 7 151", "DISCONNECT 151", "end")
	large := dial(t, h)
	large.say(large.connect("refused"))
	large.want("CONNACK 151 "+long.Reason+" k=v", "end")
}

func TestPacketsBeforeConnackWait(t *testing.T) {
	h, hold := newHost(t), newHeld()
	defer hold.release()
	h.Calls.Authenticate = func(_ context.Context, _ *Link, c *auth.Connect) error {
		if c.ClientID == "slow" {
			hold.wait()
			return nil
		}
		return errors.New("no")
	}
	c := dial(t, h)
	c.say(c.connect("slow"), c.subscribe(1, filter("a", 0)), c.publish(1, 2, "a", "x"))
	<-hold.entered
	c.say(pingreq)
	hold.release()
	c.want("CONNACK 0", "SUBACK 1 [0]", "PUBLISH 0 a x", "PUBACK 2", "PINGRESP")

	refused := dial(t, h)
	refused.say(refused.connect("refused"), refused.publish(1, 2, "a", "never"), pingreq)
	refused.want("CONNACK 135", "end")
	c.say(pingreq)
	c.want("PINGRESP")
}

func TestStuckConnectionKeepsItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, hold := newHost(t), newHeld()
		defer hold.release()
		h.Calls.Publish = func(context.Context, *Link, *mqtt.Message) (Verdict, error) {
			hold.wait()
			return Verdict{}, nil
		}
		pipe := func() *talker {
			client, server := net.Pipe()
			return serve(t, h, client, server)
		}
		old := pipe()
		old.say(old.connect("c"))
		old.want("CONNACK 0")
		old.say(old.publish(0, 0, "x", ""))
		<-hold.entered
		c := pipe()
		c.say(c.connect("c"))
		c.want("CONNACK 137 the former connection of this client has not ended yet", "end")
		hold.release()
		<-old.ended
		again := pipe()
		again.say(again.connect("c"))
		again.want("CONNACK 0")
		again.close()
		c.close()
		old.close()
		h.Broker.Close()
	})
}

func TestPanicInUserCode(t *testing.T) {
	for call, want := range map[string][]string{
		"open":         {"end"},
		"authenticate": {"end"},
		"connected":    {"CONNACK 0", "DISCONNECT 131 a handler of the server failed", "end"},
		"subscribe":    {"CONNACK 0", "DISCONNECT 131 a handler of the server failed", "end"},
		"disconnected": {"CONNACK 0", "SUBACK 1 [0]", "end"},
	} {
		t.Run(call, func(t *testing.T) {
			h := newHost(t)
			at := func(name string) {
				if name == call {
					panic(name)
				}
			}
			h.Calls.Open = func(*Link) { at("open") }
			h.Calls.Authenticate = func(context.Context, *Link, *auth.Connect) error { at("authenticate"); return nil }
			h.Calls.Connected = func(context.Context, *Link) error { at("connected"); return nil }
			h.Calls.Subscribe = func(context.Context, *Link, *auth.Subscription) (mqtt.QoS, error) { at("subscribe"); return 0, nil }
			h.Calls.Disconnected = func(context.Context, *Link, error) { at("disconnected") }
			c := dial(t, h)
			d := packet.Disconnect{}
			c.say(c.connect("c"), c.subscribe(1, filter("a", 0)), d.Append(nil, mqtt.V5))
			c.want(want...)
			c.close()
			if n := h.Counters.Panics.Load(); n != 1 {
				t.Errorf("%d panics counted", n)
			}
			if s, f, _ := h.Broker.Size(); s != 0 || f != 0 {
				t.Errorf("%d sessions and %d filters are left", s, f)
			}
		})
	}
}
