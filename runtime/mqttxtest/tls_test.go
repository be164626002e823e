package mqttxtest_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// certified lets in who has a certificate in its own name.
type certified struct{ open }

func (certified) Authenticate(_ context.Context, c *mqttx.Connect) error {
	if c.TLS == nil || len(c.TLS.VerifiedChains) == 0 || c.TLS.VerifiedChains[0][0].Subject.CommonName != c.ClientID {
		return mqttx.Refuse(mqttx.NotAuthorized, "no certificate in this name")
	}
	return nil
}

func newCertifiedServer(t *testing.T) *mqttx.Server {
	t.Helper()
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return certified{} }, mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func named(id, name string) mqttxtest.Options {
	return mqttxtest.Options{ClientID: id, Certificate: &x509.Certificate{Subject: pkix.Name{CommonName: name}}}
}

// TestCertificate connects clients with certificates, and one without: the server sees what stands in them.
func TestCertificate(t *testing.T) {
	net := mqttxtest.Start(t, newCertifiedServer(t))
	for _, o := range []mqttxtest.Options{named("w-1", "w-2"), {ClientID: "w-1"}} {
		_, err := net.TryConnect(o)
		var refusal *mqtt.Refusal
		if !errors.As(err, &refusal) || refusal.Code != mqtt.NotAuthorized {
			t.Errorf("%+v: got %v, want Not authorized", o.Certificate, err)
		}
	}
	one, other := net.Connect(named("w-1", "w-1")), net.Connect(named("w-2", "w-2"))
	if _, err := other.Subscribe(t.Context(), "a", mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
	if err := one.Publish(t.Context(), "a", "hello", mqtt.QoS1); err != nil {
		t.Fatal(err)
	}
	if m, err := other.Receive(t.Context()); err != nil || string(m.Raw) != "hello" {
		t.Errorf("received %q, %v", m.Raw, err)
	}
}

// TestCertificateInVirtualTime loses a client with a certificate inside a bubble of testing/synctest: its will is sent.
func TestCertificateInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := mqttxtest.Start(t, newCertifiedServer(t))
		o := named("w-1", "w-1")
		o.Will, o.KeepAlive = &mqtt.Message{Topic: "status", Raw: []byte("lost")}, time.Minute
		w := net.Connect(named("w-2", "w-2"))
		if _, err := w.Subscribe(t.Context(), "status", mqtt.QoS0); err != nil {
			t.Fatal(err)
		}
		net.Connect(o).Close()
		if m, err := w.Receive(t.Context()); err != nil || string(m.Raw) != "lost" {
			t.Errorf("received %q, %v", m.Raw, err)
		}
	})
}
