package link

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestMailboxIsBounded(t *testing.T) {
	h := newHost(t)
	l, client := standing(t, h, mqtt.V5)
	defer client.Close()
	var got []int
	for i := range mailboxSize {
		if err := l.Post(func() { got = append(got, i) }); err != nil {
			t.Fatalf("letter %d: %v", i, err)
		}
	}
	if err := l.Post(func() {}); !errors.Is(err, ErrBusy) {
		t.Errorf("one letter too many: %v", err)
	}
	l.openMail()
	if len(got) != mailboxSize || !slices.IsSorted(got) {
		t.Errorf("%d letters came, in order: %v", len(got), slices.IsSorted(got))
	}
	if err := l.Post(func() {}); err != nil {
		t.Errorf("the mailbox stays full: %v", err)
	}
	l.End(mqtt.ServerMoved)
	if err := l.Post(func() {}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("a letter after the end was asked for: %v", err)
	}
	l.openMail()
	l.finish()
	if err := l.Post(func() {}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("a letter after the end: %v", err)
	}
}

// TestNoLetterIsLost posts from many goroutines to a link that parks and reads
// in turn.
func TestNoLetterIsLost(t *testing.T) {
	h := newHost(t)
	c := admit(t, h, "c")
	const writers, letters = 4, 500
	var got sync.Map
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range letters {
				read := make(chan struct{})
				for errors.Is(c.link.Post(func() { got.Store([2]int{w, i}, nil); close(read) }), ErrBusy) {
				}
				if i%10 == 0 {
					<-read
				}
			}
		})
	}
	for range 200 {
		c.say(pingreq)
		c.want("PINGRESP")
	}
	all.Wait()
	done := make(chan struct{})
	if err := c.link.Post(func() { close(done) }); err != nil {
		t.Fatal(err)
	}
	<-done
	n := 0
	got.Range(func(any, any) bool { n++; return true })
	if n != writers*letters {
		t.Errorf("%d letters were read, want %d", n, writers*letters)
	}
}

// TestNothingIsObeyedAfterTheEndWasAsked: a handler that ends its connection
// sees no further packet, not even of the same read.
func TestNothingIsObeyedAfterTheEndWasAsked(t *testing.T) {
	h := newHost(t)
	var seen []string
	h.Calls.Publish = func(ctx context.Context, l *Link, m *mqtt.Message) (Verdict, error) {
		seen = append(seen, m.Topic)
		if m.Topic == "leave" {
			l.End(mqtt.AdministrativeAction)
			if ctx.Err() == nil {
				t.Error("the context of the handler goes on")
			}
		}
		return Verdict{}, nil
	}
	c := admit(t, h, "c")
	c.say(c.publish(1, 1, "first", ""), c.publish(1, 2, "leave", ""), c.publish(1, 3, "after", ""))
	c.want("PUBACK 1", "PUBACK 2", "DISCONNECT 152", "end")
	c.close()
	if !slices.Equal(seen, []string{"first", "leave"}) {
		t.Errorf("handlers saw %v", seen)
	}
}

// TestTakenOverAfterItsLastPackets: what a client had sent before it connected
// anew still counts, though its handler was under way: a message, and the
// DISCONNECT without which the will would be sent.
func TestTakenOverAfterItsLastPackets(t *testing.T) {
	h := newHost(t)
	sub := admit(t, h, "sub").listen("#", 0)
	begun, ended := make(chan bool), make(chan error, 2)
	h.Calls.Publish = func(ctx context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		if m.Topic == "slow" {
			close(begun)
			<-ctx.Done() // of the takeover
		} else if ctx.Err() != nil {
			t.Errorf("the context of %s: %v", m.Topic, ctx.Err())
		}
		return Verdict{Relay: true, MaxQoS: mqtt.QoS2}, nil
	}
	h.Calls.Disconnected = func(_ context.Context, l *Link, reason error) {
		if l.ClientID() == "c" {
			ended <- reason
		}
	}
	c := admit(t, h, "c", func(p *packet.Connect) {
		p.HasWill, p.Will = true, packet.Will{Topic: []byte("will")}
	})
	c.say(c.publish(0, 0, "slow", ""))
	<-begun
	var d packet.Disconnect
	c.say(c.publish(1, 1, "last", ""), d.Append(nil, mqtt.V5))
	next := admit(t, h, "c")
	c.want("PUBACK 1", "end")
	if _, left := errors.AsType[*clientLeft](<-ended); !left {
		t.Error("the DISCONNECT did not count")
	}
	next.say(next.publish(0, 0, "next", ""))
	sub.want("PUBLISH 0 slow", "PUBLISH 0 last", "PUBLISH 0 next")
}

// TestTakeoverIsNotHeldUp: a handler that is called after the takeover has a
// little time, and then its context ends.
func TestTakeoverIsNotHeldUp(t *testing.T) {
	h := newHost(t)
	begun := make(chan bool)
	h.Calls.Publish = func(ctx context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		if m.Topic == "slow" {
			close(begun)
		}
		select {
		case <-ctx.Done():
		case <-t.Context().Done():
		}
		return Verdict{}, nil
	}
	c := admit(t, h, "c")
	c.say(c.publish(0, 0, "slow", ""))
	<-begun
	c.say(bytes.Repeat(c.publish(0, 0, "slower", ""), 100))
	admit(t, h, "c")
	c.want("DISCONNECT 142", "end")
}

func TestTheFirstReasonToEndCounts(t *testing.T) {
	h := newHost(t)
	ended := make(chan error, 1)
	h.Calls.Disconnected = func(ctx context.Context, _ *Link, reason error) {
		if ctx.Err() != nil {
			t.Error("the context of Disconnected is cancelled")
		}
		ended <- reason
	}
	c := admit(t, h, "c")
	c.link.End(mqtt.ServerMoved)
	c.link.End(mqtt.ServerBusy)
	c.want("DISCONNECT 157", "end")
	var r *mqtt.Refusal
	if err := <-ended; !errors.As(err, &r) || r.Code != mqtt.ServerMoved {
		t.Errorf("ended with %v", err)
	}
	c.link.End(mqtt.ServerBusy) // too late, and harmless
}

func TestPanicInALetter(t *testing.T) {
	h := newHost(t)
	c := admit(t, h, "c")
	if err := c.link.Post(func() { panic("letter") }); err != nil {
		t.Fatal(err)
	}
	c.want("DISCONNECT 131 a handler of the server failed", "end")
	if n := h.Counters.Panics.Load(); n != 1 {
		t.Errorf("%d panics counted", n)
	}
}

func TestFail(t *testing.T) {
	h := newHost(t)
	c := admit(t, h, "c")
	_ = c.link.Post(func() { c.link.Fail("test", errors.New("logged only")) })
	c.say(pingreq)
	c.want("PINGRESP")
	_ = c.link.Post(func() { c.link.Fail("test", &mqtt.Refusal{Code: mqtt.ServerMoved, Disconnect: true}) })
	c.want("DISCONNECT 157", "end")
}
