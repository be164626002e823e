package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestMain(m *testing.M) {
	poisoned.Store(true)
	goleak.VerifyTestMain(m)
}

var errWire = errors.New("wire is broken")

// wire is a Wire in memory.
type wire struct {
	t        testing.TB
	try      bool          // TryWrite works
	gate     chan struct{} // each Write takes one value first; nil: Write never waits
	entered  chan struct{} // gets one value when Write begins to wait
	afterTry func()
	busy     atomic.Bool // somebody writes

	mu    sync.Mutex
	got   []byte // mu
	room  int    // mu; bytes that TryWrite still takes; negative: no limit
	err   error  // mu; what writing fails with
	tries int    // mu
	cut   int    // mu; calls of CutOff
}

func newWire(t testing.TB) *wire { return &wire{t: t, try: true, room: -1} }

func (w *wire) CanTryWrite() bool { return w.try }

func (w *wire) enter() func() {
	if !w.busy.CompareAndSwap(false, true) {
		w.t.Error("two goroutines write at once")
	}
	return func() { w.busy.Store(false) }
}

func (w *wire) TryWrite(bufs [][]byte) (int, error) {
	defer w.enter()()
	if w.afterTry != nil {
		defer w.afterTry()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tries++
	if w.err != nil {
		return 0, w.err
	}
	all := slices.Concat(bufs...)
	if w.room >= 0 {
		all = all[:min(len(all), w.room)]
		w.room -= len(all)
	}
	w.got = append(w.got, all...)
	return len(all), nil
}

func (w *wire) Write(bufs [][]byte, _ time.Duration) (int, error) {
	defer w.enter()()
	if w.gate != nil {
		w.entered <- struct{}{}
		<-w.gate
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	all := slices.Concat(bufs...)
	w.got = append(w.got, all...)
	return len(all), nil
}

func (w *wire) CutOff() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut++
}

// hold makes every Write wait for a value in gate.
func (w *wire) hold() {
	w.gate, w.entered = make(chan struct{}), make(chan struct{})
}

func (w *wire) bytes() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

func (w *wire) cuts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

// fail makes every later write fail.
func (w *wire) fail() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = errWire
}

// device is a client whose session is tested: it reads what its session sends.
type device struct {
	t        testing.TB
	s        *Session
	counters *Counters
	limits   *Limits

	version mqtt.Version
	wire    *wire
	box     *Outbox
	eaten   int // bytes of wire.got
	now     time.Time
}

var epoch = time.Unix(1_700_000_000, 0)

func newDevice(t testing.TB) *device {
	limits := &Limits{OutboxBytes: 1 << 20, WriteTimeout: time.Minute, QueueMessages: 1000, QueueBytes: 1 << 20}
	c := &Counters{}
	return &device{t: t, s: New("device", Owner{}, limits, c), counters: c, limits: limits, version: mqtt.V5, now: epoch}
}

// connect attaches a new connection.
func (d *device) connect(receive int) {
	d.connectLimited(receive, 0)
}

func (d *device) connectLimited(receive, maximumPacket int) {
	d.wire, d.eaten = newWire(d.t), 0
	d.box = NewOutbox(d.wire, d.limits)
	d.s.Attach(d.box, Attachment{Version: d.version, Receive: receive, MaximumPacket: maximumPacket, Now: d.now})
}

// deliver offers messages, each of the form "1 payload" with the QoS first.
func (d *device) deliver(messages ...string) {
	d.t.Helper()
	for _, m := range messages {
		d.offer(Publication{Name: "t", QoS: mqtt.QoS(m[0] - '0'), Payload: []byte(m[2:])})
	}
}

func (d *device) offer(p Publication) {
	var o Offer
	var b Batch
	o.Reset(p)
	d.s.Deliver(&o, Wish{QoS: mqtt.QoS2}, &b, d.now)
	b.Flush()
}

// acknowledge takes an acknowledgement such as "PUBACK 1" or "PUBREC 1 128".
func (d *device) acknowledge(text string) error {
	d.t.Helper()
	var name string
	var code mqtt.ReasonCode
	a := packet.Ack{}
	_, _ = fmt.Sscan(text, &name, &a.PacketID, &code)
	a.Code = code
	for _, t := range []packet.Type{packet.TypePuback, packet.TypePubrec, packet.TypePubcomp} {
		if t.String() == name {
			a.Type = t
		}
	}
	_, err := d.s.Acknowledge(&a, d.now)
	d.box.Flush()
	return err
}

// must fails the test where an acknowledgement is not taken.
func (d *device) must(acknowledgements ...string) {
	d.t.Helper()
	for _, text := range acknowledgements {
		if err := d.acknowledge(text); err != nil {
			d.t.Fatalf("%s: %v", text, err)
		}
	}
}

// want checks what has come since it was called last: "PUBLISH 1 dup a" with
// QoS and payload, preceded by the packet identifier as in "7:PUBLISH 1 a".
func (d *device) want(packets ...string) {
	d.t.Helper()
	d.box.Flush()
	if got := d.read(); !slices.Equal(got, packets) {
		d.t.Fatalf("sent\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(packets, "\n  "))
	}
}

func (d *device) read() (got []string) {
	d.t.Helper()
	for b := d.wire.bytes()[d.eaten:]; len(b) > 0; {
		h, ok, err := packet.ParseHeader(b)
		if !ok || err != nil || len(b) < h.Size+h.Length {
			d.t.Fatalf("not a whole packet: %x", b)
		}
		got = append(got, d.text(h, b[h.Size:h.Size+h.Length]))
		b = b[h.Size+h.Length:]
		d.eaten += h.Size + h.Length
	}
	return got
}

func (d *device) text(h packet.Header, body []byte) string {
	d.t.Helper()
	if h.Type != packet.TypePublish {
		var a packet.Ack
		if err := a.Decode(h, d.version, body); err != nil {
			d.t.Fatal(err)
		}
		if a.Code != 0 {
			return fmt.Sprintf("%d:%v %02X", a.PacketID, h.Type, byte(a.Code))
		}
		return fmt.Sprintf("%d:%v", a.PacketID, h.Type)
	}
	var p packet.Publish
	if err := p.Decode(h, d.version, body); err != nil {
		d.t.Fatal(err)
	}
	text := fmt.Sprintf("PUBLISH %d", p.QoS)
	if p.QoS > 0 {
		text = fmt.Sprintf("%d:%s", p.PacketID, text)
	}
	if p.Dup {
		text += " dup"
	}
	if p.Retain {
		text += " retain"
	}
	if p.Props.HasExpiry {
		text += fmt.Sprintf(" expiry=%d", p.Props.Expiry)
	}
	return text + " " + string(p.Payload)
}
