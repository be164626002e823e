package packet

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// codec is what all packet types have in common.
type codec interface {
	Decode(h Header, v mqtt.Version, body []byte) error
	Append(dst []byte, v mqtt.Version) []byte
}

// versions are all that are spoken.
var versions = []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}

func newPacket(t Type) codec {
	switch t {
	case TypeConnect:
		return new(Connect)
	case TypeConnack:
		return new(Connack)
	case TypePublish:
		return new(Publish)
	case TypePuback, TypePubrec, TypePubrel, TypePubcomp:
		return new(Ack)
	case TypeSubscribe:
		return new(Subscribe)
	case TypeSuback:
		return new(Suback)
	case TypeUnsubscribe:
		return new(Unsubscribe)
	case TypeUnsuback:
		return new(Unsuback)
	case TypePingreq:
		return new(Pingreq)
	case TypePingresp:
		return new(Pingresp)
	case TypeDisconnect:
		return new(Disconnect)
	case TypeAuth:
		return new(Auth)
	}
	panic("packet type is reserved")
}

// good is a legal packet in the form that Append writes.
type good struct {
	name string
	v    mqtt.Version
	wire []byte
	want codec

	// cuts tells what becomes of the body when it is cut to so many bytes, where that is not a
	// malformed packet; nil is a legal packet.
	cuts map[int]error

	// copies is how many texts decoding makes owned copies of: texts for people, which the hot
	// path never sees.
	copies int
}

// bad is a packet that is refused with err.
type bad struct {
	name string
	v    mqtt.Version
	wire []byte
	err  error
}

// wire puts bytes together: an int is one byte, a string its bytes.
func wire(parts ...any) (b []byte) {
	for _, part := range parts {
		switch part := part.(type) {
		case int:
			b = append(b, byte(part))
		case string:
			b = append(b, part...)
		case []byte:
			b = append(b, part...)
		default:
			panic(fmt.Sprintf("part of type %T", part))
		}
	}
	return b
}

// frame puts a packet together: first byte, remaining length, and the parts.
func frame(first int, parts ...any) []byte {
	body := wire(parts...)
	return append(appendVarint([]byte{byte(first)}, uint32(len(body))), body...)
}

// str is a string with its length before it.
func str(s string) []byte { return appendField(nil, s) }

// props are properties with their length before them.
func props(parts ...any) []byte {
	raw := wire(parts...)
	return append(appendVarint(nil, uint32(len(raw))), raw...)
}

// user is a User Property.
func user(key, value string) []byte { return wire(0x26, str(key), str(value)) }

// decode reads a whole packet, as a connection does.
func decode(v mqtt.Version, b []byte) (codec, error) {
	h, ok, err := ParseHeader(b)
	if err != nil {
		return nil, err
	}
	if !ok || len(b) != h.Size+h.Length {
		return nil, fmt.Errorf("test has a frame of %d bytes with header %+v", len(b), h)
	}
	if h.Type != TypeConnect {
		if err := h.Check(v); err != nil {
			return nil, err
		}
	}
	p := newPacket(h.Type)
	return p, p.Decode(h, v, b[h.Size:])
}

// meaning makes packets comparable by what they mean, not by which bytes said it.
var meaning = cmp.Options{
	cmp.Transformer("UserProperties", func(u UserProperties) []mqtt.UserProperty { return u.AppendTo(nil) }),
	cmp.Transformer("PublishProps", func(p PublishProps) any {
		return map[string]any{
			"properties": DecodeProperties(p.Raw), "forward": string(p.AppendForward(nil)),
			"expiry": p.Expiry, "has expiry": p.HasExpiry, "alias": p.Alias, "has alias": p.HasAlias,
			"has subscription id": p.HasSubscriptionID, "UTF-8": p.PayloadFormatUTF8,
		}
	}),
	cmp.Comparer(func(a, b []mqtt.UserProperty) bool { return slices.Equal(a, b) }),
	cmp.Comparer(func(a, b []mqtt.ReasonCode) bool { return slices.Equal(a, b) }),
}

func checkGood(t *testing.T, cases []good) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.v.String()+"/"+c.name, func(t *testing.T) {
			got, err := decode(c.v, c.wire)
			if err != nil {
				t.Fatalf("decode % x: %v", c.wire, err)
			}
			if diff := cmp.Diff(c.want, got, meaning); diff != "" {
				t.Errorf("decode % x (-want +got):\n%s", c.wire, diff)
			}
			prefix := []byte("kept")
			if out := got.Append(prefix, c.v); !bytes.Equal(out, append(prefix, c.wire...)) {
				t.Errorf("append after decode:\ngot  % x\nwant % x", out[len(prefix):], c.wire)
			}
			if out := c.want.Append(nil, c.v); !bytes.Equal(out, c.wire) {
				t.Errorf("append:\ngot  % x\nwant % x", out, c.wire)
			}
			checkPrefixes(t, &c)
			checkReuse(t, &c)
			checkAllocs(t, &c)
		})
	}
}

