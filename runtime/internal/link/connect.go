package link

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// errRefused ends a connection whose CONNECT was refused; the CONNACK is sent.
type errRefused struct{ why error }

func (e errRefused) Error() string {
	return asConnectRefusal(e.why).Code.String() + ": " + reason(e.why)
}

// Reasons of the link itself to refuse a CONNECT.
var (
	errOwner  = &packet.Error{Code: mqtt.ClientIdentifierNotValid, Reason: "the client identifier belongs to another user"}
	errHeld   = &packet.Error{Code: mqtt.ServerBusy, Reason: "the former connection of this client has not ended yet"}
	errRights = &packet.Error{Code: mqtt.ServerBusy, Reason: "rights of clients were revoked meanwhile; connect again to be judged anew"}
	// errTLS is for the log: the most frequent mistake in the settings of a client.
	errTLS = &packet.Error{Code: mqtt.MalformedPacket, Reason: "a client that speaks TLS, and this listener does not"}
	// errConnackSize: nothing may be sent to the client, not even CONNACK.
	errConnackSize = &packet.Error{Code: mqtt.PacketTooLarge, Reason: "the CONNACK is larger than the client's Maximum Packet Size [MQTT-3.1.2-24]"}
)

// connect obeys the first packet: user code authenticates, the broker gives
// the session, CONNACK answers.
func (l *Link) connect(h packet.Header, body []byte) error {
	var p packet.Connect
	if err := p.Decode(h, l.version, body); err != nil {
		if isTLS(h, body) {
			err = errTLS
		}
		return l.connectError(&p, err)
	}
	l.version = p.Version
	if !slices.Contains(l.host.Settings.Versions, p.Version) {
		return l.connectError(&p, packet.ErrProtocolLevel)
	}
	l.problems = p.Version == mqtt.V5 && p.Props.RequestProblem
	l.maximum = int(p.Props.MaximumPacketSize)
	c := l.describe(&p)
	l.clientID = c.ClientID
	if err := l.knock(); err != nil {
		return l.refuseConnect(err)
	}
	if err := l.mayConnect(p.CleanStart); err != nil {
		return l.refuseConnect(err)
	}
	l.rights = l.host.Broker.Rights(l.clientID)
	l.host.Calls.Open(l)
	if p.Props.HasAuthenticationMethod {
		return l.beginExchange(h, body, &p, c)
	}
	err := l.host.Calls.Authenticate(l.Context(), l, c)
	l.identity = c.Identity
	if err != nil {
		return l.refuseConnect(err)
	}
	return l.admit(&p, c)
}

// isTLS says whether what should be a CONNECT is the head of a TLS handshake: 0x16, version 3.0 to 3.4, a length.
func isTLS(h packet.Header, body []byte) bool {
	return h.Type == packet.TypeConnect && h.Flags == 6 && len(body) == 3 && body[0] <= 4
}

// admit lets a client in that has authenticated.
func (l *Link) admit(p *packet.Connect, c *auth.Connect) error {
	ctx := l.Context()
	if err := c.Identify(); err != nil {
		return l.refuseConnect(err)
	}
	l.identity = c.Identity
	if err := c.Enter(c.Identity.Method); err != nil {
		return l.refuseConnect(err)
	}
	if err := l.checkWill(ctx, p, c.Will); err != nil {
		return l.refuseConnect(err)
	}
	if err := l.enterUser(); err != nil {
		return l.refuseConnect(err)
	}
	if err := l.attach(ctx, p, c); err != nil {
		return err
	}
	l.startPace()
	l.host.Counters.Connected.Add(1)
	l.host.Log.Info("client connected", l.who("keep_alive", l.keepAlive, "clean_start", p.CleanStart,
		"session_expiry", l.expiry, "took", l.age())...)
	l.work.watch.arm()
	if err := l.host.Calls.Connected(ctx, l); err != nil {
		return asEnd(err)
	}
	return nil
}

// connectError answers a CONNECT that cannot be read, in the form that its
// sender may understand, before the connection is closed.
func (l *Link) connectError(p *packet.Connect, err error) error {
	level := errors.Is(err, packet.ErrProtocolLevel)
	switch {
	case errors.Is(err, packet.ErrProtocolName) || p.Version == 0 && !level:
		return err // no answer: this is no MQTT client, or ends before it says so
	case level && (p.Version < mqtt.V5 || p.Version >= 0x80):
		l.version = mqtt.V311 // 0x01 in the form of 3.x, to 3.x and to bridges
	case p.Version == mqtt.V31 || p.Version == mqtt.V311:
		l.version = p.Version
	default:
		l.version = mqtt.V5
	}
	if level || errors.Is(err, packet.ErrClientID) || l.version == mqtt.V5 {
		return l.refuseConnect(err)
	}
	return err // 3.x has no return code for a malformed CONNECT
}

