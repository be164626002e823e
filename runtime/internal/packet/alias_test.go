package packet

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestAppendAliased: a head that is written again says the same as one that was written with its alias, also where the
// lengths need more bytes.
func TestAppendAliased(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, qos := range []mqtt.QoS{0, 1, 2} {
		for _, forward := range []int{0, 3, 115, 118, 120, 121, 16375, 16380} {
			for range 20 {
				text := mqtt.Properties{ContentType: strings.Repeat("x", max(forward-3, 0))}
				o := Outgoing{
					Name: strings.Repeat("n", 1+r.IntN(300)), QoS: qos, PacketID: 7, Retain: r.IntN(2) > 0, Payload: make([]byte, r.IntN(300)),
					HasExpiry: r.IntN(2) > 0, Expiry: 9, Forward: AppendProperties(nil, &text),
				}
				if qos == 0 {
					o.PacketID = 0
				}
				head := AppendPublishHead(nil, mqtt.V5, &o)
				if string(HeadName(head)) != o.Name || SetsAlias(head) {
					t.Fatalf("%+v: name %q, sets an alias %v", o, HeadName(head), SetsAlias(head))
				}
				for _, withName := range []bool{true, false} {
					got := append(AppendAliased(nil, head, len(o.Payload), 300, withName), o.Payload...)
					want := o
					want.Alias = 300
					if !withName {
						want.Name = ""
					}
					checkAliased(t, got, AppendPublish(nil, mqtt.V5, &want))
					if SetsAlias(got) != withName {
						t.Fatalf("with its name %v: sets an alias %v", withName, SetsAlias(got))
					}
					if plain := len(head) + len(o.Payload); len(got) > plain+AliasCost || !withName && len(o.Name) >= 5 && len(got) > plain {
						t.Fatalf("%d bytes have become %d", plain, len(got))
					}
				}
			}
		}
	}
}

// checkAliased compares two PUBLISHes whose properties have another order.
func checkAliased(t *testing.T, got, want []byte) {
	t.Helper()
	var p [2]Publish
	for i, frame := range [][]byte{got, want} {
		h, ok, err := ParseHeader(frame)
		if !ok || err != nil || h.Size+h.Length != len(frame) {
			t.Fatalf("frame %d: %v", i, err)
		}
		if err := p[i].Decode(h, mqtt.V5, frame[h.Size:]); err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
	a, b := &p[0], &p[1]
	if !bytes.Equal(a.Name, b.Name) || !bytes.Equal(a.Payload, b.Payload) || a.PacketID != b.PacketID || a.QoS != b.QoS || a.Retain != b.Retain ||
		a.Props.Alias != b.Props.Alias || a.Props.Expiry != b.Props.Expiry || !bytes.Equal(a.Props.AppendForward(nil), b.Props.AppendForward(nil)) {
		t.Fatalf("got %+v, want %+v", a, b)
	}
}
