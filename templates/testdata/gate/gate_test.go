package gate

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// handler notes which of its methods let somebody in.
type handler struct {
	by   string
	cert mqttx.Certificate
	user string // what AuthSSO finds out

	meters map[string]mqttx.ScramCredentials
}

func (h *handler) AuthenticateLab(context.Context, *mqttx.Connect) error {
	h.by = "lab"
	return nil
}
func (h *handler) AuthenticateDevice(_ context.Context, _ *mqttx.Connect, cert mqttx.Certificate) error {
	h.by, h.cert = "device", cert
	return nil
}
func (h *handler) AuthenticateApp(context.Context, *mqttx.Connect, AppClaims) error {
	h.by = "app"
	return nil
}
func (h *handler) AuthenticateBare(context.Context, *mqttx.Connect) error {
	h.by = "bare"
	return nil
}
func (h *handler) ScramMeter(_ context.Context, _ *mqttx.Connect, user string) (mqttx.ScramCredentials, error) {
	return h.meters[user], nil
}
func (h *handler) AuthSSO(_ context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	switch string(data) {
	case "first":
		return mqttx.Continue([]byte("more")), nil
	case "last":
		h.by, c.Identity.User = "sso", h.user
		return mqttx.Done([]byte("hello")), nil
	}
	return mqttx.AuthStep{}, mqttx.Refuse(mqttx.NotAuthorized, "no")
}
func (h *handler) AuthenticateOperator(_ context.Context, _ *mqttx.Connect, _ string, password []byte) error {
	if string(password) != "secret" {
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "wrong")
	}
	h.by = "operator"
	return nil
}
func (h *handler) AuthenticateSecond(context.Context, *mqttx.Connect, string, []byte) error {
	h.by = "second"
	return nil
}
func (h *handler) HandleData(context.Context, *DataMessage) error { return nil }
func (h *handler) HandleTeam(context.Context, *TeamMessage) error { return nil }
func (h *handler) HandleOpen(context.Context, *OpenMessage) error { return nil }

func code(err error) mqtt.ReasonCode {
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return r.Code
	}
	return 0
}

// certificate makes a certificate with a key of its own.
func certificate(t *testing.T, subject pkix.Name, dns ...string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(0xabc), Subject: subject, DNSNames: dns}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestMTLS(t *testing.T) {
	name := func(cn string, o ...string) pkix.Name { return pkix.Name{CommonName: cn, Organization: o} }
	for _, tt := range []struct {
		client string
		cert   *x509.Certificate
		want   mqtt.ReasonCode
	}{
		{"t-17", certificate(t, name("t-17", "acme"), "host"), 0},
		{"t-18", certificate(t, name("t-17", "acme"), "host"), mqtt.ClientIdentifierNotValid},
		{"", certificate(t, name("", "acme"), "host"), mqtt.NotAuthorized},
		{"+", certificate(t, name("+", "acme"), "host"), mqtt.NotAuthorized},
		{"a/b", certificate(t, name("a/b", "acme"), "host"), mqtt.NotAuthorized},
		{"t-17", certificate(t, name("t-17", "#"), "host"), mqtt.NotAuthorized},
		{"t-17", certificate(t, name("t-17"), "host"), mqtt.NotAuthorized},
		{"t-17", certificate(t, name("t-17", "acme", "other"), "host"), mqtt.NotAuthorized},
		{"t-17", certificate(t, name("t-17", "acme"), "one", "two"), mqtt.NotAuthorized},
		{"t-17", certificate(t, name("t-17", "acme")), mqtt.NotAuthorized},
	} {
		h := &handler{}
		c := &connection{handler: h}
		in := &mqttx.Connect{ClientID: tt.client, HasUserName: true, UserName: "x", // the certificate decides: it comes first
			TLS: &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{tt.cert}}, PeerCertificates: []*x509.Certificate{tt.cert}}}
		err := c.Authenticate(t.Context(), in)
		if code(err) != tt.want || (err == nil) != (tt.want == 0) || (h.by == "device") != (err == nil) {
			t.Errorf("%s with %v %v: %v, %q", tt.client, tt.cert.Subject, tt.cert.DNSNames, err, h.by)
		}
		if err != nil {
			continue
		}
		if h.cert.Subject.CommonName != "t-17" || h.cert.SerialNumber != "abc" || len(h.cert.Fingerprint) != 64 || h.cert.X509 != tt.cert {
			t.Errorf("certificate %+v", h.cert)
		}
		if in.Identity != (mqttx.Identity{Method: "device", User: "CN=t-17,O=acme"}) {
			t.Errorf("identity %+v", in.Identity)
		}
		for name, ok := range map[string]bool{"t/acme/host/data": true, "t/acme/t-17/data": false, "t/other/host/data": false, "team/x/t-17": true, "team/x/y": false} {
			if _, err := c.Publish(t.Context(), &mqttx.Message{Topic: name}); (err == nil) != ok {
				t.Errorf("publish to %s: %v", name, err)
			}
		}
	}
}

