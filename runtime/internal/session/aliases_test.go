package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// reader resolves topic aliases as a client does, and fails the test where one
// is unknown or not allowed [MQTT-3.1.2-26], [MQTT-3.1.2-27].
type reader struct {
	t     testing.TB
	max   int
	names map[uint16]string
	eaten int
	sets  int // packets that set an alias
	ids   []uint16
}

// read returns what has come: the resolved topic name and the payload, with
// the form: "name" alone, "name=1" sets alias 1, "1" has it.
func (r *reader) read(d *device) (got []string, names []string) {
	r.t.Helper()
	d.box.Flush()
	for b := d.wire.bytes()[r.eaten:]; len(b) > 0; {
		h, ok, err := packet.ParseHeader(b)
		if !ok || err != nil || len(b) < h.Size+h.Length {
			r.t.Fatalf("not a whole packet: %x", b)
		}
		var p packet.Publish
		if h.Type == packet.TypePublish {
			if err := p.Decode(h, d.version, b[h.Size:h.Size+h.Length]); err != nil {
				r.t.Fatal(err)
			}
			if p.QoS > 0 {
				r.ids = append(r.ids, p.PacketID)
			}
			form, name := r.resolve(&p)
			got, names = append(got, form), append(names, name+" "+string(p.Payload))
		}
		b = b[h.Size+h.Length:]
		r.eaten += h.Size + h.Length
	}
	return got, names
}

func (r *reader) resolve(p *packet.Publish) (form, name string) {
	r.t.Helper()
	name, alias := string(p.Name), p.Props.Alias
	switch {
	case !p.Props.HasAlias:
		return name, name
	case int(alias) > r.max:
		r.t.Fatalf("alias %d of %d", alias, r.max)
	case name != "":
		r.names[alias] = name
		r.sets++
		return fmt.Sprintf("%s=%d", name, alias), name
	}
	if name = r.names[alias]; name == "" {
		r.t.Fatalf("alias %d was never set", alias)
	}
	return fmt.Sprint(alias), name
}

// connectAliased attaches a connection whose client allows topic aliases.
func (d *device) connectAliased(n, maximum int) *reader {
	d.wire, d.eaten = newWire(d.t), 0
	d.box = NewOutbox(d.wire, d.limits)
	d.s.Attach(d.box, Attachment{Version: d.version, Receive: 100, MaximumPacket: maximum, Aliases: n, Now: d.now})
	return &reader{t: d.t, max: n, names: map[uint16]string{}}
}

func (d *device) send(qos mqtt.QoS, names ...string) {
	for _, name := range names {
		d.offer(Publication{Name: name, QoS: qos, Payload: []byte("x")})
	}
}

// TestAliasesToClients is section 3.3.2.3.4: a long name is sent once, where
// the client allows aliases, and begins anew with each connection.
func TestAliasesToClients(t *testing.T) {
	d := newDevice(t)
	r := d.connectAliased(2, 0)
	want := func(forms ...string) {
		t.Helper()
		if got, _ := r.read(d); strings.Join(got, " ") != strings.Join(forms, " ") {
			t.Fatalf("sent %q, want %q", got, forms)
		}
	}
	for qos := range mqtt.QoS(3) {
		d.send(qos, "fleet/one", "fleet/one", "short", "short", "fleet/two", "fleet/two", "fleet/three", "fleet/one")
		if qos == 0 {
			want("fleet/one=1", "1", "short", "short", "fleet/two=2", "2", "fleet/three", "1")
		} else {
			want("1", "1", "short", "short", "2", "2", "fleet/three", "1")
		}
	}
	d.s.Detach()
	r = d.connectAliased(1, 0) // what is resent counts on nothing of the former connection
	want("fleet/one=1", "1", "short", "short", "fleet/two", "fleet/two", "fleet/three", "1",
		"1", "1", "short", "short", "fleet/two", "fleet/two", "fleet/three", "1")
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311} {
		old := newDevice(t)
		old.version = v
		r := old.connectAliased(5, 0)
		old.send(0, "fleet/one", "fleet/one")
		if got, _ := r.read(old); strings.Join(got, " ") != "fleet/one fleet/one" {
			t.Errorf("%v: sent %q", v, got)
		}
	}
}

// TestAliasesOfLongUse: names in use keep their alias, one that is not gives
// it away, and many that take turns cost next to nothing.
func TestAliasesOfLongUse(t *testing.T) {
	d := newDevice(t)
	r := d.connectAliased(4, 0)
	for i := range 2000 { // one name always, the others never again
		d.send(0, "fleet/always", fmt.Sprintf("fleet/once/%d", i))
	}
	got, _ := r.read(d)
	if n := strings.Count(strings.Join(got, " "), "fleet/always"); n != 1 {
		t.Errorf("the name in use was sent %d times", n)
	}
	if r.sets > 4+2000/aliasCredit {
		t.Errorf("%d aliases were set in vain", r.sets)
	}
	for range 20 * aliasCredit {
		d.send(0, "fleet/new/1", "fleet/new/2", "fleet/new/3")
	}
	got, _ = r.read(d)
	for _, form := range got[len(got)-3:] {
		if len(form) != 1 {
			t.Errorf("a name in use has no alias: %q", form)
		}
	}
}

