package mqttx_test

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestQueueLimits: what waits for a client that is away is bounded in number and
// in bytes; what is lost is counted, and logged once for many.
func TestQueueLimits(t *testing.T) {
	for name, test := range map[string]struct {
		o            mqttx.Options
		want         string
		number, size int64
	}{
		"messages":               {mqttx.Options{Queues: mqttx.Queues{Messages: 3}}, "00 01 02", 7, 0},
		"bytes":                  {mqttx.Options{Queues: mqttx.Queues{Bytes: 4*3 + 2}}, "00 01 02 03", 0, 6}, // a topic name of one byte
		"messages, oldest":       {mqttx.Options{Queues: mqttx.Queues{Messages: 3, DropOldest: true}}, "07 08 09", 7, 0},
		"bytes, oldest":          {mqttx.Options{Queues: mqttx.Queues{Bytes: 4 * 3, DropOldest: true}}, "06 07 08 09", 0, 6},
		"both, bytes come first": {mqttx.Options{Queues: mqttx.Queues{Messages: 5, Bytes: 3 * 3}}, "00 01 02", 0, 7},
	} {
		synctest.Test(t, func(t *testing.T) {
			log := &lines{}
			test.o.Logger = slog.New(slog.NewTextHandler(log, nil))
			srv := newServer(t, &hooks{}, test.o)
			n := mqttxtest.Start(t, srv)
			o := mqttxtest.Options{ClientID: "c", Resume: true, SessionExpiry: time.Hour}
			away := n.Connect(o)
			subscribe(t, away, "a", mqtt.QoS1)
			leaves(t, away)
			pub := n.Connect(mqttxtest.Options{})
			for i := range 10 {
				publish(t, pub, "a", fmt.Sprintf("%02d", i), mqtt.QoS1)
			}
			s := srv.Stats()
			if s.QueueMessagesFull != test.number || s.QueueBytesFull != test.size || s.DroppedFull != test.number+test.size {
				t.Errorf("%s: %d for their number, %d for their bytes, %d in all", name, s.QueueMessagesFull, s.QueueBytesFull, s.DroppedFull)
			}
			if s.Queued != len(strings.Fields(test.want)) || s.QueuedBytes != int64(3*s.Queued) {
				t.Errorf("%s: %d wait, of %d bytes", name, s.Queued, s.QueuedBytes)
			}
			time.Sleep(15 * time.Second)
			if lost := fmt.Sprint("client=c messages=", test.number+test.size); strings.Count(log.String(), "messages dropped") != 1 || !strings.Contains(log.String(), lost) {
				t.Errorf("%s: want %q, once:\n%s", name, lost, log)
			}
			away = n.Connect(o)
			for _, payload := range strings.Fields(test.want) {
				receive(t, away, "a", payload)
			}
			nothing(t, away)
			synctest.Wait()
			if s := srv.Stats(); s.Queued != 0 || s.QueuedBytes != 0 || s.Inflight != 0 {
				t.Errorf("%s: %d messages and %d bytes wait in the end, %d are in flight", name, s.Queued, s.QueuedBytes, s.Inflight)
			}
		})
	}
}

// TestOutboxLimit: QoS 0 messages to a client that does not read are dropped,
// and acknowledgements that nobody reads end the connection.
func TestOutboxLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{}, mqttx.Options{Queues: mqttx.Queues{Outbox: 1000}, Timeouts: mqttx.Timeouts{Write: -1}})
		n := mqttxtest.Start(t, srv)
		deaf := n.Dial()
		_, _ = deaf.Write(helloOf(mqtt.V311, "deaf"))
		readPackets(t, deaf, 1)
		_, _ = deaf.Write(longFilter(mqtt.V311, "a"))
		readPackets(t, deaf, 1)
		pub := n.Connect(mqttxtest.Options{})
		for range 100 {
			publish(t, pub, "a", strings.Repeat("x", 95), mqtt.QoS0)
		}
		nothing(t, pub)
		s := srv.Stats()
		if s.OutboxFull < 80 || s.DroppedFull != s.OutboxFull {
			t.Fatalf("%d are counted", s.OutboxFull)
		}
		readPackets(t, deaf, 100-int(s.OutboxFull)) // the others come
		_, _ = deaf.Write([]byte("\xc0\x00"))
		readPackets(t, deaf, 1)
		go func() {
			for {
				if _, err := deaf.Write([]byte(strings.Repeat("\xc0\x00", 500))); err != nil {
					return
				}
			}
		}()
		for srv.Stats().Connections == 2 {
			time.Sleep(time.Second)
		}
		if s := srv.Stats(); s.AnswersUnread != 1 || s.WriteTimeouts != 0 {
			t.Errorf("%+v", s)
		}
		_ = deaf.Close()
	})
}

