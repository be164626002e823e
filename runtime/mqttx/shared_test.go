package mqttx_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestSharedSubscription is section 4.8.2: of each group one member gets a
// message, who is not in a group gets it too, and the group of one protocol
// version is that of all. MqttX never matches such a filter.
func TestSharedSubscription(t *testing.T) {
	net := start(t, nil)
	pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
	var members []*mqttxtest.Client
	for _, v := range versions {
		c := net.Connect(mqttxtest.Options{ClientID: v.String(), Version: v})
		subscribe(t, c, "$share/g/jobs/+", mqtt.QoS1)
		members = append(members, c)
	}
	single := net.Connect(mqttxtest.Options{ClientID: "single"})
	subscribe(t, single, "jobs/#", mqtt.QoS0)
	got := map[string]int{}
	const jobs = 12
	for i := range jobs {
		publish(t, pub, fmt.Sprint("jobs/", i), "do", mqtt.QoS1)
		receive(t, single, fmt.Sprint("jobs/", i), "do")
	}
	for _, c := range members {
		for range jobs / len(members) {
			m, err := c.Receive(wait(t))
			if err != nil {
				t.Fatal(err)
			}
			got[m.Topic]++
		}
		nothing(t, c)
	}
	if len(got) != jobs {
		t.Errorf("the members got %v", got)
	}
	for _, c := range members {
		if err := c.Unsubscribe(wait(t), "$share/g/jobs/+"); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, pub, "jobs/x", "do", mqtt.QoS1)
	receive(t, single, "jobs/x", "do")
	for _, c := range members {
		nothing(t, c)
	}
}

// TestSharedHandOver is [MQTT-4.8.2-4] and [MQTT-4.8.2-5], end to end.
func TestSharedHandOver(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			srv := newServer(t, &hooks{}, mqttx.Options{})
			net := mqttxtest.Start(t, srv)
			o := mqttxtest.Options{Version: v, ClientID: "first", Resume: true, SessionExpiry: time.Hour, HoldAcks: true}
			first := net.Connect(o)
			subscribe(t, first, "$share/g/q", mqtt.QoS2)
			pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
			publish(t, pub, "q", "one", mqtt.QoS1)
			publish(t, pub, "q", "two", mqtt.QoS2)
			receive(t, first, "q", "one")
			receive(t, first, "q", "two")
			second := net.Connect(mqttxtest.Options{Version: v, ClientID: "second"})
			subscribe(t, second, "$share/g/q", mqtt.QoS1)
			first.Close()
			receive(t, second, "q", "one")
			publish(t, pub, "q", "online first", mqtt.QoS1)
			receive(t, second, "q", "online first")
			nothing(t, second)
			first = net.Connect(o)
			if m := receive(t, first, "q", "two"); !m.Dup || m.QoS != mqtt.QoS2 {
				t.Errorf("QoS 2 in delivery comes again as %+v", m)
			}
			nothing(t, first)
		})
	}
}

// TestSharedWhileAllAreAway: a message waits, and goes to the first that comes.
func TestSharedWhileAllAreAway(t *testing.T) {
	for _, v := range versions {
		srv := newServer(t, &hooks{}, mqttx.Options{})
		net := mqttxtest.Start(t, srv)
		o := mqttxtest.Options{Version: v, Resume: true, SessionExpiry: time.Hour}
		for _, id := range []string{"a", "b"} {
			o.ClientID = id
			c := net.Connect(o)
			subscribe(t, c, "$share/g/q", mqtt.QoS1)
			c.Close()
		}
		eventually(t, func() bool { return srv.Stats().Connections == 0 })
		pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
		for i := range 4 {
			publish(t, pub, "q", fmt.Sprint(i), mqtt.QoS1)
		}
		first := net.Connect(o)
		seen := map[string]bool{}
		for range 4 {
			m, err := first.Receive(wait(t))
			if err != nil {
				t.Fatal(err)
			}
			seen[string(m.Raw)] = true
		}
		if len(seen) != 4 {
			t.Errorf("%v: got %v", v, seen)
		}
		o.ClientID = "a"
		nothing(t, net.Connect(o))
	}
}

