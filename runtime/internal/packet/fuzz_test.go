package packet

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func FuzzConnect(f *testing.F)     { fuzz(f, TypeConnect) }
func FuzzConnack(f *testing.F)     { fuzz(f, TypeConnack) }
func FuzzPublish(f *testing.F)     { fuzz(f, TypePublish) }
func FuzzPuback(f *testing.F)      { fuzz(f, TypePuback) }
func FuzzPubrec(f *testing.F)      { fuzz(f, TypePubrec) }
func FuzzPubrel(f *testing.F)      { fuzz(f, TypePubrel) }
func FuzzPubcomp(f *testing.F)     { fuzz(f, TypePubcomp) }
func FuzzSubscribe(f *testing.F)   { fuzz(f, TypeSubscribe) }
func FuzzSuback(f *testing.F)      { fuzz(f, TypeSuback) }
func FuzzUnsubscribe(f *testing.F) { fuzz(f, TypeUnsubscribe) }
func FuzzUnsuback(f *testing.F)    { fuzz(f, TypeUnsuback) }
func FuzzPingreq(f *testing.F)     { fuzz(f, TypePingreq) }
func FuzzPingresp(f *testing.F)    { fuzz(f, TypePingresp) }
func FuzzDisconnect(f *testing.F)  { fuzz(f, TypeDisconnect) }
func FuzzAuth(f *testing.F)        { fuzz(f, TypeAuth) }

// fuzz feeds bodies of one packet type, in all versions and with all flags, to roundTrip.
func fuzz(f *testing.F, t Type) {
	for _, c := range allGood() {
		if h, _, _ := ParseHeader(c.wire); h.Type == t {
			f.Add(byte(c.v), h.Flags, c.wire[h.Size:])
		}
	}
	for _, c := range allBad() {
		if h, ok, err := ParseHeader(c.wire); ok && err == nil && h.Type == t {
			f.Add(byte(c.v), h.Flags, c.wire[h.Size:])
		}
	}
	f.Fuzz(func(tt *testing.T, version, flags byte, body []byte) {
		roundTrip(tt, t, mqtt.V31+mqtt.Version(version)%3, flags&15, body)
	})
}

// roundTrip decodes, encodes and decodes again. Both values mean the same, and encoding the
// second gives the same bytes.
func roundTrip(t *testing.T, typ Type, v mqtt.Version, flags byte, body []byte) {
	n := len(body)
	h := Header{Type: typ, Flags: flags, Length: n, Size: 1 + sizeVarint(uint32(n))}
	if typ != TypeConnect && h.Check(v) != nil {
		return
	}
	kept := bytes.Clone(body)
	first := newPacket(typ)
	if err := first.Decode(h, v, body); err != nil {
		var e *Error
		if !errors.As(err, &e) || !e.Code.IsError() {
			t.Fatalf("decode: error without a reason code: %#v", err)
		}
		return
	}
	out := first.Append(nil, v)
	second, err := decode(v, out)
	if err != nil {
		t.Fatalf("decode again % x: %v", out, err)
	}
	if diff := cmp.Diff(first, second, meaning); diff != "" {
		t.Errorf("round trip changes the packet (-first +second):\n%s", diff)
	}
	if again := second.Append(nil, v); !bytes.Equal(out, again) {
		t.Errorf("encoded twice:\n% x\n% x", out, again)
	}
	if !bytes.Equal(body, kept) {
		t.Error("decoding has written into the body")
	}
}

// FuzzParseHeader: the header of any bytes is found in one of its own prefixes and in no
// shorter one, and what it says can be written again.
func FuzzParseHeader(f *testing.F) {
	f.Add([]byte{0x30, 0x00})
	f.Add([]byte{0x30, 0xFF, 0xFF, 0xFF, 0x7F})
	f.Add([]byte{0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01})
	f.Add([]byte{0x30, 0x80, 0x80, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok, err := ParseHeader(b)
		if err != nil && (len(b) < 5 || b[1]&b[2]&b[3]&b[4] < 0x80) {
			t.Fatalf("% x: %v", b, err)
		}
		if !ok {
			return
		}
		if same, ok, err := ParseHeader(b[:h.Size]); !ok || err != nil || same != h {
			t.Errorf("% x: %+v differs from that of its own bytes: %+v", b, h, same)
		}
		if _, ok, _ := ParseHeader(b[:h.Size-1]); ok {
			t.Errorf("% x: header is found in %d bytes already", b, h.Size-1)
		}
		if h.Check(mqtt.V5) == nil {
			out := appendVarint([]byte{byte(h.Type)<<4 | h.Flags}, uint32(h.Length))
			if !bytes.Equal(out, b[:h.Size]) {
				t.Errorf("% x: written again: % x", b, out)
			}
		}
	})
}
