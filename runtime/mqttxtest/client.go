package mqttxtest

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Options are what a client says in its CONNECT. The zero value is an MQTT 5.0
// client without a name, with a clean start.
type Options struct {
	Version  mqtt.Version // default 5.0
	ClientID string
	// UserName and Password are sent where they are not empty.
	UserName, Password string
	// Certificate has the fields of the certificate that the client shows, such
	// as a Subject: Connect and TryConnect of Net have it signed by an authority
	// that the server trusts, and come by TLS, in memory all the same.
	Certificate *x509.Certificate
	// Resume asks for the session of a former connection: clean start 0.
	Resume bool
	// SessionExpiry is how long the session outlives the connection; 5.0 only,
	// whole seconds.
	SessionExpiry time.Duration
	KeepAlive     time.Duration // whole seconds; 0: none, and no PINGREQ is ever sent
	// ReceiveMaximum is how many unacknowledged messages the client takes; 0:
	// 65,535. 5.0 only.
	ReceiveMaximum uint16
	// MaximumPacketSize in bytes; 0: no limit. 5.0 only.
	MaximumPacketSize uint32
	Will              *mqtt.Message
	WillDelay         time.Duration // 5.0 only, whole seconds
	// HoldAcks leaves QoS 1 and 2 messages unacknowledged until Acknowledge.
	HoldAcks bool

	// AuthMethod is the Authentication Method of a client that authenticates by
	// AUTH packets, AuthData what its CONNECT says, and Answer what it says to
	// the data of each AUTH of the server. 5.0 only.
	AuthMethod string
	AuthData   []byte
	Answer     func(data []byte) []byte
}

// Client is a small MQTT client for tests. It acknowledges what it receives,
// and keeps it until somebody asks. Safe for use by many goroutines.
type Client struct {
	version mqtt.Version
	nc      net.Conn
	// SessionPresent is what the CONNACK said.
	SessionPresent bool
	// AssignedClientID is the client identifier that the server chose.
	AssignedClientID string
	// AuthData is the Authentication Data of the CONNACK.
	AuthData []byte

	prove prover
	hold  bool
	done  chan struct{} // closed when the connection has ended

	write sync.Mutex // one packet at a time; guards nothing else

	mu sync.Mutex
	// mu guards the following.
	inbox   []mqtt.Message
	arrived chan struct{} // closed and replaced when something arrives
	answers map[answerKey][]chan answer
	lastID  uint16
	later   [][]byte      // acknowledgements that wait to be written
	sent    chan struct{} // closed when they are; nil while none wait
	end     error
}

type answerKey struct {
	t  packet.Type
	id uint16
}

type answer struct {
	codes  []mqtt.ReasonCode
	reason string // of an AUTH, its data
}

// ErrClosed says that the connection has ended. A DISCONNECT of the server is
// found in the error as a *mqtt.Refusal.
var ErrClosed = errors.New("connection has ended")

const timeout = 10 * time.Second

// NewClient sends CONNECT over a connection, which it owns, and waits for the
// CONNACK, at most 10 seconds. A refusal is a *mqtt.Refusal.
func NewClient(nc net.Conn, o Options) (*Client, error) {
	if o.Version == 0 {
		o.Version = mqtt.V5
	}
	c := &Client{
		version: o.Version, nc: nc, hold: o.HoldAcks, prove: prover{o.AuthMethod, o.Answer},
		done: make(chan struct{}), arrived: make(chan struct{}), answers: map[answerKey][]chan answer{},
	}
	r := &reader{nc: nc}
	if err := c.connect(r, &o); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("connect %q: %w", o.ClientID, err)
	}
	go c.run(r)
	return c, nil
}

