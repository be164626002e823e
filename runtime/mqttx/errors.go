package mqttx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var (
	// ErrNotImplemented is what a stub returns that waits to be filled in. The
	// client is answered 0x83, Implementation specific error.
	ErrNotImplemented = errors.New("handler is not implemented yet")
	// ErrNotConnected: the client is not connected now.
	ErrNotConnected = link.ErrNotConnected
	// ErrBusy: too much waits for the connection already.
	ErrBusy = link.ErrBusy
	// ErrNotSupported: the client speaks MQTT 3.x, which has no such thing.
	ErrNotSupported = errors.New("client does not speak MQTT 5.0")
	// ErrWouldDeadlock: the request waits for the client whose handler makes it,
	// and nothing is read of that client until the handler has returned.
	ErrWouldDeadlock = errors.New("request from a handler to its own client would wait for itself")
	// ErrServerClosed is returned by Serve and ListenAndServe after Shutdown, and
	// by requests that wait then.
	ErrServerClosed = errors.New("the server is shut down")
)

// Refuse returns the error with which a handler refuses a request. In MQTT 5.0
// the client gets the code and the reason; in 3.x, which has no such answer, a
// PUBLISH is acknowledged and dropped, or its connection closed, by
// [Options].CloseOnRefusal. A *[Refusal] may be returned as well, which also has
// user properties and, for a CONNECT, another server to use.
func Refuse(code ReasonCode, format string, args ...any) error {
	return &mqtt.Refusal{Code: code, Reason: fmt.Sprintf(format, args...)}
}

// Disconnect returns the error with which a handler ends its connection: in
// MQTT 5.0 the client gets a DISCONNECT with the code and the user properties. A
// *[Refusal] with Disconnect set says more, such as another server to use.
func Disconnect(code ReasonCode, user ...UserProperty) error {
	return &mqtt.Refusal{Code: code, Disconnect: true, Properties: user}
}

// CheckBound returns an error that refuses the CONNECT where a value that
// topics are bound to is empty or holds /, +, # or U+0000: it would match
// topics of other clients. source is client_id, user, claim.NAME or cert.FIELD.
func CheckBound(source, value string) error { return auth.CheckBound(source, value) }

// Requires returns an error where this version of the runtime lacks something
// that a generated package needs.
func Requires(features ...string) error {
	// Packages generated for an older version ask for these, too.
	present := []string{"enhanced", "jwt", "mtls", "rates", "scram-sha-256", "scram-sha-512"}
	features = slices.DeleteFunc(slices.Clone(features), func(f string) bool { return slices.Contains(present, f) })
	if len(features) == 0 {
		return nil
	}
	return fmt.Errorf("new server: the spec asks for %s, which this version of the runtime does not have yet; "+
		"take it out of the spec, or require a version that has it", strings.Join(features, ", "))
}
