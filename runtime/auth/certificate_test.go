package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
)

// connect is the CONNECT of a client with a certificate.
func connect(t *testing.T, template *x509.Certificate) *Connect {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(0xbeef)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Connect{TLS: &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{cert}}}}
}

func TestCertificate(t *testing.T) {
	uri := &url.URL{Scheme: "spiffe", Host: "x", Path: "/y"}
	c := connect(t, &x509.Certificate{
		Subject: pkix.Name{
			CommonName: "cn", Organization: []string{"o"}, OrganizationalUnit: []string{"u1", "u2"}, SerialNumber: "s-1",
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 5}, Value: "s-1"}},
		},
		DNSNames: []string{"d"}, EmailAddresses: []string{"e@x"}, URIs: []*url.URL{uri}, IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)},
	})
	cert, ok := c.Certificate()
	if !ok {
		t.Fatal("no certificate")
	}
	for field, want := range map[string]string{
		"subject.cn": "cn", "subject.o": "o", "subject.serial": "s-1", "san.dns": "d", "san.email": "e@x", "san.uri": "spiffe://x/y",
		"san.ip": "10.0.0.1", "serial": "beef", "fingerprint": cert.Fingerprint, "subject.ou": "", "other": "",
	} {
		got, err := cert.Field(field)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", field, got, err)
		}
	}
	if len(cert.Fingerprint) != 64 || !strings.Contains(cert.User(), "CN=cn") || cert.IPAddresses[0].String() != "10.0.0.1" {
		t.Errorf("%+v", cert)
	}
}

// TestTwoCommonNames: of two common names pkix keeps the last, so none of them says who the client is.
func TestTwoCommonNames(t *testing.T) {
	cn := asn1.ObjectIdentifier{2, 5, 4, 3}
	c := connect(t, &x509.Certificate{Subject: pkix.Name{
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: cn, Value: "one"}, {Type: cn, Value: "two"}},
	}})
	cert, _ := c.Certificate()
	if v, err := cert.Field("subject.cn"); err == nil {
		t.Errorf("%q is taken", v)
	}
}

func TestCertificateUser(t *testing.T) {
	for want, template := range map[string]*x509.Certificate{
		"CN=a,O=b":  {Subject: pkix.Name{CommonName: "a", Organization: []string{"b"}}},
		"d.example": {DNSNames: []string{"d.example"}},
		"e@x":       {EmailAddresses: []string{"e@x"}, DNSNames: []string{"d"}},
	} {
		cert, _ := connect(t, template).Certificate()
		if got := cert.User(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	cert, _ := connect(t, &x509.Certificate{}).Certificate()
	if cert.User() != cert.Fingerprint {
		t.Error(cert.User())
	}
	for _, c := range []*Connect{{}, {TLS: &tls.ConnectionState{}}, {TLS: &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{}}}}} {
		if _, ok := c.Certificate(); ok {
			t.Errorf("%+v has a certificate", c)
		}
	}
}

func TestCheckClientID(t *testing.T) {
	c := &Connect{ClientID: "a"}
	if err := c.CheckClientID("user", "a"); err != nil {
		t.Error(err)
	}
	for _, value := range []string{"", "b", "A"} {
		if err := c.CheckClientID("user", value); err == nil {
			t.Errorf("%q is taken", value)
		}
	}
	if err := new(Connect).CheckClientID("user", ""); err == nil {
		t.Error("nothing equals nothing")
	}
}
