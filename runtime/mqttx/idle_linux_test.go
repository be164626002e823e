package mqttx_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// serving returns how many goroutines there are that serve a connection.
func serving() int {
	stacks := make([]byte, 4<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "link.(*Link).run(")
}

// asleep connects n clients over network, subscribes them, and returns when none of them has a goroutine.
func asleep(t *testing.T, srv *mqttx.Server, nl net.Listener, n int) (all []*mqttxtest.Client) {
	t.Helper()
	for i := range n {
		nc, err := net.Dial(nl.Addr().Network(), nl.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c, err := mqttxtest.NewClient(nc, mqttxtest.Options{ClientID: fmt.Sprint("c", i), Will: &mqtt.Message{Topic: "will", Raw: []byte("x")}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		subscribe(t, c, fmt.Sprint("to/", i), mqtt.QoS1)
		all = append(all, c)
	}
	for ctx := wait(t); serving() > 0; time.Sleep(time.Millisecond) {
		for i := range n {
			_ = srv.Send(fmt.Sprint("c", i), "park")
		}
		if ctx.Err() != nil {
			t.Fatal("they keep goroutines")
		}
	}
	return all
}

// TestIdleConnectionsHaveNoGoroutine, and everything reaches them all the same.
func TestIdleConnectionsHaveNoGoroutine(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			const n = 20
			infos, gone := make(chan any, 100*n), make(chan error, n)
			srv := newServer(t, &hooks{
				info:         func(v any) error { infos <- v; return nil },
				disconnected: func(err error) { gone <- err },
			}, mqttx.Options{})
			mqttx.ParkAtOnce(srv)
			addr := "127.0.0.1:0"
			if network == "unix" {
				addr = t.TempDir() + "/s"
			}
			nl, err := net.Listen(network, addr)
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = srv.Serve(context.Background(), nl) }()
			all := asleep(t, srv, nl, n)
			for i, c := range all {
				publish(t, c, fmt.Sprint("to/", (i+1)%n), "hello", mqtt.QoS1)
			}
			for i, c := range all {
				receive(t, c, fmt.Sprint("to/", i), "hello")
			}
			if err := srv.Disconnect("c0", mqtt.ServerBusy); err != nil {
				t.Fatal(err)
			}
			<-gone
			if got := srv.Stats().Connections; got > n {
				t.Errorf("%d connections", got)
			}
			for len(infos) > 0 {
				<-infos
			}
			if err := srv.Send("c1", "word"); err != nil {
				t.Fatal(err)
			}
			if got := <-infos; got != "word" && got != "park" {
				t.Errorf("HandleInfo got %v", got)
			}
			if err := srv.Shutdown(wait(t)); err != nil {
				t.Fatal(err)
			}
			for range n - 1 {
				<-gone
			}
			if got := srv.Stats().Connections; got != 0 {
				t.Errorf("%d connections after Shutdown", got)
			}
		})
	}
}

// TestShutdownWakesIdleConnections while they are parked, and sends their wills.
func TestShutdownWakesIdleConnections(t *testing.T) {
	wills := make(chan string, 100)
	srv := newServer(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		wills <- m.Topic
		return mqttx.Route{}, nil
	}}, mqttx.Options{})
	mqttx.ParkAtOnce(srv)
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(context.Background(), nl) }()
	all := asleep(t, srv, nl, 50)
	if err := srv.Shutdown(wait(t)); err != nil {
		t.Fatal(err)
	}
	for range all {
		if got := <-wills; got != "will" {
			t.Errorf("published %s", got)
		}
	}
}
