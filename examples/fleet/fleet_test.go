package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet/fleetv1"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// start serves an office in memory.
func start(t *testing.T) (*Office, *mqttxtest.Net, context.Context) {
	t.Helper()
	office, err := NewOffice("secret", mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return office, mqttxtest.Start(t, office.Server), ctx
}

// t17 is the tracker of most tests.
var t17 = mqttxtest.Options{ClientID: "t-17", UserName: "acme", Password: "secret"}

// connect connects a tracker of acme that listens for commands.
func connect(ctx context.Context, t *testing.T, net *mqttxtest.Net, o mqttxtest.Options) *mqttxtest.Client {
	t.Helper()
	device := net.Connect(o)
	if _, err := device.Subscribe(ctx, "fleet/acme/"+o.ClientID+"/command", mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
	return device
}

func publish(ctx context.Context, t *testing.T, device *mqttxtest.Client, name, payload string) {
	t.Helper()
	if err := device.Publish(ctx, name, payload, mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
}

func TestLowBatteryGetsACommand(t *testing.T) {
	office, net, ctx := start(t)
	device := connect(ctx, t, net, t17)
	report := func(payload string) {
		t.Helper()
		publish(ctx, t, device, "fleet/acme/t-17/reading", payload)
	}
	report(`{"temperature": 21.5, "battery": 80, "at": "2026-01-02T03:04:05Z"}`)
	report(`{"temperature": 21.5, "battery": 12, "at": "2026-01-02T03:04:06Z"}`)
	report(`{"temperature": 21.5, "battery": 11, "at": "2026-01-02T03:04:07Z"}`) // it knows already
	c, err := mqttxtest.Receive[fleet.Command](ctx, device)
	if err != nil || c.ID != "c-1" || c.Order.Value != (fleet.OrderCharge{}) {
		t.Fatalf("received %+v, %v", c, err)
	}
	publish(ctx, t, device, "fleet/acme/t-17/command/result", `{"id": "c-1", "ok": true}`)
	report(`{"temperature": 21.5, "battery": 9, "at": "2026-01-02T03:04:08Z"}`)
	if c, err := mqttxtest.Receive[fleet.Command](ctx, device); err != nil || c.ID != "c-2" {
		t.Fatalf("received %+v, %v; the repeated reading must not have sent a command", c, err)
	}
	if n := office.Board.Calls("HandleReading"); n != 4 {
		t.Errorf("HandleReading was called %d times", n)
	}
}

// TestTrace: a frame of protobuf gets to the typed method; bytes that are none do not.
func TestTrace(t *testing.T) {
	office, net, ctx := start(t)
	device := net.Connect(t17)
	frame := func(lat float32) string {
		b, err := proto.Marshal(&fleetv1.Trace{Start: 1767323045, Fixes: []*fleetv1.Fix{{Lat: lat, Lon: 13.4}, {After: 10, Lat: lat, Lon: 13.5}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	publish(ctx, t, device, "fleet/acme/t-17/trace", frame(52.5))
	for what, payload := range map[string]string{"not protobuf": "\xff", "no place on the earth": frame(100)} {
		expect(t, device.Publish(ctx, "fleet/acme/t-17/trace", payload, mqtt.QoS1), mqtt.PayloadFormatInvalid, what)
	}
	if got := office.Board.Last("HandleTrace"); !strings.HasPrefix(got, "t-17: 2 places in ") || office.Board.Calls("HandleTrace") != 1 {
		t.Errorf("HandleTrace noted %q", got)
	}
}

// TestLog: the field kind decides which of two methods gets the message.
func TestLog(t *testing.T) {
	office, net, ctx := start(t)
	device := net.Connect(t17)
	publish(ctx, t, device, "fleet/acme/t-17/log/modem/sim", `{"kind": "line", "level": "warning", "text": "no signal"}`)
	publish(ctx, t, device, "fleet/acme/t-17/log/gps", `{"kind": "crash", "reason": "out of memory", "stack": ["main", "fix"]}`)
	for _, payload := range []string{`{"kind": "tale", "text": "once upon a time"}`, `{"kind": "line", "reason": "of a crash"}`, `{}`} {
		expect(t, device.Publish(ctx, "fleet/acme/t-17/log/gps", payload, mqtt.QoS1), mqtt.PayloadFormatInvalid, payload)
	}
	for method, want := range map[string]string{
		"HandleLogLine":  "t-17 modem/sim: no signal",
		"HandleLogCrash": "t-17 gps: crash: out of memory",
	} {
		if got := office.Board.Last(method); got != want {
			t.Errorf("%s noted %q", method, got)
		}
	}
}

// TestLostTracker: a will calls the typed method of its topic.
func TestLostTracker(t *testing.T) {
	office, net, _ := start(t)
	mortal := t17
	mortal.Will = &mqtt.Message{Topic: "fleet/acme/t-17/log/modem", Raw: []byte(`{"kind": "crash", "reason": "no more signal"}`)}
	net.Connect(mortal).Close()
	net.Connect(t17) // a client identifier has one connection: the former has ended when this one is let in
	if got := office.Board.Last("Disconnected"); !strings.HasPrefix(got, "t-17: ") {
		t.Errorf("Disconnected noted %q", got)
	}
	if got := office.Board.Last("HandleLogCrash"); got != "t-17 modem: connection lost: no more signal" {
		t.Errorf("HandleLogCrash noted %q", got)
	}
}

// TestOutOfService: an empty retained message takes the last reading back.
func TestOutOfService(t *testing.T) {
	office, net, ctx := start(t)
	device := net.Connect(t17)
	for _, payload := range []string{`{"temperature": 1, "at": "2026-01-02T03:04:05Z"}`, ""} {
		m := mqtt.Message{Topic: "fleet/acme/t-17/reading", Raw: []byte(payload), QoS: mqtt.QoS1, Retain: true}
		if err := device.PublishMessage(ctx, &m); err != nil {
			t.Fatal(err)
		}
	}
	if office.Board.Last("ClearedReading") != "t-17" || office.Server.Stats().Retained != 0 {
		t.Errorf("%d messages are retained", office.Server.Stats().Retained)
	}
}

// TestTraffic: middleware stands before all typed methods and sees what they answer.
func TestTraffic(t *testing.T) {
	office, net, ctx := start(t)
	device := net.Connect(t17)
	publish(ctx, t, device, "fleet/acme/t-17/config/get", "")
	expect(t, device.Publish(ctx, "fleet/acme/t-17/reading", "nonsense", mqtt.QoS1), mqtt.PayloadFormatInvalid, "nonsense")
	if a, r, b := office.Traffic.Accepted.Load(), office.Traffic.Refused.Load(), office.Traffic.Bytes.Load(); a != 1 || r != 1 || b != 8 {
		t.Errorf("counted %d accepted, %d refused, %d bytes", a, r, b)
	}
}

func TestDemo(t *testing.T) {
	var out strings.Builder
	if err := runDemo(t.Context(), &out, 3*time.Second); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"HandleReading", "temperature: 900 is more than 125", ": charge", "the office asked t-3 to report", "install 2.1", "HandleTrace", "done: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not show %q:\n%s", want, out.String())
		}
	}
}