func (c *Client) connect(r *reader, o *Options) error {
	_ = c.nc.SetDeadline(time.Now().Add(timeout))
	p := packet.Connect{
		Version: o.Version, CleanStart: !o.Resume, KeepAlive: uint16(o.KeepAlive / time.Second), ClientID: []byte(o.ClientID),
		HasUserName: o.UserName != "", UserName: []byte(o.UserName), HasPassword: o.Password != "", Password: []byte(o.Password),
	}
	p.Props.RequestProblem = true
	p.Props.ReceiveMaximum = 65535
	if o.Version == mqtt.V5 {
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = uint32(o.SessionExpiry/time.Second), o.SessionExpiry > 0
		p.Props.MaximumPacketSize = o.MaximumPacketSize
		if o.ReceiveMaximum > 0 {
			p.Props.ReceiveMaximum = o.ReceiveMaximum
		}
		p.Props.AuthenticationMethod, p.Props.HasAuthenticationMethod = []byte(o.AuthMethod), o.AuthMethod != ""
		p.Props.AuthenticationData = o.AuthData
	}
	if w := o.Will; w != nil {
		p.HasWill = true
		p.Will = packet.Will{Topic: []byte(w.Topic), Payload: w.Raw, QoS: w.QoS, Retain: w.Retain, Delay: uint32(o.WillDelay / time.Second)}
		p.Will.Props.Raw = packet.AppendProperties(nil, &w.Properties)
		p.Will.Props.Expiry, p.Will.Props.HasExpiry = uint32(w.Properties.MessageExpiry/time.Second), w.Properties.HasMessageExpiry
	}
	if _, err := c.nc.Write(p.Append(nil, o.Version)); err != nil {
		return err
	}
	h, body, err := r.next()
	for err == nil && h.Type == packet.TypeAuth {
		if err = c.takeAuth(h, body); err == nil {
			h, body, err = r.next()
		}
	}
	if err != nil {
		return err
	}
	var ack packet.Connack
	if h.Type != packet.TypeConnack {
		return fmt.Errorf("the server answered with %v", h.Type)
	}
	if err := ack.Decode(h, o.Version, body); err != nil {
		return err
	}
	if ack.Code != mqtt.Success {
		return &mqtt.Refusal{Code: ack.Code, Reason: ack.Reason, Properties: ack.User, ServerReference: ack.ServerReference}
	}
	c.AuthData = bytes.Clone(ack.AuthenticationData)
	c.SessionPresent, c.AssignedClientID = ack.SessionPresent, ack.AssignedClientID
	return c.nc.SetDeadline(time.Time{})
}

// Publish sends a message and waits until the server has acknowledged it as
// its quality of service wants. A reason code of 0x80 and above is returned as
// a *mqtt.Refusal.
func (c *Client) Publish(ctx context.Context, name, payload string, qos mqtt.QoS) error {
	return c.PublishMessage(ctx, &mqtt.Message{Topic: name, Raw: []byte(payload), QoS: qos})
}

// PublishMessage is Publish with all that a message may have.
func (c *Client) PublishMessage(ctx context.Context, m *mqtt.Message) error {
	o := packet.Outgoing{Name: m.Topic, QoS: m.QoS, Retain: m.Retain, Payload: m.Raw}
	if c.version == mqtt.V5 {
		o.Forward = packet.AppendProperties(nil, &m.Properties)
		o.Expiry, o.HasExpiry = uint32(m.Properties.MessageExpiry/time.Second), m.Properties.HasMessageExpiry
	}
	if m.QoS == mqtt.QoS0 {
		return c.send(packet.AppendPublish(nil, c.version, &o))
	}
	o.PacketID = c.nextID()
	first := packet.TypePuback
	if m.QoS == mqtt.QoS2 {
		first = packet.TypePubrec
	}
	a, err := c.ask(ctx, first, o.PacketID, packet.AppendPublish(nil, c.version, &o))
	if err != nil || a.codes[0].IsError() || m.QoS == mqtt.QoS1 {
		return a.error("publish to "+m.Topic, err)
	}
	rel := packet.Ack{Type: packet.TypePubrel, PacketID: o.PacketID}
	a, err = c.ask(ctx, packet.TypePubcomp, o.PacketID, rel.Append(nil, c.version))
	return a.error("publish to "+m.Topic, err)
}

// Respond answers a request, a message with a Response Topic: with its
// Correlation Data, in the quality of service of the request.
func (c *Client) Respond(ctx context.Context, request mqtt.Message, payload string) error {
	p := &request.Properties
	if p.ResponseTopic == "" {
		return fmt.Errorf("respond to a message of %s: it has no Response Topic", request.Topic)
	}
	return c.PublishMessage(ctx, &mqtt.Message{
		Topic: p.ResponseTopic, Raw: []byte(payload), QoS: request.QoS, Properties: mqtt.Properties{CorrelationData: p.CorrelationData},
	})
}

