package link

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestWillProperties: all of them go along, the expiry counted from when the
// will is sent; user code sees the will as a message.
func TestWillProperties(t *testing.T) {
	h := newHost(t)
	wills := make(chan mqtt.Message, 1)
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		if m.Will {
			wills <- *m
		}
		return Verdict{Relay: true, MaxQoS: mqtt.QoS1}, nil
	}
	sub := admit(t, h, "sub").listen("will", 2)
	props := mqtt.Properties{
		PayloadFormatUTF8: true, ContentType: "text/plain", ResponseTopic: "r", CorrelationData: []byte{1},
		User: []mqtt.UserProperty{{Key: "b", Value: "1"}, {Key: "a", Value: "2"}},
	}
	raw := packet.AppendProperties(nil, &props)
	c := admit(t, h, "c", func(p *packet.Connect) {
		p.HasWill = true
		p.Will = packet.Will{Topic: []byte("will"), Payload: []byte("gone"), QoS: mqtt.QoS2}
		p.Will.Props = packet.PublishProps{Raw: raw, Expiry: 50, HasExpiry: true}
	})
	d := packet.Disconnect{Code: mqtt.DisconnectWithWill}
	c.say(d.Append(nil, mqtt.V5))
	head, body, err := sub.packet()
	var p packet.Publish
	if err == nil {
		err = p.Decode(head, mqtt.V5, body)
	}
	if err != nil {
		t.Fatal(err)
	}
	got := packet.DecodeProperties(p.Props.Raw)
	if p.QoS != 1 || string(p.Payload) != "gone" || !got.PayloadFormatUTF8 || got.ContentType != "text/plain" || got.ResponseTopic != "r" ||
		string(got.CorrelationData) != "\x01" || !slices.Equal(got.User, props.User) || p.Props.Expiry != 50 {
		t.Errorf("the will came as %+v with %+v", p, got)
	}
	if m := <-wills; m.Topic != "will" || !slices.Equal(m.Properties.User, props.User) {
		t.Errorf("user code saw %+v", m)
	}
}

func TestSessionExpiryAtDisconnect(t *testing.T) {
	h := newHost(t)
	keep := func(p *packet.Connect) { p.Props.SessionExpiry, p.Props.HasSessionExpiry = 3600, true }
	for expiry, want := range map[uint32]int{0: 0, 60: 1} {
		c := admit(t, h, "c", keep)
		d := packet.Disconnect{SessionExpiry: expiry, HasSessionExpiry: true}
		c.say(d.Append(nil, mqtt.V5))
		c.want("end")
		c.close()
		if n, _, _ := h.Broker.Size(); n != want {
			t.Errorf("expiry %d leaves %d sessions", expiry, n)
		}
	}
}

// TestSlowReaderOfAnswers: a client that asks and never reads is cut off.
func TestSlowReaderOfAnswers(t *testing.T) {
	h := newHost(t)
	h.Broker.Limits().OutboxBytes = 1000
	reason := make(chan error, 1)
	h.Calls.Disconnected = func(_ context.Context, _ *Link, err error) { reason <- err }
	c := admit(t, h, "c")
	pings := []byte(strings.Repeat(string(pingreq), 5000))
	_ = c.nc.SetWriteDeadline(time.Now().Add(20 * time.Second))
	for {
		if _, err := c.nc.Write(pings); err != nil {
			break
		}
	}
	if err := <-reason; err != errOverrun {
		t.Errorf("ended with %v", err)
	}
}
