package mqttxtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Received is one control packet that a [Raw] connection has received.
type Received struct {
	Header packet.Header
	Bytes  []byte // all of it, with the fixed header
	// Version is that of the connection.
	Version mqtt.Version
}

// Body returns what follows the fixed header.
func (r Received) Body() []byte { return r.Bytes[r.Header.Size:] }

// String returns the packet in words, which say nothing of what is absent or
// zero:
//
//	CONNACK session receive=1024
//	PUBLISH a/b q=1 id=7 retain user=k:v msg=hello
//	SUBACK id=1 codes=01,80
func (r Received) String() string {
	w := words{r.Header.Type.String()}
	if err := r.Header.Check(r.Version); err != nil {
		return w[0] + " that is not legal: " + err.Error()
	}
	var err error
	switch h, v, body := r.Header, r.Version, r.Body(); h.Type {
	case packet.TypeConnack:
		err = w.connack(h, v, body)
	case packet.TypePublish:
		err = w.publish(h, v, body)
	case packet.TypePuback, packet.TypePubrec, packet.TypePubrel, packet.TypePubcomp:
		var a packet.Ack
		err = a.Decode(h, v, body)
		w.number("id", int(a.PacketID))
		w.code(a.Code)
		w.texts(a.Reason, a.User)
	case packet.TypeSuback:
		var s packet.Suback
		err = s.Decode(h, v, body)
		w.number("id", int(s.PacketID))
		w.codes(s.Codes)
		w.texts(s.Reason, s.User)
	case packet.TypeUnsuback:
		var u packet.Unsuback
		err = u.Decode(h, v, body)
		w.number("id", int(u.PacketID))
		w.codes(u.Codes)
		w.texts(u.Reason, u.User)
	case packet.TypeDisconnect:
		var d packet.Disconnect
		err = d.Decode(h, v, body)
		w.code(d.Code)
		w.text("server", d.ServerReference)
		w.texts(d.Reason, d.User)
	case packet.TypeAuth:
		var a packet.Auth
		err = a.Decode(h, v, body)
		w.code(a.Code)
		w.text("method", string(a.AuthenticationMethod))
		w.text("data", string(a.AuthenticationData))
		w.texts(a.Reason, a.User)
	}
	if err != nil {
		return w[0] + " that is not legal: " + err.Error()
	}
	return strings.Join(w, " ")
}

// words are the parts of a packet's text.
type words []string

func (w *words) add(s string) { *w = append(*w, s) }

func (w *words) flag(name string, set bool) {
	if set {
		w.add(name)
	}
}

func (w *words) number(name string, n int) {
	if n != 0 {
		w.add(name + "=" + strconv.Itoa(n))
	}
}

// text adds a string, in quotes where it could be mistaken.
func (w *words) text(name, s string) {
	if s != "" {
		w.add(name + "=" + plain(s))
	}
}

func plain(s string) string {
	const most = 80
	if q := strconv.Quote(s); len(q) != len(s)+2 || strings.Contains(s, " ") {
		s = q
	}
	if len(s) > most {
		return fmt.Sprintf("%s…(%d)", s[:most], len(s))
	}
	return s
}

func (w *words) code(c mqtt.ReasonCode) {
	if c != mqtt.Success {
		w.add(fmt.Sprintf("code=%02X", byte(c)))
	}
}

func (w *words) codes(all []mqtt.ReasonCode) {
	if len(all) == 0 {
		return
	}
	var s []string
	for _, c := range all {
		s = append(s, fmt.Sprintf("%02X", byte(c)))
	}
	w.add("codes=" + strings.Join(s, ","))
}

func (w *words) texts(reason string, user []mqtt.UserProperty) {
	for _, u := range user {
		w.add("user=" + plain(u.Key+":"+u.Value))
	}
	w.text("reason", reason)
}

func (w *words) connack(h packet.Header, v mqtt.Version, body []byte) error {
	var c packet.Connack
	err := c.Decode(h, v, body)
	if v < mqtt.V5 && err == nil && body[1] != 0 {
		w.add(fmt.Sprintf("code=%02X", body[1])) // the return code as it is sent
	} else if v == mqtt.V5 {
		w.code(c.Code)
	}
	w.flag("session", c.SessionPresent)
	if c.HasSessionExpiry {
		w.add("expiry=" + strconv.Itoa(int(c.SessionExpiry)))
	}
	if v == mqtt.V5 {
		w.number("receive", int(c.ReceiveMaximum))
	}
	if c.HasMaximumQoS {
		w.add("maxqos=" + strconv.Itoa(int(c.MaximumQoS)))
	}
	w.number("max", int(c.MaximumPacketSize))
	w.number("aliases", int(c.TopicAliasMaximum))
	if c.HasServerKeepAlive {
		w.add("keep=" + strconv.Itoa(int(c.ServerKeepAlive)))
	}
	w.flag("noretain", c.RetainUnavailable)
	w.flag("nowildcards", c.WildcardSubscriptionUnavailable)
	w.flag("nosubids", c.SubscriptionIdentifiersUnavailable)
	w.flag("noshared", c.SharedSubscriptionUnavailable)
	w.text("id", c.AssignedClientID)
	w.text("server", c.ServerReference)
	w.text("method", string(c.AuthenticationMethod))
	w.text("data", string(c.AuthenticationData))
	w.texts(c.Reason, c.User)
	return err
}

func (w *words) publish(h packet.Header, v mqtt.Version, body []byte) error {
	var p packet.Publish
	if err := p.Decode(h, v, body); err != nil {
		return err
	}
	if len(p.Name) > 0 {
		w.add(plain(string(p.Name)))
	}
	w.number("q", int(p.QoS))
	w.number("id", int(p.PacketID))
	w.flag("dup", p.Dup)
	w.flag("retain", p.Retain)
	w.number("alias", int(p.Props.Alias))
	m := packet.DecodeProperties(p.Props.Raw)
	if m.HasMessageExpiry {
		w.add("expiry=" + strconv.Itoa(int(m.MessageExpiry/time.Second)))
	}
	w.flag("utf8", m.PayloadFormatUTF8)
	w.text("type", m.ContentType)
	w.text("response", m.ResponseTopic)
	w.text("correlation", string(m.CorrelationData))
	for _, id := range m.SubscriptionIdentifiers {
		w.add("sub=" + strconv.Itoa(int(id)))
	}
	w.texts("", m.User)
	w.text("msg", string(p.Payload))
	return nil
}

// Is reports whether the packet is text, in the words of String. What text
// leaves out must not be there, but for a Reason String, and in a CONNACK for
// all but code and session; there !word says that a word is absent.
func (r Received) Is(text string) bool {
	got := strings.Fields(r.String())
	for _, word := range strings.Fields(text) {
		name, absent := strings.CutPrefix(word, "!")
		at := slices.IndexFunc(got, func(g string) bool { return g == name || absent && strings.HasPrefix(g, name+"=") })
		if at >= 0 == absent {
			return false
		}
		if at >= 0 {
			got = slices.Delete(got, at, at+1)
		}
	}
	if i := slices.IndexFunc(got, func(g string) bool { return strings.HasPrefix(g, "reason=") }); i >= 0 {
		got = got[:i]
	}
	if r.Header.Type == packet.TypeConnack {
		return !slices.ContainsFunc(got, func(g string) bool { return g == "session" || strings.HasPrefix(g, "code=") })
	}
	return len(got) == 0
}
