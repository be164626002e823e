package mqtt

import "fmt"

// Refusal is the error with which user code refuses a request and says what the peer is told.
// Code that looks for it uses [errors.As] with a *Refusal.
type Refusal struct {
	// Code is the reason code that is sent, or its nearest kin in MQTT 3.x.
	Code ReasonCode

	// Reason is a text for people, sent as the Reason String in MQTT 5.0; "" for none.
	Reason string

	// Disconnect asks that the connection be closed, not only the request refused.
	Disconnect bool

	// Properties are sent as User Properties in MQTT 5.0.
	Properties []UserProperty

	// ServerReference names the server to use instead, as "host:port" or whatever the clients
	// understand (section 4.11). It is sent in a CONNACK or DISCONNECT with UseAnotherServer or
	// ServerMoved; "" for none.
	ServerReference string
}

// Error returns the reason code in the standard's words, its number, and the reason.
func (r *Refusal) Error() string {
	verb := "refuse"
	if r.Disconnect {
		verb = "disconnect"
	}
	if r.Reason == "" {
		return fmt.Sprintf("%s: %v (0x%02X)", verb, r.Code, byte(r.Code))
	}
	return fmt.Sprintf("%s: %v (0x%02X): %s", verb, r.Code, byte(r.Code), r.Reason)
}
