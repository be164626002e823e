package mqttx

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// The data types of the standard, and what is known of a client, under the
// names by which users of this package read them.
type (
	// Message is one application message.
	Message = mqtt.Message
	// Properties are the MQTT 5.0 properties of a message.
	Properties = mqtt.Properties
	// UserProperty is one name and value of a packet.
	UserProperty = mqtt.UserProperty
	// QoS is a quality of service: 0, 1 or 2.
	QoS = mqtt.QoS
	// Version is a protocol version.
	Version = mqtt.Version
	// ReasonCode is the outcome of an operation, as MQTT 5.0 numbers it. The
	// codes are constants of package mqtt; those that handlers need most are
	// repeated here.
	ReasonCode = mqtt.ReasonCode
	// Connect is the question that a client's CONNECT asks.
	Connect = auth.Connect
	// Identity is who a client is.
	Identity = auth.Identity
	// Subscription is one filter of a SUBSCRIBE.
	Subscription = auth.Subscription
	// Refusal is an error with all that a client may be told: see [Refuse].
	Refusal = mqtt.Refusal
	// Delivery is a message that was sent to a client, at its end.
	Delivery = mqtt.Delivery
	// Certificate is the verified certificate of a client.
	Certificate = auth.Certificate
	// ScramCredentials is what a server keeps of a user for SCRAM.
	ScramCredentials = auth.ScramCredentials
	// AuthStep is one answer of the server in an exchange of AUTH packets.
	AuthStep = auth.Step
	// Level is what a topic filter says about one parameter of a topic.
	Level = topic.Level
)

// Continue is the AuthStep that sends data to the client, nil for none, whose
// answer comes in the next call.
func Continue(data []byte) AuthStep { return auth.Continue(data) }

// Done is the AuthStep that lets the client in, and sends it data along; nil
// for none.
func Done(data []byte) AuthStep { return auth.Done(data) }

// Qualities of service, MQTT 5.0 section 4.3.
const (
	QoS0 = mqtt.QoS0 // at most once
	QoS1 = mqtt.QoS1 // at least once
	QoS2 = mqtt.QoS2 // exactly once
)

// Protocol versions.
const (
	V31  = mqtt.V31
	V311 = mqtt.V311
	V5   = mqtt.V5
)

// Reason codes that handlers answer with; MQTT 5.0 section 2.4 has them all.
const (
	Success                     = mqtt.Success
	UnspecifiedError            = mqtt.UnspecifiedError
	ImplementationSpecificError = mqtt.ImplementationSpecificError
	BadAuthenticationMethod     = mqtt.BadAuthenticationMethod
	ClientIdentifierNotValid    = mqtt.ClientIdentifierNotValid
	BadUserNameOrPassword       = mqtt.BadUserNameOrPassword
	NotAuthorized               = mqtt.NotAuthorized
	ServerBusy                  = mqtt.ServerBusy
	Banned                      = mqtt.Banned
	TopicFilterInvalid          = mqtt.TopicFilterInvalid
	TopicNameInvalid            = mqtt.TopicNameInvalid
	QuotaExceeded               = mqtt.QuotaExceeded
	AdministrativeAction        = mqtt.AdministrativeAction
	MaximumConnectTime          = mqtt.MaximumConnectTime
	PayloadFormatInvalid        = mqtt.PayloadFormatInvalid
	RetainNotSupported          = mqtt.RetainNotSupported
	QoSNotSupported             = mqtt.QoSNotSupported
	UseAnotherServer            = mqtt.UseAnotherServer
	ServerMoved                 = mqtt.ServerMoved
)

// GeneratedCodeV1 is the handshake between generated code and this package. A
// package that does not compile because it is undefined was generated for
// another version of the runtime: run `go generate` with the mqttx-gen of the
// version in go.mod, or `go get` the runtime that the generator came with.
const GeneratedCodeV1 = true
