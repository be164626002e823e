package link

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// committer collects acknowledgements, and releases them when a test says so.
type committer struct {
	mu      sync.Mutex
	waiting []*Acknowledgement // mu
	came    chan struct{}      // one for each
}

func newCommitter(h *Host) *committer {
	s := &committer{came: make(chan struct{}, 10_000)}
	h.Commit = func(a *Acknowledgement) bool {
		s.mu.Lock()
		s.waiting = append(s.waiting, a)
		s.mu.Unlock()
		s.came <- struct{}{}
		return true
	}
	return s
}

// await waits until n more acknowledgements wait.
func (s *committer) await(n int) {
	for range n {
		<-s.came
	}
}

// take returns all that waits.
func (s *committer) take() []*Acknowledgement {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.waiting
	s.waiting = nil
	return all
}

// TestHeldAcknowledgements: each kind waits for its commit, and they leave in
// the order of what they acknowledge though the commits end in any other
// [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4]; what is no acknowledgement
// does not wait.
func TestHeldAcknowledgements(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		h := newHost(t)
		s := newCommitter(h)
		c := admitVersion(t, h, "c", v)
		u := packet.Unsubscribe{PacketID: 6, Filters: [][]byte{[]byte("a")}}
		c.say(
			c.subscribe(1, filter("a", 0)), c.publish(1, 2, "a", "x"), c.publish(2, 3, "b", ""), c.publish(1, 4, "b", ""),
			c.ack(packet.TypePubrel, 3), c.ack(packet.TypePubrel, 5), u.Append(nil, v), pingreq,
		)
		c.want("PUBLISH 0 a x", "PINGRESP")
		s.await(7)
		all := s.take()
		for _, i := range rand.Perm(len(all) - 1) {
			all[i+1].Release(nil)
		}
		c.say(pingreq)
		c.want("PINGRESP")
		all[0].Release(nil)
		unknown := "PUBCOMP 5"
		unsuback := "UNSUBACK 6 []"
		if v == mqtt.V5 {
			unknown, unsuback = "PUBCOMP 5 146", "UNSUBACK 6 [0]"
		}
		c.want("SUBACK 1 [0]", "PUBACK 2", "PUBREC 3", "PUBACK 4", "PUBCOMP 3", unknown, unsuback)
		c.close()
	}
}

// TestCommitsOutOfOrder has a committer that is late, on goroutines of its own,
// and whose commits overtake each other; some acknowledgements need none.
func TestCommitsOutOfOrder(t *testing.T) {
	h := newHost(t)
	h.Settings.ReceiveMaximum = 65_535 // what is tested lies beyond
	var all sync.WaitGroup
	h.Commit = func(a *Acknowledgement) bool {
		switch n := rand.IntN(4); n {
		case 0:
			return false
		case 1:
			a.Release(nil) // at once
		default:
			all.Go(func() {
				time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
				a.Release(nil)
			})
		}
		return true
	}
	const clients, messages = 4, 1500
	var talkers sync.WaitGroup
	for i := range clients {
		c := admit(t, h, fmt.Sprint("c", i))
		talkers.Go(func() {
			for id := uint16(1); id <= messages; id++ {
				c.say(c.publish(1, id, "a", ""))
			}
		})
		talkers.Go(func() {
			for id := 1; id <= messages; id++ {
				if got := c.hear(); got != fmt.Sprint("PUBACK ", id) {
					t.Errorf("heard %q, want PUBACK %d", got, id)
					return
				}
			}
		})
	}
	talkers.Wait()
	all.Wait()
}

