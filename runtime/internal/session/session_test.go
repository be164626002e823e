package session

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestQuota(t *testing.T) {
	d := newDevice(t)
	d.connect(2)
	d.deliver("1 a", "2 b", "1 c", "2 d")
	d.want("1:PUBLISH 1 a", "2:PUBLISH 2 b")
	d.must("PUBACK 9", "PUBREC 9 128", "PUBCOMP 9") // unknown: they free nothing
	d.want()
	d.must("PUBREC 2") // holds its place until PUBCOMP
	d.want("2:PUBREL")
	d.must("PUBACK 1")
	d.want("3:PUBLISH 1 c")
	d.must("PUBACK 1", "PUBACK 1") // once only
	d.want()
	d.must("PUBCOMP 2")
	d.want("4:PUBLISH 2 d")
	d.must("PUBACK 3", "PUBREC 4", "PUBCOMP 4")
	d.want("4:PUBREL")
	if queue, inflight := d.s.Waiting(); queue != 0 || inflight != 0 {
		t.Errorf("%d wait and %d are in flight at the end", queue, inflight)
	}
	d.deliver("1 e", "1 f", "1 g")
	d.want("5:PUBLISH 1 e", "6:PUBLISH 1 f")
}

func TestAcknowledgementsInAnyOrder(t *testing.T) {
	d := newDevice(t)
	d.connect(200) // more than a hundred: no fixed window
	for i := range 200 {
		d.deliver(fmt.Sprintf("1 %d", i))
	}
	d.wire.mu.Lock()
	d.eaten = len(d.wire.got)
	d.wire.mu.Unlock()
	for _, id := range []int{200, 1, 100, 2, 199} {
		d.must(fmt.Sprintf("PUBACK %d", id))
	}
	if _, inflight := d.s.Waiting(); inflight != 195 {
		t.Errorf("%d in flight, want 195", inflight)
	}
	d.deliver("1 x")
	d.want("201:PUBLISH 1 x")
}

func TestPubrec(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("2 a", "2 b")
	d.want("1:PUBLISH 2 a", "2:PUBLISH 2 b")
	d.must("PUBREC 1", "PUBREC 1")
	d.want("1:PUBREL", "1:PUBREL")
	d.must("PUBREC 7")
	d.want("7:PUBREL 92")
	d.must("PUBREC 8 135") // a refusal of what is unknown asks for nothing
	d.must("PUBREC 2 151") // a refusal ends the flow
	d.want()
	if f := d.s.window.find(2); f != nil {
		t.Error("the refused message is in flight still")
	}
	d.must("PUBREC 2")
	d.want("2:PUBREL 92")
	d.must("PUBREC 1 128") // too late: it was released, and is completed by PUBCOMP
	d.want("1:PUBREL")
	d.must("PUBCOMP 1")
	if _, inflight := d.s.Waiting(); inflight != 0 || d.s.quota != 10 {
		t.Errorf("%d in flight, quota %d; want 0 and 10", inflight, d.s.quota)
	}
}

func TestUnknownPubrecIn3(t *testing.T) {
	d := newDevice(t)
	d.version = mqtt.V311
	d.connect(10)
	d.must("PUBREC 7")
	d.want("7:PUBREL")
}

func TestAcknowledgementOfTheWrongKind(t *testing.T) {
	for _, test := range []struct {
		message string
		first   string // is legal
		wrong   string
	}{
		{"1 x", "", "PUBREC 1"},
		{"1 x", "", "PUBREC 1 128"},
		{"1 x", "", "PUBCOMP 1"},
		{"2 x", "", "PUBACK 1"},
		{"2 x", "", "PUBCOMP 1"},
		{"2 x", "PUBREC 1", "PUBACK 1"},
	} {
		d := newDevice(t)
		d.connect(5)
		d.deliver(test.message)
		if test.first != "" {
			d.must(test.first)
		}
		if err := d.acknowledge(test.wrong); err != errWrongAcknowledgement {
			t.Errorf("%s for %q after %q: %v", test.wrong, test.message, test.first, err)
		}
		if _, inflight := d.s.Waiting(); inflight != 1 {
			t.Errorf("%s for %q ended its flow", test.wrong, test.message)
		}
	}
}