// Subscribe subscribes to one filter. A refusal is a *mqtt.Refusal; the QoS is
// the one that was granted.
func (c *Client) Subscribe(ctx context.Context, filter string, qos mqtt.QoS) (mqtt.QoS, error) {
	id := c.nextID()
	s := packet.Subscribe{PacketID: id, Filters: []packet.Filter{{Filter: []byte(filter), QoS: qos}}}
	a, err := c.ask(ctx, packet.TypeSuback, id, s.Append(nil, c.version))
	if err := a.error("subscribe to "+filter, err); err != nil {
		return 0, err
	}
	return mqtt.QoS(a.codes[0]), nil
}

// Unsubscribe ends the subscription to one filter.
func (c *Client) Unsubscribe(ctx context.Context, filter string) error {
	id := c.nextID()
	u := packet.Unsubscribe{PacketID: id, Filters: [][]byte{[]byte(filter)}}
	a, err := c.ask(ctx, packet.TypeUnsuback, id, u.Append(nil, c.version))
	return a.error("unsubscribe from "+filter, err)
}

// error makes an error of an answer with a code of 0x80 or above.
func (a answer) error(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if len(a.codes) > 0 && a.codes[0].IsError() {
		return fmt.Errorf("%s: %w", doing, &mqtt.Refusal{Code: a.codes[0], Reason: a.reason})
	}
	return nil
}

// Ping sends a PINGREQ and waits for the answer: when it is there, the server
// has dealt with everything that this client sent before.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.ask(ctx, packet.TypePingresp, 0, new(packet.Pingreq).Append(nil, c.version))
	return err
}

// Receive returns the oldest message that has arrived and was not asked for
// yet; it waits for one until ctx ends, and where ctx has no deadline at most
// 10 seconds.
func (c *Client) Receive(ctx context.Context) (mqtt.Message, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	for {
		c.mu.Lock()
		if len(c.inbox) > 0 {
			m := c.inbox[0]
			c.inbox = c.inbox[1:]
			c.mu.Unlock()
			return m, nil
		}
		arrived, end := c.arrived, c.end
		c.mu.Unlock()
		if end != nil {
			return mqtt.Message{}, fmt.Errorf("receive: %w", end)
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return mqtt.Message{}, fmt.Errorf("receive: no message has arrived: %w", ctx.Err())
		}
	}
}

// Payload is a pointer to a payload type of a generated package.
type Payload[T any] interface {
	*T
	DecodePayload(b []byte) error
}

// Receive returns the payload of the oldest message that has arrived, decoded:
//
//	cmd, err := mqttxtest.Receive[fleet.Command](ctx, device)
func Receive[T any, P Payload[T]](ctx context.Context, c *Client) (T, error) {
	var v T
	m, err := c.Receive(ctx)
	if err != nil {
		return v, err
	}
	if err := P(&v).DecodePayload(m.Raw); err != nil {
		return v, fmt.Errorf("receive from %s: %w", m.Topic, err)
	}
	return v, nil
}

// Acknowledge acknowledges a message that HoldAcks has held back.
func (c *Client) Acknowledge(m mqtt.Message) error {
	a := packet.Ack{Type: packet.TypePuback, PacketID: m.PacketID}
	if m.QoS == mqtt.QoS2 {
		a.Type = packet.TypePubrec
	}
	return c.send(a.Append(nil, c.version))
}

// Disconnect says good-bye, so that the will is not sent, and closes. What was
// received is acknowledged before.
func (c *Client) Disconnect() error {
	c.settle()
	err := c.send(new(packet.Disconnect).Append(nil, c.version))
	c.Close()
	return err
}

// Close closes the connection without a word, as a network failure does, and
// waits until the client's goroutine has ended.
func (c *Client) Close() {
	_ = c.nc.Close()
	<-c.done
}

// Done is closed when the connection has ended, for whatever reason.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the connection has ended, nil while it has not.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}