// refuseConnect queues the CONNACK that says why.
func (l *Link) refuseConnect(why error) error {
	r := asConnectRefusal(why)
	ack := packet.Connack{Code: l.code(packet.TypeConnack, r.Code)}
	l.host.Counters.ConnectCodes.add(ack.Code)
	ack.ServerReference = reference(r, ack.Code)
	if l.problems {
		ack.Reason, ack.User = r.Reason, r.Properties
	}
	b := ack.Append(nil, l.version)
	if l.tooLarge(b) { // [MQTT-3.2.2-19], [MQTT-3.2.2-20]
		ack = packet.Connack{Code: ack.Code}
		b = ack.Append(b[:0], l.version)
	}
	if !l.tooLarge(b) { // [MQTT-3.1.2-24]
		l.out.Append(b)
	}
	return errRefused{why}
}

// describe copies what user code sees of a CONNECT.
func (l *Link) describe(p *packet.Connect) *auth.Connect {
	c := &auth.Connect{
		ClientID:      string(p.ClientID),
		HasUserName:   p.HasUserName,
		HasPassword:   p.HasPassword,
		UserName:      string(p.UserName),
		Password:      bytes.Clone(p.Password),
		Version:       p.Version,
		CleanStart:    p.CleanStart,
		KeepAlive:     time.Duration(p.KeepAlive) * time.Second,
		SessionExpiry: l.connectExpiry(p),

		ReceiveMaximum:    p.Props.ReceiveMaximum,
		MaximumPacketSize: p.Props.MaximumPacketSize,
		TopicAliasMaximum: p.Props.TopicAliasMaximum,
		RequestResponse:   p.Props.RequestResponse,
		RequestProblem:    p.Props.RequestProblem,
		AuthMethod:        string(p.Props.AuthenticationMethod),

		RemoteAddr: l.conn.RemoteAddr(),
		TLS:        l.conn.TLS(),
		User:       p.Props.User.AppendTo(nil),
		Methods:    l.allowed,
	}
	if c.ClientID == "" {
		c.ClientID, c.AssignedID = "auto-"+rand.Text(), true
	}
	if p.HasWill {
		c.WillDelay = time.Duration(p.Will.Delay) * time.Second
		c.Will = &mqtt.Message{
			Topic: string(p.Will.Topic), QoS: p.Will.QoS, Retain: p.Will.Retain, Will: true,
			Raw: bytes.Clone(p.Will.Payload), Properties: packet.DecodeProperties(bytes.Clone(p.Will.Props.Raw)),
		}
	}
	return c
}

// connectExpiry is how long the session outlives the connection: in 3.x clean
// session decides (3.1.1 section 3.1.2.4).
func (l *Link) connectExpiry(p *packet.Connect) time.Duration {
	switch {
	case p.Version == mqtt.V5:
		return l.sessionExpiry(p.Props.SessionExpiry)
	case p.CleanStart:
		return 0
	}
	return l.host.Settings.MaxSessionExpiry
}

// sessionExpiry caps a Session Expiry Interval; 0xFFFFFFFF is for ever.
func (l *Link) sessionExpiry(seconds uint32) time.Duration {
	d := time.Duration(seconds) * time.Second
	if seconds == 0xFFFFFFFF {
		d = broker.Forever
	}
	return min(d, l.host.Settings.MaxSessionExpiry)
}

// attach takes the session over and sends CONNACK, then what the session owes.
func (l *Link) attach(ctx context.Context, p *packet.Connect, c *auth.Connect) error {
	if !l.connackFits(p, c) {
		return l.refuseConnect(errConnackSize)
	}
	wait := &takeover{Context: ctx, timeout: l.host.Settings.TakeoverTimeout}
	defer wait.over()
	member, present, err := l.host.Broker.Attach(wait, l.clientID, l.owner(), p.CleanStart, c.SessionExpiry > 0, l)
	switch {
	case errors.Is(err, broker.ErrNotOwner):
		return l.refuseConnect(errOwner)
	case errors.Is(err, broker.ErrRevoked):
		return l.refuseConnect(errRights)
	case errors.Is(err, broker.ErrSessions):
		l.host.Counters.TooManySessions.Add(1)
		return l.refuseConnect(errSessions)
	case err != nil:
		return l.refuseConnect(errHeld)
	}
	l.member, l.expiry, l.keeps = member, c.SessionExpiry, p.Props.SessionExpiry > 0
	l.curbed = c.SessionExpiry < l.connectExpiry(p)
	member.In.Begin()
	l.since = l.host.Broker.Timers.Now()
	l.keepWill(p)
	ack := l.connack(p, c, present)
	l.out.Append(ack.Append(nil, l.version))
	l.accepted.Store(true)
	l.joined()
	receive := int(p.Props.ReceiveMaximum)
	if l.version != mqtt.V5 {
		receive = maxInflightV3
	}
	a := session.Attachment{
		Version: l.version, Receive: receive, MaximumPacket: l.maximum, Now: time.Now(),
		Aliases: min(int(p.Props.TopicAliasMaximum), l.host.Settings.AliasesOut),
	}
	if l.host.Broker.Limits().CloseSlow {
		a.Slow = func() {
			l.host.Counters.ClosedSlow.Add(1)
			l.End(mqtt.QuotaExceeded)
		}
	}
	member.Attach(l.out, a)
	l.sendRetained() // what the last connection has left
	l.startWatch()
	l.host.reportLosses()
	return nil
}

