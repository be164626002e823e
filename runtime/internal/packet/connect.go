package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Connect is a CONNECT packet (section 3.1). Byte slices are views into the body.
type Connect struct {
	// Version is the protocol level as sent: one of the three, or after ErrProtocolLevel any
	// byte. Bridges set the highest bit and try 0x83 or 0x84 first.
	Version mqtt.Version

	CleanStart  bool   // called Clean Session in MQTT 3.x
	KeepAlive   uint16 // seconds; 0 for none
	ClientID    []byte
	HasUserName bool
	UserName    []byte
	HasPassword bool
	Password    []byte
	HasWill     bool
	Will        Will
	Props       ConnectProps // in MQTT 3.x what a client without properties would have
}

// The connect flags (section 3.1.2.3).
const (
	connectReserved     = 0x01
	connectCleanStart   = 0x02
	connectWill         = 0x04
	connectWillQoSShift = 3
	connectWillRetain   = 0x20
	connectPassword     = 0x40
	connectUserName     = 0x80
)

// The protocol names (section 3.1.2.1; MQTT 3.1 section 3.1).
const (
	protocolName   = "MQTT"
	protocolName31 = "MQIsdp"
)

// Decode reads the body of a CONNECT. The version is in the body, so v is ignored, and what
// [Header.Check] looks at is checked here.
func (p *Connect) Decode(h Header, _ mqtt.Version, body []byte) error {
	*p = Connect{Props: absentConnectProps}
	r := reader{b: body}
	if err := p.decodeVersion(&r); err != nil {
		return err
	}
	if err := h.Check(p.Version); err != nil {
		return err
	}
	flags := r.byte()
	if err := p.setFlags(flags); err != nil && r.err == nil {
		return err
	}
	p.KeepAlive = r.uint16()
	if p.Version >= mqtt.V5 {
		p.Props.decode(&r)
	}
	p.ClientID = r.text()
	if p.HasWill {
		p.Will.decode(&r, p.Version)
	}
	p.decodeLogin(&r)
	if err := r.end(); err != nil {
		return err
	}
	return p.checkClientID()
}

// decodeVersion reads protocol name and level (sections 3.1.2.1 and 3.1.2.2).
func (p *Connect) decodeVersion(r *reader) error {
	name := r.binary()
	if r.err == nil && string(name) != protocolName && string(name) != protocolName31 {
		return ErrProtocolName
	}
	p.Version = mqtt.Version(r.byte())
	if r.err == nil && (!p.Version.Valid() || string(name) != nameOf(p.Version)) {
		return ErrProtocolLevel
	}
	return r.err
}

func nameOf(v mqtt.Version) string {
	if v == mqtt.V31 {
		return protocolName31
	}
	return protocolName
}

// setFlags takes the connect flags apart.
func (p *Connect) setFlags(flags byte) error {
	p.CleanStart = flags&connectCleanStart != 0
	p.HasUserName = flags&connectUserName != 0
	p.HasPassword = flags&connectPassword != 0
	p.HasWill = flags&connectWill != 0
	if p.HasWill || p.Version != mqtt.V31 { // 3.1 disregards the two without a will
		p.Will.QoS = mqtt.QoS(flags >> connectWillQoSShift & 3)
		p.Will.Retain = flags&connectWillRetain != 0
	}
	switch {
	case flags&connectReserved != 0 && p.Version != mqtt.V31:
		return errConnectReserved
	case !p.HasWill && (p.Will.QoS != 0 || p.Will.Retain):
		return errWillFlags
	case !p.Will.QoS.Valid():
		return errWillQoS
	case p.HasPassword && !p.HasUserName && p.Version < mqtt.V5:
		return errPasswordAlone
	}
	return nil
}

// decodeLogin reads user name and password (sections 3.1.3.5 and 3.1.3.6). In MQTT 3.1 the
// remaining length takes precedence over the flags: what is not there was not sent (section
// 3.1 there, "User name and password flags").
func (p *Connect) decodeLogin(r *reader) {
	if p.Version == mqtt.V31 && len(r.b) == 0 {
		p.HasUserName = false
	}
	if p.HasUserName {
		p.UserName = r.text()
	}
	if p.Version == mqtt.V31 && len(r.b) == 0 {
		p.HasPassword = false
	}
	if p.HasPassword {
		p.Password = r.binary()
	}
}

// checkClientID refuses an empty client identifier in 3.1, and in 3.1.1 together with a session
// that is to be kept. In 5.0 the server assigns one.
func (p *Connect) checkClientID() error {
	if len(p.ClientID) > 0 || p.Version == mqtt.V5 || p.Version == mqtt.V311 && p.CleanStart {
		return nil
	}
	return ErrClientID
}

// Append writes p in the version that it names; v is ignored.
func (p *Connect) Append(dst []byte, _ mqtt.Version) []byte {
	dst, at := open(dst, TypeConnect)
	dst = appendField(dst, nameOf(p.Version))
	dst = append(dst, byte(p.Version), p.flags())
	dst = appendUint16(dst, p.KeepAlive)
	if p.Version >= mqtt.V5 {
		dst = p.Props.append(dst)
	}
	dst = appendField(dst, p.ClientID)
	if p.HasWill {
		dst = p.Will.append(dst, p.Version)
	}
	if p.HasUserName {
		dst = appendField(dst, p.UserName)
	}
	if p.HasPassword {
		dst = appendField(dst, p.Password)
	}
	return closeLength(dst, at)
}

// flags puts the connect flags together.
func (p *Connect) flags() (flags byte) {
	if p.CleanStart {
		flags |= connectCleanStart
	}
	if p.HasUserName {
		flags |= connectUserName
	}
	if p.HasPassword {
		flags |= connectPassword
	}
	if !p.HasWill {
		return flags
	}
	flags |= connectWill | byte(p.Will.QoS)<<connectWillQoSShift
	if p.Will.Retain {
		flags |= connectWillRetain
	}
	return flags
}
