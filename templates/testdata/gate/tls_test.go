package gate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestMTLSOverTLS: the certificate of a real handshake decides who the client is.
func TestMTLSOverTLS(t *testing.T) {
	ca, other := mqttxtest.NewAuthority(t), mqttxtest.NewAuthority(t)
	h := &handler{}
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler {
		return &connection{handler: h, conn: &Conn{Conn: c, publisher: publisher{c}}}
	}, mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	nl, err := mqttx.TLS("127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}, ClientCAs: ca.Pool(), ClientAuth: tls.RequireAndVerifyClientCert,
	}).Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(context.Background(), nl) }()
	defer func() {
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	name := pkix.Name{CommonName: "t-17", Organization: []string{"acme"}}
	for _, tt := range []struct {
		signer *mqttxtest.Authority
		client string
		ok     bool
		want   mqtt.ReasonCode
	}{
		{ca, "t-17", true, 0},
		{ca, "t-18", false, mqtt.ClientIdentifierNotValid},
		{other, "t-17", false, 0}, // it does not get as far as CONNECT
	} {
		nc, err := tls.Dial("tcp", nl.Addr().String(), &tls.Config{
			RootCAs: ca.Pool(), Certificates: []tls.Certificate{tt.signer.Issue(x509.Certificate{Subject: name})},
		})
		if err != nil {
			t.Fatal(err)
		}
		c, err := mqttxtest.NewClient(nc, mqttxtest.Options{ClientID: tt.client})
		if (err == nil) != tt.ok || code(err) != tt.want {
			t.Errorf("%s: %v", tt.client, err)
		}
		if c != nil {
			c.Close()
		}
	}
	if h.by != "device" {
		t.Errorf("let in by %q", h.by)
	}
}