// checkPrefixes cuts the body at every byte: what ends inside a field is malformed.
func checkPrefixes(t *testing.T, c *good) {
	t.Helper()
	h, _, _ := ParseHeader(c.wire)
	for n := range h.Size {
		if _, ok, err := ParseHeader(c.wire[:n]); ok || err != nil {
			t.Errorf("header cut to %d bytes: ok=%v err=%v", n, ok, err)
		}
	}
	for n := h.Size; n < len(c.wire); n++ { // as it arrives: more is needed, and no other packet found
		if same, ok, err := ParseHeader(c.wire[:n]); same != h || !ok || err != nil || same.Size+same.Length <= n {
			t.Errorf("packet cut to %d bytes: %+v, ok=%v err=%v", n, same, ok, err)
		}
	}
	body := c.wire[h.Size:]
	for n := range len(body) {
		cut := Header{Type: h.Type, Flags: h.Flags, Length: n, Size: 1 + sizeVarint(uint32(n))}
		err := newPacket(h.Type).Decode(cut, c.v, body[:n:n])
		if want, legal := c.cuts[n]; legal {
			if err != want {
				t.Errorf("body cut to %d bytes: got %v, want %v", n, err, want)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Code != mqtt.MalformedPacket {
			t.Errorf("body cut to %d of %d bytes: got %v, want a malformed packet", n, len(body), err)
		}
	}
	for n := range c.cuts {
		if n >= len(body) {
			t.Errorf("test names a cut at %d of %d bytes", n, len(body))
		}
	}
}

// checkReuse decodes into a value that is full of other things.
func checkReuse(t *testing.T, c *good) {
	t.Helper()
	h, _, _ := ParseHeader(c.wire)
	for name, p := range fullPackets(h.Type) {
		if err := p.Decode(h, c.v, c.wire[h.Size:]); err != nil {
			t.Errorf("decode over %s: %v", name, err)
		} else if diff := cmp.Diff(c.want, p, meaning); diff != "" {
			t.Errorf("decode over %s (-want +got):\n%s", name, diff)
		}
	}
}

// fullPackets returns a decoded value of every legal packet of the type.
func fullPackets(t Type) map[string]codec {
	full := make(map[string]codec)
	for _, c := range allGood() {
		if p, err := decode(c.v, c.wire); err == nil && Type(c.wire[0]>>4) == t {
			full[c.v.String()+"/"+c.name] = p
		}
	}
	return full
}

func checkAllocs(t *testing.T, c *good) {
	t.Helper()
	h, _, _ := ParseHeader(c.wire)
	body := c.wire[h.Size:]
	p := newPacket(h.Type)
	decodes := testing.AllocsPerRun(100, func() {
		if p.Decode(h, c.v, body) != nil {
			t.Fatal("decode failed")
		}
	})
	if decodes > float64(c.copies) {
		t.Errorf("decode allocates %v times, for %d owned texts", decodes, c.copies)
	}
	dst := make([]byte, 0, 2*len(c.wire))
	encodes := testing.AllocsPerRun(100, func() { dst = p.Append(dst[:0], c.v) })
	if encodes != 0 {
		t.Errorf("append allocates %v times", encodes)
	}
}

func checkBad(t *testing.T, cases []bad) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.v.String()+"/"+c.name, func(t *testing.T) {
			if _, err := decode(c.v, c.wire); err != c.err {
				t.Errorf("decode % x:\ngot  %v\nwant %v", c.wire, err, c.err)
			}
		})
	}
}

// allGood returns the legal packets of all types.
func allGood() []good {
	return slices.Concat(connectGood, connackGood, publishGood, pubackGood, pubrecGood, pubrelGood, pubcompGood, subscribeGood,
		subackGood, unsubscribeGood, unsubackGood, pingreqGood, pingrespGood, disconnectGood, authGood)
}

// allBad returns the refused packets of all types.
func allBad() []bad {
	return slices.Concat(headerBad, connectBad, connackBad, publishBad, pubackBad, pubrecBad, pubrelBad, pubcompBad, subscribeBad,
		subackBad, unsubscribeBad, unsubackBad, pingreqBad, pingrespBad, disconnectBad, authBad)
}

// TestTrailing adds a byte to each packet whose end is fixed.
func TestTrailing(t *testing.T) {
	for _, c := range allGood() {
		h, _, _ := ParseHeader(c.wire)
		if goesOn(h, c.v) {
			continue
		}
		longer := frame(int(c.wire[0]), c.wire[h.Size:], 0x00)
		if _, err := decode(c.v, longer); err == nil {
			t.Errorf("%v %s: a byte after the last field is accepted", c.v, c.name)
		}
	}
}

// goesOn reports whether a byte 0 at the end of the packet is one more field of it.
func goesOn(h Header, v mqtt.Version) bool {
	switch h.Type {
	case TypePublish, TypeSuback:
		return true
	case TypeUnsuback:
		return v == mqtt.V5
	case TypePuback, TypePubrec, TypePubrel, TypePubcomp:
		return v == mqtt.V5 && h.Length < 4
	case TypeDisconnect:
		return v == mqtt.V5 && h.Length < 2
	}
	return false
}

// TestErrorsHaveCodes: every error says which reason code tells the peer.
func TestErrorsHaveCodes(t *testing.T) {
	for _, c := range allBad() {
		_, err := decode(c.v, c.wire)
		var e *Error
		if !errors.As(err, &e) || !e.Code.IsError() || e.Reason == "" {
			t.Errorf("%v %s: error %#v", c.v, c.name, err)
		}
	}
}

// TestRefusalAllocatesNothing: errors are static, a peer cannot buy garbage with them.
func TestRefusalAllocatesNothing(t *testing.T) {
	for _, c := range allBad() {
		h, ok, err := ParseHeader(c.wire)
		if err != nil || !ok || h.Type == 0 {
			continue
		}
		p, body := newPacket(h.Type), c.wire[h.Size:]
		if n := testing.AllocsPerRun(10, func() { _ = p.Decode(h, c.v, body) }); n != 0 {
			t.Errorf("%v %s: refusing allocates %v times", c.v, c.name, n)
		}
	}
}
