package websocket_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
	"github.com/mqttx-gen/mqttx-gen/runtime/websocket"
)

type everyone struct{}

func (everyone) Authenticate(context.Context, *mqttx.Connect) error { return nil }

func (everyone) Publish(context.Context, *mqttx.Message) (mqttx.Route, error) {
	return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
}

func (everyone) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	return s.QoS, nil
}

func newServer(t *testing.T) *mqttx.Server {
	t.Helper()
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return everyone{} }, mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func shutdown(t *testing.T, srv *mqttx.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// listen serves srv at l until the test ends.
func listen(t *testing.T, srv *mqttx.Server, l mqttx.Listener) string {
	t.Helper()
	nl, err := l.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background(), nl) }()
	t.Cleanup(func() {
		shutdown(t, srv)
		if err := <-served; !errors.Is(err, mqttx.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return nl.Addr().String()
}

// peer is a client's side of a WebSocket connection. Each Write is cut into frames of so many bytes, in fragments of one
// message, with pings between.
type peer struct {
	net.Conn
	cut int
	in  io.Reader // of the frame that is being read
	br  io.Reader
	// closed is told the code of the server's close frame.
	closed chan ws.StatusCode
}

func dial(t *testing.T, d ws.Dialer, url string, cut int) *peer {
	t.Helper()
	if d.Protocols == nil {
		d.Protocols = []string{"mqtt"}
	}
	nc, br, hs, err := d.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if hs.Protocol != d.Protocols[len(d.Protocols)-1] {
		t.Errorf("the server chose %q of %q", hs.Protocol, d.Protocols)
	}
	t.Cleanup(func() { _ = nc.Close() })
	p := &peer{Conn: nc, cut: cut, br: nc, closed: make(chan ws.StatusCode, 1)}
	if br != nil {
		p.br = io.MultiReader(io.LimitReader(br, int64(br.Buffered())), nc)
	}
	return p
}

func (p *peer) Write(b []byte) (n int, err error) {
	op := ws.OpBinary
	for first := true; first || n < len(b); first = false {
		part := b[n:min(n+p.cut, len(b))]
		n += len(part)
		f := ws.NewFrame(op, n == len(b), append([]byte(nil), part...))
		if err := ws.WriteFrame(p.Conn, ws.MaskFrameInPlace(f)); err != nil {
			return n, err
		}
		if first {
			if err := ws.WriteFrame(p.Conn, ws.MaskFrameInPlace(ws.NewPingFrame([]byte("ping")))); err != nil {
				return n, err
			}
		}
		op = ws.OpContinuation
	}
	return n, nil
}

func (p *peer) Read(b []byte) (int, error) {
	for {
		if p.in != nil {
			if n, err := p.in.Read(b); n > 0 || err != io.EOF {
				return n, err
			}
		}
		h, err := ws.ReadHeader(p.br)
		if err != nil {
			return 0, err
		}
		p.in = io.LimitReader(p.br, h.Length)
		switch h.OpCode {
		case ws.OpBinary, ws.OpContinuation:
		case ws.OpClose:
			payload, _ := io.ReadAll(p.in)
			code, _ := ws.ParseCloseFrameData(payload)
			p.closed <- code
			_ = ws.WriteFrame(p.Conn, ws.MaskFrameInPlace(ws.NewCloseFrame(payload)))
			return 0, io.EOF
		default:
			_, _ = io.Copy(io.Discard, p.in)
		}
	}
}

func wait(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// exchange sends messages of many sizes to itself.
func exchange(t *testing.T, nc net.Conn, version mqtt.Version) {
	t.Helper()
	c, err := mqttxtest.NewClient(nc, mqttxtest.Options{Version: version, ClientID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Subscribe(wait(t), "a/#", mqtt.QoS2); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		payload := strings.Repeat("x", 20*i*i)
		if err := c.Publish(wait(t), "a/b", payload, mqtt.QoS(i%3)); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Receive(wait(t)); err != nil || string(m.Raw) != payload {
			t.Fatalf("received %d bytes, %v, want %d", len(m.Raw), err, len(payload))
		}
	}
}

// TestMQTTOverWebSocket: frames that hold many packets, and packets that span many frames [MQTT-6.0.0-2].
func TestMQTTOverWebSocket(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	secure := websocket.Options{TLS: &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}}}
	srv := newServer(t)
	plainAddr := listen(t, srv, websocket.Listen("127.0.0.1:0", websocket.Options{}))
	secureAddr := listen(t, srv, websocket.Listen("127.0.0.1:0", secure))
	proxied := listen(t, srv, mqttx.Proxied(websocket.Listen("127.0.0.1:0", secure), netip.MustParsePrefix("127.0.0.0/8")))
	own := httptest.NewServer(websocket.Handler(srv, websocket.Options{}))
	defer own.Close()
	ownSecure := httptest.NewTLSServer(websocket.Handler(srv, websocket.Options{}))
	defer ownSecure.Close()
	behindProxy := func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := net.Dial(network, addr)
		if err == nil {
			_, err = io.WriteString(nc, "PROXY TCP4 10.0.0.7 127.0.0.1 54321 443\r\n")
		}
		return nc, err
	}
	trust := &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}
	for name, way := range map[string]struct {
		d   ws.Dialer
		url string
	}{
		"ws":           {ws.Dialer{}, "ws://" + plainAddr + "/mqtt"},
		"ws, 3.1":      {ws.Dialer{Protocols: []string{"mqttv3.1"}}, "ws://" + plainAddr},
		"ws, many":     {ws.Dialer{Protocols: []string{"graphql", "mqtt"}}, "ws://" + plainAddr},
		"wss":          {ws.Dialer{TLSConfig: trust}, "wss://" + secureAddr},
		"PROXY":        {ws.Dialer{TLSConfig: trust, NetDial: behindProxy}, "wss://" + proxied},
		"http.Handler": {ws.Dialer{}, "ws" + strings.TrimPrefix(own.URL, "http")},
		"https": {ws.Dialer{TLSConfig: &tls.Config{RootCAs: ownSecure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"}},
			"ws" + strings.TrimPrefix(ownSecure.URL, "http")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, version := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
				for _, cut := range []int{99, 1 << 20} {
					exchange(t, dial(t, way.d, way.url, cut), version)
				}
			}
		})
	}
	shutdown(t, srv)
}

