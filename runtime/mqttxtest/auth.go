package mqttxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// prover is how a client authenticates by AUTH packets.
type prover struct {
	method string
	answer func(data []byte) []byte
}

// Authenticate authenticates again on the live connection, by Options.AuthMethod
// (MQTT 5.0 section 4.12.1), and returns the data that came with the success. Where
// the server refuses, it ends the connection: its DISCONNECT is the error.
func (c *Client) Authenticate(ctx context.Context, data []byte) ([]byte, error) {
	again := packet.Auth{Code: mqtt.ReAuthenticate, AuthenticationMethod: []byte(c.prove.method), AuthenticationData: data}
	a, err := c.ask(ctx, packet.TypeAuth, 0, again.Append(nil, c.version))
	if err != nil {
		return nil, fmt.Errorf("authenticate again: %w", err)
	}
	return []byte(a.reason), nil
}

// takeAuth deals with an AUTH of the server.
func (c *Client) takeAuth(h packet.Header, body []byte) error {
	var a packet.Auth
	if err := a.Decode(h, c.version, body); err != nil {
		return err
	}
	if string(a.AuthenticationMethod) != c.prove.method {
		return fmt.Errorf("the server authenticates by %q, not by %q [MQTT-4.12.0-5]", a.AuthenticationMethod, c.prove.method)
	}
	data := bytes.Clone(a.AuthenticationData)
	switch {
	case a.Code == mqtt.Success:
		c.answered(answerKey{h.Type, 0}, answer{reason: string(data)})
		return nil
	case c.prove.answer == nil:
		return errors.New("the server asks for more data, and Options.Answer is not set")
	}
	a = packet.Auth{Code: mqtt.ContinueAuthentication, AuthenticationMethod: []byte(c.prove.method), AuthenticationData: c.prove.answer(data)}
	c.sendLater(a.Append(nil, c.version))
	return nil
}
