package mqttxtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates for tests with TLS: those of servers on loopback, and of clients.
type Authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority returns an authority with a key of its own.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority of " + t.Name()}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = a.newKey()
	a.cert = a.sign(template, template, a.key)
	return a
}

// Pool returns the pool that has this authority only.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Issue returns a certificate for servers on loopback and for clients, with a new key. fields has whatever shall stand
// in it, such as a Subject; serial number and validity are filled in.
func (a *Authority) Issue(fields x509.Certificate) tls.Certificate {
	a.t.Helper()
	fields.KeyUsage |= x509.KeyUsageDigitalSignature
	fields.ExtKeyUsage = append(fields.ExtKeyUsage, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	fields.IPAddresses = append(fields.IPAddresses, net.IPv4(127, 0, 0, 1), net.IPv6loopback)
	fields.DNSNames = append(fields.DNSNames, "localhost")
	key := a.newKey()
	cert := a.sign(&fields, a.cert, key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// WriteFiles writes a certificate that Issue has returned to dir/name.pem, and its key to dir/name.key.
func (a *Authority) WriteFiles(dir, name string, c tls.Certificate) (cert, key string) {
	a.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		a.t.Fatalf("mqttxtest: %v", err)
	}
	cert, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	a.write(cert, "CERTIFICATE", c.Certificate[0])
	a.write(key, "PRIVATE KEY", der)
	return cert, key
}

// WriteFile writes the certificate of the authority to dir/name.pem.
func (a *Authority) WriteFile(dir, name string) string {
	a.t.Helper()
	path := filepath.Join(dir, name+".pem")
	a.write(path, "CERTIFICATE", a.cert.Raw)
	return path
}

func (a *Authority) write(path, kind string, der []byte) {
	a.t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatalf("mqttxtest: %v", err)
	}
}

func (a *Authority) newKey() *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatalf("mqttxtest: %v", err)
	}
	return key
}

func (a *Authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		a.t.Fatalf("mqttxtest: %v", err)
	}
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatalf("mqttxtest: %v", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatalf("mqttxtest: %v", err)
	}
	return cert
}