// TestTextFrame: a text frame is answered with close code 1003 [MQTT-6.0.0-1].
func TestTextFrame(t *testing.T) {
	addr := listen(t, newServer(t), websocket.Listen("127.0.0.1:0", websocket.Options{}))
	p := dial(t, ws.Dialer{}, "ws://"+addr, 100)
	if err := ws.WriteFrame(p.Conn, ws.MaskFrameInPlace(ws.NewTextFrame([]byte("hello")))); err != nil {
		t.Fatal(err)
	}
	_, _ = p.Read(make([]byte, 1))
	if code := <-p.closed; code != ws.StatusUnsupportedData {
		t.Errorf("close code %d", code)
	}
}

// TestShutdownSendsTheCloseFrame, after the DISCONNECT that 5.0 has.
func TestShutdownSendsTheCloseFrame(t *testing.T) {
	for _, version := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		srv := newServer(t)
		addr := listen(t, srv, websocket.Listen("127.0.0.1:0", websocket.Options{}))
		p := dial(t, ws.Dialer{}, "ws://"+addr, 100)
		connect := "\x10\x0d\x00\x04MQTT" + string(rune(version)) + "\x02\x00\x00\x00\x01c"
		last := "" // 3.x has no DISCONNECT from servers
		switch version {
		case mqtt.V31:
			connect = "\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x00\x00\x01c"
		case mqtt.V5:
			connect = "\x10\x0e\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01c"
			last = "\xe0\x01\x8b"
		}
		if _, err := io.WriteString(p, connect); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(p, make([]byte, 4)); err != nil { // of CONNACK
			t.Fatal(err)
		}
		rest := make(chan []byte)
		go func() { b, _ := io.ReadAll(p); rest <- b }()
		shutdown(t, srv)
		if b := <-rest; !strings.HasSuffix(string(b), last) {
			t.Errorf("MQTT %v: the last packet is % x", version, b)
		}
		if code := <-p.closed; code != ws.StatusNormalClosure {
			t.Errorf("close code %d", code)
		}
	}
}

// TestRefusedHandshakes answers requests that are none of ours.
func TestRefusedHandshakes(t *testing.T) {
	srv := newServer(t)
	addr := listen(t, srv, websocket.Listen("127.0.0.1:0", websocket.Options{Path: "/mqtt", Origins: []string{"https://app.example"}}))
	request := func(method, path string, headers ...string) string {
		return method + " " + path + " HTTP/1.1\r\nHost: broker.example:8083\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + strings.Join(append(headers, "\r\n"), "\r\n")
	}
	const mqttToo = "Sec-WebSocket-Protocol: mqtt"
	refused := int64(0)
	for text, want := range map[string]string{
		request("GET", "/mqtt", mqttToo):                                       "101",
		request("GET", "/mqtt?client=1", mqttToo):                              "101",
		request("GET", "/mqtt", mqttToo, "Origin: https://app.example"):        "101",
		request("GET", "/mqtt", mqttToo, "Origin: http://broker.example:8083"): "101",
		request("GET", "/mqtt", mqttToo, "Origin: https://evil.example"):       "403",
		request("GET", "/mqtt", mqttToo, "Origin: null"):                       "403",
		request("GET", "/other", mqttToo):                                      "404",
		request("POST", "/mqtt", mqttToo):                                      "405",
		request("GET", "/mqtt"):                                                "400",
		request("GET", "/mqtt", "Sec-WebSocket-Protocol: graphql"):             "400",
		request("GET", "/mqtt", mqttToo, "X: "+strings.Repeat("x", 20_000)):    "431",
		"GET /mqtt HTTP/1.1\r\nHost: a\r\n\r\n":                                "4",
		"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07unknown\r\n\r\n":          "",
	} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(nc, text) }()
		line, _ := bufio.NewReader(nc).ReadString('\n')
		if !strings.HasPrefix(strings.TrimPrefix(line, "HTTP/1.1 "), want) {
			t.Errorf("%.300q was answered with %q, want %s", text, line, want)
		}
		if want != "101" {
			refused++
		}
		_ = nc.Close()
	}
	for srv.Stats().ConnectErrors < refused {
		if wait(t).Err() != nil {
			t.Fatal("not all are counted")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestBadOptions(t *testing.T) {
	for want, o := range map[string]websocket.Options{
		"does not begin with /": {Path: "mqtt"},
		"is none such as":       {Origins: []string{"example.com"}},
		"handshake timeout":     {HandshakeTimeout: -1},
		"no certificate":        {TLS: &tls.Config{}},
	} {
		if _, err := websocket.Listen("127.0.0.1:0", o).Listen(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestHandshakeTimeout: whoever sends half a request is cut off.
func TestHandshakeTimeout(t *testing.T) {
	addr := listen(t, newServer(t), websocket.Listen("127.0.0.1:0", websocket.Options{HandshakeTimeout: 50 * time.Millisecond}))
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_, _ = io.WriteString(nc, "GET / HTTP/1.1\r\nHost: ")
	if b, err := io.ReadAll(nc); len(b) > 0 || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}
