package link

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// dormitory is a host whose links park whenever they are woken and have nothing to do.
type dormitory struct {
	*Host
	t     testing.TB
	ended sync.Map // *Link -> chan struct{}
}

func newDormitory(t testing.TB) *dormitory {
	d := &dormitory{Host: newHost(t), t: t}
	d.Settings.ParkAfter = -1
	d.Ended = func(l *Link) {
		ended, _ := d.ended.Load(l)
		close(ended.(chan struct{}))
	}
	return d
}

// admit connects a talker whose link may park.
func (d *dormitory) admit(id string, change ...func(p *packet.Connect)) *talker {
	d.t.Helper()
	client, server := sockets(d.t)
	c := &talker{t: d.t, nc: client, link: New(d.Host, server), version: mqtt.V5, ended: make(chan struct{})}
	d.ended.Store(c.link, c.ended)
	go c.link.Start()
	d.t.Cleanup(c.close)
	c.say(c.connect(id, change...))
	c.want("CONNACK 0")
	return c
}

// sleep returns when the talker's link is parked.
func (c *talker) sleep() *talker {
	c.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !c.link.conn.Parked(); runtime.Gosched() {
		c.link.conn.Wake()
		if time.Now().After(deadline) {
			c.t.Fatal("it does not park")
		}
	}
	return c
}

// TestParkedLink obeys packets, and ends, as if it were not parked.
func TestParkedLink(t *testing.T) {
	d := newDormitory(t)
	reasons := make(chan error, 1)
	d.Calls.Disconnected = func(_ context.Context, _ *Link, err error) { reasons <- err }
	ends := map[string]struct {
		do     func(c *talker)
		heard  []string // by the client
		reason error
	}{
		"the client goes":    {func(c *talker) { _ = c.nc.Close() }, nil, errPeerClosed},
		"DISCONNECT":         {func(c *talker) { c.say([]byte{0xE0, 0}) }, []string{"end"}, nil},
		"garbage":            {func(c *talker) { c.say([]byte{0, 0}) }, []string{"DISCONNECT 129", "end"}, nil},
		"End":                {func(c *talker) { c.link.End(mqtt.ServerBusy) }, []string{"DISCONNECT 137", "end"}, nil},
		"CutOff":             {func(c *talker) { c.link.CutOff() }, []string{"end"}, errCutOff},
		"keep-alive timeout": {func(c *talker) { c.link.active.Store(-1000); c.link.watch() }, []string{"DISCONNECT 141", "end"}, nil},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			d.t = t
			c := d.admit("c", func(p *packet.Connect) { p.KeepAlive = 60 })
			for range 3 {
				c.sleep().say(pingreq)
				c.want("PINGRESP")
			}
			c.sleep()
			end.do(c)
			for _, want := range end.heard {
				if got := c.hear(); !strings.HasPrefix(got, want) {
					t.Errorf("heard %q, want %q", got, want)
				}
			}
			c.close()
			if got := <-reasons; end.reason != nil && !errors.Is(got, end.reason) {
				t.Errorf("reason: %v, want %v", got, end.reason)
			}
			if d.Broker.Timers.Stop(&c.link.timer) {
				t.Error("its timer is still set")
			}
		})
	}
}

func TestTakeoverOfParkedLink(t *testing.T) {
	d := newDormitory(t)
	for range 100 {
		first := d.admit("c").sleep()
		second := d.admit("c")
		first.want("DISCONNECT 142", "end")
		first.close()
		second.close()
	}
}

// TestParkedLinkGetsMessages: deliveries and what is posted reach a parked link; the former do not even wake it.
func TestParkedLinkGetsMessages(t *testing.T) {
	d := newDormitory(t)
	pub, sub := d.admit("pub"), d.admit("sub").listen("a", mqtt.QoS1)
	sub.sleep()
	for i := range 100 {
		pub.say(pub.publish(0, 0, "a", fmt.Sprint(i)))
		sub.want(fmt.Sprintf("PUBLISH 0 a %d", i))
		if !sub.link.conn.Parked() {
			t.Fatal("a delivery has woken a parked link")
		}
	}
	for i := range 100 {
		sub.sleep()
		done := make(chan struct{})
		if err := sub.link.Post(func() { close(done) }); err != nil {
			t.Fatal(err)
		}
		<-done
		pub.sleep().say(pub.publish(1, 1, "a", fmt.Sprint(i)))
		pub.want("PUBACK 1")
		sub.want(fmt.Sprintf("PUBLISH 1 a %d", i))
		sub.say(sub.ack(packet.TypePuback, uint16(i+1)))
	}
}

