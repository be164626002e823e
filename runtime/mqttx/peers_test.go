package mqttx_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// What other servers get wrong with messages and sessions.

// TestNoExpiryIsInvented: a message without Message Expiry Interval has none
// when it arrives, live, retained or late; one server adds a day.
func TestNoExpiryIsInvented(t *testing.T) {
	net := start(t, nil)
	o := mqttxtest.Options{ClientID: "sub", Resume: true, SessionExpiry: time.Hour}
	sub := net.Connect(o)
	pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
	subscribe(t, sub, "a", mqtt.QoS1)
	message := &mqtt.Message{Topic: "a", Raw: []byte("x"), QoS: mqtt.QoS1, Retain: true}
	check := func(how string) {
		t.Helper()
		if m := receive(t, sub, "a", "x"); m.Properties.HasMessageExpiry {
			t.Errorf("%s: expires in %v", how, m.Properties.MessageExpiry)
		}
	}
	if err := pub.PublishMessage(wait(t), message); err != nil {
		t.Fatal(err)
	}
	check("live")
	subscribe(t, sub, "a", mqtt.QoS1)
	check("retained")
	sub.Close()
	if err := pub.PublishMessage(wait(t), message); err != nil {
		t.Fatal(err)
	}
	sub = net.Connect(o)
	check("late")
}

// TestMaximumPacketSizeCountsAll: fixed header and properties too
// [MQTT-3.1.2-24]; what is too large is dropped for that client alone, and
// takes no packet identifier.
func TestMaximumPacketSizeCountsAll(t *testing.T) {
	props := mqtt.Properties{ContentType: "text/plain", User: []mqtt.UserProperty{{Key: "k", Value: "v"}}}
	size := packet.PublishSize(mqtt.V5, &packet.Outgoing{
		Name: "a", QoS: 1, PacketID: 1, Payload: make([]byte, 150), Forward: packet.AppendProperties(nil, &props),
	})
	net := start(t, nil)
	exact := net.Connect(mqttxtest.Options{ClientID: "exact", MaximumPacketSize: uint32(size)})
	small := net.Connect(mqttxtest.Options{ClientID: "small", MaximumPacketSize: uint32(size - 1)})
	pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
	subscribe(t, exact, "a", mqtt.QoS1)
	subscribe(t, small, "a", mqtt.QoS1)
	for i := range 5 {
		large := mqtt.Message{Topic: "a", QoS: mqtt.QoS1, Raw: make([]byte, 150), Properties: props}
		if err := pub.PublishMessage(wait(t), &large); err != nil {
			t.Fatal(err)
		}
		publish(t, pub, "a", fmt.Sprint(i), mqtt.QoS1)
		receive(t, exact, "a", string(large.Raw))
		receive(t, exact, "a", fmt.Sprint(i))
		if m := receive(t, small, "a", fmt.Sprint(i)); int(m.PacketID) != i+1 {
			t.Errorf("message %d has packet identifier %d", i, m.PacketID)
		}
	}
}

// TestEmptyMessageLeavesTheRetainedOne, unless it is retained itself
// [MQTT-3.3.1-6]: one server deletes it.
func TestEmptyMessageLeavesTheRetainedOne(t *testing.T) {
	for _, v := range versions {
		net := start(t, nil)
		pub := net.Connect(mqttxtest.Options{ClientID: "pub", Version: v})
		say := func(m mqtt.Message) {
			t.Helper()
			m.Topic, m.QoS = "a", mqtt.QoS1
			if err := pub.PublishMessage(wait(t), &m); err != nil {
				t.Fatal(err)
			}
		}
		say(mqtt.Message{Raw: []byte("kept"), Retain: true})
		say(mqtt.Message{})
		sub := net.Connect(mqttxtest.Options{ClientID: "sub", Version: v})
		subscribe(t, sub, "a", mqtt.QoS1)
		receive(t, sub, "a", "kept")
		say(mqtt.Message{Retain: true})
		receive(t, sub, "a", "")
		subscribe(t, sub, "a", mqtt.QoS1)
		nothing(t, sub)
	}
}

// TestFiftyConnectsLeaveOne, in each version and with a session that ends and
// one that goes on [MQTT-3.1.4-3]: one server leaves up to 40.
func TestFiftyConnectsLeaveOne(t *testing.T) {
	for _, v := range versions {
		for _, lasts := range []bool{false, true} {
			srv := newServer(t, &hooks{}, mqttx.Options{})
			net := mqttxtest.Start(t, srv)
			o := mqttxtest.Options{Version: v, ClientID: "one", Resume: lasts}
			if lasts {
				o.SessionExpiry = time.Hour
			}
			var wg sync.WaitGroup
			clients := make([]*mqttxtest.Client, 50)
			for i := range clients {
				wg.Go(func() {
					c, err := net.TryConnect(o)
					if errors.As(err, new(*mqtt.Refusal)) {
						t.Error(err)
					}
					clients[i] = c // nil where it was taken over as soon as it was let in
				})
			}
			wg.Wait()
			eventually(t, func() bool { return srv.Stats().Connections == 1 })
			alive := 0
			for _, c := range clients {
				if c != nil && c.Ping(wait(t)) == nil {
					alive++
				}
			}
			if s := srv.Stats(); alive != 1 || s.Sessions != 1 {
				t.Errorf("%v, lasting %v: %d are alive, %+v", v, lasts, alive, s)
			}
		}
	}
}

// TestRemainingExpiry: a message that has waited, in a queue or as a retained
// one, says how long it is still good for, and is not sent after that
// [MQTT-3.3.2-5], [MQTT-3.3.2-6].
func TestRemainingExpiry(t *testing.T) {
	for _, v := range versions {
		synctest.Test(t, func(t *testing.T) {
			net := start(t, nil)
			o := mqttxtest.Options{Version: v, ClientID: "sub", Resume: true, SessionExpiry: time.Hour}
			sub := net.Connect(o)
			subscribe(t, sub, "a/#", mqtt.QoS1)
			sub.Close()
			synctest.Wait()
			pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
			for name, expiry := range map[string]time.Duration{"a/short": 10 * time.Second, "a/long": time.Minute} {
				m := &mqtt.Message{Topic: name, QoS: mqtt.QoS1, Retain: true, Raw: []byte("x")}
				m.Properties.MessageExpiry, m.Properties.HasMessageExpiry = expiry, true
				if err := pub.PublishMessage(wait(t), m); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(20 * time.Second) // virtual time
			sub = net.Connect(o)
			left := receive(t, sub, "a/long", "x").Properties.MessageExpiry
			nothing(t, sub)
			subscribe(t, sub, "a/#", mqtt.QoS1)
			retained := receive(t, sub, "a/long", "x").Properties.MessageExpiry
			nothing(t, sub)
			if want := map[bool]time.Duration{true: 40 * time.Second}[v == mqtt.V5]; left != want || retained != want {
				t.Errorf("%v: from the queue for %v, retained for %v, want %v", v, left, retained, want)
			}
		})
	}
}
