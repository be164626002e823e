package packet

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// decodePublish decodes a PUBLISH with the properties.
func decodePublish(t *testing.T, raw []byte) *Publish {
	t.Helper()
	p, err := decode(mqtt.V5, frame(0x30, str("a"), props(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Publish)
}

func TestAppendForward(t *testing.T) {
	alias, expiry, id := wire(0x23, 0, 1), wire(0x02, 0, 0, 0, 9), wire(0x0B, 0x80, 0x01)
	for _, c := range []struct {
		name    string
		raw     []byte
		want    []byte
		forward bool // Forward alone says it
	}{
		{"none", nil, nil, true},
		{"all that go on", allForward, allForward, true},
		{"alias first", wire(alias, allForward), allForward, false},
		{"expiry last", wire(allForward, expiry), allForward, false},
		{"identifiers between", wire(user("b", "1"), id, user("a", "2"), id, alias), wire(user("b", "1"), user("a", "2")), false},
		{"nothing that goes on", wire(alias, expiry, id), nil, false},
	} {
		p := decodePublish(t, c.raw)
		if got := p.Props.AppendForward([]byte("x")); string(got) != "x"+string(c.want) {
			t.Errorf("%s: got % x, want % x", c.name, got[1:], c.want)
		}
		if len(c.raw) > 0 && (p.Props.Forward != nil) != c.forward {
			t.Errorf("%s: Forward is % x", c.name, p.Props.Forward)
		}
	}
}

func TestDecodeProperties(t *testing.T) {
	raw := wire(0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x23, 0, 1, allForward, 0x0B, 7, 0x0B, 0x80, 0x01)
	want := mqtt.Properties{
		PayloadFormatUTF8: true, ContentType: "text/plain", ResponseTopic: "reply/to",
		CorrelationData: []byte("\x00\xFF"), MessageExpiry: (1<<32 - 1) * time.Second, HasMessageExpiry: true,
		SubscriptionIdentifiers: []uint32{7, 128},
		User:                    []mqtt.UserProperty{{Key: "b", Value: "1"}, {Key: "a", Value: "2"}, {Key: "b", Value: "1"}},
	}
	if diff := cmp.Diff(want, DecodeProperties(decodePublish(t, raw).Props.Raw)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDecodePropertiesOwned: strings stay when the buffer is used again.
func TestDecodePropertiesOwned(t *testing.T) {
	raw := bytes.Clone(allForward)
	m := DecodeProperties(raw)
	for i := range raw {
		raw[i] = 0xEE
	}
	if m.ContentType != "text/plain" || m.ResponseTopic != "reply/to" || m.User[1].Value != "2" {
		t.Errorf("strings are views: %+v", m)
	}
}

func TestAppendProperties(t *testing.T) {
	m := DecodeProperties(allForward)
	if got := AppendProperties(nil, &m); !bytes.Equal(got, allForward) {
		t.Errorf("got % x, want % x", got, allForward)
	}
	if got := AppendProperties(nil, &mqtt.Properties{}); len(got) != 0 {
		t.Errorf("zero value: % x", got)
	}
	m = mqtt.Properties{MessageExpiry: time.Second, HasMessageExpiry: true, SubscriptionIdentifiers: []uint32{1}}
	if got := AppendProperties(nil, &m); len(got) != 0 {
		t.Errorf("expiry and identifiers have fields of their own: % x", got)
	}
}

// TestAppendPropertiesLegal: texts from user code never make the packet malformed.
func TestAppendPropertiesLegal(t *testing.T) {
	m := mqtt.Properties{
		ContentType: "a\x00b",
		User:        []mqtt.UserProperty{{Key: "\xFF", Value: strings.Repeat("ä", 40_000)}},
	}
	got := DecodeProperties(decodePublish(t, AppendProperties(nil, &m)).Props.Raw)
	want := mqtt.Properties{
		ContentType: "ab",
		User:        []mqtt.UserProperty{{Key: "\uFFFD", Value: strings.Repeat("ä", 32_767)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDecodePropertiesGarbage: bytes that no Decode has seen do no harm.
func TestDecodePropertiesGarbage(t *testing.T) {
	for c := range 256 {
		DecodeProperties(wire(c))
		DecodeProperties(wire(0x01, 1, c, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF))
	}
}

// TestManyForwarded: a PUBLISH with thousands is decoded and passed on without allocating.
func TestManyForwarded(t *testing.T) {
	_, raw := manyUser(many)
	b := frame(0x30, str("a"), props(0x23, 0, 1, raw))
	h, _, _ := ParseHeader(b)
	var p Publish
	dst := make([]byte, 0, len(raw))
	if n := testing.AllocsPerRun(1, func() {
		_ = p.Decode(h, mqtt.V5, b[h.Size:])
		dst = p.Props.AppendForward(dst[:0])
	}); n != 0 {
		t.Errorf("allocates %v times", n)
	}
	if !bytes.Equal(dst, raw) {
		t.Error("what is passed on differs")
	}
}
