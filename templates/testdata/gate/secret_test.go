package gate

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/jwt"
	"github.com/mqttx-gen/mqttx-gen/runtime/auth/scram"
	"github.com/mqttx-gen/mqttx-gen/runtime/metrics"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// chatty is a Handler that logs, returns and panics with whatever it is given.
type chatty struct {
	handler
	log *slog.Logger
}

func (h *chatty) AuthenticateOperator(_ context.Context, c *mqttx.Connect, user string, password []byte) error {
	h.log.Debug("operator", "connect", c, "value", *c)
	switch user {
	case "panics":
		panic(c)
	case "refused":
		return fmt.Errorf("not let in: %v %+v %#v", c, c, c)
	}
	return nil
}

func (h *chatty) AuthSSO(_ context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	if len(data) > 0 {
		return mqttx.AuthStep{}, fmt.Errorf("step of %v failed", c)
	}
	return mqttx.Continue(nil), nil
}

// TestSecretsAreNowhere: logins of every kind, and wills, whose secrets hold a
// marker: it is in no line of the log at any level, no error that a client is
// told and no metric.
func TestSecretsAreNowhere(t *testing.T) {
	const marker = "xyzzySECRETxyzzy"
	i := newIssuer(t)
	var log lines
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	kept, err := scram.NewCredentials(scram.SHA256, marker, 4096)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := NewServer(func(*Conn) Handler {
		return &chatty{handler{meters: map[string]mqttx.ScramCredentials{"me": kept}}, logger}
	}, Options{
		Options: mqttx.Options{Logger: logger, HandlerTimes: true, Sys: mqttx.Sys{Interval: time.Hour}},
		App:     jwt.Config{Files: []string{i.file(t)}, Audiences: []string{"gate"}},
		Bare:    jwt.Config{Keys: []jwt.Key{{Key: &i.es.PublicKey}}},
		Meter:   scram.Config{Iterations: 4096},
	})
	if err != nil {
		t.Fatal(err)
	}
	net := mqttxtest.Start(t, srv)
	will := func(name string) *mqtt.Message { return &mqtt.Message{Topic: name, Raw: []byte(marker), QoS: 1} }
	token := func(changes ...any) string {
		return sign(t, jose.ES256, i.es, "es", claims(append(changes, "note", marker)...))
	}
	basic := func(user string, o mqttxtest.Options) mqttxtest.Options {
		o.UserName, o.Password = user, marker
		return o
	}
	right := prover(t, "m", "me", marker)
	wrong := prover(t, "m", "me", marker+"2")
	var told strings.Builder
	logins := 0
	for name, o := range map[string]mqttxtest.Options{
		"password":              basic("op", mqttxtest.Options{ClientID: "op", Will: will("t/op/op/data")}),
		"password, refused":     basic("refused", mqttxtest.Options{ClientID: "refused", Will: will("t/op/op/data")}),
		"password, panic":       basic("panics", mqttxtest.Options{ClientID: "panics"}),
		"password, 3.1.1":       basic("refused", mqttxtest.Options{ClientID: "refused", Version: mqtt.V311}),
		"will to nowhere":       basic("op", mqttxtest.Options{ClientID: "op", Will: will("nowhere")}),
		"token":                 {ClientID: "me", Password: token(), Will: will("t/acme/me/data")},
		"token that is over":    {ClientID: "me", Password: token("exp", 1)},
		"token of another":      {ClientID: "me", Password: token("sub", "you")},
		"token, cut":            {ClientID: "me", Password: token()[:60] + marker},
		"no token":              {ClientID: "me", Password: marker + "." + marker + "." + marker},
		"token as user name":    {ClientID: "bare", UserName: token()},
		"bad token as user":     {ClientID: "bare", UserName: token()[:80] + marker},
		"SCRAM":                 right,
		"SCRAM, wrong password": wrong,
		"enhanced":              {ClientID: "s", AuthMethod: "GS2-KRB5", AuthData: []byte(marker)},
		"unknown method":        {ClientID: "s", AuthMethod: "none", AuthData: []byte(marker)},
	} {
		c, err := net.TryConnect(o)
		if err != nil {
			fmt.Fprintf(&told, "%s: %v\n", name, err)
			continue
		}
		logins++
		c.Close() // the will is sent
	}
	if logins < 4 {
		t.Errorf("only %d logins went well:\n%s", logins, &told)
	}
	if err := srv.Shutdown(t.Context()); err != nil { // so that everything is in the log
		t.Error(err)
	}
	var numbers bytes.Buffer
	metrics.Write(&numbers, srv.Stats())
	if !strings.Contains(log.String(), "DEBUG") || !strings.Contains(log.String(), "handler panicked") {
		t.Errorf("the log does not hold what it should:\n%s", &log)
	}
	encoded := base64.RawURLEncoding.EncodeToString([]byte(`"note":"` + marker))[:16]
	for where, text := range map[string]string{"log": log.String(), "metrics": numbers.String(), "what clients are told": told.String()} {
		for _, secret := range []string{marker, encoded, fmt.Sprint([]byte(marker))[1:40], fmt.Sprintf("%x", marker)} {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in the %s:\n%s", where, text)
			}
		}
	}
}
