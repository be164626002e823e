package mqttx_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestMemoryFlood has more published over sockets than there is memory for, to
// clients that read, that come and go, and that share. Nothing of QoS 1 and 2 is
// lost, the limit holds, everybody gets through, and in the end no byte is
// counted.
func TestMemoryFlood(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{
		Limits: mqttx.Limits{Memory: 2 * mebibyte, Flaps: -1}, Queues: mqttx.Queues{Messages: 1 << 20, Bytes: 1 << 30},
		Logger: slog.New(slog.DiscardHandler),
	})
	addr := listen(t, srv)
	dial := func(o mqttxtest.Options) (*mqttxtest.Client, error) {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		return mqttxtest.NewClient(nc, o)
	}
	const publishers, messages, payload = 6, 400, 3000
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	persistent := mqttxtest.Options{SessionExpiry: time.Hour, Resume: true}
	subscribe := func(id, filter string) *mqttxtest.Client {
		o := persistent
		o.ClientID = id
		c, err := dial(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Subscribe(ctx, filter, 1); err != nil {
			t.Fatal(err)
		}
		return c
	}
	_ = subscribe("late", "a/+").Disconnect() // is away while all is published
	steady := subscribe("steady", "a/+")
	one, two := subscribe("one", "$share/g/a/+"), subscribe("two", "$share/g/a/+")
	var publishing, reading sync.WaitGroup
	for i := range publishers {
		version, qos := []mqtt.Version{mqtt.V311, mqtt.V5}[i%2], mqtt.QoS(1+i%2)
		publishing.Go(func() {
			c, err := dial(mqttxtest.Options{ClientID: fmt.Sprint("p", i), Version: version})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Disconnect() }()
			for n := range messages {
				err := c.PublishMessage(ctx, &mqtt.Message{
					Topic: fmt.Sprint("a/", i), QoS: qos, Retain: n%7 == 0, Raw: []byte(strings.Repeat(fmt.Sprintf("%-10d", n), payload/10)),
				})
				if err != nil {
					t.Errorf("publisher %d, message %d: %v", i, n, err)
					return
				}
			}
		})
	}
	tooMuch := int64(0)
	watched := make(chan struct{})
	go func() { // until everything is published
		defer close(watched)
		for ctx.Err() == nil && srv.Stats().Received.Messages[1]+srv.Stats().Received.Messages[2] < publishers*messages {
			tooMuch = max(tooMuch, srv.Stats().Memory-2*mebibyte)
			time.Sleep(time.Millisecond)
		}
	}()
	collect := func(c *mqttxtest.Client, n int) {
		reading.Go(func() {
			next := map[string]int{}
			for range n {
				m, err := c.Receive(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				if got := strings.Fields(string(m.Raw[:10]))[0]; got != fmt.Sprint(next[m.Topic]) {
					t.Errorf("%s: message %s, want %d", m.Topic, got, next[m.Topic])
					return
				}
				next[m.Topic]++
			}
		})
	}
	collect(steady, publishers*messages)
	for srv.Stats().MemoryPaused == 0 && ctx.Err() == nil { // everybody waits for the one that is away
		time.Sleep(time.Millisecond)
	}
	o := persistent
	o.ClientID = "late"
	late, err := dial(o)
	if err != nil {
		t.Fatal(err)
	}
	collect(late, publishers*messages)
	publishing.Wait()
	reading.Wait()
	<-watched
	st := srv.Stats()
	if tooMuch > 0 || st.Dropped > 0 || st.MemoryPaused == 0 {
		t.Errorf("%d bytes too much, %d dropped, %d paused", tooMuch, st.Dropped, st.MemoryPaused)
	}
	for i := range publishers {
		if err := srv.Publish(ctx, fmt.Sprint("a/", i), nil, mqttx.Retain()); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*mqttxtest.Client{late, steady, one, two} {
		if rand.IntN(2) == 0 {
			c.Close()
		} else {
			_ = c.Disconnect()
		}
	}
	for _, id := range []string{"late", "steady", "one", "two"} {
		c, err := dial(mqttxtest.Options{ClientID: id})
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Disconnect()
	}
	for (srv.Stats().Sessions > 0 || srv.Stats().MemoryLevel > 0) && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if st := srv.Stats(); st.Memory != 0 || st.MemoryLevel != 0 || st.Retained != 0 || st.Sessions != 0 {
		t.Errorf("%d bytes are left, level %d, %d retained", st.Memory, st.MemoryLevel, st.Retained)
	}
}
