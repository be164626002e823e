package main

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func TestWhatATrackerMayNot(t *testing.T) {
	_, net, ctx := start(t)
	device := net.Connect(mqttxtest.Options{ClientID: "t-17", UserName: "acme", Password: "secret"})
	reading := `{"temperature": 1, "at": "2026-01-02T03:04:05Z"}`
	for name, want := range map[string]mqtt.ReasonCode{
		"fleet/acme/t-18/reading": mqtt.NotAuthorized, // another tracker
		"fleet/evil/t-17/reading": mqtt.NotAuthorized, // another tenant
		"fleet/acme/t-17/command": mqtt.NotAuthorized, // not published by trackers
		"fleet/acme/t-17/other":   mqtt.TopicNameInvalid,
		"fleet//t-17/reading":     mqtt.TopicNameInvalid, // a parameter is never empty
	} {
		expect(t, device.Publish(ctx, name, reading, mqtt.QoS1), want, name)
	}
	shouting := net.Connect(mqttxtest.Options{ClientID: "t-1", UserName: "ACME", Password: "secret"})
	err := shouting.Publish(ctx, "fleet/ACME/t-1/reading", reading, mqtt.QoS1)
	expect(t, err, mqtt.TopicNameInvalid, "a tenant that breaks the schema of its parameter")
	for payload, want := range map[string]string{
		`{"temperature": 900, "at": "2026-01-02T03:04:05Z"}`: "temperature: 900 is more than 125",
		`{"at": "2026-01-02T03:04:05Z"}`:                     "temperature",
		`{"temperature": 1, "at": "yesterday"}`:              "at: ",
		`{"temperature": 1`:                                  "",
		``:                                                   "",
	} {
		err := device.Publish(ctx, "fleet/acme/t-17/reading", payload, mqtt.QoS1)
		expect(t, err, mqtt.PayloadFormatInvalid, payload)
		if err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: refused with %q, want %q in it", payload, err, want)
		}
	}
	for filter, want := range map[string]mqtt.ReasonCode{
		"fleet/acme/t-17/command": mqtt.Success,
		"fleet/+/t-17/command":    mqtt.NotAuthorized, // other tenants' trackers of that name
		"fleet/acme/+/command":    mqtt.NotAuthorized,
		"fleet/acme/t-17/#":       mqtt.NotAuthorized,
		"#":                       mqtt.NotAuthorized,
	} {
		_, err := device.Subscribe(ctx, filter, mqtt.QoS1)
		expect(t, err, want, filter)
	}
}

func TestClientIdentifiersThatWouldMatchOthers(t *testing.T) {
	_, net, _ := start(t)
	for _, id := range []string{"+", "#", "a/b"} {
		_, err := net.TryConnect(mqttxtest.Options{ClientID: id, UserName: "acme", Password: "secret"})
		expect(t, err, mqtt.ClientIdentifierNotValid, id)
	}
	_, err := net.TryConnect(mqttxtest.Options{ClientID: "t", UserName: "+", Password: "secret"})
	expect(t, err, mqtt.BadUserNameOrPassword, "user +")
	_, err = net.TryConnect(mqttxtest.Options{ClientID: "t", UserName: "acme", Password: "wrong"})
	expect(t, err, mqtt.BadUserNameOrPassword, "wrong password")
}

func TestScreenSeesReadingsOnly(t *testing.T) {
	_, net, ctx := start(t)
	device := net.Connect(mqttxtest.Options{ClientID: "t-17", UserName: "acme", Password: "secret"})
	reading := `{"temperature":1,"at":"2026-01-02T03:04:05Z"}`
	m := mqtt.Message{Topic: "fleet/acme/t-17/reading", Raw: []byte(reading), QoS: mqtt.QoS1, Retain: true}
	if err := device.PublishMessage(ctx, &m); err != nil {
		t.Fatal(err)
	}
	screen := net.Connect(mqttxtest.Options{ClientID: "screen"})
	if _, err := screen.Subscribe(ctx, "fleet/acme/+/reading", mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
	got, err := screen.Receive(ctx)
	if err != nil || string(got.Raw) != reading || !got.Retain {
		t.Errorf("a later screen received %+v, %v", got, err)
	}
	_, err = screen.Subscribe(ctx, "fleet/+/+/reading", mqtt.QoS1)
	expect(t, err, mqtt.NotAuthorized, "a screen that looks at every tenant")
	_, err = screen.Subscribe(ctx, "fleet/acme/t-17/command", mqtt.QoS1)
	expect(t, err, mqtt.NotAuthorized, "a screen and commands")
	expect(t, screen.Publish(ctx, "fleet/acme/t-17/reading", reading, mqtt.QoS1), mqtt.NotAuthorized, "a screen that publishes")
}

func expect(t *testing.T, err error, want mqtt.ReasonCode, what string) {
	t.Helper()
	var code mqtt.ReasonCode
	if refusal, ok := errors.AsType[*mqtt.Refusal](err); ok {
		code = refusal.Code
	} else if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if code != want {
		t.Errorf("%s: answered %v, want %v (%v)", what, code, want, err)
	}
}

// TestLimitsOfTheSpec: what server.limits says holds in the server that was
// generated from it.
func TestLimitsOfTheSpec(t *testing.T) {
	office, net, ctx := start(t)
	later := mqttxtest.Options{ClientID: "screen", SessionExpiry: time.Hour, Resume: true}
	screen := net.Connect(later)
	if _, err := screen.Subscribe(ctx, "fleet/acme/+/reading", mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
	screen.Close()
	for office.Server.Stats().Connections > 0 {
		runtime.Gosched()
	}
	device := net.Connect(t17)
	const queue, more = 100, 7
	for range queue + more {
		publish(ctx, t, device, "fleet/acme/t-17/reading", `{"temperature":1,"at":"2026-01-02T03:04:05Z"}`)
	}
	if s := office.Server.Stats(); s.Queued != queue || s.QueueMessagesFull != more {
		t.Errorf("%d messages wait, %d had no room", s.Queued, s.QueueMessagesFull)
	}
	const packet = 16 << 10
	err := device.Publish(ctx, "fleet/acme/t-17/reading", strings.Repeat(" ", packet), mqtt.QoS1)
	<-device.Done()
	expect(t, device.Err(), mqtt.PacketTooLarge, "a packet above the limit")
	if s := office.Server.Stats(); err == nil || s.PacketsTooLarge != 1 {
		t.Errorf("%d are counted; %v", s.PacketsTooLarge, err)
	}
}