func TestResend(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("1 a", "2 b", "2 c", "1 d", "2 e", "1 f")
	d.must("PUBREC 2", "PUBREC 5", "PUBACK 4")
	d.s.Detach()
	d.deliver("1 offline", "0 never", "2 later")

	d.connect(4)
	d.deliver("1 new")
	d.want("2:PUBREL", "5:PUBREL", "1:PUBLISH 1 dup a", "3:PUBLISH 2 dup c")
	d.must("PUBCOMP 5")
	d.want("6:PUBLISH 1 dup f")
	d.must("PUBACK 1", "PUBREC 3", "PUBCOMP 2")
	d.want("7:PUBLISH 1 offline", "3:PUBREL", "8:PUBLISH 2 later")
	d.must("PUBCOMP 3", "PUBACK 6")
	d.want("9:PUBLISH 1 new")
	d.must("PUBACK 7", "PUBREC 8", "PUBACK 9", "PUBCOMP 8")
	d.want("8:PUBREL")
	if queue, inflight := d.s.Waiting(); queue != 0 || inflight != 0 || d.s.quota != 4 {
		t.Errorf("%d wait, %d are in flight, quota %d; want 0, 0 and 4", queue, inflight, d.s.quota)
	}
}

// TestAcknowledgedBeforeItIsSentAgain: the client answers on its new
// connection what it got on the old one, before the quota allows the resend.
func TestAcknowledgedBeforeItIsSentAgain(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("1 a", "2 b", "1 c", "2 d")
	d.s.Detach()
	d.connect(1)
	d.want("1:PUBLISH 1 dup a")
	d.must("PUBACK 3") // holds no place, so it frees none
	d.want()
	d.must("PUBREC 4") // takes a place: it is in delivery on this connection now
	d.want("4:PUBREL")
	d.must("PUBACK 1")
	d.want()
	d.must("PUBCOMP 4")
	d.want("2:PUBLISH 2 dup b")
	d.must("PUBREC 2", "PUBCOMP 2")
	if s := d.s; s.quota != 1 || s.owed != 0 || s.window.active != 0 {
		t.Errorf("quota %d, owed %d, in flight %d; want 1, 0, 0", s.quota, s.owed, s.window.active)
	}
}

func TestNothingIsSentAgainOnALiveConnection(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("1 a", "2 b")
	d.want("1:PUBLISH 1 a", "2:PUBLISH 2 b")
	d.now = d.now.Add(time.Hour)
	d.deliver("1 c")
	d.must("PUBACK 3")
	d.want("3:PUBLISH 1 c")
}

// TestResendIsMoreThanAnOutboxHolds: a client with much in flight is served,
// not cut off, when it comes back.
func TestResendIsMoreThanAnOutboxHolds(t *testing.T) {
	d := newDevice(t)
	d.limits.OutboxBytes = 1000
	d.connect(100)
	var want []string
	for i := range 30 {
		m := fmt.Sprintf("1 %d%s", i, strings.Repeat("x", 400))
		d.deliver(m)
		want = append(want, fmt.Sprintf("%d:PUBLISH %s", i+1, m))
	}
	d.s.Detach()
	d.connect(100)
	var got []string
	for id := 1; id <= 30; id++ {
		d.box.Flush()
		got = append(got, d.read()...)
		d.must(fmt.Sprintf("PUBACK %d", id))
	}
	for i := range got {
		got[i] = strings.Replace(got[i], " dup", "", 1)
	}
	if !slices.Equal(got, want) || d.wire.cuts() > 0 {
		t.Errorf("%d of %d messages sent again, cut off %d times", len(got), len(want), d.wire.cuts())
	}
}

// TestWindowIsBoundedByBytes: a client that takes 65,535 messages at once and
// acknowledges none costs an outbox and a queue, not more.
func TestWindowIsBoundedByBytes(t *testing.T) {
	d := newDevice(t)
	d.limits.OutboxBytes, d.limits.QueueBytes = 1000, 2000
	d.connect(65535)
	for range 50 {
		d.deliver("1 " + strings.Repeat("x", 99)) // 100 bytes with the name
	}
	if queue, inflight := d.s.Waiting(); inflight != 10 || queue != 20 {
		t.Errorf("%d in flight and %d waiting, want 10 and 20", inflight, queue)
	}
	if n := d.counters.DroppedFull.Load(); n != 20 {
		t.Errorf("%d dropped, want 20", n)
	}
	d.must("PUBACK 1")
	if queue, inflight := d.s.Waiting(); inflight != 10 || queue != 19 {
		t.Errorf("%d in flight and %d waiting after an acknowledgement, want 10 and 19", inflight, queue)
	}
}

func TestAMessageLargerThanTheBoundIsSentAlone(t *testing.T) {
	d := newDevice(t)
	d.limits.OutboxBytes = 10
	d.connect(5)
	large := strings.Repeat("x", 5000)
	d.deliver("1 "+large, "2 "+large, "1 y")
	d.want("1:PUBLISH 1 " + large)
	d.must("PUBACK 1")
	d.want("2:PUBLISH 2 " + large)
	d.must("PUBREC 2", "PUBCOMP 2")
	d.want("2:PUBREL", "3:PUBLISH 1 y")
}

