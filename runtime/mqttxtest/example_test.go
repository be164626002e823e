package mqttxtest_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// open lets everybody in and relays everything.
type open struct{}

func (open) Authenticate(context.Context, *mqttx.Connect) error { return nil }

func (open) Publish(context.Context, *mqttx.Message) (mqttx.Route, error) {
	return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
}

func (open) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) { return s.QoS, nil }

// newServer stands for NewServer of a generated package.
func newServer() *mqttx.Server {
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return open{} }, mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	return srv
}

// run runs a function as go test would run it; examples have no *testing.T.
func run(f func(t *testing.T)) {
	first := true // -count and -cpu would repeat it
	once := func(t *testing.T) {
		if first {
			first = false
			f(t)
		}
	}
	match := func(string, string) (bool, error) { return true, nil }
	fmt.Println("ok:", testing.RunTests(match, []testing.InternalTest{{Name: "Test", F: once}}))
}

// Two clients and a server in memory.
func ExampleStart() {
	run(func(t *testing.T) {
		net := mqttxtest.Start(t, newServer())
		sensor := net.Connect(mqttxtest.Options{ClientID: "sensor"})
		screen := net.Connect(mqttxtest.Options{ClientID: "screen", Version: mqtt.V311})
		if _, err := screen.Subscribe(t.Context(), "room/+", mqtt.QoS1); err != nil {
			t.Fatal(err)
		}
		if err := sensor.Publish(t.Context(), "room/7", "21.5", mqtt.QoS1); err != nil {
			t.Fatal(err)
		}
		m, err := screen.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s %s\n", m.Topic, m.Raw)
	})
	// Output:
	// room/7 21.5
	// ok: true
}

// In a bubble of testing/synctest the server's timers run in virtual time: this
// takes no 20 seconds, and is exact.
func ExampleStart_virtualTime() {
	run(func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			net := mqttxtest.Start(t, newServer())
			sensor := net.Connect(mqttxtest.Options{
				ClientID: "sensor", KeepAlive: 10 * time.Second, Will: &mqtt.Message{Topic: "status", Raw: []byte("lost")},
			})
			screen := net.Connect(mqttxtest.Options{ClientID: "screen"})
			if _, err := screen.Subscribe(t.Context(), "status", mqtt.QoS1); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Second) // the sensor says nothing
			synctest.Wait()              // and everything settles
			fmt.Println(sensor.Err())
			m, err := screen.Receive(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("%s %s\n", m.Topic, m.Raw)
		})
	})
	// Output:
	// connection has ended: disconnect: Keep Alive timeout (0x8D)
	// status lost
	// ok: true
}

// A connection on which the test says every byte: a topic filter with a
// wildcard in the wrong place.
func ExampleNet_Raw() {
	run(func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			raw := mqttxtest.Start(t, newServer()).Raw(mqtt.V5)
			raw.Send(`10 [ VERSION 02 003C [] "sensor" ]`) // CONNECT, keep-alive 60
			raw.ExpectPacket("CONNACK")
			raw.Send(`82 [ 0001 [] "a/#/b" 00 ]`) // SUBSCRIBE, packet identifier 1
			p, err := raw.Next()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println(p)
			raw.ExpectClosed()
		})
	})
	// Output:
	// DISCONNECT code=8F reason="topic filter is not well formed [MQTT-4.7.1-1] [MQTT-4.7.1-2]"
	// ok: true
}
