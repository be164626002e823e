package auth

import (
	"encoding/base64"
	"strings"
	"time"
)

// Step is one answer of the server in an exchange of AUTH packets (MQTT 5.0
// section 4.12). Make it with Continue or Done; the zero value is Continue(nil).
type Step struct {
	// Data is the Authentication Data that goes to the client; nil for none.
	Data []byte
	// Done says that the client is authenticated. Otherwise the exchange goes on.
	Done bool
}

// Continue sends data to the client, nil for none, whose answer comes in the
// next call.
func Continue(data []byte) Step { return Step{Data: data} }

// Done lets the client in, and sends it data along; nil for none.
func Done(data []byte) Step { return Step{Data: data, Done: true} }

// ScramCredentials is what a server keeps of a user for SCRAM (RFC 5802
// section 3): nothing from which the password follows. The zero value lets
// nobody in.
type ScramCredentials struct {
	Salt       []byte
	Iterations int // at least 4,096
	// StoredKey is H(HMAC(SaltedPassword, "Client Key")).
	StoredKey []byte
	// ServerKey is HMAC(SaltedPassword, "Server Key").
	ServerKey []byte
}

// Token is a JSON Web Token whose signature, issuer and times were verified.
type Token struct {
	Subject string    // the claim sub
	Claims  []byte    // all claims, as JSON
	Expires time.Time // the claim exp, with the leeway for clocks; zero for never
}

// HasToken reports whether a field of the CONNECT, user or password, has the
// form of a JSON Web Token in compact serialization (RFC 7515 section 3.1).
func (c *Connect) HasToken(field string) bool {
	text := c.UserName
	if field != "user" {
		text = string(c.Password)
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return false
	}
	for i, part := range parts {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(b) == 0 || i == 0 && b[0] != '{' {
			return false
		}
	}
	return true
}
