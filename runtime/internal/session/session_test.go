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