// TestParkedLinkSendsItsWill at the word of SendWill, and when its client is gone.
func TestParkedLinkSendsItsWill(t *testing.T) {
	d := newDormitory(t)
	sub := d.admit("sub").listen("will", 0).sleep()
	withWill := func(p *packet.Connect) {
		p.HasWill = true
		p.Will = packet.Will{Topic: []byte("will"), Payload: []byte("gone")}
	}
	asked := d.admit("asked", withWill).sleep()
	sent := make(chan struct{})
	asked.link.SendWill(func() { close(sent) })
	<-sent
	sub.want("PUBLISH 0 will gone")
	d.admit("lost", withWill).sleep().close()
	sub.want("PUBLISH 0 will gone")
}

// TestLinkThatMayNotPark has something to do that no event tells of.
func TestLinkThatMayNotPark(t *testing.T) {
	d := newDormitory(t)
	s := newCommitter(d.Host)
	c := d.admit("c")
	c.say(c.publish(1, 7, "a", "x"))
	s.await(1)
	for range 10 {
		posted := make(chan struct{})
		if err := c.link.Post(func() { close(posted) }); err != nil {
			t.Fatal(err)
		}
		<-posted
		if c.link.conn.Parked() {
			t.Fatal("parked while an acknowledgement is held")
		}
	}
	for _, a := range s.take() {
		a.Release(nil)
	}
	c.want("PUBACK 7")
	c.sleep()
}

// TestManyParkingLinks has links that talk to each other while everybody wakes them, so that they park all the time.
func TestManyParkingLinks(t *testing.T) {
	d := newDormitory(t)
	const links = 8
	rounds := 500
	if testing.Short() || raceDetector {
		rounds = 100
	}
	var all [links]*talker
	for i := range all {
		all[i] = d.admit(fmt.Sprint("c", i)).listen(fmt.Sprint("to/", i), 0)
	}
	stop := make(chan struct{})
	var waking, talking sync.WaitGroup
	waking.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				all[i%links].link.conn.Wake()
				runtime.Gosched()
			}
		}
	})
	for i, c := range all {
		talking.Go(func() {
			for n := range rounds {
				c.say(c.publish(0, 0, fmt.Sprint("to/", i), fmt.Sprint(n)), c.publish(1, 9, "nobody", ""))
				heard := map[string]bool{c.hear(): true, c.hear(): true}
				if !heard[fmt.Sprintf("PUBLISH 0 to/%d %d", i, n)] || !heard["PUBACK 9 16"] && !heard["PUBACK 9"] {
					t.Errorf("round %d: heard %v", n, heard)
					return
				}
			}
		})
	}
	talking.Wait()
	close(stop)
	waking.Wait()
}

// TestParkTimes: a silent link is parked by the wheel, and a parked one that was woken parks again.
func TestParkTimes(t *testing.T) {
	d := newDormitory(t)
	d.Settings.ParkAfter = time.Second
	c := d.admit("c") // without a keep-alive
	for range 2 {
		for deadline := time.Now().Add(20 * time.Second); !c.link.conn.Parked(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("it does not park")
			}
		}
		c.say(pingreq)
		c.want("PINGRESP")
	}
}

// TestTidy: memory is given back when very many have parked, and not again soon.
func TestTidy(t *testing.T) {
	h := newHost(t)
	h.Broker.Timers.Set(&h.losses, time.Hour, func() {}) // starts the wheel
	for h.Broker.Timers.Now() == 0 {
		time.Sleep(time.Millisecond)
	}
	for _, c := range []struct {
		asleep int64
		tidies bool
	}{
		{many - 1, false}, {1 << 30, true}, {1 << 30, false},
	} {
		h.asleep.Store(c.asleep)
		before := h.tidied
		h.tidy()
		if tidied := h.tidied != before; tidied != c.tidies {
			t.Errorf("%d asleep: tidied %v", c.asleep, tidied)
		}
	}
}

// TestWatchWhileParking: a link that parks, or is woken, just while the wheel looks at it is looked at again, and soon
// where it is awake: else its keep-alive would be over.
func TestWatchWhileParking(t *testing.T) {
	d := newDormitory(t)
	c := d.admit("c", func(p *packet.Connect) { p.KeepAlive = 60 })
	c.sleep()
	for _, states := range [][]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		i := 0
		c.link.setWatch(func() bool { i++; return states[min(i, len(states))-1] })
		if !d.Broker.Timers.Stop(&c.link.timer) {
			t.Errorf("parked %v: nobody looks at it again", states)
		}
	}
}