// takeover is the context of a CONNECT that may have to wait for the connection
// which holds its session. Few have to: the timeout begins with the wait, for a
// context with one leaves memory behind in its parent, that of the link.
type takeover struct {
	context.Context
	timeout time.Duration
	cancel  context.CancelFunc // nil: nobody has waited
}

// Done begins the wait.
func (t *takeover) Done() <-chan struct{} {
	if t.cancel == nil {
		t.Context, t.cancel = context.WithTimeout(t.Context, t.timeout)
	}
	return t.Context.Done()
}

func (t *takeover) over() {
	if t.cancel != nil {
		t.cancel()
	}
}

// maxInflightV3 is how many unacknowledged messages a 3.x client gets at once,
// which has no Receive Maximum to say it.
const maxInflightV3 = 64

// connack says what the client may count on [MQTT-3.2.2-21].
func (l *Link) connack(p *packet.Connect, c *auth.Connect, present bool) packet.Connack {
	s := &l.host.Settings
	ack := packet.Connack{SessionPresent: present && l.version != mqtt.V31}
	l.keepAlive = c.KeepAlive
	if l.version != mqtt.V5 {
		return ack
	}
	l.answerConnect(&ack, c)
	if s.MaxKeepAlive > 0 && (c.KeepAlive == 0 || c.KeepAlive > s.MaxKeepAlive) {
		l.keepAlive = s.MaxKeepAlive
		ack.ServerKeepAlive, ack.HasServerKeepAlive = uint16(s.MaxKeepAlive/time.Second), true
	}
	if asked := time.Duration(p.Props.SessionExpiry) * time.Second; asked > l.expiry {
		ack.SessionExpiry, ack.HasSessionExpiry = uint32(l.expiry/time.Second), true
	}
	if c.AssignedID {
		ack.AssignedClientID = c.ClientID
	}
	ack.ReceiveMaximum = uint16(s.ReceiveMaximum)
	ack.MaximumPacketSize = uint32(s.MaxPacket)
	ack.TopicAliasMaximum = uint16(s.TopicAliasMaximum)
	ack.MaximumQoS, ack.HasMaximumQoS = s.MaxQoS, s.MaxQoS < mqtt.QoS2
	ack.RetainUnavailable = s.NoRetain
	ack.WildcardSubscriptionUnavailable = s.NoWildcards
	ack.SubscriptionIdentifiersUnavailable = s.NoSubscriptionIDs
	ack.SharedSubscriptionUnavailable = s.NoShared
	return ack
}

// connackFits reports whether the client takes the CONNACK that lets it in. The
// user properties are left out where they make it too large.
func (l *Link) connackFits(p *packet.Connect, c *auth.Connect) bool {
	if l.maximum == 0 {
		return true
	}
	l.expiry = c.SessionExpiry
	ack := l.connack(p, c, false)
	if l.tooLarge(ack.Append(nil, l.version)) {
		c.Answer, ack.User = nil, nil
	}
	return !l.tooLarge(ack.Append(nil, l.version))
}

// answerConnect adds what user code says in a CONNACK, and the end of an
// exchange [MQTT-4.12.0-5].
func (l *Link) answerConnect(ack *packet.Connack, c *auth.Connect) {
	if c.RequestResponse { // [MQTT-3.1.2-28]
		ack.ResponseInformation = c.ResponseInformation
	}
	if l.problems {
		ack.User = c.Answer
	}
	if x := l.exchange; x != nil {
		ack.AuthenticationMethod, ack.AuthenticationData = []byte(x.first.AuthMethod), x.last
	}
}
