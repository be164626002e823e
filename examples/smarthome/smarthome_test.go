package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/examples/smarthome/home"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// start serves in memory until the test ends.
func start(t *testing.T) (*mqttxtest.Net, context.Context) {
	t.Helper()
	srv, err := newServer("secret")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a message that does not come fails the test
	t.Cleanup(cancel)
	return mqttxtest.Start(t, srv), ctx
}

func in(room string) mqttxtest.Options {
	return mqttxtest.Options{UserName: room, Password: "secret"}
}

func TestMotionInTheDark(t *testing.T) {
	net, ctx := start(t)
	sensor, lamp := net.Connect(in("kitchen")), net.Connect(in("kitchen"))
	if _, err := lamp.Subscribe(ctx, "home/kitchen/lamp", mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
	for _, motion := range []string{`{"seen": true, "lux": 900}`, `{"seen": true, "lux": 20}`, `{"seen": false}`} {
		if err := sensor.Publish(ctx, "home/kitchen/motion", motion, mqtt.QoS1); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []home.Lamp{{On: true, Brightness: payload.Some(int64(80))}, {On: false}} { // nothing in bright light
		if got, err := mqttxtest.Receive[home.Lamp](ctx, lamp); err != nil || got != want {
			t.Errorf("the lamp got %+v, %v, want %+v", got, err, want)
		}
	}
	late := net.Connect(in("kitchen"))
	if _, err := late.Subscribe(ctx, "home/kitchen/lamp", mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
	if got, err := mqttxtest.Receive[home.Lamp](ctx, late); err != nil || got.On {
		t.Errorf("a lamp that came later got %+v, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	net, ctx := start(t)
	sensor := net.Connect(in("kitchen"))
	if err := sensor.Publish(ctx, "home/kitchen/temperature", "21.5", mqtt.QoS1); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct {
		topic, payload string
		want           mqtt.ReasonCode
	}{
		{"home/kitchen/temperature", "warm", mqtt.PayloadFormatInvalid},
		{"home/kitchen/temperature", "-300", mqtt.PayloadFormatInvalid},
		{"home/bedroom/temperature", "21.5", mqtt.NotAuthorized}, // another room
		{"home/kitchen/lamp", `{"on": true}`, mqtt.NotAuthorized},
		{"home/kitchen/weather", "sunny", mqtt.TopicNameInvalid},
	} {
		err := sensor.Publish(ctx, tt.topic, tt.payload, mqtt.QoS1)
		if refusal, ok := errors.AsType[*mqtt.Refusal](err); !ok || refusal.Code != tt.want {
			t.Errorf("%s %s: %v, want %v", tt.topic, tt.payload, err, tt.want)
		}
	}
	if _, err := net.TryConnect(mqttxtest.Options{UserName: "kitchen", Password: "guess"}); err == nil {
		t.Error("a wrong password was taken")
	}
}