// TestUnverified: a certificate that nobody has verified is none.
func TestUnverified(t *testing.T) {
	h := &handler{}
	c := &connection{handler: h}
	in := &mqttx.Connect{ClientID: "t-17", TLS: &tls.ConnectionState{
		PeerCertificates: []*x509.Certificate{certificate(t, pkix.Name{CommonName: "t-17", Organization: []string{"acme"}}, "host")},
	}}
	if err := c.Authenticate(t.Context(), in); err != nil || h.by != "lab" {
		t.Errorf("%v by %q", err, h.by)
	}
}

func TestPassword(t *testing.T) {
	for _, tt := range []struct {
		client, user, password string
		want                   mqtt.ReasonCode
	}{
		{"ann", "ann", "secret", 0},
		{"ann", "ann", "wrong", mqtt.BadUserNameOrPassword},
		{"bob", "ann", "secret", mqtt.ClientIdentifierNotValid},
		{"+", "+", "secret", mqtt.ClientIdentifierNotValid},
		{"", "", "secret", mqtt.ClientIdentifierNotValid},
	} {
		h := &handler{}
		c := &connection{handler: h}
		in := &mqttx.Connect{ClientID: tt.client, HasUserName: true, UserName: tt.user, HasPassword: true, Password: []byte(tt.password)}
		if err := c.Authenticate(t.Context(), in); code(err) != tt.want || (err == nil) != (h.by == "operator") {
			t.Errorf("%+v: %v by %q", tt, err, h.by)
		}
	}
}

func TestExchange(t *testing.T) {
	ctx := t.Context()
	h := &handler{user: "me"}
	c := &connection{handler: h}
	in := &mqttx.Connect{ClientID: "me", AuthMethod: "GS2-KRB5"}
	step, err := c.Exchange(ctx, in, []byte("first"))
	if err != nil || step.Done || string(step.Data) != "more" || c.method != 0 {
		t.Errorf("%+v, %v", step, err)
	}
	if step, err = c.Exchange(ctx, in, []byte("last")); err != nil || !step.Done || c.method != methodSSO || in.Identity != (mqttx.Identity{Method: "sso", User: "me"}) {
		t.Errorf("%+v, %v, %+v", step, err, in.Identity)
	}
	for _, in := range []*mqttx.Connect{
		{ClientID: "+", AuthMethod: "GS2-KRB5"}, {ClientID: "", AuthMethod: "GS2-KRB5"}, {ClientID: "me", AuthMethod: "GS2"},
	} {
		c := &connection{handler: h}
		if step, err := c.Exchange(ctx, in, []byte("last")); err == nil || step.Done || c.method != 0 {
			t.Errorf("%+v: %+v, %v", in, step, err)
		}
	}
	if step, err := c.Exchange(ctx, in, []byte("bad")); code(err) != mqtt.NotAuthorized || step.Done {
		t.Errorf("%+v, %v", step, err)
	}
}
