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
