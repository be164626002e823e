package websocket_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
	"github.com/mqttx-gen/mqttx-gen/runtime/websocket"
)

// named lets everyone in by the method that the user name is.
type named struct{ everyone }

func (named) Authenticate(_ context.Context, c *mqttx.Connect) error {
	c.Identity.Method = c.UserName
	return nil
}

// TestAllow: the rule of a listener holds for WebSocket connections, with and without TLS.
func TestAllow(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}}
	for scheme, o := range map[string]websocket.Options{"ws": {}, "wss": {TLS: config}} {
		srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return named{} },
			mqttx.Options{Logger: slog.New(slog.DiscardHandler), AuthMethods: []string{"device", "lab"}})
		if err != nil {
			t.Fatal(err)
		}
		addr := listen(t, srv, mqttx.Allow(websocket.Listen("127.0.0.1:0", o), "device"))
		for user, ok := range map[string]bool{"device": true, "lab": false} {
			d := ws.Dialer{TLSConfig: &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}}
			c, err := mqttxtest.NewClient(dial(t, d, scheme+"://"+addr, 1000), mqttxtest.Options{ClientID: user, UserName: user})
			r, refused := errors.AsType[*mqtt.Refusal](err)
			if (err == nil) != ok || refused && r.Code != mqtt.NotAuthorized {
				t.Errorf("%s, %s: %v", scheme, user, err)
			}
			if c != nil {
				c.Close()
			}
		}
	}
}

// TestDenyByDefault: a server without auth methods is not reached over WebSocket either, but with certificates of clients.
func TestDenyByDefault(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}}
	required := config.Clone()
	required.ClientCAs, required.ClientAuth = ca.Pool(), tls.RequireAndVerifyClientCert
	ended, end := context.WithCancel(t.Context())
	end()
	for name, tt := range map[string]struct {
		o  websocket.Options
		ok bool
	}{"ws": {}, "wss": {o: websocket.Options{TLS: config}}, "wss with certificates": {websocket.Options{TLS: required}, true}} {
		err := newServer(t).ListenAndServe(ended, websocket.Listen("0.0.0.0:0", tt.o))
		if refused := err != nil && strings.Contains(err.Error(), "AuthMethods"); refused == tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