func TestStuckIdentifierIsNeverGivenTwice(t *testing.T) {
	d := newDevice(t)
	d.connect(2)
	d.deliver("1 stuck")
	d.s.window.last = 65000 // as if all in between had come and gone
	for id := 65001; id <= 65535; id++ {
		d.deliver("1 x")
		d.must(fmt.Sprintf("PUBACK %d", id))
	}
	d.box.Flush()
	d.read()
	d.deliver("1 y", "1 z") // only identifier 1 is left, and it is in use
	d.want()
	d.must("PUBACK 1")
	d.want("1:PUBLISH 1 y", "2:PUBLISH 1 z")
}

func TestQoS0StaysBehindWhatWaits(t *testing.T) {
	d := newDevice(t)
	d.connect(1)
	d.deliver("0 a", "1 b", "0 c", "1 d", "0 e", "0 f", "1 g", "0 h")
	d.want("PUBLISH 0 a", "1:PUBLISH 1 b", "PUBLISH 0 c")
	d.must("PUBACK 1")
	d.want("2:PUBLISH 1 d", "PUBLISH 0 e", "PUBLISH 0 f")
	d.must("PUBACK 2")
	d.want("3:PUBLISH 1 g", "PUBLISH 0 h")
	d.deliver("0 i")
	d.want("PUBLISH 0 i")
}

func TestQoS0IsNotKeptForClientsThatAreAway(t *testing.T) {
	d := newDevice(t)
	d.deliver("0 before")
	d.connect(1)
	d.deliver("1 a", "1 b", "0 waits")
	d.s.Detach()
	d.deliver("0 away")
	d.connect(5)
	d.want("1:PUBLISH 1 dup a", "2:PUBLISH 1 b")
	if d.s.Online() != true || d.s.queueBytes != 0 {
		t.Errorf("online %v, %d bytes queued", d.s.Online(), d.s.queueBytes)
	}
}

func TestExpiry(t *testing.T) {
	d := newDevice(t)
	lives := func(payload string, seconds int) {
		d.offer(Publication{Name: "t", QoS: mqtt.QoS1, Payload: []byte(payload), Expires: d.now.Add(time.Duration(seconds) * time.Second)})
	}
	lives("short", 5)
	lives("long", 60)
	d.deliver("1 for ever")
	d.now = d.now.Add(10*time.Second + time.Millisecond)
	d.connect(10)
	d.want("1:PUBLISH 1 expiry=50 long", "2:PUBLISH 1 for ever")
	lives("now", 7)
	d.want("3:PUBLISH 1 expiry=7 now")
	d.s.Detach()
	d.now = d.now.Add(20 * time.Second)
	d.connect(10)
	d.want("1:PUBLISH 1 dup expiry=30 long", "2:PUBLISH 1 dup for ever", "3:PUBLISH 1 dup expiry=0 now")
	if n := d.counters.DroppedExpired.Load(); n != 1 {
		t.Errorf("%d counted as expired, want 1", n)
	}
}

// TestExpiredMessagesMakeRoom: what nobody will get any more does not keep new
// messages out of a full queue.
func TestExpiredMessagesMakeRoom(t *testing.T) {
	d := newDevice(t)
	d.limits.QueueMessages = 3
	for i := range 3 {
		d.offer(Publication{Name: "t", QoS: mqtt.QoS1, Payload: []byte{'0' + byte(i)}, Expires: d.now.Add(time.Duration(1+i) * time.Minute)})
	}
	d.deliver("1 full")
	d.now = d.now.Add(2 * time.Minute)
	d.deliver("1 a", "1 b", "1 full")
	d.connect(10)
	d.want("1:PUBLISH 1 expiry=60 2", "2:PUBLISH 1 a", "3:PUBLISH 1 b")
	if full, expired := d.counters.DroppedFull.Load(), d.counters.DroppedExpired.Load(); full != 2 || expired != 2 {
		t.Errorf("%d dropped as full and %d as expired, want 2 and 2", full, expired)
	}
	if d.s.queueBytes != 0 {
		t.Errorf("%d bytes counted in an empty queue", d.s.queueBytes)
	}
}

func TestQueueIsBounded(t *testing.T) {
	d := newDevice(t)
	d.limits.QueueMessages, d.limits.QueueBytes = 5, 20 // each message costs 2 bytes or 12
	d.deliver("1 0123456789a")
	d.deliver("1 b", "1 c", "1 d", "1 e", "1 f")
	d.connect(10)
	d.want("1:PUBLISH 1 0123456789a", "2:PUBLISH 1 b", "3:PUBLISH 1 c", "4:PUBLISH 1 d", "5:PUBLISH 1 e")
	if n := d.counters.DroppedFull.Load(); n != 1 {
		t.Errorf("%d dropped, want 1", n)
	}
}

