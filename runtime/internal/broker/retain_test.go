package broker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func retain(b *Broker, name, payload string) {
	p := message(name, payload)
	p.Retain = true
	send(b, nil, p)
}

// sendRetained sends all retained messages, turn by turn.
func sendRetained(b *Broker, m *Member, s Subscription, batch *session.Batch) {
	b.SendRetained(m, s)
	for b.ContinueRetained(m, batch, time.Now()) != Finished {
		batch.Flush()
	}
}

// snapshot subscribes and returns the retained messages that come.
func snapshot(t testing.TB, b *Broker, m *Member, p *peer, s Subscription) []string {
	t.Helper()
	var batch session.Batch
	b.Subscribe(m, s)
	sendRetained(b, m, s, &batch)
	batch.Flush()
	got := p.received(t)
	slices.Sort(got)
	return got
}

func TestRetained(t *testing.T) {
	b := newBroker(t)
	for _, name := range []string{"a", "a/b", "a/c", "$s/x", "/"} {
		retain(b, name, "old")
		retain(b, name, "new")
	}
	retain(b, "a/c", "") // deletes
	retain(b, "nothing", "")
	send(b, nil, message("a", "")) // not retained: deletes nothing
	m, p := attach(t, b, "c")
	for filter, want := range map[string][]string{
		"#":    {"/ new q1 r", "a new q1 r", "a/b new q1 r"},
		"a/#":  {"a new q1 r", "a/b new q1 r"},
		"+":    {"a new q1 r"},
		"+/+":  {"/ new q1 r", "a/b new q1 r"},
		"$s/#": {"$s/x new q1 r"},
		"b":    nil,
	} {
		if got := snapshot(t, b, m, p, Subscription{Filter: filter, QoS: mqtt.QoS1}); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
	if b.Retained("a") == nil || b.Retained("a/c") != nil {
		t.Error("the store disagrees")
	}
	if _, _, n := b.Size(); n != 4 {
		t.Errorf("%d retained, want 4", n)
	}
}

func TestRetainedMessageOwnsItsBytes(t *testing.T) {
	b := newBroker(t)
	payload := []byte("view")
	send(b, nil, session.Publication{Name: "a", Payload: payload, Retain: true})
	copy(payload, "xxxx")
	if got := string(b.Retained("a").Payload); got != "view" {
		t.Errorf("retained %q", got)
	}
}

func TestRetainedMessagesExpire(t *testing.T) {
	b := newBroker(t)
	p := message("a", "x")
	p.Retain, p.Expires = true, time.Now().Add(-time.Second)
	send(b, nil, p)
	p.Name, p.Expires = "b", time.Now().Add(time.Hour)
	send(b, nil, p)
	m, client := attach(t, b, "c")
	if got := snapshot(t, b, m, client, Subscription{Filter: "#"}); !slices.Equal(got, []string{"b x q0 r"}) {
		t.Errorf("received %q", got)
	}
	if _, _, n := b.Size(); n != 1 {
		t.Errorf("%d retained, want 1", n)
	}
}

// TestRetainedIsNeverOvertaken: a subscriber that comes while a publisher goes
// on never gets an older message after a newer one of the same name, and
// always gets the last.
func TestRetainedIsNeverOvertaken(t *testing.T) {
	const names, rounds, subscribers = 200, 40, 30
	b := newBroker(t)
	var all sync.WaitGroup
	published := make(chan struct{}, names*rounds)
	all.Go(func() {
		for round := 1; round <= rounds; round++ {
			for n := range names {
				retain(b, fmt.Sprint("n/", n), strconv.Itoa(round))
				published <- struct{}{}
			}
		}
		close(published)
	})
	peers := make([]*peer, subscribers)
	for i := range peers {
		m, p := attach(t, b, fmt.Sprint(i))
		peers[i] = p
		for range names * rounds / subscribers / 2 { // spread over the publisher's time
			<-published
		}
		var batch session.Batch
		s := Subscription{Filter: []string{"n/+", "n/#", "#"}[i%3], QoS: mqtt.QoS0}
		b.Subscribe(m, s)
		sendRetained(b, m, s, &batch)
		batch.Flush()
	}
	all.Wait()
	for i, p := range peers {
		last := map[string]int{}
		for _, text := range p.received(t) {
			fields := strings.Fields(text)
			n, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			if before := last[fields[0]]; n < before || before > 0 && n > before+1 {
				t.Fatalf("subscriber %d: message %d of %s after %d", i, n, fields[0], before)
			}
			last[fields[0]] = n
		}
		for n := range names {
			if got := last[fmt.Sprint("n/", n)]; got != rounds {
				t.Fatalf("subscriber %d: the last message of %d is %d, want %d", i, n, got, rounds)
			}
		}
	}
}
