package mqttx_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// lasting are the options of a client whose session outlives its connection.
func lasting(v mqtt.Version, id string) mqttxtest.Options {
	return mqttxtest.Options{Version: v, ClientID: id, Resume: true, SessionExpiry: 10 * time.Minute}
}

// brief are those of one whose session ends with its connection.
func brief(v mqtt.Version, id string) mqttxtest.Options {
	return mqttxtest.Options{Version: v, ClientID: id}
}

// leaves ends a client's connection.
func leaves(t *testing.T, c *mqttxtest.Client) {
	t.Helper()
	if err := c.Disconnect(); err != nil {
		t.Error(err)
	}
	<-c.Done()
	synctest.Wait()
}

// TestSessionLimit: one session more than may be kept is refused; those that are
// there go on, those that end with their connections come in, and what ends
// makes room.
func TestSessionLimit(t *testing.T) {
	for _, v := range versions {
		virtual(t, &hooks{}, mqttx.Limits{Sessions: 2}, func(c *crowd) {
			t, full := c.t, mqtt.QuotaExceeded
			if v != mqtt.V5 {
				full = mqtt.ServerUnavailable
			}
			a := c.in("10.0.0.1", lasting(v, "a"))
			c.in("10.0.0.1", lasting(v, "b"))
			for i := range 30 { // which is no reason to ban an address
				c.refused("10.0.0.1", lasting(v, fmt.Sprint("more", i)), full)
			}
			x := c.in("10.0.0.1", brief(v, "x"))
			c.refused("10.0.0.1", lasting(v, "x"), full)
			nothing(t, x) // and leaves the one that is there alone
			leaves(t, a)
			c.refused("10.0.0.1", lasting(v, "c"), full) // a's session is kept
			a = c.in("10.0.0.1", lasting(v, "a"))
			a2 := c.in("10.0.0.1", lasting(v, "a")) // takes it over
			<-a.Done()
			if v != mqtt.V31 && !a2.SessionPresent {
				t.Error("the session is not resumed")
			}
			if s := c.srv.Stats(); s.TooManySessions != 32 || s.Kept != 2 || s.Sessions != 3 {
				t.Errorf("%+v", s)
			}
			c.logged("the server keeps as many sessions as it may", 1)

			anew := lasting(v, "a")
			anew.Resume = v != mqtt.V5 // clean start
			a = c.in("10.0.0.1", anew)
			leaves(t, a)
			a = c.in("10.0.0.1", brief(v, "a")) // gives its place up
			leaves(t, c.in("10.0.0.1", lasting(v, "c")))
			c.refused("10.0.0.1", lasting(v, "a"), full)
			if v == mqtt.V5 {
				time.Sleep(11 * time.Minute) // less than the longest keep-alive
			} else {
				time.Sleep(8 * 24 * time.Hour) // there is no such thing
			}
			c.in("10.0.0.1", lasting(v, "d"))
			c.refused("10.0.0.1", lasting(v, "e"), full)
			nothing(t, a)
			if err := c.srv.Revoke("d"); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			leaves(t, c.in("10.0.0.1", lasting(v, "e")))
		})
	}
}

// TestSessionLimitRace: of many that come at once so many are let in.
func TestSessionLimitRace(t *testing.T) {
	virtual(t, &hooks{}, mqttx.Limits{Sessions: 10}, func(c *crowd) {
		var all sync.WaitGroup
		var in, out atomic.Int64
		for i := range 40 {
			all.Go(func() {
				_, err := c.connect("10.0.0.1", lasting(mqtt.V5, fmt.Sprint(i)))
				switch {
				case err == nil:
					in.Add(1)
				case refused(err) == mqtt.QuotaExceeded:
					out.Add(1)
				default:
					c.t.Error(err)
				}
			})
		}
		all.Wait()
		if s := c.srv.Stats(); in.Load() != 10 || out.Load() != 30 || s.TooManySessions != 30 || s.Kept != 10 {
			c.t.Errorf("%d are let in, %d refused; %+v", in.Load(), out.Load(), s)
		}
	})
}

// TestSessionLimitAtTheEnd: what a DISCONNECT says of the session counts, up to
// what user code has granted where that was less than the CONNECT asked for.
func TestSessionLimitAtTheEnd(t *testing.T) {
	h := &hooks{authenticate: func(c *mqttx.Connect) error {
		switch c.ClientID {
		case "none":
			c.SessionExpiry = 0
		case "short":
			c.SessionExpiry = 40 * time.Second
		}
		return nil
	}}
	virtual(t, h, mqttx.Limits{Sessions: 1}, func(c *crowd) {
		ends := func(id string, expiry uint32) {
			nc := c.dial("10.0.0.1")
			p := packet.Connect{Version: mqtt.V5, ClientID: []byte(id)}
			p.Props.SessionExpiry, p.Props.HasSessionExpiry, p.Props.ReceiveMaximum = 100, true, 100
			_, _ = nc.Write(p.Append(nil, mqtt.V5))
			readPackets(c.t, nc, 1)
			d := packet.Disconnect{SessionExpiry: expiry, HasSessionExpiry: true}
			_, _ = nc.Write(d.Append(nil, mqtt.V5))
			synctest.Wait()
			_ = nc.Close()
			synctest.Wait()
		}
		check := func(when string, kept int, counted int64) {
			c.t.Helper()
			if s := c.srv.Stats(); s.Kept != kept || s.Sessions != kept || s.TooManySessions != counted {
				c.t.Errorf("%s: %d sessions, %d kept, %d counted", when, s.Sessions, s.Kept, s.TooManySessions)
			}
		}
		ends("a", 0)
		check("given up", 0, 0)
		ends("none", 50)
		check("asked for at the end, where nothing was granted", 0, 0)
		ends("short", 200)
		check("asked for at the end, where less was granted", 1, 0)
		time.Sleep(45 * time.Second)
		check("expired after what was granted", 0, 0)
		ends("a", 200)
		check("prolonged", 1, 0)
		time.Sleep(150 * time.Second)
		check("prolonged, later", 1, 0)
		ends("none", 50)
		check("asked for in vain", 1, 0)
	})
}