func TestMaximumPacketSize(t *testing.T) {
	size := func(qos mqtt.QoS, payload string) int {
		return packet.PublishSize(mqtt.V5, &packet.Outgoing{Name: "t", QoS: qos, PacketID: 1, Payload: []byte(payload)})
	}
	d := newDevice(t)
	d.connectLimited(2, size(mqtt.QoS1, "12345"))
	d.deliver("1 12345", "1 123456", "2 12345", "1 123456", "1 1", "0 1234567", "0 12345678")
	d.want("1:PUBLISH 1 12345", "2:PUBLISH 2 12345") // what is too large uses up no identifier
	d.must("PUBACK 1")
	d.want("3:PUBLISH 1 1", "PUBLISH 0 1234567")
	if n := d.counters.DroppedTooBig.Load(); n != 3 {
		t.Errorf("%d dropped, want 3", n)
	}
}

// TestResendObeysMaximumPacketSize: the new connection takes less than the one
// on which the message was sent first.
func TestResendObeysMaximumPacketSize(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("1 a", "1 too large for the second connection", "2 also too large for the second one", "2 b")
	d.s.Detach()
	d.connectLimited(2, 20)
	d.want("1:PUBLISH 1 dup a", "4:PUBLISH 2 dup b")
	d.must("PUBACK 1", "PUBREC 4", "PUBCOMP 4")
	d.want("4:PUBREL")
	if s := d.s; s.quota != 2 || s.owed != 0 || s.window.active != 0 || s.window.bytes != 0 {
		t.Errorf("quota %d, owed %d, in flight %d of %d bytes; want 2, 0, 0, 0", s.quota, s.owed, s.window.active, s.window.bytes)
	}
	if n := d.counters.DroppedTooBig.Load(); n != 2 {
		t.Errorf("%d dropped, want 2", n)
	}
}

// TestConnectionAtItsEnd: what does not get into a sealed outbox is sent on
// the next connection.
func TestConnectionAtItsEnd(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.box.Seal(nil)
	d.deliver("1 a", "0 b", "2 c")
	d.want()
	d.s.Detach()
	if err := d.acknowledge("PUBACK 1"); err != nil {
		t.Error(err)
	}
	d.connect(10)
	d.want("1:PUBLISH 1 dup a", "2:PUBLISH 2 dup c")
}

func TestDiscard(t *testing.T) {
	d := newDevice(t)
	d.connect(1)
	d.deliver("1 a", "1 b")
	d.s.Detach()
	d.s.Discard()
	d.deliver("1 c") // by a publisher with an old route
	if queue, inflight := d.s.Waiting(); queue != 0 || inflight != 0 {
		t.Errorf("%d wait and %d are in flight after the session's end", queue, inflight)
	}
}

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

// TestPublishersAndReconnects has publishers deliver while the client
// acknowledges, goes and comes back: each message of QoS 1 arrives, in its
// publisher's order, and no more are in flight than the quota.
func TestPublishersAndReconnects(t *testing.T) {
	const publishers, messages, quota = 4, 300, 7
	d := newDevice(t)
	d.limits.QueueMessages = publishers * messages
	d.connect(quota)
	var all sync.WaitGroup
	for id := range publishers {
		all.Go(func() {
			var o Offer
			var b Batch
			for i := range messages {
				o.Reset(Publication{Name: "t", QoS: mqtt.QoS1, Payload: fmt.Appendf(nil, "%d %d", id, i)})
				d.s.Deliver(&o, Wish{QoS: mqtt.QoS1}, &b, epoch)
				b.Flush()
			}
		})
	}
	next := make([]int, publishers)
	for done, round := 0, 0; done < publishers*messages; round++ {
		d.box.Flush()
		got := d.read()
		if len(got) > quota {
			t.Fatalf("%d messages in flight, Receive Maximum %d", len(got), quota)
		}
		for i, text := range got {
			var packetID, from, n int
			text = strings.Replace(text, " dup", "", 1)
			if _, err := fmt.Sscanf(text, "%d:PUBLISH 1 %d %d", &packetID, &from, &n); err != nil {
				t.Fatal(text, err)
			}
			if n != next[from] {
				t.Fatalf("message %d of publisher %d comes where %d should", n, from, next[from])
			}
			if round%5 == 4 && i == len(got)/2 { // lost with the connection, and sent again
				d.s.Detach()
				d.connect(quota)
				break
			}
			next[from]++
			done++
			d.must(fmt.Sprintf("PUBACK %d", packetID))
		}
	}
	all.Wait()
	if queue, inflight := d.s.Waiting(); queue != 0 || inflight != 0 || d.s.quota != quota {
		t.Errorf("%d wait, %d are in flight, quota %d at the end", queue, inflight, d.s.quota)
	}
}
