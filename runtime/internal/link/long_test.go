package link

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestRefusalsDoNotFillTheLog: a client that goes on with what is refused has some lines, and the last says how many
// there were.
func TestRefusalsDoNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		var log strings.Builder
		h.Log = slog.New(slog.NewTextHandler(&log, nil))
		h.Calls.Publish = func(context.Context, *Link, *mqtt.Message) (Verdict, error) {
			return Verdict{}, &mqtt.Refusal{Code: mqtt.PayloadFormatInvalid, Reason: "no"}
		}
		h.Calls.Subscribe = func(context.Context, *Link, *auth.Subscription) (mqtt.QoS, error) {
			return 0, errors.New("no")
		}
		client, server := net.Pipe()
		c := serve(t, h, client, server)
		c.say(c.connect("c"))
		c.want("CONNACK 0")
		for id := range uint16(500) {
			c.say(c.publish(1, id+1, "a", ""))
			c.hear()
			c.say(c.subscribe(id+1, filter("a", 0)))
			c.hear()
		}
		if n := strings.Count(log.String(), " refused\""); n != refusalLines {
			t.Errorf("%d lines for 1000 refusals", n)
		}
		time.Sleep(2 * logEvery)
		c.say(c.publish(1, 1, "a", ""))
		c.hear()
		if !strings.Contains(log.String(), "more=990") {
			t.Errorf("it does not say how many there were:\n%s", log.String())
		}
		c.close()
		h.Broker.Close()
	})
}

// TestLongNamesAreCutInTheLog: no line grows with what a client calls itself, or its messages.
func TestLongNamesAreCutInTheLog(t *testing.T) {
	h := newHost(t)
	var log strings.Builder
	h.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.Calls.Publish = func(context.Context, *Link, *mqtt.Message) (Verdict, error) {
		return Verdict{}, &mqtt.Refusal{Code: mqtt.PayloadFormatInvalid, Reason: "no"}
	}
	long := strings.Repeat("long", 10_000)
	c := dial(t, h)
	c.say(c.connect(long))
	c.want("CONNACK 0")
	c.say(c.publish(1, 1, long[:20_000], ""))
	c.want("PUBACK 1 153 no")
	c.close()
	c = dial(t, h)
	c.say(c.connect("a", func(p *packet.Connect) {
		p.Props.AuthenticationMethod, p.Props.HasAuthenticationMethod = []byte(long), true
	}))
	c.hear()
	c.close()
	for line := range strings.Lines(log.String()) {
		if len(line) > 2000 {
			t.Errorf("a line of %d bytes: %.200s...", len(line), line)
		}
	}
	if n := strings.Count(log.String(), "longlong..."); n < 3 {
		t.Errorf("only %d lines name the client:\n%s", n, log.String())
	}
}
