package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func textLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// listen serves srv on a loopback port, on real sockets, until the test ends.
func listen(t testing.TB, srv *mqttx.Server) string {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background(), nl) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, mqttx.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return nl.Addr().String()
}

func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

func connectTCP(t testing.TB, addr string, o mqttxtest.Options) *mqttxtest.Client {
	t.Helper()
	c, err := mqttxtest.NewClient(dial(t, addr), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestOverTCP(t *testing.T) {
	addr := listen(t, newServer(t, &hooks{}, mqttx.Options{}))
	for _, v := range versions {
		sub := connectTCP(t, addr, mqttxtest.Options{Version: v, ClientID: "sub"})
		pub := connectTCP(t, addr, mqttxtest.Options{Version: v, ClientID: "pub"})
		subscribe(t, sub, "#", mqtt.QoS2)
		for i := range 300 {
			publish(t, pub, "a/b", strings.Repeat(fmt.Sprint(i, " "), i*3), mqtt.QoS(i%3))
		}
		for i := range 300 {
			receive(t, sub, "a/b", strings.Repeat(fmt.Sprint(i, " "), i*3))
		}
		sub.Close()
		pub.Close()
	}
}

// TestGarbage keeps a well-behaved pair running while others send rubbish.
func TestGarbage(t *testing.T) {
	addr := listen(t, newServer(t, &hooks{}, mqttx.Options{}))
	sub := connectTCP(t, addr, mqttxtest.Options{ClientID: "sub"})
	subscribe(t, sub, "ok", mqtt.QoS1)
	r := rand.New(rand.NewPCG(7, 7))
	connect := "\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x03bad"
	for i := range 300 {
		nc := dial(t, addr)
		junk := make([]byte, r.IntN(200))
		for j := range junk {
			junk[j] = byte(r.Uint32())
		}
		if i%2 == 0 {
			junk = append([]byte(connect), junk...)
		}
		_, _ = nc.Write(junk)
		_ = nc.Close()
		if i%50 == 0 {
			publish(t, sub, "ok", fmt.Sprint(i), mqtt.QoS1)
			receive(t, sub, "ok", fmt.Sprint(i))
		}
	}
	for name, bytes := range map[string]string{
		"not MQTT":                   "GET / HTTP/1.1\r\n\r\n",
		"declared length of 256 MB":  "\x10\xff\xff\xff\x7f",
		"fifth length byte":          "\x10\xff\xff\xff\xff\x01",
		"PUBLISH before CONNECT":     "\x30\x03\x00\x01a",
		"large packet after CONNECT": connect + "\x30\xff\xff\xff\x7f",
		"QoS 3":                      connect + "\x36\x05\x00\x01a\x00\x01",
		"second CONNECT":             connect + connect,
	} {
		nc := dial(t, addr)
		_, _ = nc.Write([]byte(bytes))
		_ = nc.SetReadDeadline(time.Now().Add(10 * time.Second))
		answer, err := io.ReadAll(nc)
		if err != nil && errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the connection stays open", name)
		}
		told := len(answer) >= 4 && answer[len(answer)-4]&0xF0 == 0xE0 || strings.Contains(string(answer), "\xe0")
		if strings.HasPrefix(bytes, connect) && !told {
			t.Errorf("%s: no DISCONNECT in %x", name, answer)
		}
	}
	publish(t, sub, "ok", "still here", mqtt.QoS1)
	receive(t, sub, "ok", "still here")
}

func TestOneByteForEachWrite(t *testing.T) {
	addr := listen(t, newServer(t, &hooks{}, mqttx.Options{}))
	nc := dial(t, addr)
	packets := "\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x03one" + "\x82\x07\x00\x01\x00\x00\x01a\x00" + "\x30\x05\x00\x01a\x00x"
	for i := range len(packets) {
		if _, err := nc.Write([]byte{packets[i]}); err != nil {
			t.Fatal(err)
		}
	}
	_ = nc.SetReadDeadline(time.Now().Add(10 * time.Second))
	want := "\x30\x05\x00\x01a\x00x"
	var got []byte
	for !strings.HasSuffix(string(got), want) {
		var b [100]byte
		n, err := nc.Read(b[:])
		if err != nil {
			t.Fatalf("%v after %x", err, got)
		}
		got = append(got, b[:n]...)
	}
}

func TestTenThousandPacketsInOneWrite(t *testing.T) {
	addr := listen(t, newServer(t, &hooks{}, mqttx.Options{Queues: mqttx.Queues{Outbox: 4 << 20}}))
	sub := connectTCP(t, addr, mqttxtest.Options{ClientID: "sub"})
	subscribe(t, sub, "a", mqtt.QoS0)
	nc := dial(t, addr)
	const n = 10_000
	packets := "\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x03one"
	for i := range n {
		packets += fmt.Sprintf("\x30\x09\x00\x01a\x00%05d", i)
	}
	if _, err := nc.Write([]byte(packets)); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		receive(t, sub, "a", fmt.Sprintf("%05d", i))
	}
}

