package link

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

type form struct {
	name   string
	frame  []byte
	onward int // bytes of the properties that travel on
}

// inbound are the forms in which a QoS 0 message comes.
func inbound(c *talker) []form {
	const name, payload = "sensor/7/temperature", "21.5"
	alias := func(p *packet.Outgoing) { p.Alias = 3 }
	utf8 := func(p *packet.Outgoing) { p.Forward = []byte{0x01, 1} } // payload format indicator
	forms := []form{{"small", c.publish(0, 0, name, payload), 0}}
	if c.version == mqtt.V5 {
		forms = append(forms,
			form{"property", c.publish(0, 0, name, payload, utf8), 2},
			form{"alias", c.publish(0, 0, name, payload, alias), 0},
			form{"alias alone", c.publish(0, 0, "", payload, alias), 0},
			form{"alias and property", c.publish(0, 0, "", payload, alias, utf8), 2},
		)
	}
	return forms
}

// TestQoS0DoesNotAllocate sends bursts of 16 messages through parse, to a
// subscriber on a real socket, and wants no allocation for any message, also
// where rates are measured.
func TestQoS0DoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget at random under the race detector")
	}
	for i, v := range []mqtt.Version{mqtt.V311, mqtt.V5, mqtt.V311, mqtt.V5} {
		h := newHost(t)
		if i >= 2 {
			h.Settings.Rates, h.Door.Loopback = limit.Rates{Messages: 1e9, Bytes: 1e12}, true
		}
		sub := admitVersion(t, h, "sub", v).listen("sensor/+/temperature", 0)
		pub, other := standing(t, h, v)
		for _, in := range inbound(&talker{version: v}) {
			const burst = 16
			packets := bytes.Repeat(in.frame, burst)
			size := packet.PublishSize(v, &packet.Outgoing{Name: "sensor/7/temperature", Payload: []byte("21.5")})
			out := make([]byte, burst*(size+in.onward))
			pass := func() {
				if used, _, leave := pub.parse(packets); used != len(packets) || leave {
					t.Fatalf("%s: %d of %d bytes used, end %v", in.name, used, len(packets), pub.end)
				}
				if _, err := io.ReadFull(sub.nc, out); err != nil {
					t.Fatal(err)
				}
			}
			pass() // the first one makes what is kept
			if n := testing.AllocsPerRun(200, pass); n > 0 {
				t.Errorf("%v, %s: %v allocations for %d messages", v, in.name, n, burst)
			}
		}
		_ = other.Close()
		pub.stop(errPeerClosed)
		pub.finish()
	}
}

// standing returns a link that was let in and that nobody serves: the test
// calls its parse.
func standing(t testing.TB, h *Host, v mqtt.Version) (*Link, net.Conn) {
	t.Helper()
	client, server := sockets(t)
	l := New(h, server)
	c := &talker{version: v}
	if l.parse(c.connect("pub")); l.end != nil || !l.accepted.Load() {
		t.Fatalf("not let in: %v", l.end)
	}
	return l, client
}

// TestQoS0OverSocketsDoesNotAllocate is the same with both links served.
func TestQoS0OverSocketsDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget at random under the race detector")
	}
	h := newHost(t)
	sub := admit(t, h, "sub").listen("a", 0)
	pub := admit(t, h, "pub")
	const burst, rounds = 16, 2000
	in := bytes.Repeat(pub.publish(0, 0, "a", "payload"), burst)
	out := make([]byte, len(in))
	_ = sub.nc.SetDeadline(time.Time{})
	pass := func() {
		if _, err := pub.nc.Write(in); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(sub.nc, out); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		pass()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		pass()
	}
	runtime.ReadMemStats(&after)
	// Pools start anew with each garbage collection: a few in all, not one for
	// each message.
	if n := after.Mallocs - before.Mallocs; n > burst*rounds/100 {
		t.Errorf("%d allocations for %d messages", n, burst*rounds)
	}
}

// TestIdleLinkHoldsNoWork: what parsing needs is borrowed for a read.
func TestIdleLinkHoldsNoWork(t *testing.T) {
	h := newHost(t)
	l, client := standing(t, h, mqtt.V5)
	if l.work != nil {
		t.Error("the link keeps its work between reads")
	}
	_ = client.Close()
	l.stop(errPeerClosed)
	l.finish()
}
