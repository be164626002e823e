package link

import (
	"bytes"
	"fmt"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// maxSteps is how many packets of a client one authentication may take. The
// ConnectTimeout bounds it, too, while the client is not let in.
const maxSteps = 32

// maxField is the length in bytes of the longest binary property.
const maxField = 65_535

// exchange is the authentication of a client by AUTH packets (section 4.12).
// Owned by the read loop.
type exchange struct {
	// first is what the CONNECT said, before user code saw it; without password
	// and will.
	first   auth.Connect
	connect *auth.Connect // what user code sees in this authentication
	steps   int
	waiting bool   // for a Continue of the client
	last    []byte // data that goes along with success

	// The CONNECT itself, while it waits for its CONNACK.
	header packet.Header
	body   []byte
}

// Mistakes and failures of an exchange.
var (
	errBeforeConnack = &packet.Error{Code: mqtt.ProtocolError, Reason: "a packet other than AUTH and DISCONNECT before CONNACK [MQTT-3.1.2-30]"}
	errNoMethod      = &packet.Error{Code: mqtt.ProtocolError, Reason: "AUTH without an Authentication Method in CONNECT [MQTT-4.12.0-7]"}
	errOtherMethod   = &packet.Error{Code: mqtt.ProtocolError, Reason: "another Authentication Method than in CONNECT [MQTT-4.12.0-5] [MQTT-4.12.1-1]"}
	errNotContinue   = &packet.Error{Code: mqtt.ProtocolError, Reason: "AUTH without Continue authentication within an exchange [MQTT-4.12.0-3]"}
	errNotAsked      = &packet.Error{Code: mqtt.ProtocolError, Reason: "AUTH with Continue authentication, and no exchange is going on"}
	errSteps         = &packet.Error{Code: mqtt.NotAuthorized, Reason: "the authentication takes too many steps"}
	errAuthSize      = &packet.Error{Code: mqtt.PacketTooLarge, Reason: "the AUTH is larger than the client's Maximum Packet Size [MQTT-3.1.2-24]"}
	errAuthData      = &packet.Error{Code: mqtt.ImplementationSpecificError, Reason: "authentication data of the server is longer than 65,535 bytes"}
)

// beginExchange takes a CONNECT with an Authentication Method: its data may
// suffice.
func (l *Link) beginExchange(h packet.Header, body []byte, p *packet.Connect, c *auth.Connect) error {
	x := &exchange{first: *c, connect: c}
	x.first.Password, x.first.HasPassword, x.first.Will = nil, false, nil
	l.exchange = x
	step, err := l.step(p.Props.AuthenticationData)
	switch {
	case err != nil:
		return l.refuseConnect(err)
	case step.Done:
		x.last = step.Data
		err := l.admit(p, c)
		x.last, x.connect = nil, nil
		return err
	}
	x.header, x.body = h, bytes.Clone(body) // p is a view into the read buffer
	return l.sendStep(mqtt.ContinueAuthentication, step)
}

// obeyUnknown obeys the packets of a client that is not let in yet, and whose
// exchange goes on.
func (l *Link) obeyUnknown(h packet.Header, body []byte) error {
	err := h.Check(l.version)
	switch {
	case err != nil:
		return l.refuseConnect(err)
	case h.Type == packet.TypeDisconnect:
		var d packet.Disconnect
		if err := d.Decode(h, l.version, body); err != nil {
			return err
		}
		return &clientLeft{d.Code}
	case h.Type != packet.TypeAuth:
		return l.refuseConnect(errBeforeConnack)
	}
	return l.continueExchange(h, body)
}

// continueExchange takes an AUTH of a client that is not let in yet.
func (l *Link) continueExchange(h packet.Header, body []byte) error {
	x := l.exchange
	a, err := l.readAuth(h, body)
	if err != nil {
		return l.refuseConnect(err)
	}
	if a.Code != mqtt.ContinueAuthentication {
		return l.refuseConnect(errNotContinue)
	}
	step, err := l.step(a.AuthenticationData)
	switch {
	case err != nil:
		return l.refuseConnect(err)
	case !step.Done:
		return l.sendStep(mqtt.ContinueAuthentication, step)
	}
	var p packet.Connect
	if err := p.Decode(x.header, l.version, x.body); err != nil {
		return l.connectError(&p, err) // it was decoded before
	}
	x.last = step.Data
	err = l.admit(&p, x.connect)
	x.body, x.last, x.connect = nil, nil, nil
	return err
}

// readAuth reads an AUTH, which repeats the method of the CONNECT.
func (l *Link) readAuth(h packet.Header, body []byte) (a packet.Auth, err error) {
	if l.exchange == nil {
		return a, errNoMethod
	}
	if err := a.Decode(h, l.version, body); err != nil {
		return a, err
	}
	if err := a.CheckClient(); err != nil {
		return a, err
	}
	if string(a.AuthenticationMethod) != l.exchange.first.AuthMethod {
		return a, errOtherMethod
	}
	return a, nil
}

// step has user code take one step.
func (l *Link) step(data []byte) (auth.Step, error) {
	x := l.exchange
	if x.steps++; x.steps > maxSteps {
		return auth.Step{}, errSteps
	}
	l.work.watch.arm()
	step, err := l.host.Calls.Exchange(l.Context(), l, x.connect, bytes.Clone(data))
	if !l.accepted.Load() {
		if l.identity = x.connect.Identity; l.identity.Method == "" { // for the log
			l.identity.Method = x.first.AuthMethod
		}
	}
	if err == nil && len(step.Data) > maxField {
		err = errAuthData
	}
	return step, err
}

// sendStep answers with an AUTH, which repeats the method [MQTT-4.12.0-5].
func (l *Link) sendStep(code mqtt.ReasonCode, step auth.Step) error {
	a := packet.Auth{Code: code, AuthenticationMethod: []byte(l.exchange.first.AuthMethod), AuthenticationData: step.Data}
	w := l.work
	w.buf = a.Append(w.buf[:0], l.version)
	switch {
	case !l.tooLarge(w.buf):
		l.out.Append(w.buf)
		return nil
	case l.accepted.Load():
		return errAuthSize
	}
	return l.refuseConnect(errAuthSize)
}

// authAgain takes an AUTH of a client that is let in: it authenticates again,
// by the same method, while other packets go on (section 4.12.1). What it had
// holds until it fails: then the connection ends [MQTT-4.12.1-2].
func (l *Link) authAgain(h packet.Header, body []byte) error {
	a, err := l.readAuth(h, body)
	if err != nil {
		return err
	}
	x := l.exchange
	switch {
	case x.waiting && a.Code != mqtt.ContinueAuthentication:
		return errNotContinue
	case !x.waiting && a.Code != mqtt.ReAuthenticate:
		return errNotAsked
	case !x.waiting:
		c, known := x.first, l.identity
		c.Known = &known
		x.connect, x.steps = &c, 0
	}
	step, err := l.step(a.AuthenticationData)
	if err == nil && step.Done {
		err = x.connect.Identify()
	}
	if err != nil {
		return l.authFailed(err)
	}
	if x.waiting = !step.Done; x.waiting {
		return l.sendStep(mqtt.ContinueAuthentication, step)
	}
	x.connect = nil
	l.host.Log.Info("client authenticated again", "client", shown(l.clientID), "method", shown(l.identity.Method), "user", auth.Shown(l.identity.User))
	return l.sendStep(mqtt.Success, step)
}

// authFailed is why a connection ends whose client could not authenticate
// again: with a code that DISCONNECT can tell, 0x87 where it cannot.
func (l *Link) authFailed(err error) error {
	r := *asConnectRefusal(err)
	if !mayTell(packet.TypeDisconnect, r.Code) || !r.Code.IsError() {
		r.Code = mqtt.NotAuthorized
	}
	r.Disconnect = true
	return fmt.Errorf("%w: %w", &r, err)
}
