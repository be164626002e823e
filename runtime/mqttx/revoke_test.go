package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestRevoke: connection, session and will of a client end, live or away, and those of no other.
func TestRevoke(t *testing.T) {
	for name, tt := range map[string]struct {
		then  func(net *mqttxtest.Net, c *mqttxtest.Client, again mqttxtest.Options)
		delay time.Duration
		away  bool
	}{
		"live":                       {then: func(*mqttxtest.Net, *mqttxtest.Client, mqttxtest.Options) {}},
		"live, will with a delay":    {then: func(*mqttxtest.Net, *mqttxtest.Client, mqttxtest.Options) {}, delay: 10 * time.Second},
		"away, a will that waits":    {then: lose, delay: 10 * time.Second, away: true},
		"away, without a will":       {then: leave, away: true},
		"back after being away once": {then: takeOver},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log lines
				expired := make(chan string, 1)
				srv := newServer(t, &hooks{authenticate: byUser}, mqttx.Options{
					AuthMethods: []string{"lab"}, Logger: textLogger(&log), SessionExpired: func(id string) { expired <- id },
				})
				n := mqttxtest.Start(t, srv)
				other := n.Connect(mqttxtest.Options{ClientID: "other"})
				subscribe(t, other, "will", mqtt.QoS1)
				o := mqttxtest.Options{
					ClientID: "c", Resume: true, SessionExpiry: time.Hour, WillDelay: tt.delay,
					Will: &mqtt.Message{Topic: "will", Raw: []byte("gone"), QoS: mqtt.QoS1},
				}
				c := n.Connect(o)
				subscribe(t, c, "a", mqtt.QoS1)
				tt.then(n, c, o)
				synctest.Wait()
				if name == "back after being away once" { // that took the will along, or sent it
					receive(t, other, "will", "gone")
				}
				if err := srv.Revoke("c"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if tt.away != (len(expired) == 1) {
					t.Errorf("SessionExpired was called %d times", len(expired))
				}
				if name == "live" && (refused(c.Err()) != mqtt.NotAuthorized || !strings.Contains(log.String(), "will refused")) {
					t.Errorf("the client was told %v, the log says\n%s", c.Err(), log.String())
				}
				publish(t, other, "a", "x", mqtt.QoS1) // for a session that nobody has any more
				time.Sleep(time.Minute)
				nothing(t, other)
				o.Will = nil
				if c = n.Connect(o); c.SessionPresent {
					t.Error("the session goes on")
				}
				nothing(t, c)
				if err := srv.Revoke("nobody"); !errors.Is(err, mqttx.ErrNotConnected) {
					t.Error(err)
				}
			})
		})
	}
}

// TestRevokeIn3x: the connection is closed, in all versions, also one whose handler blocks.
func TestRevokeIn3x(t *testing.T) {
	for _, v := range versions {
		entered := make(chan struct{})
		srv := newServer(t, &hooks{publish: func(ctx context.Context, _ *mqttx.Message) (mqttx.Route, error) {
			close(entered)
			<-ctx.Done()
			return mqttx.Route{}, ctx.Err()
		}}, mqttx.Options{})
		n := mqttxtest.Start(t, srv)
		c := n.Connect(mqttxtest.Options{ClientID: "c", Version: v})
		publish(t, c, "a", "x", mqtt.QoS0)
		<-entered
		if err := srv.Revoke("c"); err != nil {
			t.Error(err)
		}
		<-c.Done()
	}
}

// TestRecheck: those for which it says no are gone, and all others stay.
func TestRecheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{authenticate: byUser}, mqttx.Options{})
		n := mqttxtest.Start(t, srv)
		clients := map[string]*mqttxtest.Client{}
		for i, user := range []string{"operator", "device"} {
			for k := range 100 {
				id := fmt.Sprint(user, k)
				clients[id] = n.Connect(mqttxtest.Options{ClientID: id, UserName: user, SessionExpiry: time.Hour})
				if k%3 == i {
					lose(n, clients[id], mqttxtest.Options{})
				}
			}
		}
		synctest.Wait()
		asked := 0
		revoked := srv.Recheck(func(id mqttx.Identity, clientID string) bool {
			if asked++; clientID != id.User || !strings.HasPrefix(clientID, id.Method) {
				t.Errorf("asked about %+v as %q", id, clientID)
			}
			return id.Method != "operator" || clientID == "operator1"
		})
		synctest.Wait()
		if stats := srv.Stats(); asked != 200 || revoked != 99 || stats.Sessions != 101 {
			t.Errorf("asked %d times, revoked %d, %d sessions left", asked, revoked, stats.Sessions)
		}
		if live := slices.Collect(srv.ClientIDs()); len(live) != 68 || !slices.Contains(live, "operator1") {
			t.Errorf("%d are connected", len(live))
		}
		if refused(clients["operator2"].Err()) != mqtt.NotAuthorized {
			t.Error(clients["operator2"].Err())
		}
	})
}

// TestRevokeWhileTheClientAuthenticates: who was judged by the old rights is not let in by them.
func TestRevokeWhileTheClientAuthenticates(t *testing.T) {
	for name, revoke := range map[string]func(srv *mqttx.Server){
		"Revoke":         func(srv *mqttx.Server) { _ = srv.Revoke("c") },
		"Recheck":        func(srv *mqttx.Server) { srv.Recheck(func(mqttx.Identity, string) bool { return true }) },
		"Revoke another": func(srv *mqttx.Server) { _ = srv.Revoke("other") },
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			entered, leave := make(chan struct{}), make(chan struct{})
			srv := newServer(t, &hooks{authenticate: func(c *mqttx.Connect) error {
				if calls.Add(1) == 2 {
					close(entered)
					<-leave
				}
				return nil
			}}, mqttx.Options{})
			n := mqttxtest.Start(t, srv)
			o := mqttxtest.Options{ClientID: "c", Resume: true, SessionExpiry: time.Hour}
			lose(n, n.Connect(o), o)
			failed := make(chan error, 1)
			go func() {
				_, err := n.TryConnect(o)
				failed <- err
			}()
			<-entered
			revoke(srv)
			close(leave)
			err := <-failed
			if name == "Revoke another" { // one in 64 shares its counter
				return
			}
			if refused(err) != mqtt.ServerBusy {
				t.Errorf("let in with %v", err)
			}
			c := n.Connect(o)
			if c.SessionPresent != (name == "Recheck") {
				t.Errorf("session present: %v", c.SessionPresent)
			}
		})
	}
}
