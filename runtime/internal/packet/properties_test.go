package packet

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestUserProperties: what is encoded comes back in its order, and only that is written.
func TestUserProperties(t *testing.T) {
	pairs := []mqtt.UserProperty{{Key: "b", Value: "1"}, {Key: "", Value: ""}, {Key: "b", Value: "1"}}
	sent := Subscribe{
		PacketID: 1, SubscriptionID: 9, Filters: []Filter{{Filter: []byte("a")}},
		User: append(EncodeUserProperties(pairs), 0x0B, 7), // as a view holds other properties too
	}
	p, err := decode(mqtt.V5, sent.Append(nil, mqtt.V5))
	if err != nil {
		t.Fatal(err)
	}
	got := p.(*Subscribe)
	if user := got.User.AppendTo(nil); !slices.Equal(user, pairs) || got.SubscriptionID != 9 {
		t.Errorf("got %+v", got)
	}
}

// many is the number of User Properties in one packet that clients have been seen to send.
const many = 5000

// manyUser returns so many pairs, and as properties. Names repeat, and so do whole pairs.
func manyUser(n int) (pairs []mqtt.UserProperty, raw []byte) {
	for i := range n {
		pairs = append(pairs, mqtt.UserProperty{Key: fmt.Sprint("key", i%7), Value: fmt.Sprint("value", i%100)})
		raw = append(raw, user(pairs[i].Key, pairs[i].Value)...)
	}
	return pairs, raw
}

// TestManyUserProperties: every packet keeps order and repeats of thousands, in both directions
// [MQTT-3.3.2-18].
func TestManyUserProperties(t *testing.T) {
	pairs, raw := manyUser(many)
	for packet, carry := range carriers {
		sent := carry(before(packet, 0x26), raw)
		p, err := decode(mqtt.V5, sent)
		if err != nil {
			t.Fatalf("%s: %v", packet, err)
		}
		if out := p.Append(nil, mqtt.V5); !bytes.Equal(out, sent) {
			t.Errorf("%s: %d bytes are written as %d others", packet, len(sent), len(out))
		}
		if got := usersOf(p, packet == "will"); !slices.Equal(got, pairs) {
			t.Errorf("%s: %d pairs become %d others", packet, len(pairs), len(got))
		}
	}
}

func usersOf(p codec, will bool) []mqtt.UserProperty {
	switch p := p.(type) {
	case *Connect:
		if will {
			return DecodeProperties(p.Will.Props.Raw).User
		}
		return p.Props.User.AppendTo(nil)
	case *Publish:
		return DecodeProperties(p.Props.Raw).User
	case *Subscribe:
		return p.User.AppendTo(nil)
	case *Unsubscribe:
		return p.User.AppendTo(nil)
	case *Connack:
		return p.User
	case *Ack:
		return p.User
	case *Suback:
		return p.User
	case *Unsuback:
		return p.User
	case *Disconnect:
		return p.User
	}
	return p.(*Auth).User
}

// TestUserPropertiesCost counts what many properties cost: a walk takes each of them once, and the
// memory that decoding takes grows as they do, not with their square.
func TestUserPropertiesCost(t *testing.T) {
	_, raw := manyUser(many)
	steps, taken := 0, 0
	for p := walk(raw); ; steps++ {
		left := len(p.b)
		if !p.next() {
			break
		}
		taken += left - len(p.b)
	}
	if steps != many || taken != len(raw) {
		t.Errorf("a walk over %d properties of %d bytes takes %d steps over %d bytes", many, len(raw), steps, taken)
	}
	for packet, carry := range carriers {
		cost := func(n int) (bytes, count uint64) {
			_, raw := manyUser(n)
			sent := carry(before(packet, 0x26), raw)
			dst := make([]byte, 0, 2*len(sent))
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			p, err := decode(mqtt.V5, sent)
			if err == nil {
				dst = p.Append(dst, mqtt.V5)
			}
			runtime.ReadMemStats(&end)
			if err != nil || len(dst) != len(sent) {
				t.Fatalf("%s: %v", packet, err)
			}
			return end.TotalAlloc - start.TotalAlloc, end.Mallocs - start.Mallocs
		}
		fewBytes, _ := cost(many / 10)
		bytes, count := cost(many)
		if count > 2*many+100 || bytes > 20*fewBytes+64<<10 {
			t.Errorf("%s: %d properties cost %d bytes in %d allocations; a tenth of them %d bytes", packet, many, bytes, count, fewBytes)
		}
	}
}

// TestErrorText: an error reads as its reason.
func TestErrorText(t *testing.T) {
	if got, want := errDup.Error(), "DUP with QoS 0 [MQTT-3.3.1-2]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
