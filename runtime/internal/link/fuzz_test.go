package link

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// FuzzConnection lets a client in and has it send anything, in one write or in
// two: the link does not panic (which Serve would survive, and count), it ends
// when its client has gone, and another client is served all the while.
func FuzzConnection(f *testing.F) {
	for i, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		c := &talker{version: v}
		d := packet.Disconnect{}
		u := packet.Unsubscribe{PacketID: 3, Filters: [][]byte{[]byte("a/+")}}
		session := [][]byte{
			c.subscribe(1, filter("a/+", 2), filter("#", 1)), c.publish(2, 7, "a/b", "x"), c.publish(1, 8, "a/b", "x"),
			c.publish(0, 0, "a", "x", func(p *packet.Outgoing) { p.Retain, p.Alias = true, 2 }),
			c.publish(1, 9, "", "y", func(p *packet.Outgoing) { p.Alias, p.Expiry, p.HasExpiry = 2, 0, true }),
			c.ack(packet.TypePubrel, 7), c.ack(packet.TypePuback, 1), c.ack(packet.TypePubrec, 2), c.ack(packet.TypePubcomp, 2),
			u.Append(nil, v), pingreq, d.Append(nil, v),
		}
		var all []byte
		for _, p := range session {
			f.Add(byte(i), 2, p)
			all = append(all, p...)
		}
		f.Add(byte(i), 0, all)
		f.Add(byte(i), len(all)/2, all)
		f.Add(byte(i), 1, append(all, c.connect("again")...))
	}
	h := newHost(f)
	h.Settings.MaxPacket = 1 << 12
	f.Fuzz(func(t *testing.T, version byte, cut int, data []byte) {
		v := []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}[version%3]
		client, server := net.Pipe()
		c := &talker{t: t, nc: client, link: New(h, server), version: v, ended: make(chan struct{})}
		go func() {
			defer close(c.ended)
			c.link.Serve()
		}()
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			_, _ = io.Copy(io.Discard, client)
		}()
		_ = client.SetWriteDeadline(time.Now().Add(10 * time.Second))
		cut = max(0, min(cut, len(data)))
		for _, b := range [][]byte{c.connect("fuzz"), data[:cut], data[cut:]} {
			if _, err := client.Write(b); err != nil {
				break // the link has ended, or takes nothing: see below
			}
		}
		_ = client.Close()
		select {
		case <-c.ended:
		case <-time.After(15 * time.Second):
			t.Fatal("the link goes on without its client")
		}
		<-drained
		if n := h.Counters.Panics.Load(); n > 0 {
			h.Counters.Panics.Store(0)
			t.Fatal("the link panicked")
		}
		if n, _, _ := h.Broker.Size(); v == mqtt.V5 && n != 0 {
			t.Fatalf("%d sessions are left", n)
		}
	})
}