// TestHeldPubrec: a QoS 2 PUBLISH that is repeated while its PUBREC waits is
// not delivered again [MQTT-4.3.3-10], nor on the next connection, where the
// PUBREC that was never sent is asked for.
func TestHeldPubrec(t *testing.T) {
	h := newHost(t)
	h.Settings.ReceiveMaximum = 65_535 // what is tested lies beyond
	delivered := make(chan string, 10)
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) {
		delivered <- string(m.Raw)
		return Verdict{}, nil
	}
	s := newCommitter(h)
	keep := func(p *packet.Connect) {
		p.CleanStart = false
		p.Props.SessionExpiry, p.Props.HasSessionExpiry = 3600, true
	}
	dup := func(p *packet.Outgoing) { p.Dup = true }
	c := admit(t, h, "c", keep)
	c.say(c.publish(2, 7, "a", "x"), c.publish(2, 7, "a", "x", dup))
	s.await(2)
	c.close()
	dropped := s.take()
	c = dial(t, h)
	c.say(c.connect("c", keep), c.publish(2, 7, "a", "x", dup), pingreq)
	c.want("CONNACK 0 present", "PINGRESP")
	s.await(1)
	for _, a := range dropped { // their connection is gone
		a.Release(nil)
	}
	c.say(pingreq)
	c.want("PINGRESP")
	s.take()[0].Release(nil)
	c.want("PUBREC 7")
	c.say(c.ack(packet.TypePubrel, 7))
	s.await(1)
	s.take()[0].Release(nil)
	c.want("PUBCOMP 7")
	if len(delivered) != 1 {
		t.Errorf("the message was delivered %d times", len(delivered))
	}
}

// TestTooManyHeld: nothing more is read while maxHeld acknowledgements wait,
// and everything when they have left; letters, the wish to end and the keep-alive
// know of it.
func TestTooManyHeld(t *testing.T) {
	h := newHost(t)
	h.Settings.ReceiveMaximum = 65_535 // what is tested lies beyond
	s := newCommitter(h)
	c := admit(t, h, "c")
	const extra = 500
	for id := uint16(1); id <= maxHeld+extra; id++ {
		c.say(c.publish(1, id, "a", ""))
	}
	c.say(pingreq)
	s.await(maxHeld)
	read := make(chan struct{})
	if err := c.link.Post(func() { close(read) }); err != nil {
		t.Fatal(err)
	}
	<-read
	first := s.take()
	if len(first) != maxHeld {
		t.Fatalf("%d acknowledgements wait, want %d", len(first), maxHeld)
	}
	for _, a := range first[:extra] {
		a.Release(nil)
	}
	for id := 1; id <= extra; id++ {
		c.want(fmt.Sprint("PUBACK ", id))
	}
	s.await(extra)
	for _, a := range append(first[extra:], s.take()...) {
		a.Release(nil)
	}
	heard := map[string]bool{}
	for range maxHeld + 1 {
		heard[c.hear()] = true
	}
	if !heard["PINGRESP"] || !heard[fmt.Sprint("PUBACK ", maxHeld+extra)] {
		t.Error("what was not read at first never was")
	}
	for _, end := range []func(l *Link){func(l *Link) { l.End(mqtt.ServerMoved) }, (*Link).CutOff} {
		c := admit(t, h, "d")
		for id := uint16(1); id <= maxHeld; id++ {
			c.say(c.publish(1, id, "a", ""))
		}
		s.await(maxHeld)
		end(c.link)
		if got := c.hear(); got != "DISCONNECT 157" && got != "end" {
			t.Errorf("heard %q", got)
		}
		c.close()
	}
}

// TestKeepAliveWhileNothingIsRead: a client is not silent while the server does
// not listen.
func TestKeepAliveWhileNothingIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		h.Settings.ReceiveMaximum = 65_535 // what is tested lies beyond
		s := newCommitter(h)
		client, server := net.Pipe()
		c := serve(t, h, client, server)
		c.say(c.connect("c", func(p *packet.Connect) { p.KeepAlive = 10 }))
		c.want("CONNACK 0")
		for id := uint16(1); id <= maxHeld; id++ {
			c.say(c.publish(1, id, "a", ""))
		}
		time.Sleep(time.Minute)
		for _, a := range s.take() {
			a.Release(nil)
		}
		c.want("PUBACK 1")
		c.close()
		h.Broker.Close()
	})
}