// TestSlowSubscriberDelaysNobody has a subscriber that never reads, beside one
// that does.
func TestSlowSubscriberDelaysNobody(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{Queues: mqttx.Queues{Outbox: 64 << 10}})
	addr := listen(t, srv)
	fast := connectTCP(t, addr, mqttxtest.Options{ClientID: "fast"})
	subscribe(t, fast, "x", mqtt.QoS1)
	slow := dial(t, addr)
	_, err := slow.Write([]byte("\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x03slo" + "\x82\x07\x00\x01\x00\x00\x01x\x01"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(slow, make([]byte, 5)); err != nil { // CONNACK and more: it is in
		t.Fatal(err)
	}
	payload := strings.Repeat("p", 10_000)
	for i := range 2000 {
		publish(t, fast, "x", payload, mqtt.QoS(i%2))
		receive(t, fast, "x", payload)
	}
	if srv.Stats().Dropped == 0 {
		t.Error("nothing was dropped for a subscriber that never reads")
	}
}

// TestStuckHandlerDelaysNoEarlierPacket: what came before a handler that
// blocks, in the same read, goes out all the same.
func TestStuckHandlerDelaysNoEarlierPacket(t *testing.T) {
	release := make(chan struct{})
	addr := listen(t, newServer(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		if m.Topic == "b" {
			<-release
		}
		return mqttx.Route{Relay: true}, nil
	}}, mqttx.Options{}))
	defer close(release)
	sub := connectTCP(t, addr, mqttxtest.Options{ClientID: "sub"})
	subscribe(t, sub, "#", mqtt.QoS0)
	nc := dial(t, addr)
	_, err := nc.Write([]byte("\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x03two" + "\x30\x05\x00\x01a\x001" + "\x30\x05\x00\x01b\x002"))
	if err != nil {
		t.Fatal(err)
	}
	receive(t, sub, "a", "1")
}

func TestShutdown(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	addr := listen(t, srv)
	c := connectTCP(t, addr, mqttxtest.Options{ClientID: "c"})
	old := connectTCP(t, addr, mqttxtest.Options{ClientID: "old", Version: mqtt.V311})
	if err := srv.Shutdown(wait(t)); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	<-old.Done()
	var r *mqtt.Refusal
	if !errors.As(c.Err(), &r) || r.Code != mqtt.ServerShuttingDown {
		t.Errorf("ended with %v", c.Err())
	}
	if errors.As(old.Err(), &r) && r.Disconnect && old.Err() == nil {
		t.Errorf("a 3.1.1 client got a DISCONNECT: %v", old.Err())
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("the server still listens")
	}
}

func TestShutdownNeverWaitsForAStuckHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck, release := make(chan struct{}), make(chan struct{})
		var ended error
		srv := newServer(t, &hooks{publish: func(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
			close(stuck)
			<-release
			ended = ctx.Err()
			return mqttx.Route{}, nil
		}}, mqttx.Options{})
		client, server := net.Pipe()
		served := make(chan struct{})
		go func() { srv.ServeConn(server); close(served) }()
		c, err := mqttxtest.NewClient(client, mqttxtest.Options{ClientID: "c"})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Publish(t.Context(), "x", "", mqtt.QoS0); err != nil {
			t.Fatal(err)
		}
		<-stuck
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		begin := time.Now()
		if err := srv.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		if d := time.Since(begin); d != 3*time.Second {
			t.Errorf("Shutdown took %v with a deadline of 3 s", d)
		}
		close(release)
		<-served
		c.Close()
		if ended == nil {
			t.Error("the context of the stuck handler was not cancelled")
		}
	})
}

func TestDisconnectByTheServer(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	net := mqttxtest.Start(t, srv)
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	if err := srv.Disconnect("c", mqttx.UseAnotherServer, mqttx.UserProperty{Key: "why", Value: "move"}); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	var r *mqtt.Refusal
	if !errors.As(c.Err(), &r) || r.Code != mqtt.UseAnotherServer || !slices.Contains(r.Properties, mqtt.UserProperty{Key: "why", Value: "move"}) {
		t.Errorf("ended with %v", c.Err())
	}
	if err := srv.Disconnect("c", mqttx.UseAnotherServer); !errors.Is(err, mqttx.ErrNotConnected) {
		t.Errorf("disconnect of a client that is away: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	srv := newServer(t, &hooks{}, mqttx.Options{})
	err = srv.ListenAndServe(context.Background(), mqttx.TCP("127.0.0.1:0"), mqttx.TCP(nl.Addr().String()))
	if err == nil || !strings.Contains(err.Error(), "another program listens on "+nl.Addr().String()) {
		t.Errorf("listen on a port in use: %v", err)
	}
	if n := len(srv.Addrs()); n != 0 {
		t.Errorf("%d listeners are left open", n)
	}
}

func TestEmptyAddress(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	if err := srv.ListenAndServe(context.Background(), mqttx.TCP("")); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1883") {
		t.Errorf("listen on an empty address: %v", err)
	}
}

func TestListenAndServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	srv := newServer(t, &hooks{}, mqttx.Options{})
	done := make(chan error, 1)
	go func() { done <- srv.ListenAndServe(ctx, mqttx.TCP("127.0.0.1:0")) }()
	for len(srv.Addrs()) == 0 {
		select {
		case err := <-done:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	c := connectTCP(t, srv.Addrs()[0].String(), mqttxtest.Options{ClientID: "c"})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ListenAndServe: %v", err)
	}
	<-c.Done()
}

func TestOptions(t *testing.T) {
	for _, o := range []mqttx.Options{
		{MaxPacketSize: -1}, {MaxPacketSize: 1 << 30}, {ReceiveMaximum: 70_000}, {Queues: mqttx.Queues{Bytes: -5}}, {Versions: []mqttx.Version{9}},
	} {
		if _, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return &hooks{} }, o); err == nil {
			t.Errorf("options %+v were taken", o)
		}
	}
	if _, err := mqttx.NewServer(nil, mqttx.Options{}); err == nil {
		t.Error("a nil newHandler was taken")
	}
}