// TestRequestToSharedSubscription: one of those who answer gets the request.
func TestRequestToSharedSubscription(t *testing.T) {
	srv, net, conns, _ := answerers(t)
	var idle []*mqttxtest.Client
	for i := range 2 {
		c := net.Connect(mqttxtest.Options{ClientID: fmt.Sprint("worker", i)})
		<-conns
		subscribe(t, c, "$share/g/ask", mqtt.QoS1)
		idle = append(idle, c)
	}
	answered := make(chan error, 1)
	for range 2 { // each has its turn
		go func() {
			_, err := srv.Request(wait(t), "ask", []byte("?"), "answer")
			answered <- err
		}()
		eventually(t, func() bool {
			for i := range idle {
				if m, ok := pending(idle[i]); ok {
					if err := idle[i].Respond(wait(t), m, "!"); err != nil {
						t.Fatal(err)
					}
					idle = append(idle[:i], idle[i+1:]...)
					return true
				}
			}
			return false
		})
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
	if len(idle) > 0 {
		t.Error("one of the two was never asked")
	}
}

// TestStickyShares: the messages of one publisher stay with one member.
func TestStickyShares(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{Capabilities: mqttx.Capabilities{StickyShares: true}})
	net := mqttxtest.Start(t, srv)
	var members []*mqttxtest.Client
	for i := range 3 {
		c := net.Connect(mqttxtest.Options{ClientID: fmt.Sprint("member", i)})
		subscribe(t, c, "$share/g/q/#", mqtt.QoS1)
		members = append(members, c)
	}
	const publishers, messages = 8, 5
	for p := range publishers {
		pub := net.Connect(mqttxtest.Options{ClientID: fmt.Sprint("pub", p)})
		for i := range messages {
			publish(t, pub, fmt.Sprint("q/", p), fmt.Sprint(i), mqtt.QoS(i%3))
		}
	}
	next := map[string]int{}
	for _, c := range members {
		for {
			if err := c.Ping(wait(t)); err != nil {
				t.Fatal(err)
			}
			m, ok := pending(c)
			if !ok {
				break
			}
			if want := fmt.Sprint(next[m.Topic] % messages); string(m.Raw) != want {
				t.Fatalf("%s: message %s, want %s", m.Topic, m.Raw, want)
			}
			next[m.Topic]++
		}
		for name, n := range next {
			if n != messages {
				t.Errorf("%s: %d messages with one member", name, n)
			}
		}
	}
	if len(next) != publishers {
		t.Errorf("messages of %d publishers came", len(next))
	}
}

// TestSharedSessionsExpire: a session that has expired leaves no member behind,
// and what waited for it is gone with the last one. mochi leaves subscriptions.
func TestSharedSessionsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{}, mqttx.Options{})
		net := mqttxtest.Start(t, srv)
		c := net.Connect(mqttxtest.Options{ClientID: "c", Resume: true, SessionExpiry: time.Minute})
		subscribe(t, c, "$share/g/q", mqtt.QoS1)
		subscribe(t, c, "q/#", mqtt.QoS1)
		c.Close()
		pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
		publish(t, pub, "q", "x", mqtt.QoS1)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if s := srv.Stats(); s.Sessions != 1 || s.Subscriptions != 0 {
			t.Errorf("%d sessions and %d filters are left", s.Sessions, s.Subscriptions)
		}
		late := net.Connect(mqttxtest.Options{ClientID: "late"})
		subscribe(t, late, "$share/g/q", mqtt.QoS1)
		nothing(t, late)
	})
}

// TestEmptyPublishDeletesOnlyWhenRetained: rumqttd forgets the retained message
// for any empty one.
func TestEmptyPublishDeletesOnlyWhenRetained(t *testing.T) {
	for _, v := range versions {
		net := start(t, nil)
		c := net.Connect(mqttxtest.Options{ClientID: "c", Version: v})
		kept := &mqtt.Message{Topic: "sport", Raw: []byte("kept"), Retain: true, QoS: mqtt.QoS1}
		if err := c.PublishMessage(wait(t), kept); err != nil {
			t.Fatal(err)
		}
		publish(t, c, "sport", "", mqtt.QoS1)
		subscribe(t, c, "sport/#", mqtt.QoS1) // matches its parent level too
		if m := receive(t, c, "sport", "kept"); !m.Retain {
			t.Errorf("%v: %+v", v, m)
		}
		subscribe(t, c, "$share/g/sport", mqtt.QoS1)
		nothing(t, c) // no retained message by a shared subscription
		kept.Raw = nil
		if err := c.PublishMessage(wait(t), kept); err != nil {
			t.Fatal(err)
		}
		receive(t, c, "sport", "")
		receive(t, c, "sport", "") // by the shared one
		subscribe(t, c, "sport/#", mqtt.QoS1)
		nothing(t, c)
	}
}
