package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func TestReceiveMaximumNeverStalls(t *testing.T) {
	net := start(t, nil)
	sub := net.Connect(mqttxtest.Options{ClientID: "sub", ReceiveMaximum: 2})
	pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
	subscribe(t, sub, "q", mqtt.QoS2)
	for i := range 20 {
		publish(t, pub, "q", fmt.Sprint(i), mqtt.QoS(1+i%2))
	}
	for i := range 20 {
		receive(t, sub, "q", fmt.Sprint(i))
	}
	nothing(t, sub)
}

func TestReceiveMaximumIsNeverExceeded(t *testing.T) {
	net := start(t, nil)
	sub := net.Connect(mqttxtest.Options{ClientID: "sub", ReceiveMaximum: 3, HoldAcks: true})
	subscribe(t, sub, "q", mqtt.QoS1)
	for i := range 10 {
		publish(t, sub, "q", fmt.Sprint(i), mqtt.QoS1)
	}
	var held []mqtt.Message
	for i := range 3 {
		held = append(held, receive(t, sub, "q", fmt.Sprint(i)))
	}
	nothing(t, sub)
	if err := sub.Acknowledge(mqtt.Message{QoS: mqtt.QoS1, PacketID: 999}); err != nil {
		t.Fatal(err)
	}
	nothing(t, sub) // an unknown packet identifier frees no place
	if err := sub.Acknowledge(held[1]); err != nil {
		t.Fatal(err)
	}
	receive(t, sub, "q", "3")
	nothing(t, sub)
}

func TestResumedSession(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			srv := newServer(t, &hooks{}, mqttx.Options{})
			net := mqttxtest.Start(t, srv)
			o := mqttxtest.Options{Version: v, ClientID: "sub", Resume: true, SessionExpiry: time.Hour, HoldAcks: true}
			sub := net.Connect(o)
			pub := net.Connect(mqttxtest.Options{ClientID: "pub"})
			subscribe(t, sub, "q", mqtt.QoS1)
			for i := range 5 {
				publish(t, pub, "q", fmt.Sprint(i), mqtt.QoS1)
			}
			var ids []uint16
			for i := range 5 {
				ids = append(ids, receive(t, sub, "q", fmt.Sprint(i)).PacketID)
			}
			sub.Close()
			eventually(t, func() bool { return srv.Stats().Connections == 1 })
			for i := 5; i < 10; i++ { // some while the client is away
				publish(t, pub, "q", fmt.Sprint(i), mqtt.QoS1)
			}
			publish(t, pub, "q", "QoS 0 is not kept", mqtt.QoS0)
			nothing(t, pub)      // the server has dealt with it
			o.ReceiveMaximum = 2 // 5.0: counts for the resend too
			sub = net.Connect(o)
			if sub.SessionPresent != (v != mqtt.V31) {
				t.Errorf("session present is %v", sub.SessionPresent)
			}
			for i := range 10 {
				m := receive(t, sub, "q", fmt.Sprint(i))
				if m.Dup != (i < 5) {
					t.Errorf("message %d has DUP %v", i, m.Dup)
				}
				if i < 5 && m.PacketID != ids[i] {
					t.Errorf("message %d has packet identifier %d, first %d", i, m.PacketID, ids[i])
				}
				if err := sub.Acknowledge(m); err != nil {
					t.Fatal(err)
				}
			}
			nothing(t, sub)
		})
	}
}

func TestCleanStartDiscards(t *testing.T) {
	net := start(t, nil)
	o := mqttxtest.Options{ClientID: "c", Resume: true, SessionExpiry: time.Hour}
	c := net.Connect(o)
	subscribe(t, c, "q", mqtt.QoS1)
	c.Close()
	o.Resume = false
	if c = net.Connect(o); c.SessionPresent {
		t.Error("session present after a clean start")
	}
	publish(t, c, "q", "x", mqtt.QoS1)
	nothing(t, c)
}

func TestSessionWithoutExpiryEndsWithItsConnection(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	net := mqttxtest.Start(t, srv)
	c := net.Connect(mqttxtest.Options{ClientID: "c", Resume: true})
	subscribe(t, c, "a/#", mqtt.QoS1)
	if s := srv.Stats(); s.Sessions != 1 || s.Subscriptions != 1 {
		t.Fatalf("stats %+v", s)
	}
	c.Close()
	eventually(t, func() bool { return srv.Stats().Connections == 0 })
	if c = net.Connect(mqttxtest.Options{ClientID: "c", Resume: true}); c.SessionPresent {
		t.Error("the session of a client without Session Expiry Interval goes on")
	}
	if s := srv.Stats(); s.Sessions != 1 || s.Subscriptions != 0 {
		t.Errorf("stats %+v: the ended session left something behind", s)
	}
}

func TestSessionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var expired atomic.Value
		srv := newServer(t, &hooks{}, mqttx.Options{SessionExpired: func(id string) { expired.Store(id) }})
		net := mqttxtest.Start(t, srv)
		c := net.Connect(mqttxtest.Options{ClientID: "c", SessionExpiry: time.Minute})
		subscribe(t, c, "a/#", mqtt.QoS1)
		c.Close()
		time.Sleep(50 * time.Second) // virtual time
		if s := srv.Stats(); s.Sessions != 1 {
			t.Errorf("after 50 s: %+v", s)
		}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if s := srv.Stats(); s.Sessions != 0 || s.Subscriptions != 0 || expired.Load() != "c" {
			t.Errorf("after 65 s: %+v, expired %v", s, expired.Load())
		}
	})
}

func TestKeepAlive(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := start(t, nil)
				c := net.Connect(mqttxtest.Options{Version: v, ClientID: "c", KeepAlive: 10 * time.Second})
				for range 5 {
					time.Sleep(14 * time.Second)
					if err := c.Ping(wait(t)); err != nil {
						t.Fatal(err)
					}
				}
				begin := time.Now()
				<-c.Done()
				if d := time.Since(begin); d < 15*time.Second || d > 20*time.Second {
					t.Errorf("closed after %v of silence, want 15 s and a little", d)
				}
				var r *mqtt.Refusal
				if errors.As(c.Err(), &r) != (v == mqtt.V5) || r != nil && r.Code != mqtt.KeepAliveTimeout {
					t.Errorf("ended with %v", c.Err())
				}
			})
		})
	}
}

func TestKeepAliveStandsStillWhileAHandlerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := start(t, &hooks{publish: func(context.Context, *mqttx.Message) (mqttx.Route, error) {
			time.Sleep(time.Minute) // virtual time
			return mqttx.Route{}, nil
		}})
		c := net.Connect(mqttxtest.Options{ClientID: "c", KeepAlive: 10 * time.Second})
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := c.Publish(ctx, "slow", "", mqtt.QoS1); err != nil {
			t.Errorf("the client was left while its handler ran: %v", err)
		}
		if err := c.Ping(wait(t)); err != nil {
			t.Error(err)
		}
	})
}

// TestKeepAliveStandsStillWhileALetterIsRead: HandleInfo is a handler as others.
func TestKeepAliveStandsStillWhileALetterIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{info: func(any) error {
			time.Sleep(time.Minute) // virtual time
			return nil
		}}, mqttx.Options{})
		c := mqttxtest.Start(t, srv).Connect(mqttxtest.Options{ClientID: "c", KeepAlive: 10 * time.Second})
		if err := srv.Send("c", 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := c.Ping(ctx); err != nil {
			t.Errorf("the client was left while its handler ran: %v", err)
		}
	})
}

func TestSessionExpiredMayPanicAndShutDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var srv *mqttx.Server
		down := make(chan error, 1)
		srv = newServer(t, &hooks{}, mqttx.Options{SessionExpired: func(id string) {
			if id == "panic" {
				panic("of SessionExpired")
			}
			down <- srv.Shutdown(context.Background())
		}})
		net := mqttxtest.Start(t, srv)
		for _, id := range []string{"panic", "shutdown"} {
			net.Connect(mqttxtest.Options{ClientID: id, SessionExpiry: time.Second}).Close()
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if n := srv.Stats().Panics; n != 1 {
			t.Errorf("%d panics counted", n)
		}
	})
}

func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{}, mqttx.Options{})
		nc := mqttxtest.Start(t, srv).Dial()
		begin := time.Now()
		if n, err := nc.Read(make([]byte, 1)); err == nil {
			t.Errorf("got %d bytes without a CONNECT", n)
		}
		if d := time.Since(begin); d < 10*time.Second || d > 15*time.Second {
			t.Errorf("closed after %v", d)
		}
		if n := srv.Stats().ConnectTimeouts; n != 1 {
			t.Errorf("%d are counted", n)
		}
	})
}

func TestTakeover(t *testing.T) {
	net := start(t, nil)
	first := net.Connect(mqttxtest.Options{ClientID: "c"})
	net.Connect(mqttxtest.Options{ClientID: "c"})
	<-first.Done()
	var r *mqtt.Refusal
	if !errors.As(first.Err(), &r) || r.Code != mqtt.SessionTakenOver {
		t.Errorf("the old connection ended with %v", first.Err())
	}
}

func TestTakeoverByManyLeavesOne(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	net := mqttxtest.Start(t, srv)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var clients []*mqttxtest.Client
	for range 50 {
		wg.Go(func() {
			c, err := net.TryConnect(mqttxtest.Options{ClientID: "one", SessionExpiry: time.Hour, Resume: true})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			clients = append(clients, c)
			mu.Unlock()
		})
	}
	wg.Wait()
	last := net.Connect(mqttxtest.Options{ClientID: "one", Resume: true})
	for _, c := range clients {
		<-c.Done()
	}
	if err := last.Ping(wait(t)); err != nil {
		t.Errorf("the last connection: %v", err)
	}
	if ids := slices.Collect(srv.ClientIDs()); len(ids) != 1 {
		t.Errorf("connected: %q", ids)
	}
}

