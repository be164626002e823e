package link

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// paced runs f in virtual time with a client that was let in by a server with
// these rates.
func paced(t *testing.T, rates limit.Rates, change func(h *Host), f func(t *testing.T, h *Host, c *talker)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		h.Settings.Rates, h.Door.Loopback = rates, true
		h.Settings.ReceiveMaximum = 65_535
		if change != nil {
			change(h)
		}
		client, server := net.Pipe()
		c := serve(t, h, client, server)
		c.say(c.connect("c", func(p *packet.Connect) { p.KeepAlive = 2 }))
		c.want("CONNACK 0")
		f(t, h, c)
		c.close()
		h.Broker.Close()
	})
}

// send says n messages on a goroutine of its own, for a server that does not
// read lets nobody write, and reads on meanwhile.
func (c *talker) send(n int, name, payload string) {
	go func() {
		for id := range n {
			if _, err := c.nc.Write(c.publish(1, uint16(id+1), name, payload)); err != nil {
				return
			}
		}
	}()
}

func between(t *testing.T, what string, d, least, most time.Duration) {
	t.Helper()
	if d < least || d > most {
		t.Errorf("%s took %v, want %v to %v", what, d, least, most)
	}
}

func TestPublishRate(t *testing.T) {
	paced(t, limit.Rates{Messages: 10}, nil, func(t *testing.T, h *Host, c *talker) {
		begin := time.Now()
		c.send(40, "a", "")
		for id := 1; id <= 40; id++ {
			c.want(fmt.Sprint("PUBACK ", id))
			if id == 10 {
				between(t, "what fits a second", time.Since(begin), 0, 0)
			}
		}
		between(t, "40 messages", time.Since(begin), 2900*time.Millisecond, 3200*time.Millisecond)
		if n := h.Counters.Paused.Load(); n != 1 {
			t.Errorf("%d pauses counted", n)
		}
	})
}

// TestPublishRateKept: who sends exactly what it may is never slowed down.
func TestPublishRateKept(t *testing.T) {
	paced(t, limit.Rates{Messages: 10, Bytes: 1e6}, nil, func(t *testing.T, h *Host, c *talker) {
		for id := uint16(1); id <= 100; id++ {
			begin := time.Now()
			c.say(c.publish(1, id, "a", ""))
			c.want(fmt.Sprint("PUBACK ", id))
			between(t, "a message", time.Since(begin), 0, 0)
			time.Sleep(100 * time.Millisecond)
		}
		if n := h.Counters.Paused.Load(); n != 0 {
			t.Errorf("%d pauses counted", n)
		}
	})
}

func TestByteRate(t *testing.T) {
	paced(t, limit.Rates{Bytes: 1000}, nil, func(t *testing.T, h *Host, c *talker) {
		begin := time.Now()
		c.send(5, "a", strings.Repeat("x", 991)) // 1,000 bytes each
		for id := 1; id <= 5; id++ {
			c.want(fmt.Sprint("PUBACK ", id))
		}
		between(t, "5,000 bytes", time.Since(begin), 2900*time.Millisecond, 4200*time.Millisecond)
	})
}

// TestBytesOfOneLargeMessage: what exceeds a second's bytes is taken, and paid
// for later.
func TestBytesOfOneLargeMessage(t *testing.T) {
	paced(t, limit.Rates{Bytes: 1000}, nil, func(t *testing.T, h *Host, c *talker) {
		begin := time.Now()
		c.say(c.publish(1, 1, "a", strings.Repeat("x", 5000)))
		c.want("PUBACK 1")
		between(t, "one message", time.Since(begin), 0, 0)
		c.say(pingreq) // read late, and no keep-alive of 2 s fires before
		c.want("PINGRESP")
		between(t, "the next packet", time.Since(begin), 3900*time.Millisecond, 4200*time.Millisecond)
		c.say(pingreq)
		c.want("PINGRESP")
		begin = time.Now()
		c.want("DISCONNECT 141", "end") // the keep-alive goes on
		between(t, "the keep-alive", time.Since(begin), 3*time.Second, 5*time.Second)
	})
}

// TestPausedLinkListens: letters, the wish to end and what others publish reach
// a link that does not read.
func TestPausedLinkListens(t *testing.T) {
	const long = 1.0 / 3600
	for name, test := range map[string]struct {
		do   func(l *Link)
		want []string
	}{
		"end":      {func(l *Link) { l.End(mqtt.AdministrativeAction) }, []string{"DISCONNECT 152", "end"}},
		"cut off":  {func(l *Link) { l.CutOff() }, []string{"end"}},
		"letter":   {func(l *Link) { _ = l.Post(func() { l.out.Append([]byte{0xD0, 0}) }) }, []string{"PINGRESP"}},
		"takeover": {func(l *Link) { l.EndWith(&mqtt.Refusal{Code: mqtt.SessionTakenOver}) }, []string{"DISCONNECT 142", "end"}},
	} {
		t.Run(name, func(t *testing.T) {
			paced(t, limit.Rates{Messages: long}, nil, func(t *testing.T, h *Host, c *talker) {
				c.say(c.publish(1, 1, "a", ""))
				c.want("PUBACK 1")
				c.say(c.publish(1, 2, "a", ""))
				c.want("PUBACK 2")
				time.Sleep(10 * time.Minute) // the keep-alive stands still
				begin := time.Now()
				test.do(c.link)
				c.want(test.want...)
				if test.want[len(test.want)-1] == "end" {
					<-c.ended
				}
				between(t, "the answer", time.Since(begin), 0, time.Second)
				c.link.CutOff()
			})
		})
	}
}

