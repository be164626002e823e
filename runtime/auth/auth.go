// Package auth describes who wants in, and for what: the question that a
// CONNECT asks, the identity that answers it, and the question that each
// filter of a SUBSCRIBE asks. The answers are given by the user's code or by
// generated code.
package auth

import (
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strconv"
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
// password is best forgotten. What a 3.x client cannot say has the value of a
// 5.0 client that does not say it.
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
	// Duration is for ever. Whoever decides may make it shorter: then the
	// client cannot ask for more when it disconnects.
	SessionExpiry time.Duration

	// ReceiveMaximum is how many unacknowledged QoS 1 and 2 messages the client
	// takes at once, MaximumPacketSize how many bytes in a packet (0: any
	// number), TopicAliasMaximum how many topic aliases.
	ReceiveMaximum    uint16
	MaximumPacketSize uint32
	TopicAliasMaximum uint16
	// RequestResponse: the client asks for Response Information.
	RequestResponse bool
	// RequestProblem: the client wants reason strings and user properties of
	// refusals; it is true where nothing is said.
	RequestProblem bool

	RemoteAddr net.Addr
	TLS        *tls.ConnectionState // nil without TLS
	Will       *mqtt.Message        // nil without a will
	WillDelay  time.Duration        // how long the will waits; whole seconds
	User       []mqtt.UserProperty

	// AuthMethod is the Authentication Method of an MQTT 5.0 client that
	// authenticates by AUTH packets, such as SCRAM-SHA-256; empty for others.
	AuthMethod string
	// Methods are the auth methods that the listener takes of its clients; nil
	// for all. See Enter.
	Methods []string
	// Known is who the client is already, where it authenticates again on its
	// live connection (section 4.12.1); nil at its CONNECT. Password and Will are
	// not there then.
	Known *Identity

	// Identity is set by who authenticates the client. Left empty it stands for
	// the user name without a method.
	Identity Identity

	// What follows may be set by who authenticates the client: it goes into the
	// CONNACK of an MQTT 5.0 client that is let in.

	// ResponseInformation is the base of response topics (section 4.10.1), told
	// to a client that asks for it.
	ResponseInformation string
	// Answer are the user properties of the CONNACK.
	Answer []mqtt.UserProperty
}

// Identify fills in the Identity of a client that has authenticated, where its
// user was left empty. It returns an error where a client that authenticates
// again comes out as another: a session belongs to one identity, and rights
// were given to it.
//
// Clients of one method whose Identity has no User are one owner: who knows the
// client identifier of another one of them can take its session over. A method
// that tells its clients apart must set User, also for an exchange by AUTH.
func (c *Connect) Identify() error {
	if c.Identity == (Identity{}) {
		c.Identity.User = c.UserName
	}
	if c.Known != nil && *c.Known != c.Identity {
		return &mqtt.Refusal{Code: mqtt.NotAuthorized, Reason: "re-authentication as another user; connect anew for that"}
	}
	return nil
}

// Enter notes the auth method that decides on the client, before it does. It
// returns an error where the listener that the client came by does not take the
// method; clients that have authenticated are refused for that in any case.
func (c *Connect) Enter(method string) error {
	c.Identity.Method = method
	switch {
	case c.Methods == nil || slices.Contains(c.Methods, method):
		return nil
	case c.AuthMethod != "":
		return &mqtt.Refusal{Code: mqtt.BadAuthenticationMethod, Reason: fmt.Sprintf("this listener does not take the Authentication Method %q", c.AuthMethod)}
	}
	return &mqtt.Refusal{Code: mqtt.NotAuthorized, Reason: "this listener does not take clients of auth method " + strconv.Quote(method)}
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
	return &mqtt.Refusal{Code: mqtt.ClientIdentifierNotValid, Reason: fmt.Sprintf("the client identifier must be the %s, %q", source, Shown(value))}
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
		return &mqtt.Refusal{Code: code, Reason: fmt.Sprintf("%s %q holds /, +, # or U+0000, and topics depend on it", source, Shown(value))}
	}
	return nil
}