func TestSessionBelongsToItsUser(t *testing.T) {
	net := start(t, nil)
	mine := net.Connect(mqttxtest.Options{ClientID: "c", UserName: "alice", SessionExpiry: time.Hour})
	_, err := net.TryConnect(mqttxtest.Options{ClientID: "c", UserName: "mallory"})
	var r *mqtt.Refusal
	if !errors.As(err, &r) || r.Code != mqtt.ClientIdentifierNotValid {
		t.Errorf("another user's CONNECT: %v", err)
	}
	if err := mine.Ping(wait(t)); err != nil {
		t.Errorf("the owner was disturbed: %v", err)
	}
}

func TestHandlerValuesHaveTheirOwnState(t *testing.T) {
	type counter struct {
		hooks
		n int
	}
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler {
		h := &counter{}
		h.publish = func(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
			h.n++ // no lock: one connection's methods are called one at a time
			return mqttx.Route{}, c.Publish(ctx, "count", []byte(fmt.Sprintf("%s %d", c.ClientID(), h.n)))
		}
		return h
	}, mqttx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	net := mqttxtest.Start(t, srv)
	for _, id := range []string{"a", "b"} {
		c := net.Connect(mqttxtest.Options{ClientID: id})
		for i := range 3 {
			publish(t, c, "x", "", mqtt.QoS1)
			receive(t, c, "count", fmt.Sprintf("%s %d", id, i+1))
		}
	}
}

func TestPanicClosesItsConnectionOnly(t *testing.T) {
	log := &lines{}
	srv := newServer(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		if m.Topic == "panic" {
			panic("the handler of panic")
		}
		return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
	}}, mqttx.Options{Logger: textLogger(log)})
	net := mqttxtest.Start(t, srv)
	good := net.Connect(mqttxtest.Options{ClientID: "good"})
	subscribe(t, good, "ok", mqtt.QoS1)
	for _, v := range versions {
		bad := net.Connect(mqttxtest.Options{ClientID: "bad", Version: v})
		publish(t, bad, "ok", "before", mqtt.QoS1)
		if err := bad.Publish(wait(t), "panic", "x", mqtt.QoS1); err == nil {
			t.Error("a publish whose handler panicked was acknowledged")
		}
		<-bad.Done()
		receive(t, good, "ok", "before")
	}
	publish(t, good, "ok", "still here", mqtt.QoS1)
	receive(t, good, "ok", "still here")
	if n := srv.Stats().Panics; n != int64(len(versions)) {
		t.Errorf("%d panics counted", n)
	}
	if text := log.String(); !strings.Contains(text, "the handler of panic") || !strings.Contains(text, "sessions_test.go") {
		t.Errorf("the log has no stack of the panic:\n%s", text)
	}
}

func TestConnectedAndDisconnected(t *testing.T) {
	events := make(chan string, 10)
	net := start(t, &hooks{
		connected:    func() error { events <- "connected"; return nil },
		disconnected: func(reason error) { events <- "disconnected: " + reason.Error() },
	})
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	if err := c.Disconnect(); err != nil {
		t.Fatal(err)
	}
	if a, b := <-events, <-events; a != "connected" || b != "disconnected: the client disconnected" {
		t.Errorf("events %q, %q", a, b)
	}
}

func TestRefusedConnect(t *testing.T) {
	net := start(t, &hooks{authenticate: func(c *mqttx.Connect) error {
		switch c.UserName {
		case "code":
			return mqttx.Refuse(mqttx.Banned, "go away")
		case "plain":
			return errors.New("wrong password")
		}
		return nil
	}})
	for user, want := range map[string]mqtt.ReasonCode{"code": mqtt.Banned, "plain": mqtt.NotAuthorized} {
		_, err := net.TryConnect(mqttxtest.Options{UserName: user})
		var r *mqtt.Refusal
		if !errors.As(err, &r) || r.Code != want {
			t.Errorf("user %s: %v, want %v", user, err, want)
		}
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311} {
			_, err := net.TryConnect(mqttxtest.Options{UserName: user, Version: v, ClientID: "c"})
			if !errors.As(err, &r) || r.Code != mqtt.NotAuthorized {
				t.Errorf("%v, user %s: %v, want return code 5", v, user, err)
			}
		}
	}
	if c := net.Connect(mqttxtest.Options{}); c.AssignedClientID == "" {
		t.Error("no client identifier was assigned")
	}
}

func TestSendReachesAParkedConnection(t *testing.T) {
	got := make(chan any, 1)
	conns := make(chan *mqttx.Conn, 1)
	h := &hooks{info: func(v any) error {
		got <- v
		if v == "leave" {
			return mqttx.Disconnect(mqttx.ServerMoved)
		}
		return nil
	}}
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler { conns <- c; return h }, mqttx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	net := mqttxtest.Start(t, srv)
	client := net.Connect(mqttxtest.Options{ClientID: "c"})
	conn := <-conns
	for _, v := range []any{1, "two", "leave"} {
		if err := conn.Send(v); err != nil {
			t.Fatal(err)
		}
		if r := <-got; r != v {
			t.Errorf("HandleInfo got %v, want %v", r, v)
		}
	}
	<-client.Done()
	var r *mqtt.Refusal
	if !errors.As(client.Err(), &r) || r.Code != mqtt.ServerMoved {
		t.Errorf("ended with %v", client.Err())
	}
}
