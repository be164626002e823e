package auth

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Certificate is the verified certificate of a client, read only.
type Certificate struct {
	// Subject is the distinguished name.
	Subject pkix.Name

	// The subject alternative names.
	DNSNames, EmailAddresses []string
	URIs                     []*url.URL
	IPAddresses              []netip.Addr

	SerialNumber string // in hexadecimal digits, lower case
	Fingerprint  string // SHA-256 of the certificate, in hexadecimal digits, lower case

	X509 *x509.Certificate // all of it
}

// Certificate returns the certificate of the client. It is not ok where the
// client sent none, or where its chain was not verified.
func (c *Connect) Certificate() (cert Certificate, ok bool) {
	if c.TLS == nil || len(c.TLS.VerifiedChains) == 0 || len(c.TLS.VerifiedChains[0]) == 0 {
		return Certificate{}, false
	}
	leaf := c.TLS.VerifiedChains[0][0]
	sum := sha256.Sum256(leaf.Raw)
	cert = Certificate{
		Subject: leaf.Subject, DNSNames: leaf.DNSNames, EmailAddresses: leaf.EmailAddresses, URIs: leaf.URIs,
		Fingerprint: hex.EncodeToString(sum[:]), X509: leaf,
	}
	if leaf.SerialNumber != nil {
		cert.SerialNumber = leaf.SerialNumber.Text(16)
	}
	for _, ip := range leaf.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			cert.IPAddresses = append(cert.IPAddresses, a.Unmap())
		}
	}
	return cert, true
}

// User returns who the certificate is for: the distinguished name, where that
// is empty a subject alternative name, else the fingerprint.
func (c *Certificate) User() string {
	if name := c.Subject.String(); name != "" {
		return name
	}
	for _, field := range []string{"san.uri", "san.email", "san.dns", "san.ip"} {
		if values := c.values(field); len(values) > 0 {
			return values[0]
		}
	}
	return c.Fingerprint
}

// Field returns one field by the name that specs have for it: subject.cn,
// subject.o, subject.ou, subject.serial, san.dns, san.email, san.uri, san.ip,
// serial or fingerprint. A field that is not there, or more than once, is
// refused: it says nothing about who the client is.
func (c *Certificate) Field(name string) (string, error) {
	values := c.values(name)
	if len(values) != 1 {
		return "", &mqtt.Refusal{
			Code:   mqtt.NotAuthorized,
			Reason: fmt.Sprintf("the client certificate has %d values for %s, and must have one", len(values), name),
		}
	}
	return values[0], nil
}

// The attributes of a distinguished name, RFC 5280 appendix A.1.
var (
	oidCommonName         = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidSerialNumber       = asn1.ObjectIdentifier{2, 5, 4, 5}
	oidOrganization       = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidOrganizationalUnit = asn1.ObjectIdentifier{2, 5, 4, 11}
)

func (c *Certificate) values(field string) []string {
	switch field {
	case "subject.cn":
		return c.attributes(oidCommonName)
	case "subject.serial":
		return c.attributes(oidSerialNumber)
	case "subject.o":
		return c.attributes(oidOrganization)
	case "subject.ou":
		return c.attributes(oidOrganizationalUnit)
	case "san.dns":
		return c.DNSNames
	case "san.email":
		return c.EmailAddresses
	case "san.uri":
		return texts(c.URIs)
	case "san.ip":
		return texts(c.IPAddresses)
	case "serial":
		return []string{c.SerialNumber}
	case "fingerprint":
		return []string{c.Fingerprint}
	}
	return nil
}

// attributes returns all values of an attribute as the certificate has them:
// the fields of pkix.Name keep the last common name only.
func (c *Certificate) attributes(oid asn1.ObjectIdentifier) (values []string) {
	for _, a := range c.Subject.Names {
		if text, ok := a.Value.(string); ok && a.Type.Equal(oid) {
			values = append(values, text)
		}
	}
	return values
}

func texts[T fmt.Stringer](list []T) (values []string) {
	for _, v := range list {
		values = append(values, v.String())
	}
	return values
}
