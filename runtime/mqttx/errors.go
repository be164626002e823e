package mqttx

import (
	"errors"
	"fmt"

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
	// ErrServerClosed is returned by Serve and ListenAndServe after Shutdown.
	ErrServerClosed = errors.New("serve: the server is shut down")
)

// Refuse returns the error with which a handler refuses a request. In MQTT 5.0
// the client gets the code and the reason; in 3.x, which has no such answer, a
// PUBLISH is acknowledged and dropped, or its connection closed, by
// [Options].CloseOnRefusal.
func Refuse(code ReasonCode, format string, args ...any) error {
	return &mqtt.Refusal{Code: code, Reason: fmt.Sprintf(format, args...)}
}

// Disconnect returns the error with which a handler ends its connection: in
// MQTT 5.0 the client gets a DISCONNECT with the code and the user properties.
func Disconnect(code ReasonCode, user ...UserProperty) error {
	return &mqtt.Refusal{Code: code, Disconnect: true, Properties: user}
}

// CheckBound returns an error that refuses the CONNECT where a value that
// topics are bound to is empty or holds /, +, # or U+0000: it would match
// topics of other clients. source is client_id or user.
func CheckBound(source, value string) error { return auth.CheckBound(source, value) }
