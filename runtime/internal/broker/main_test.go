package broker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var limits = session.Limits{OutboxBytes: 1 << 20, QueueMessages: 10_000, QueueBytes: 1 << 20, Memory: limit.NewMemory(1 << 30)}

// newBroker returns a broker that is closed when the test ends.
func newBroker(t testing.TB) *Broker {
	b := New(limits, nil)
	t.Cleanup(b.Close)
	return b
}

// peer is the connection of a client, as far as a broker sees it.
type peer struct {
	mu    sync.Mutex
	got   []byte            // mu; what was written
	ended []mqtt.ReasonCode // mu
	cut   int               // mu
	onEnd func()
}

func (p *peer) End(code mqtt.ReasonCode, _ ...mqtt.UserProperty) {
	p.mu.Lock()
	p.ended = append(p.ended, code)
	first := len(p.ended) == 1
	p.mu.Unlock()
	if first && p.onEnd != nil {
		go p.onEnd()
	}
}

func (p *peer) CutOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut++
}

func (p *peer) CanTryWrite() bool { return true }

func (p *peer) TryWrite(bufs [][]byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := slices.Concat(bufs...)
	p.got = append(p.got, all...)
	return len(all), nil
}

func (p *peer) Write(bufs [][]byte, _ time.Duration) (int, error) { return p.TryWrite(bufs) }

// received returns the messages that have come, as "name payload q1 r",
// with their subscription identifiers.
func (p *peer) received(t testing.TB) (got []string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for b := p.got; len(b) > 0; {
		h, ok, err := packet.ParseHeader(b)
		if !ok || err != nil {
			t.Fatalf("not a packet: %x", b)
		}
		if h.Type != packet.TypePublish {
			b = b[h.Size+h.Length:]
			continue
		}
		var m packet.Publish
		if err := m.Decode(h, mqtt.V5, b[h.Size:h.Size+h.Length]); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s %s q%d", m.Name, m.Payload, m.QoS)
		if m.Retain {
			text += " r"
		}
		if m.Props.HasSubscriptionID {
			text += fmt.Sprint(" ", packet.DecodeProperties(m.Props.Raw).SubscriptionIdentifiers)
		}
		got = append(got, text)
		b = b[h.Size+h.Length:]
	}
	p.got = nil
	return got
}

// attach attaches a new connection to the session of a client, for ever.
func attach(t testing.TB, b *Broker, clientID string) (*Member, *peer) {
	t.Helper()
	p := &peer{}
	m, _, err := b.Attach(t.Context(), clientID, session.Owner{}, false, true, p)
	if err != nil {
		t.Fatal(err)
	}
	connect(b, m, p)
	return m, p
}

func connect(b *Broker, m *Member, p *peer) { connectWire(b, m, p) }

func connectWire(b *Broker, m *Member, p session.Wire) {
	box := session.NewOutbox(p, b.Limits())
	m.Attach(box, session.Attachment{Version: mqtt.V5, Receive: 65535, Now: time.Now()})
	box.Flush() // as links do: what is sent again would wait for the next message
}

// send publishes a message as a link does: retained first.
func send(b *Broker, from *session.Session, p session.Publication) {
	var o session.Offer
	var batch session.Batch
	o.Reset(p)
	if p.Retain {
		b.Retain(&o)
	}
	b.Publish(&o, b.Route(p.Name, nil), from, &batch, time.Now())
	batch.Flush()
}

func message(name, payload string) session.Publication {
	return session.Publication{Name: name, Payload: []byte(payload), QoS: mqtt.QoS2}
}

// wait bounds what a test waits for. No test depends on its length.
func wait(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
