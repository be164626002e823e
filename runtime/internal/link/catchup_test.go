package link

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestCatchUp: a client that says good-bye and connects again at once has said good-bye, though the server hears the new
// connection first: its will is not sent [MQTT-3.14.4-3], what it has acknowledged does not come again, and what it has
// published is not lost.
func TestCatchUp(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		t.Run(v.String(), func(t *testing.T) { catchUp(t, v) })
	}
}

func catchUp(t *testing.T, v mqtt.Version) {
	h := newHost(t)
	var mu sync.Mutex
	var published []string // mu
	entered := make(chan struct{})
	h.Calls.Publish = func(ctx context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		mu.Lock()
		published = append(published, m.Topic)
		mu.Unlock()
		switch m.Topic {
		case "slow":
			close(entered)
			<-ctx.Done() // the new CONNECT has come
		case "last":
			if ctx.Err() != nil {
				t.Error("the context of the last message's handler has ended")
			}
		}
		return Verdict{Relay: true, MaxQoS: mqtt.QoS2}, nil
	}
	ends := make(chan error, 2)
	h.Calls.Disconnected = func(_ context.Context, _ *Link, reason error) { ends <- reason }

	keep := func(p *packet.Connect) {
		p.CleanStart = false
		p.Will, p.HasWill = packet.Will{Topic: []byte("will"), Payload: []byte("x")}, true
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = 1000, v == mqtt.V5
	}
	old := dial(t, h)
	old.version = v
	old.say(old.connect("c", keep))
	old.want("CONNACK 0")
	old.listen("news", mqtt.QoS1)
	other := admit(t, h, "other")
	other.say(other.publish(mqtt.QoS1, 1, "news", "once"))
	other.want("PUBACK 1")
	old.want("PUBLISH 1 news once")
	old.say(old.publish(mqtt.QoS0, 0, "slow", "x"))
	<-entered
	old.say(old.ack(packet.TypePuback, 1), old.publish(mqtt.QoS0, 0, "last", "x"), []byte{0xE0, 0})

	again := dial(t, h)
	again.version = v
	again.say(again.connect("c", keep))
	again.want(map[bool]string{true: "CONNACK 0", false: "CONNACK 0 present"}[v == mqtt.V31])
	if left := <-ends; !errors.As(left, new(*clientLeft)) {
		t.Errorf("the old connection has ended: %v", left)
	}
	again.say(pingreq)
	again.want("PINGRESP")
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"news", "slow", "last"}; !slices.Equal(published, want) {
		t.Errorf("published are %q, want %q", published, want)
	}
}

// TestCatchUpEnds: a takeover does not wait for a client that goes on sending, nor for handlers.
func TestCatchUpEnds(t *testing.T) {
	h := newHost(t)
	h.Calls.Publish = func(ctx context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		switch m.Topic {
		case "stuck":
			<-ctx.Done()
		default:
			time.Sleep(time.Millisecond) // the client is faster
		}
		return Verdict{}, nil
	}
	old := admit(t, h, "c")
	flood := slices.Concat(old.publish(mqtt.QoS0, 0, "a", string(make([]byte, 1000))))
	flooded := make(chan struct{})
	go func() {
		defer close(flooded)
		for range 1_000_000 {
			if _, err := old.nc.Write(flood); err != nil {
				return // the end
			}
		}
		t.Error("the old connection goes on")
	}()
	stuck := dial(t, h)
	stuck.say(stuck.connect("c"))
	stuck.want("CONNACK 0")
	<-flooded
	stuck.say(stuck.publish(mqtt.QoS0, 0, "stuck", "x"), stuck.publish(mqtt.QoS0, 0, "stuck", "x"), stuck.publish(mqtt.QoS0, 0, "stuck", "x"))
	last := dial(t, h)
	last.say(last.connect("c"))
	last.want("CONNACK 0") // within the TakeoverTimeout
}

// TestLastWordsOfWhoHasLeft: a client that closes its socket is still heard to the end, though writing to it fails before
// that: its DISCONNECT takes the will away.
func TestLastWordsOfWhoHasLeft(t *testing.T) {
	h := newHost(t)
	var mu sync.Mutex
	var published []string // mu
	entered, released := make(chan struct{}), make(chan struct{})
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		mu.Lock()
		published = append(published, m.Topic)
		mu.Unlock()
		if m.Topic == "slow" {
			close(entered)
			<-released
		}
		return Verdict{Relay: true, MaxQoS: mqtt.QoS2}, nil
	}
	ends := make(chan error, 2)
	h.Calls.Disconnected = func(_ context.Context, _ *Link, reason error) { ends <- reason }
	c := admit(t, h, "c", func(p *packet.Connect) {
		p.Will, p.HasWill = packet.Will{Topic: []byte("will"), Payload: []byte("x")}, true
	})
	c.listen("news", mqtt.QoS0)
	c.say(c.publish(mqtt.QoS0, 0, "slow", "x"))
	<-entered
	c.say(c.publish(mqtt.QoS0, 0, "last", "x"), []byte{0xE0, 0})
	c.closing.Do(func() { _ = c.nc.Close() })

	other := admit(t, h, "other")
	for id := range uint16(10) { // the first is answered with a reset, the next one fails
		other.say(other.publish(mqtt.QoS1, id+1, "news", "x"))
		other.hear()
	}
	close(released)
	if left := <-ends; !errors.As(left, new(*clientLeft)) {
		t.Errorf("the connection has ended: %v", left)
	}
	mu.Lock()
	defer mu.Unlock()
	published = slices.DeleteFunc(published, func(name string) bool { return name == "news" })
	if want := []string{"slow", "last"}; !slices.Equal(published, want) {
		t.Errorf("published are %q, want %q", published, want)
	}
}