// TestAliasAndMaximumPacketSize: a packet that fits is not made too large by
// setting an alias, and one without its name is.
func TestAliasAndMaximumPacketSize(t *testing.T) {
	d := newDevice(t)
	head := 2 + 2 + len("fleet/one") + 1 + 1
	for maximum := head - 1; maximum < head+10; maximum++ {
		r := d.connectAliased(2, maximum)
		d.send(0, "fleet/one", "fleet/one")
		got, _ := r.read(d)
		if n := len(d.wire.bytes()); n > 0 && len(got) != 2 {
			t.Errorf("maximum %d: %q", maximum, got)
		}
		want := "fleet/one fleet/one"
		switch {
		case maximum < head:
			want = ""
		case maximum >= head+packet.AliasCost:
			want = "fleet/one=1 1"
		}
		if strings.Join(got, " ") != want {
			t.Errorf("maximum %d: sent %q, want %s", maximum, got, want)
		}
		d.s.Detach()
	}
}

// TestDroppedMessagesLeaveNoHole: whatever is dropped from a full outbox, new
// or old, no packet counts on an alias that the client has not seen.
func TestDroppedMessagesLeaveNoHole(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		rnd := rand.New(rand.NewPCG(3, 4))
		d := newDevice(t)
		d.limits.OutboxBytes, d.limits.DropOldest = 600, oldest
		for range 100 {
			r := d.connectAliased(3, 0)
			before := d.counters.DroppedFull.Load()
			var sent, received []string
			var o Offer
			for i := range 200 {
				name, payload := fmt.Sprintf("fleet/device/%d", rnd.IntN(8)), fmt.Sprint(i)
				sent = append(sent, name+" "+payload)
				o.Reset(Publication{Name: name, QoS: mqtt.QoS(rnd.IntN(20) / 19), Payload: []byte(payload)})
				d.s.Deliver(&o, Wish{QoS: mqtt.QoS2}, nil, d.now)
				if rnd.IntN(100) == 0 || i == 199 {
					_, names := r.read(d)
					received = append(received, names...)
				}
			}
			for _, id := range r.ids {
				d.must(fmt.Sprintf("PUBACK %d", id))
			}
			_, names := r.read(d)
			received = append(received, names...)
			at := 0
			for _, m := range received { // in order, and nothing that was not sent
				for at < len(sent) && sent[at] != m {
					at++
				}
				if at == len(sent) {
					t.Fatalf("oldest %v: %q came out of order, or was never sent", oldest, m)
				}
			}
			dropped := int(d.counters.DroppedFull.Load() - before)
			if dropped == 0 || r.sets < 3 || len(received)+dropped != len(sent) {
				t.Fatalf("oldest %v: %d sent, %d received, %d dropped, %d aliases set", oldest, len(sent), len(received), dropped, r.sets)
			}
			d.s.Detach()
		}
	}
}

func TestAliasesDoNotAllocate(t *testing.T) {
	limits := &Limits{OutboxBytes: 1 << 20, QueueMessages: 1000, QueueBytes: 1 << 20}
	s := New("c", Owner{}, limits, &Counters{})
	s.Attach(NewOutbox(sink{}, limits), Attachment{Version: mqtt.V5, Receive: 100, Aliases: 4})
	var o Offer
	var b Batch
	payload := []byte("x")
	names := []string{"fleet/one", "fleet/two", "fleet/three", "fleet/four", "fleet/five", "fleet/six"}
	pass := func() {
		for _, name := range names {
			o.Reset(Publication{Name: name, Payload: payload})
			s.Deliver(&o, Wish{}, &b, epoch)
		}
		b.Flush()
	}
	for range 100 {
		pass()
	}
	if n := testing.AllocsPerRun(500, pass); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFanOutAliased(b *testing.B) {
	benchmarkFanOut(b, Attachment{Version: mqtt.V5, Receive: 100, Aliases: 10})
}

// TestAliasesOfManyPublishers: what they append at the same time, and what is
// flushed meanwhile, can be read in the order of the bytes.
func TestAliasesOfManyPublishers(t *testing.T) {
	d := newDevice(t)
	d.limits.OutboxBytes, d.limits.DropOldest = 4000, true
	r := d.connectAliased(5, 0)
	var publishers sync.WaitGroup
	for p := range 4 {
		publishers.Go(func() {
			var o Offer
			var b Batch
			for i := range 2000 {
				o.Reset(Publication{Name: fmt.Sprintf("fleet/device/%d", (i*p)%9), Payload: []byte("x")})
				d.s.Deliver(&o, Wish{}, &b, epoch)
				if i%50 == p {
					b.Flush()
				}
			}
			b.Flush()
		})
	}
	publishers.Wait()
	got, _ := r.read(d)
	if n := int64(len(got)) + d.counters.DroppedFull.Load(); n != 4*2000 {
		t.Errorf("%d of %d messages are accounted for", n, 4*2000)
	}
}
