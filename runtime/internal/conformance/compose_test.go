package conformance

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// composed is what a client of a script sends.
type composed struct {
	bytes    []byte
	connect  *packet.Connect
	notation bool // no packet in words
}

// arguments are the words after the type of a packet: name=value, or a name.
type arguments struct {
	bare  []string
	named map[string][]string
}

func split(words []string) arguments {
	a := arguments{named: map[string][]string{}}
	for _, w := range words {
		if name, value, ok := strings.Cut(w, "="); ok {
			a.named[name] = append(a.named[name], value)
		} else {
			a.bare = append(a.bare, w)
		}
	}
	return a
}

func (a arguments) text(name string) []byte {
	if v := a.named[name]; len(v) > 0 {
		return []byte(v[0])
	}
	return nil
}

func (a arguments) has(name string) bool {
	for _, b := range a.bare {
		if b == name {
			return true
		}
	}
	return a.named[name] != nil
}

func (a arguments) number(name string, absent int) int {
	if v := a.named[name]; len(v) > 0 {
		n, err := strconv.Atoi(v[0])
		if err != nil {
			panic(err) // a mistake in a script
		}
		return n
	}
	return absent
}

func (a arguments) code() mqtt.ReasonCode {
	b, err := hex.DecodeString(string(a.text("code")))
	if err != nil || len(b) != 1 {
		return mqtt.Success
	}
	return mqtt.ReasonCode(b[0])
}

func (a arguments) user() (pairs []mqtt.UserProperty) {
	for _, u := range a.named["user"] {
		k, v, _ := strings.Cut(u, ":")
		pairs = append(pairs, mqtt.UserProperty{Key: k, Value: v})
	}
	return pairs
}

// compose makes the packet that text says in words.
func compose(text string, v mqtt.Version) (c composed, err error) {
	words := strings.Fields(text)
	a := split(words[1:])
	switch words[0] {
	case "CONNECT":
		c.connect = composeConnect(a, v)
		c.bytes = c.connect.Append(nil, v)
	case "PUBLISH":
		c.bytes = composePublish(a, v)
	case "PUBACK", "PUBREC", "PUBREL", "PUBCOMP":
		types := map[string]packet.Type{
			"PUBACK": packet.TypePuback, "PUBREC": packet.TypePubrec, "PUBREL": packet.TypePubrel, "PUBCOMP": packet.TypePubcomp,
		}
		p := packet.Ack{Type: types[words[0]], PacketID: uint16(a.number("id", 0)), Code: a.code()}
		c.bytes = p.Append(nil, v)
	case "SUBSCRIBE":
		c.bytes, err = composeSubscribe(a, v)
	case "UNSUBSCRIBE":
		p := packet.Unsubscribe{PacketID: uint16(a.number("id", 0))}
		for _, f := range a.bare {
			p.Filters = append(p.Filters, []byte(f))
		}
		c.bytes = p.Append(nil, v)
	case "PINGREQ":
		c.bytes = []byte{0xC0, 0}
	case "DISCONNECT":
		p := packet.Disconnect{Code: a.code(), SessionExpiry: uint32(a.number("expiry", 0)), HasSessionExpiry: a.has("expiry")}
		c.bytes = p.Append(nil, v)
	case "AUTH":
		p := packet.Auth{Code: a.code(), AuthenticationMethod: a.text("method"), AuthenticationData: a.text("data")}
		c.bytes = p.Append(nil, v)
	default:
		c.notation = true
	}
	return c, err
}

// composeConnect says: a clean start unless clean=0, no keep-alive, and in 3.x
// the client identifier "x", where the words do not say more.
func composeConnect(a arguments, v mqtt.Version) *packet.Connect {
	if l := a.text("v"); l != nil {
		v = allVersions[string(l)]
	}
	p := &packet.Connect{
		Version: v, CleanStart: a.number("clean", 1) == 1, KeepAlive: uint16(a.number("keep", 0)), ClientID: a.text("id"),
		HasUserName: a.has("username"), UserName: a.text("username"), HasPassword: a.has("password"), Password: a.text("password"),
	}
	if !a.has("id") {
		p.ClientID = []byte("x")
	}
	p.Props = packet.ConnectProps{
		SessionExpiry: uint32(a.number("expiry", 0)), HasSessionExpiry: a.has("expiry"), ReceiveMaximum: uint16(a.number("receive", 0)),
		MaximumPacketSize: uint32(a.number("max", 0)), TopicAliasMaximum: uint16(a.number("aliases", 0)),
		RequestProblem: a.number("problem", 1) == 1, User: packet.EncodeUserProperties(a.user()),
		HasAuthenticationMethod: a.has("method"), AuthenticationMethod: a.text("method"), AuthenticationData: a.text("data"),
	}
	if a.has("will") {
		p.HasWill = true
		p.Will = packet.Will{
			Topic: a.text("will"), Payload: a.text("willmsg"), QoS: mqtt.QoS(a.number("willq", 0)), Retain: a.has("willretain"),
			Delay: uint32(a.number("delay", 0)),
		}
		p.Will.Props.Expiry, p.Will.Props.HasExpiry = uint32(a.number("willexpiry", 0)), a.has("willexpiry")
		p.Will.Props.Raw = properties(a)
	}
	return p
}

// properties are those that travel with a message.
func properties(a arguments) []byte {
	return packet.AppendProperties(nil, &mqtt.Properties{
		PayloadFormatUTF8: a.has("utf8"), ContentType: string(a.text("type")), ResponseTopic: string(a.text("response")),
		CorrelationData: a.text("correlation"), User: a.user(),
	})
}

func composePublish(a arguments, v mqtt.Version) []byte {
	o := packet.Outgoing{
		QoS: mqtt.QoS(a.number("q", 0)), PacketID: uint16(a.number("id", 0)), Dup: a.has("dup"), Retain: a.has("retain"),
		Payload: a.text("msg"), Alias: uint16(a.number("alias", 0)), Forward: properties(a),
		Expiry: uint32(a.number("expiry", 0)), HasExpiry: a.has("expiry"),
	}
	for _, w := range a.bare {
		if w != "dup" && w != "retain" && w != "utf8" {
			o.Name = w
		}
	}
	if n := a.number("size", 0); n > 0 {
		o.Payload = []byte(strings.Repeat("x", n))
	}
	return packet.AppendPublish(nil, v, &o)
}

// composeSubscribe takes filters as FILTER,QoS with letters behind the QoS: n
// for No Local, p for Retain As Published, 1 and 2 for Retain Handling.
func composeSubscribe(a arguments, v mqtt.Version) ([]byte, error) {
	p := packet.Subscribe{PacketID: uint16(a.number("id", 1)), SubscriptionID: uint32(a.number("sub", 0))}
	for _, w := range a.bare {
		filter, options, ok := strings.Cut(w, ",")
		if !ok || options == "" {
			return nil, fmt.Errorf("%s has no QoS", w)
		}
		f := packet.Filter{Filter: []byte(filter), QoS: mqtt.QoS(options[0] - '0')}
		for _, o := range options[1:] {
			switch o {
			case 'n':
				f.NoLocal = true
			case 'p':
				f.RetainAsPublished = true
			default:
				f.RetainHandling = byte(o - '0')
			}
		}
		p.Filters = append(p.Filters, f)
	}
	return p.Append(nil, v), nil
}
