package mqttx_test

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// retain publishes retained numbers to a few names.
func (l *load) retain() {
	c := l.must(mqttxtest.Options{ClientID: "retains"})
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for i := 0; l.goesOn(); i++ {
		m := &mqtt.Message{Topic: fmt.Sprint("state/", i%4), Raw: strconv.AppendInt(nil, int64(i), 10), QoS: mqtt.QoS(i % 3), Retain: true}
		if err := c.PublishMessage(ctx, m); err != nil {
			l.t.Error(err)
			return
		}
	}
}

// lookAtRetained subscribes to them again and again: each name's numbers only rise, the retained one and
// those that come after it. One that is published at that moment may come as both.
func (l *load) lookAtRetained() {
	for l.goesOn() {
		c := l.must(mqttxtest.Options{ClientID: "looks"})
		subscribe(l.t, c, "state/#", mqtt.QoS2)
		last := map[string]mqtt.Message{}
		for range 40 {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			m, err := c.Receive(ctx)
			cancel()
			if err != nil {
				break
			}
			before := last[m.Topic]
			got, _ := strconv.Atoi(string(m.Raw))
			least, _ := strconv.Atoi(string(before.Raw))
			if got < least || got == least && before.Raw != nil && !m.Retain && !before.Retain {
				l.t.Errorf("state %d of %s (retained: %v) after %d", got, m.Topic, m.Retain, least)
			}
			last[m.Topic] = m
		}
		c.Close()
	}
}

// interfere has the server end clients that come and go, and look at itself, all the while.
func (l *load) interfere() {
	for i := 0; l.goesOn(); i++ {
		id := fmt.Sprint("visitor", i/2%2)
		if i%3 == 0 {
			id += "x"
		}
		var err error
		switch i % 5 {
		case 0:
			err = l.server.Revoke(id)
		case 1:
			err = l.server.Disconnect(id, mqtt.ServerBusy)
		case 2:
			l.server.Recheck(func(_ mqttx.Identity, clientID string) bool { return clientID != id })
		case 3:
			err = l.server.Send(id, i)
		default:
			l.server.Stats()
			for range l.server.ClientIDs() {
				break
			}
		}
		if err == nil && i%5 < 2 {
			l.ended.Add(1)
		}
		time.Sleep(200 * time.Microsecond) // the visitors have to get somewhere
	}
}
