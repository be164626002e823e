package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

var (
	toT17  = fleet.CommandTopic{Tenant: "acme", Device: "t-17"}
	charge = fleet.Order{Value: fleet.OrderCharge{}}
)

// TestOrder: the office asks, the tracker answers, and the typed answer is the result.
func TestOrder(t *testing.T) {
	office, net, ctx := start(t)
	if _, err := office.Order(ctx, toT17, charge); !errors.Is(err, mqttx.ErrNotConnected) {
		t.Errorf("an order to a tracker that is away: %v", err)
	}
	device := connect(ctx, t, net, t17)
	answered := make(chan error, 1)
	go func() {
		m, err := device.Receive(ctx)
		if err == nil {
			err = device.Respond(ctx, m, `{"id": "c-2", "ok": false, "detail": "no cable"}`)
		}
		answered <- err
	}()
	result, err := office.Order(ctx, toT17, charge)
	if err != nil || <-answered != nil {
		t.Fatal(err)
	}
	if detail, _ := result.Detail.Get(); result.OK || detail != "no cable" {
		t.Errorf("answered %+v", result)
	}
	if n := office.Board.Calls("HandleCommandResult"); n != 0 {
		t.Errorf("the handler got the answer of a request, %d times", n)
	}
}

// TestOrderToMQTT311: the same command without a request; its result comes to the handler.
func TestOrderToMQTT311(t *testing.T) {
	office, net, ctx := start(t)
	old := t17
	old.Version = mqtt.V311
	device := connect(ctx, t, net, old)
	if result, err := office.Order(ctx, toT17, charge); err != nil || result != nil {
		t.Fatalf("%+v, %v", result, err)
	}
	c, err := mqttxtest.Receive[fleet.Command](ctx, device)
	if err != nil || c.Order != charge {
		t.Fatalf("received %+v, %v", c, err)
	}
	publish(ctx, t, device, "fleet/acme/t-17/command/result", `{"id": "`+c.ID+`", "ok": true}`)
	if got := office.Board.Last("HandleCommandResult"); got != "t-17: c-1, ok true" {
		t.Errorf("HandleCommandResult noted %q", got)
	}
}

// TestFirmware: an event goes to each connection, and a later tracker is told when it asks.
func TestFirmware(t *testing.T) {
	office, net, ctx := start(t)
	device := connect(ctx, t, net, t17)
	net.Connect(mqttxtest.Options{ClientID: "screen"})
	if err := office.Announce(ctx, "2.1"); err != nil {
		t.Fatal(err)
	}
	c, err := mqttxtest.Receive[fleet.Command](ctx, device)
	if install, ok := c.Order.Value.(fleet.OrderInstall); err != nil || !ok || install.Version != "2.1" {
		t.Errorf("received %+v, %v", c, err)
	}
	later := net.Connect(mqttxtest.Options{ClientID: "t-18", UserName: "acme", Password: "secret"})
	ask := mqtt.Message{Topic: "fleet/acme/t-18/config/get", QoS: mqtt.QoS1}
	ask.Properties.CorrelationData = []byte("q1")
	if err := later.PublishMessage(ctx, &ask); err != nil {
		t.Fatal(err)
	}
	m, err := later.Receive(ctx)
	if err != nil || string(m.Raw) != `{"report_every":"PT30S","firmware":"2.1"}` || string(m.Properties.CorrelationData) != "q1" {
		t.Errorf("received %+v, %v", m, err)
	}
	if err := office.Announce(ctx, "newest"); err == nil {
		t.Error("an event that breaks its schema was sent")
	}
}

// TestWeb: the generated types check what comes over HTTP, too.
func TestWeb(t *testing.T) {
	office, net, ctx := start(t)
	web := httptest.NewServer(office.Web())
	defer web.Close()
	call := func(method, path, body string, want int) string {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, method, web.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := web.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var b strings.Builder
		if err := answer.Write(&b); err != nil || answer.StatusCode != want {
			t.Errorf("%s %s: %s", method, path, b.String())
		}
		return b.String()
	}
	report := func(every string) string { return `{"kind": "report", "every": ` + every + `}` }
	call("POST", "/fleet/acme/t-17/command", report("10"), http.StatusNotFound)
	call("POST", "/fleet/acme/+/command", report("10"), http.StatusBadRequest)
	if got := call("POST", "/fleet/acme/t-17/command", report("0"), http.StatusBadRequest); !strings.Contains(got, "every: 0 is less than 1") {
		t.Error(got)
	}
	call("POST", "/firmware/newest", "", http.StatusBadRequest)
	call("POST", "/firmware/2.1", "", http.StatusOK)

	device := connect(ctx, t, net, t17)
	go func() {
		if m, err := device.Receive(ctx); err == nil {
			_ = device.Respond(ctx, m, `{"id": "c-1", "ok": true}`)
		}
	}()
	if got := call("POST", "/fleet/acme/t-17/command", report("10"), http.StatusOK); !strings.HasSuffix(strings.TrimSpace(got), `{"id":"c-1","ok":true}`) {
		t.Error(got)
	}
	if got := call("GET", "/status", "", http.StatusOK); !strings.Contains(got, `"connections":1`) || !strings.Contains(got, `"accepted":1`) {
		t.Error(got)
	}
}

// TestLimits: what server.limits of the spec say, the server does.
func TestLimits(t *testing.T) {
	_, net, ctx := start(t)
	if _, err := net.TryConnect(mqttxtest.Options{Version: mqtt.V31, ClientID: "old"}); err == nil {
		t.Error("MQTT 3.1 was let in")
	}
	device := net.Connect(t17)
	if err := device.Publish(ctx, "fleet/acme/t-17/config/get", strings.Repeat("x", 20<<10), mqtt.QoS1); err == nil {
		t.Error("a packet of 20 KiB was taken")
	}
	select {
	case <-device.Done():
	case <-ctx.Done():
		t.Error("its connection goes on")
	}
}
