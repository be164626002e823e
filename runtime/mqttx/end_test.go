package mqttx_test

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestEndAt: a connection ends at its time; a later call moves it, the zero time calls it off.
func TestEndAt(t *testing.T) {
	for _, v := range versions {
		synctest.Test(t, func(t *testing.T) {
			var conn *mqttx.Conn
			srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler { conn = c; return &hooks{} }, mqttx.Options{Logger: textLogger(io.Discard)})
			if err != nil {
				t.Fatal(err)
			}
			n := mqttxtest.Start(t, srv)
			c := n.Connect(mqttxtest.Options{ClientID: "c", Version: v})
			why := mqttx.Refusal{Code: mqttx.MaximumConnectTime, Reason: "over"}
			conn.EndAt(time.Now().Add(time.Minute), why)
			conn.EndAt(time.Now().Add(10*time.Minute), why)
			time.Sleep(5 * time.Minute)
			if err := c.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			conn.EndAt(time.Time{}, why)
			time.Sleep(15 * time.Minute)
			if err := c.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			conn.EndAt(time.Now().Add(-time.Second), why) // at once
			<-c.Done()
			r, ok := errors.AsType[*mqtt.Refusal](c.Err())
			if v == mqtt.V5 && (!ok || r.Code != mqttx.MaximumConnectTime || r.Reason != "over") {
				t.Errorf("%v", c.Err())
			}
		})
	}
}