// TestPacketSizeLimits: what is too large ends the connection by its header
// alone, before CONNECT without a word.
func TestPacketSizeLimits(t *testing.T) {
	for _, v := range versions {
		c := newCrowd(t, &hooks{}, mqttx.Limits{ConnectSize: 200})
		connect := func(size int) (net.Conn, error) {
			nc := c.dial("10.0.0.1")
			t.Cleanup(func() { _ = nc.Close() })
			p := packet.Connect{Version: v, CleanStart: true, ClientID: []byte("c"), HasUserName: true}
			for len(p.Append(nil, v)) < size {
				p.UserName = append(p.UserName, 'u')
			}
			go func() { _, _ = nc.Write(p.Append(nil, v)) }()
			_ = nc.SetReadDeadline(time.Now().Add(10 * time.Second))
			_, err := nc.Read(make([]byte, 1))
			return nc, err
		}
		if _, err := connect(200); err != nil {
			t.Errorf("%v: a CONNECT of 200 bytes: %v", v, err)
		}
		if _, err := connect(201); err == nil {
			t.Errorf("%v: a CONNECT of 201 bytes is answered", v)
		}
		eventually(t, func() bool { return c.srv.Stats().ConnectsTooLarge == 1 })
		c.logged("packet is larger than the Maximum Packet Size", 1)

		srv := newServer(t, &hooks{}, mqttx.Options{MaxPacketSize: 200, Limits: mqttx.Limits{ConnectSize: -1}})
		client := mqttxtest.Start(t, srv).Connect(mqttxtest.Options{Version: v, ClientID: "c"})
		publish(t, client, "a", strings.Repeat("x", 150), mqtt.QoS1)
		_ = client.Publish(wait(t), "a", strings.Repeat("x", 250), mqtt.QoS1)
		<-client.Done()
		if got := refused(client.Err()); got != map[bool]mqtt.ReasonCode{true: mqtt.PacketTooLarge}[v == mqtt.V5] {
			t.Errorf("%v: ended with %v", v, client.Err())
		}
		eventually(t, func() bool { return srv.Stats().PacketsTooLarge == 1 && srv.Stats().ConnectsTooLarge == 0 })
	}
}

// TestReceiveMaximumLimit: one QoS 2 message too many ends the connection.
func TestReceiveMaximumLimit(t *testing.T) {
	for _, v := range versions {
		srv := newServer(t, &hooks{}, mqttx.Options{ReceiveMaximum: 2})
		nc := mqttxtest.Start(t, srv).Dial()
		_, _ = nc.Write(helloOf(v, "c"))
		readPackets(t, nc, 1)
		for id := range uint16(3) {
			out := packet.Outgoing{QoS: mqtt.QoS2, PacketID: id + 1, Name: "a"}
			_, _ = nc.Write(packet.AppendPublish(nil, v, &out))
			if id < 2 {
				readPackets(t, nc, 1)
			}
		}
		got := make([]byte, 100)
		k, _ := nc.Read(got)
		if code := k > 2 && got[0] == 0xE0 && mqtt.ReasonCode(got[2]) == mqtt.ReceiveMaximumExceeded; code != (v == mqtt.V5) {
			t.Errorf("%v: got % x", v, got[:k])
		}
		eventually(t, func() bool { return srv.Stats().OverReceiveMaximum == 1 })
		_ = nc.Close()
	}
}

// TestKeepAliveIsCounted: a client that says nothing for one and a half times
// its keep-alive.
func TestKeepAliveIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{}, mqttx.Options{})
		quiet := mqttxtest.Start(t, srv).Dial()
		p := packet.Connect{Version: mqtt.V5, CleanStart: true, KeepAlive: 10}
		p.Props.ReceiveMaximum = 10
		_, _ = quiet.Write(p.Append(nil, mqtt.V5))
		readPackets(t, quiet, 2) // CONNACK, DISCONNECT
		synctest.Wait()
		if n := srv.Stats().KeepAliveTimeouts; n != 1 {
			t.Errorf("%d are counted", n)
		}
		_ = quiet.Close()
	})
}
