package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
)

const patience = 20 * time.Second

// large is a payload of 1 MiB.
var large = strings.Repeat("large payload 16", 1<<16)

// TestPahoForGo311 is eclipse/paho.mqtt.golang, 3.1.1.
func TestPahoForGo311(t *testing.T) {
	b := clients.Start(t, clients.Build(t, "."), "-max-packet", "2MiB")
	done := func(token mqtt.Token) {
		t.Helper()
		if !token.WaitTimeout(patience) || token.Error() != nil {
			t.Fatalf("no answer, or %v", token.Error())
		}
	}
	connect := func(id string) mqtt.Client {
		o := mqtt.NewClientOptions().AddBroker("tcp://" + b.Addr).SetClientID(id).SetAutoReconnect(false)
		c := mqtt.NewClient(o.SetWill("go/will", "gone", 1, false))
		done(c.Connect())
		return c
	}
	got := make(chan mqtt.Message, 10)
	keep := func(_ mqtt.Client, m mqtt.Message) { got <- m }
	next := func(want string, qos byte, retained bool) {
		t.Helper()
		select {
		case m := <-got:
			if string(m.Payload()) != want || m.Qos() != qos || m.Retained() != retained {
				t.Errorf("%s: %.40q, QoS %d, retained %v", m.Topic(), m.Payload(), m.Qos(), m.Retained())
			}
		case <-time.After(patience):
			t.Fatal("no message")
		}
	}
	sub, pub := connect("sub"), connect("pub")
	done(sub.Subscribe("go/#", 2, keep))
	for qos := range byte(3) {
		for i, payload := range []string{"small", large} {
			done(pub.Publish(fmt.Sprint("go/", i), qos, true, payload))
			next(payload, qos, false)
		}
	}
	late := connect("late")
	done(late.Subscribe("go/0", 1, keep))
	next("small", 1, true)
	late.Disconnect(100)
	mortal, err := net.Dial("tcp", b.Addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mortal.Write([]byte("\x10\x1c\x00\x04MQTT\x04\x0e\x00\x00\x00\x01m\x00\x07go/will\x00\x04gone")); err != nil {
		t.Fatal(err)
	}
	_, _ = mortal.Read(make([]byte, 4))
	_ = mortal.Close()
	next("gone", 1, false)
	sub.Disconnect(100)
	pub.Disconnect(100)
}

// TestPahoForGo5 is eclipse/paho.golang, 5.0, with a request and its response.
func TestPahoForGo5(t *testing.T) {
	b := clients.Start(t, clients.Build(t, "."), "-max-packet", "2MiB")
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	connect := func(id string) (*paho.Client, chan *paho.Publish) {
		nc, err := net.Dial("tcp", b.Addr)
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan *paho.Publish, 10)
		c := paho.NewClient(paho.ClientConfig{Conn: nc, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
			func(p paho.PublishReceived) (bool, error) { got <- p.Packet; return true, nil },
		}})
		ack, err := c.Connect(ctx, &paho.Connect{ClientID: id, CleanStart: true, KeepAlive: 30,
			WillMessage: &paho.WillMessage{Topic: "go/will", Payload: []byte("gone"), QoS: 1}})
		if err != nil || ack.ReasonCode != 0 {
			t.Fatal(err)
		}
		return c, got
	}
	next := func(got chan *paho.Publish, want string) *paho.Publish {
		t.Helper()
		select {
		case m := <-got:
			if string(m.Payload) != want {
				t.Errorf("%s: %.40q, want %.40q", m.Topic, m.Payload, want)
			}
			return m
		case <-ctx.Done():
			t.Fatal("no message")
			return nil
		}
	}
	subscribe := func(c *paho.Client, filter string) {
		t.Helper()
		if _, err := c.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 2}}}); err != nil {
			t.Fatal(err)
		}
	}
	publish := func(c *paho.Client, p *paho.Publish) {
		t.Helper()
		if _, err := c.Publish(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	sub, got := connect("sub")
	pub, answers := connect("pub")
	subscribe(sub, "go/#")
	for qos := range byte(3) {
		for _, payload := range []string{"small", large} {
			publish(pub, &paho.Publish{Topic: "go/a", QoS: qos, Retain: true, Payload: []byte(payload),
				Properties: &paho.PublishProperties{ContentType: "text/plain", User: paho.UserProperties{{Key: "k", Value: "v"}}}})
			if m := next(got, payload); m.QoS != qos || m.Retain || m.Properties.ContentType != "text/plain" || m.Properties.User.Get("k") != "v" {
				t.Errorf("%+v", m)
			}
		}
	}
	subscribe(pub, "answers")
	publish(pub, &paho.Publish{Topic: "go/ask", QoS: 1, Payload: []byte("when?"),
		Properties: &paho.PublishProperties{ResponseTopic: "answers", CorrelationData: []byte("c1")}})
	asked := next(got, "when?").Properties
	publish(sub, &paho.Publish{Topic: asked.ResponseTopic, QoS: 1, Payload: []byte("now"),
		Properties: &paho.PublishProperties{CorrelationData: asked.CorrelationData}})
	if m := next(answers, "now"); string(m.Properties.CorrelationData) != "c1" {
		t.Errorf("correlation data %q", m.Properties.CorrelationData)
	}
	late, kept := connect("late")
	subscribe(late, "go/a")
	if m := next(kept, large); !m.Retain {
		t.Error("it is not marked as retained")
	}
	// 0x04 is Disconnect with Will Message.
	if err := late.Disconnect(&paho.Disconnect{ReasonCode: 4}); err != nil {
		t.Fatal(err)
	}
	next(got, "gone")
	_ = sub.Disconnect(&paho.Disconnect{})
	_ = pub.Disconnect(&paho.Disconnect{})
}
