package session

import (
	"fmt"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// sink is a wire that takes everything.
type sink struct{}

func (sink) CanTryWrite() bool { return true }

func (sink) TryWrite(bufs [][]byte) (n int, err error) {
	for _, b := range bufs {
		n += len(b)
	}
	return n, nil
}

func (s sink) Write(bufs [][]byte, _ time.Duration) (int, error) { return s.TryWrite(bufs) }

func (sink) CutOff() {}

// BenchmarkFanOut is one QoS 0 message to 500 clients, for each delivery; 16 of them go out in one flush.
func BenchmarkFanOut(b *testing.B) {
	for name, v := range map[string]mqtt.Version{"3.1.1": mqtt.V311, "5.0": mqtt.V5} {
		b.Run(name, func(b *testing.B) { benchmarkFanOut(b, Attachment{Version: v, Receive: 100}) })
	}
}

func benchmarkFanOut(b *testing.B, a Attachment) {
	unpoisoned(b)
	limits := &Limits{OutboxBytes: 1 << 20, QueueMessages: 1000, QueueBytes: 1 << 20, Memory: limit.NewMemory(1 << 30)}
	counters := &Counters{}
	sessions := make([]*Session, 500)
	for i := range sessions {
		sessions[i] = New("c", Owner{}, limits, counters)
		sessions[i].Attach(NewOutbox(sink{}, limits), a)
	}
	var o Offer
	var batch Batch
	p := Publication{Name: "fleet/acme/t-17/reading", Payload: make([]byte, 64)}
	b.ReportAllocs()
	for i := 0; i < b.N; {
		for range 16 {
			o.Reset(p)
			for _, s := range sessions {
				s.Deliver(&o, Wish{QoS: mqtt.QoS2}, &batch, epoch)
			}
			i += len(sessions)
		}
		batch.Flush()
	}
}

// BenchmarkOutbox is what it costs to send a packet of 64 bytes: to append it,
// where 16 go out in one flush, and to flush one alone. The wire takes all.
func BenchmarkOutbox(b *testing.B) {
	unpoisoned(b)
	packet := make([]byte, 64)
	for _, run := range []int{1, 16} {
		b.Run(fmt.Sprintf("%d in a flush", run), func(b *testing.B) {
			o := NewOutbox(sink{}, &Limits{OutboxBytes: 1 << 20, Memory: limit.NewMemory(1 << 30)})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				o.Append(packet)
				if i%run == run-1 {
					o.Flush()
				}
			}
		})
	}
}

// unpoisoned measures what a server does, and not what its tests do beside.
func unpoisoned(b *testing.B) {
	was := poisoned.Swap(false)
	b.Cleanup(func() { poisoned.Store(was) })
}

// BenchmarkQoS1 is one QoS 1 message to one client, acknowledged before the next.
func BenchmarkQoS1(b *testing.B) {
	unpoisoned(b)
	limits := &Limits{OutboxBytes: 1 << 20, QueueMessages: 1000, QueueBytes: 1 << 20, Memory: limit.NewMemory(1 << 30)}
	s, box := New("c", Owner{}, limits, &Counters{}), NewOutbox(sink{}, limits)
	s.Attach(box, Attachment{Version: mqtt.V5, Receive: 100})
	var o Offer
	var batch Batch
	p := Publication{Name: "fleet/acme/t-17/reading", QoS: mqtt.QoS1, Payload: make([]byte, 64)}
	ack := packet.Ack{Type: packet.TypePuback}
	b.ReportAllocs()
	for b.Loop() {
		o.Reset(p)
		s.Deliver(&o, Wish{QoS: mqtt.QoS1}, &batch, epoch)
		batch.Flush()
		ack.PacketID = s.window.last
		if _, err := s.Acknowledge(&ack, epoch); err != nil || s.window.active > 0 {
			b.Fatal(err)
		}
	}
}