// TestPausedSubscriber: what others publish, and retained messages beyond one
// turn, reach a client that is not read.
func TestPausedSubscriber(t *testing.T) {
	paced(t, limit.Rates{Messages: 1.0 / 3600}, nil, func(t *testing.T, h *Host, c *talker) {
		begin := time.Now()
		const many = 3000
		for i := range many {
			var o session.Offer
			o.Reset(session.Publication{Name: fmt.Sprintf("kept/%d", i), Payload: []byte("x"), Retain: true})
			h.Broker.Retain(&o)
		}
		c.say(c.publish(1, 1, "a", ""), c.subscribe(7, filter("kept/#", 0)), c.publish(1, 2, "a", ""))
		c.want("PUBACK 1", "SUBACK 7 [0]")
		got := 0
		for got < many {
			if heard := c.hear(); strings.HasPrefix(heard, "PUBLISH") {
				got++
			} else if heard != "PUBACK 2" {
				t.Fatalf("heard %q", heard)
			}
		}
		between(t, "the retained messages", time.Since(begin), 0, time.Second)
		c.link.CutOff()
	})
}

func TestCloseFast(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		h := newHost(t)
		h.Settings.Rates, h.Settings.CloseFast, h.Door.Loopback = limit.Rates{Messages: 3}, true, true
		reason := make(chan error, 1)
		h.Calls.Disconnected = func(_ context.Context, _ *Link, err error) { reason <- err }
		c := admitVersion(t, h, "c", v)
		for id := uint16(1); id <= 3; id++ {
			c.say(c.publish(1, id, "a", ""))
			c.want(fmt.Sprint("PUBACK ", id))
		}
		c.say(c.publish(1, 4, "a", ""))
		if v == mqtt.V5 {
			c.want("PUBACK 4", "DISCONNECT 150 "+errTooFast.Reason, "end")
		} else {
			c.want("PUBACK 4", "end")
		}
		if err := <-reason; err != errTooFast || h.Counters.ClosedFast.Load() != 1 {
			t.Errorf("ended with %v, %d counted", err, h.Counters.ClosedFast.Load())
		}
	}
}

// TestRatesExemptThisMachine, unless Loopback is set.
func TestRatesExemptThisMachine(t *testing.T) {
	h := newHost(t)
	h.Settings.Rates, h.Settings.CloseFast = limit.Rates{Messages: 1, Bytes: 1}, true
	c := admit(t, h, "c")
	for id := uint16(1); id <= 10; id++ {
		c.say(c.publish(1, id, "a", ""))
		c.want(fmt.Sprint("PUBACK ", id))
	}
	if c.link.pace != nil || h.Counters.ClosedFast.Load() != 0 {
		t.Error("a client on loopback is measured")
	}
}

// TestPausesAreLogged once a minute, however many there are.
func TestPausesAreLogged(t *testing.T) {
	var log strings.Builder
	change := func(h *Host) { h.Log = slog.New(slog.NewTextHandler(&log, nil)) }
	paced(t, limit.Rates{Messages: 1}, change, func(t *testing.T, h *Host, c *talker) {
		for id := uint16(1); id <= 40; id += 2 {
			c.say(c.publish(1, id, "a", ""), c.publish(1, id+1, "a", ""))
			c.want(fmt.Sprint("PUBACK ", id), fmt.Sprint("PUBACK ", id+1))
			for range 5 {
				time.Sleep(time.Second)
				c.say(pingreq)
				c.want("PINGRESP")
			}
		}
		if n := h.Counters.Paused.Load(); n != 20 {
			t.Errorf("%d pauses counted", n)
		}
		if n := strings.Count(log.String(), "client sends too fast; it is slowed down"); n != 2 {
			t.Errorf("%d lines in 100 s:\n%s", n, log.String())
		}
		if !strings.Contains(log.String(), "client=c ") || !strings.Contains(log.String(), "more=11") {
			t.Errorf("the line says too little:\n%s", log.String())
		}
	})
}

// BenchmarkParsePublish: a message without rates, and with them.
func BenchmarkParsePublish(b *testing.B) {
	for name, rates := range map[string]limit.Rates{"off": {}, "on": {Messages: 1e12, Bytes: 1e12}} {
		b.Run(name, func(b *testing.B) {
			h := newHost(b)
			h.Settings.Rates, h.Door.Loopback = rates, true
			l, other := standing(b, h, mqtt.V5)
			const burst = 16
			packets := bytes.Repeat((&talker{version: mqtt.V5}).publish(0, 0, "sensor/7/temperature", "21.5"), burst)
			b.ReportAllocs()
			for i := 0; i < b.N; i += burst {
				if used, _, leave := l.parse(packets); used != len(packets) || leave {
					b.Fatal(l.end)
				}
			}
			_ = other.Close()
			l.stop(errPeerClosed)
			l.finish()
		})
	}
}