// TestFailedCommit: what cannot be promised is not acknowledged.
func TestFailedCommit(t *testing.T) {
	h := newHost(t)
	s := newCommitter(h)
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("disk is gone"), "DISCONNECT 131"},
		{&mqtt.Refusal{Code: mqtt.QuotaExceeded, Reason: "disk is full"}, "DISCONNECT 151 disk is full"},
	} {
		c := admit(t, h, "c")
		c.say(c.publish(1, 1, "a", ""), c.publish(1, 2, "a", ""), c.publish(1, 3, "a", ""))
		s.await(3)
		all := s.take()
		all[2].Release(nil)
		all[1].Release(test.err)
		all[0].Release(nil)
		c.want("PUBACK 1", test.want, "end")
	}
}

// TestAcknowledgementsDoNotAllocate: not without a committer, and not with one.
func TestAcknowledgementsDoNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget at random under the race detector")
	}
	for name, commit := range map[string]func(a *Acknowledgement) bool{
		"none": nil, "nothing waits": func(*Acknowledgement) bool { return false },
		"at once": func(a *Acknowledgement) bool { a.Release(nil); return true },
	} {
		h := newHost(t)
		h.Commit = commit
		l, client := standing(t, h, mqtt.V5)
		packets := (&talker{version: mqtt.V5}).publish(1, 1, "a", "x")
		answer := make([]byte, 4)
		pass := func() {
			l.parse(packets)
			if _, err := client.Read(answer); err != nil || answer[0] != 0x40 {
				t.Fatal(err, answer)
			}
		}
		if _, err := client.Read(make([]byte, 100)); err != nil { // CONNACK
			t.Fatal(err)
		}
		pass()
		if n := testing.AllocsPerRun(200, pass); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		_ = client.Close()
		l.stop(errPeerClosed)
		l.finish()
	}
}

// TestHeldCountAgainstReceiveMaximum: QoS 1 and QoS 2 count together until
// their last acknowledgement has left [MQTT-3.3.4-7] [MQTT-3.3.4-8].
func TestHeldCountAgainstReceiveMaximum(t *testing.T) {
	for name, test := range map[string]struct {
		first  func(c *talker) [][]byte // three of them
		answer []string
	}{
		"QoS 1": {func(c *talker) [][]byte {
			return [][]byte{c.publish(1, 1, "a", ""), c.publish(1, 2, "a", ""), c.publish(1, 3, "a", "")}
		}, []string{"PUBACK 1", "PUBACK 2", "PUBACK 3"}},
		"mixed": {func(c *talker) [][]byte {
			return [][]byte{c.publish(1, 1, "a", ""), c.publish(2, 2, "a", ""), c.publish(1, 3, "a", "")}
		}, []string{"PUBACK 1", "PUBREC 2", "PUBACK 3"}},
		"PUBCOMP": {func(c *talker) [][]byte {
			return [][]byte{c.publish(1, 1, "a", ""), c.publish(2, 2, "a", ""), c.ack(packet.TypePubrel, 2), c.publish(1, 3, "a", "")}
		}, []string{"PUBACK 1", "PUBREC 2", "PUBCOMP 2", "PUBACK 3"}},
	} {
		for _, released := range []bool{false, true} {
			h := newHost(t)
			h.Settings.ReceiveMaximum = 3
			s := newCommitter(h)
			c := admit(t, h, "c")
			c.say(test.first(c)...)
			s.await(len(test.answer))
			if released {
				for _, a := range s.take() {
					a.Release(nil)
				}
				c.want(test.answer...)
				c.say(c.publish(1, 4, "a", ""))
				s.await(1)
				s.take()[0].Release(nil)
				c.want("PUBACK 4")
				c.close()
				continue
			}
			c.say(c.publish(1, 4, "a", ""))
			if got := c.hear(); !strings.HasPrefix(got, "DISCONNECT 147") {
				t.Errorf("%s: heard %q, want 0x93", name, got)
			}
			c.close()
		}
	}
}
