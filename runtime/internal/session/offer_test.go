package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestOfferCopiesAtMostOnce(t *testing.T) {
	var o Offer
	name, payload := "t", []byte("view")
	o.Reset(Publication{Name: name, QoS: mqtt.QoS1, Payload: payload})
	if first, second := o.Own(), o.Own(); first != second {
		t.Error("copied twice")
	}
	copy(payload, "xxxx")
	if string(o.Own().Payload) != "view" {
		t.Error("the copy is a view")
	}
	o.ResetOwned(&Publication{Name: name, Payload: payload})
	if &o.Own().Payload[0] != &payload[0] {
		t.Error("copied what nobody writes to")
	}
}

// TestQueuedMessagesAreNoViews: the bytes of a PUBLISH are gone when its read
// is over.
func TestQueuedMessagesAreNoViews(t *testing.T) {
	d := newDevice(t)
	var o Offer
	var b Batch
	for _, size := range []int{10, shareFrom, 3 * chunkSize} {
		d.connect(1)
		for range 2 { // one in flight, one waiting
			view := []byte(strings.Repeat("v", size))
			o.Reset(Publication{Name: "t", QoS: mqtt.QoS1, Payload: view, Forward: []byte{3, 0, 1, 'c'}})
			d.s.Deliver(&o, Wish{QoS: mqtt.QoS1}, &b, d.now)
			clear(view)
		}
		v := strings.Repeat("v", size)
		d.want("1:PUBLISH 1 " + v)
		d.must("PUBACK 1")
		d.want("2:PUBLISH 1 " + v)
		d.s.Detach()
		d.connect(1)
		d.want("2:PUBLISH 1 dup " + v)
		d = newDevice(t)
	}
}

func TestClassesOfReceivers(t *testing.T) {
	var o Offer
	var b Batch
	o.Reset(Publication{Name: "t", QoS: mqtt.QoS2, Payload: []byte("x"), Forward: []byte{3, 0, 1, 'c'}, Expires: epoch.Add(time.Minute)})
	for range 2 { // the second round uses the heads of the first
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			for qos := mqtt.QoS0; qos <= mqtt.QoS2; qos++ {
				for _, retain := range []bool{false, true} {
					d := newDevice(t)
					d.version = v
					d.connect(1)
					d.s.Deliver(&o, Wish{QoS: qos, Retain: retain}, &b, d.now)
					want := fmt.Sprintf("PUBLISH %d", qos)
					if qos > 0 {
						want = "1:" + want
					}
					if retain {
						want += " retain"
					}
					if v == mqtt.V5 {
						want += " expiry=60"
					}
					d.want(want + " x")
				}
			}
		}
	}
	b.Flush()
}

func TestSubscriptionIdentifiersGoAlong(t *testing.T) {
	d := newDevice(t)
	d.connect(1)
	var o Offer
	var b Batch
	for _, qos := range []mqtt.QoS{0, 1, 2} { // the last one waits
		o.Reset(Publication{Name: "t", QoS: qos, Payload: []byte("x")})
		d.s.Deliver(&o, Wish{QoS: qos, IDs: []uint32{5, 300}}, &b, d.now)
	}
	d.must("PUBACK 1")
	d.box.Flush()
	for got := d.wire.bytes(); len(got) > 0; {
		h, _, _ := packet.ParseHeader(got)
		var p packet.Publish
		if err := p.Decode(h, mqtt.V5, got[h.Size:h.Size+h.Length]); err != nil {
			t.Fatal(err)
		}
		if ids := packet.DecodeProperties(p.Props.Raw).SubscriptionIdentifiers; !slices.Equal(ids, []uint32{5, 300}) {
			t.Errorf("QoS %d came with the identifiers %v", p.QoS, ids)
		}
		got = got[h.Size+h.Length:]
	}
}
