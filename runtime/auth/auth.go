// Package auth describes who wants in, and for what: the question that a
// CONNECT asks, the identity that answers it, and the question that each
// filter of a SUBSCRIBE asks. The answers are given by the user's code or by
// generated code.
package auth

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Identity is who a client is: the auth method that let it in, and its user
// name under that method. A session belongs to one identity.
type Identity struct {
	Method string
	User   string
}

// Connect is one CONNECT packet (MQTT 5.0 section 3.1) with what is known of
// its connection. Strings and byte slices are owned and may be kept; the
// password is best forgotten.
type Connect struct {
	// ClientID is the client identifier, never empty: AssignedID tells that the
	// client sent none and the server chose one [MQTT-3.1.3-6].
	ClientID   string
	AssignedID bool

	HasUserName, HasPassword bool
	UserName                 string
	Password                 []byte

	Version    mqtt.Version
	CleanStart bool
	// KeepAlive is the interval that the client asked for; 0 is none.
	KeepAlive time.Duration
	// SessionExpiry is how long the session shall outlive the connection, as
	// far as the server allows: whole seconds, 0 not at all. The longest
	// Duration is for ever.
	SessionExpiry time.Duration

	RemoteAddr net.Addr
	TLS        *tls.ConnectionState // nil without TLS
	Will       *mqtt.Message        // nil without a will
	User       []mqtt.UserProperty

	// AuthMethod is the Authentication Method of an MQTT 5.0 client that
	// authenticates by AUTH packets, such as SCRAM-SHA-256; empty for others.
	AuthMethod string

	// Identity is set by who authenticates the client. Left empty it stands for
	// the user name without a method.
	Identity Identity
}

// HasCredential reports whether the client sent a user name or a password.
func (c *Connect) HasCredential() bool { return c.HasUserName || c.HasPassword }

// CheckClientID returns an error that refuses the CONNECT where the client
// identifier is not value, which is that of source: user, claim.NAME or
// cert.FIELD.
func (c *Connect) CheckClientID(source, value string) error {
	if value != "" && c.ClientID == value {
		return nil
	}
	return &mqtt.Refusal{Code: mqtt.ClientIdentifierNotValid, Reason: fmt.Sprintf("the client identifier must be the %s, %q", source, value)}
}

// Subscription is one topic filter of a SUBSCRIBE packet (MQTT 5.0 section
// 3.8.3).
type Subscription struct {
	// Filter is the topic filter, without $share/name/ where it is shared.
	Filter string
	// Share is the share name of a shared subscription, else empty.
	Share string
	// QoS is the highest quality of service that the client asks for.
	QoS               mqtt.QoS
	NoLocal           bool
	RetainAsPublished bool
}

// CheckBound returns an error that refuses the CONNECT where value, which a
// topic's parameter is bound to, is empty or holds /, +, # or U+0000: such a
// value would match other clients' topics (CVE-2017-7650). source names the
// value: client_id, user, claim.NAME or cert.FIELD.
func CheckBound(source, value string) error {
	code := mqtt.NotAuthorized
	switch source {
	case "client_id":
		code = mqtt.ClientIdentifierNotValid
	case "user":
		code = mqtt.BadUserNameOrPassword
	}
	switch {
	case value == "":
		return &mqtt.Refusal{Code: code, Reason: source + " is empty, and topics depend on it"}
	case strings.ContainsAny(value, "/+#\x00"):
		return &mqtt.Refusal{Code: code, Reason: fmt.Sprintf("%s %q holds /, +, # or U+0000, and topics depend on it", source, value)}
	}
	return nil
}
