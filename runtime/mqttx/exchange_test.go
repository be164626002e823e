package mqttx_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// doorman asks two questions before it lets a client in.
type doorman struct {
	hooks
	asked int
}

func (h *doorman) Exchange(_ context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	if c.AuthMethod != "DOOR" {
		return mqttx.AuthStep{}, mqttx.Refuse(mqttx.BadAuthenticationMethod, "only DOOR here")
	}
	switch h.asked++; {
	case h.asked == 1:
		return mqttx.Continue([]byte("one?")), nil
	case h.asked == 2 && string(data) == "re: one?":
		return mqttx.Continue([]byte("two?")), nil
	case h.asked == 3 && string(data) == "re: two?":
		h.asked, c.Identity = 0, mqttx.Identity{Method: "door", User: c.ClientID}
		return mqttx.Done([]byte("come in")), nil
	}
	return mqttx.AuthStep{}, mqttx.Refuse(mqttx.NotAuthorized, "%q is no answer", data)
}

// TestExchange authenticates by AUTH packets, at CONNECT and again, through a
// Handler and with the client of package mqttxtest.
func TestExchange(t *testing.T) {
	conns := make(chan *mqttx.Conn, 10)
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler { conns <- c; return &doorman{} }, mqttx.Options{Logger: textLogger(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	n := mqttxtest.Start(t, srv)
	o := mqttxtest.Options{ClientID: "c", AuthMethod: "DOOR", Answer: func(data []byte) []byte { return append([]byte("re: "), data...) }}
	c := n.Connect(o)
	if who := (<-conns).Identity(); string(c.AuthData) != "come in" || who != (mqttx.Identity{Method: "door", User: "c"}) {
		t.Errorf("%q, %+v", c.AuthData, who)
	}
	subscribe(t, c, "a", mqtt.QoS1)
	if data, err := c.Authenticate(wait(t), nil); err != nil || string(data) != "come in" {
		t.Errorf("%q, %v", data, err)
	}
	publish(t, c, "a", "still here", mqtt.QoS1)
	receive(t, c, "a", "still here")
	var r *mqttx.Refusal
	o.Answer = func([]byte) []byte { return nil }
	if _, err := n.TryConnect(o); !errors.As(err, &r) || r.Code != mqttx.NotAuthorized || r.Reason != `"" is no answer` {
		t.Error(err)
	}
	if _, err := n.TryConnect(mqttxtest.Options{AuthMethod: "WINDOW"}); !errors.As(err, &r) || r.Code != mqttx.BadAuthenticationMethod {
		t.Error(err)
	}
	if _, err := n.TryConnect(mqttxtest.Options{AuthMethod: "DOOR"}); err == nil || !strings.Contains(err.Error(), "Options.Answer is not set") {
		t.Error(err)
	}
}
