package link

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestReasonsOfUnwantedEnds(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(c *talker)
		want error
	}{
		"client closed": {func(c *talker) { _ = c.nc.Close() }, errPeerClosed},
		"cut off":       {func(c *talker) { c.link.CutOff() }, errCutOff},
	} {
		h := newHost(t)
		reason := make(chan error, 1)
		h.Calls.Disconnected = func(_ context.Context, _ *Link, err error) { reason <- err }
		test.end(admit(t, h, "c"))
		if err := <-reason; err != test.want {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

func TestContext(t *testing.T) {
	h := newHost(t)
	l, client := standing(t, h, mqtt.V5)
	ctx := l.Context()
	if ctx != l.Context() || ctx.Err() != nil {
		t.Error("a connection has one context, which goes on")
	}
	_ = client.Close()
	l.stop(errPeerClosed)
	l.finish()
	if ctx.Err() == nil {
		t.Error("the context outlives its connection")
	}
	late, other := standing(t, h, mqtt.V5)
	_ = other.Close()
	late.ctx, late.cancel = nil, nil
	late.stop(errPeerClosed)
	late.finish()
	if late.Context().Err() == nil {
		t.Error("a context that is asked for after the end goes on")
	}
}

func TestDeliver(t *testing.T) {
	h := newHost(t)
	send := func(l *Link) error {
		var o session.Offer
		var b session.Batch
		o.Reset(session.Publication{Name: "n", Payload: []byte("x"), QoS: mqtt.QoS1})
		defer b.Flush()
		return l.Deliver(&o, &b, mqtt.QoS1, time.Now())
	}
	early := dial(t, h)
	if err := send(early.link); !errors.Is(err, ErrNotConnected) {
		t.Errorf("before CONNECT: %v", err)
	}
	c := admit(t, h, "c")
	if err := send(c.link); err != nil {
		t.Fatal(err)
	}
	c.want("PUBLISH 1 n x")
	c.close()
	if err := send(c.link); !errors.Is(err, ErrNotConnected) {
		t.Errorf("after the end: %v", err)
	}
}

// TestKeepAliveIsPatient: a client that is heard of in time is never closed,
// however its packets fall between the ticks.
func TestKeepAliveIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		client, server := net.Pipe()
		c := serve(t, h, client, server)
		c.say(c.connect("c", func(p *packet.Connect) { p.KeepAlive = 1 }))
		c.want("CONNACK 0")
		time.Sleep(990 * time.Millisecond)
		for i := range 200 {
			c.say(pingreq)
			c.want("PINGRESP")
			time.Sleep(time.Duration(1010+(i*37)%480) * time.Millisecond)
		}
		begin := time.Now()
		c.want("DISCONNECT 141", "end")
		if d := time.Since(begin); d > 3*time.Second {
			t.Errorf("closed after %v of silence", d)
		}
		c.close()
		h.Broker.Close()
	})
}

// TestLettersAreNoSignOfLife: what the program sends to a connection does not keep alive a client that is gone, nor a
// packet that never ends.
func TestLettersAreNoSignOfLife(t *testing.T) {
	for name, last := range map[string][]byte{"silent": pingreq, "in a packet": {0x30, 100}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t)
				client, server := net.Pipe()
				c := serve(t, h, client, server)
				c.say(c.connect("c", func(p *packet.Connect) { p.KeepAlive = 10 }))
				c.want("CONNACK 0")
				go func() { c.say(last) }()
				begin := time.Now()
				go func() {
					for c.link.Post(func() { time.Sleep(time.Millisecond) }) == nil {
						time.Sleep(97 * time.Millisecond)
					}
				}()
				heard := ""
				for heard != "DISCONNECT 141" && heard != "end" && time.Since(begin) < time.Minute {
					heard = c.hear()
				}
				if heard != "DISCONNECT 141" {
					t.Errorf("heard %q after %v", heard, time.Since(begin))
				}
				_ = client.Close()
				time.Sleep(time.Second) // who posts sees the end
				c.close()
				h.Broker.Close()
			})
		})
	}
}

func TestLateTimers(t *testing.T) {
	h := newHost(t)
	c := admit(t, h, "c", func(p *packet.Connect) { p.KeepAlive = 60 })
	c.link.connectTimeout() // had begun to fire when CONNECT came
	c.say(pingreq)
	c.want("PINGRESP")
	c.close()
	c.link.watch() // had begun to fire when the connection ended
	if h.Broker.Timers.Stop(&c.link.timer) {
		t.Error("the timer of a connection that has ended is set")
	}
}
