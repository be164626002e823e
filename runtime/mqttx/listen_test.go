package mqttx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// open listens at l, serves srv there, and returns the address.
func open(t testing.TB, srv *mqttx.Server, l mqttx.Listener) net.Addr {
	t.Helper()
	nl, err := l.Listen(t.Context())
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
	return nl.Addr()
}

// client connects over nc.
func client(t testing.TB, nc net.Conn, err error, o mqttxtest.Options) *mqttxtest.Client {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	c, err := mqttxtest.NewClient(nc, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var loopback = netip.MustParsePrefix("127.0.0.0/8")

// TestOneServerOverAllTransports: a session begun over one transport goes on over the next, and retained messages are
// found everywhere.
func TestOneServerOverAllTransports(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}}
	trust := &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}
	srv := newServer(t, &hooks{}, mqttx.Options{})
	socket := filepath.Join(t.TempDir(), "mqtt.sock")
	tcp, secure := open(t, srv, mqttx.TCP("127.0.0.1:0")), open(t, srv, mqttx.TLS("127.0.0.1:0", config))
	unix := open(t, srv, mqttx.Unix(socket))
	passed := open(t, srv, mqttx.Proxied(mqttx.TCP("127.0.0.1:0"), loopback))
	both := open(t, srv, mqttx.Proxied(mqttx.TLS("127.0.0.1:0", config), loopback))
	behindProxy := func(addr net.Addr) (net.Conn, error) {
		nc, err := net.Dial("tcp", addr.String())
		if err == nil {
			_, err = io.WriteString(nc, "PROXY TCP4 10.0.0.7 127.0.0.1 54321 1883\r\n")
		}
		return nc, err
	}
	ways := []struct {
		name string
		dial func() (net.Conn, error)
	}{
		{"TCP", func() (net.Conn, error) { return net.Dial("tcp", tcp.String()) }},
		{"TLS", func() (net.Conn, error) { return tls.Dial("tcp", secure.String(), trust) }},
		{"unix", func() (net.Conn, error) { return net.Dial("unix", unix.String()) }},
		{"PROXY", func() (net.Conn, error) { return behindProxy(passed) }},
		{"PROXY before TLS", func() (net.Conn, error) {
			nc, err := behindProxy(both)
			return tls.Client(nc, trust), err
		}},
		{"pipe", func() (net.Conn, error) {
			server, client := net.Pipe()
			go srv.ServeConn(server)
			return client, nil
		}},
	}
	pub := connectTCP(t, tcp.String(), mqttxtest.Options{ClientID: "pub"})
	if err := pub.PublishMessage(wait(t), &mqtt.Message{Topic: "kept/a", Raw: []byte("still here"), Retain: true, QoS: mqtt.QoS1}); err != nil {
		t.Fatal(err)
	}
	for i, way := range ways {
		for _, v := range versions {
			t.Run(way.name+"/"+v.String(), func(t *testing.T) {
				nc, err := way.dial()
				id := "roamer-" + v.String()
				c := client(t, nc, err, mqttxtest.Options{Version: v, ClientID: id, Resume: true, SessionExpiry: time.Hour})
				defer c.Close()
				if i == 0 {
					subscribe(t, c, "a/"+id, mqtt.QoS2)
				} else {
					receive(t, c, "a/"+id, fmt.Sprint("missed ", i))
				}
				subscribe(t, c, "kept/#", mqtt.QoS1)
				receive(t, c, "kept/a", "still here")
				publish(t, c, "a/"+id, strings.Repeat("large ", 40_000), mqtt.QoS2)
				receive(t, c, "a/"+id, strings.Repeat("large ", 40_000))
				if err := c.Disconnect(); err != nil { // with everything acknowledged
					t.Error(err)
				}
				eventually(t, func() bool { return !slices.Contains(slices.Collect(srv.ClientIDs()), id) })
			})
		}
		for _, v := range versions {
			publish(t, pub, "a/roamer-"+v.String(), fmt.Sprint("missed ", i+1), mqtt.QoS1)
		}
	}
}

// TestClientCertificateReachesTheHandler, and the address behind a proxy does.
func TestClientCertificateReachesTheHandler(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	seen := make(chan string, 1)
	srv := newServer(t, &hooks{authenticate: func(c *mqttx.Connect) error {
		cert, ok := c.Certificate()
		seen <- fmt.Sprint(cert.Subject.CommonName, " ", ok, " ", c.RemoteAddr)
		return nil
	}}, mqttx.Options{})
	addr := open(t, srv, mqttx.Proxied(mqttx.TLS("127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}, ClientCAs: ca.Pool(), ClientAuth: tls.VerifyClientCertIfGiven,
	}), loopback))
	for _, certs := range [][]tls.Certificate{nil, {ca.Issue(x509.Certificate{Subject: pkix.Name{CommonName: "t-17"}})}} {
		nc := dial(t, addr.String())
		if _, err := io.WriteString(nc, "PROXY TCP6 2001:db8::7 ::1 54321 1883\r\n"); err != nil {
			t.Fatal(err)
		}
		client(t, tls.Client(nc, &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost", Certificates: certs}), nil, mqttxtest.Options{})
		want := " false [2001:db8::7]:54321"
		if certs != nil {
			want = "t-17 true [2001:db8::7]:54321"
		}
		if got := <-seen; got != want {
			t.Errorf("the handler saw %q, want %q", got, want)
		}
	}
}

// TestHandshakesHoldNobodyUp: silent and wrong peers at a TLS listener; others come through, and the log and the counters
// name them.
func TestHandshakesHoldNobodyUp(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	var log lines
	srv := newServer(t, &hooks{}, mqttx.Options{Logger: textLogger(&log)})
	addr := open(t, srv, mqttx.TLS("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}}))
	for range 50 {
		dial(t, addr.String()) // says nothing
	}
	wrong := dial(t, addr.String())
	if _, err := io.WriteString(wrong, "\x10\x10\x00\x04MQTT"); err != nil {
		t.Fatal(err)
	}
	old := &tls.Config{RootCAs: ca.Pool(), MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if nc, err := tls.Dial("tcp", addr.String(), old); err == nil {
		_ = nc.Close()
		t.Error("TLS 1.1 is spoken")
	}
	nc, err := tls.Dial("tcp", addr.String(), &tls.Config{RootCAs: ca.Pool()})
	publish(t, client(t, nc, err, mqttxtest.Options{}), "a", "b", mqtt.QoS1)
	eventually(t, func() bool {
		return srv.Stats().ConnectErrors == 2 && strings.Contains(log.String(), "first record does not look like a TLS handshake")
	})
}

// TestProxiedTrustsNobodyElse: neither a peer that is not in the list, nor one that sends no header, gets through.
func TestProxiedTrustsNobodyElse(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	far := open(t, srv, mqttx.Proxied(mqttx.TCP("127.0.0.1:0"), netip.MustParsePrefix("10.0.0.0/8")))
	near := open(t, srv, mqttx.Proxied(mqttx.TCP("127.0.0.1:0"), loopback))
	for addr, text := range map[net.Addr]string{
		far:  "PROXY TCP4 10.0.0.7 127.0.0.1 54321 1883\r\n",
		near: "\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07unknown",
	} {
		nc := dial(t, addr.String())
		_, _ = io.WriteString(nc, text)
		if b, _ := io.ReadAll(nc); len(b) > 0 {
			t.Errorf("%q was answered with % x", text, b)
		}
	}
	eventually(t, func() bool { return srv.Stats().ConnectErrors == 2 })
	if srv.Stats().Connects != 0 {
		t.Error("somebody was let in")
	}
}

func TestBadListeners(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("unix", filepath.Join(dir, "busy"))
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	srv := newServer(t, &hooks{}, mqttx.Options{})
	for want, l := range map[string]mqttx.Listener{
		"no certificate":                mqttx.TLS(":0", nil),
		"mqttx.TLSFiles makes one":      mqttx.TLS(":0", &tls.Config{}),
		"the TCP address is empty":      mqttx.TLS("", &tls.Config{Certificates: []tls.Certificate{{}}}),
		"write :1883 for all":           mqttx.TCP("1883"),
		"unix socket is empty":          mqttx.Unix(""),
		"is no socket":                  mqttx.Unix(file),
		"another program listens on":    mqttx.Unix(busy.Addr().String()),
		"100 bytes at most":             mqttx.Unix(filepath.Join(dir, strings.Repeat("long", 60))),
		"no trusted address":            mqttx.Proxied(mqttx.TCP(":0")),
		"is no prefix":                  mqttx.Proxied(mqttx.TCP(":0"), netip.Prefix{}),
		"listen: the TCP address is em": mqttx.Proxied(mqttx.TCP(""), loopback),
	} {
		if err := srv.ListenAndServe(t.Context(), l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestUnixSocketFile: the mode, a file that is left over, and that none is left.
func TestUnixSocketFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mqtt.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_ = left.Close()
	nl, err := mqttx.Unix(path, 0o660).Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info, err)
	}
	_ = nl.Close()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
}

// TestTLSFiles replaces the files under a server: new handshakes get the new ones, broken ones change nothing, and
// connections that are open stay.
func TestTLSFiles(t *testing.T) {
	dir := t.TempDir()
	ca := mqttxtest.NewAuthority(t)
	var log lines
	write := func(cn string) {
		ca.WriteFiles(dir, "server", ca.Issue(x509.Certificate{Subject: pkix.Name{CommonName: cn}}))
	}
	write("first")
	files := mqttx.TLSFiles{
		Cert: filepath.Join(dir, "server.pem"), Key: filepath.Join(dir, "server.key"), ClientCA: ca.WriteFile(dir, "ca"),
		Logger: textLogger(&log),
	}
	// The clock of a bubble: files are looked at once a second.
	synctest.Test(t, func(t *testing.T) {
		config, err := files.Config()
		if err != nil {
			t.Fatal(err)
		}
		if config.MinVersion != tls.VersionTLS12 || config.ClientAuth != tls.RequireAndVerifyClientCert {
			t.Errorf("%+v", config)
		}
		serves := func(want string) {
			t.Helper()
			c, err := config.GetConfigForClient(nil)
			if err != nil {
				t.Fatal(err)
			}
			leaf, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
			if err != nil || leaf.Subject.CommonName != want {
				t.Errorf("serves %v, %v, want %s", leaf.Subject, err, want)
			}
		}
		serves("first")
		write("second")
		serves("first") // not looked at yet
		time.Sleep(time.Second)
		serves("second")
		if err := os.WriteFile(files.Key, []byte("half a fi"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(time.Second)
			serves("second")
		}
		if n := strings.Count(log.String(), "cannot be used"); n != 1 {
			t.Errorf("%d complaints:\n%s", n, log.String())
		}
		write("third, of another length")
		time.Sleep(time.Second)
		serves("third, of another length")
	})
}

// TestTLSFilesServe: a server whose certificates and authorities change while a client is connected.
func TestTLSFilesServe(t *testing.T) {
	dir := t.TempDir()
	ca, other := mqttxtest.NewAuthority(t), mqttxtest.NewAuthority(t)
	cert, key := ca.WriteFiles(dir, "server", ca.Issue(x509.Certificate{}))
	files := mqttx.TLSFiles{Cert: cert, Key: key, ClientCA: ca.WriteFile(dir, "ca"), Logger: textLogger(io.Discard)}
	config, err := files.Config()
	if err != nil {
		t.Fatal(err)
	}
	addr := open(t, newServer(t, &hooks{}, mqttx.Options{}), mqttx.TLS("127.0.0.1:0", config))
	connect := func(ca *mqttxtest.Authority) (*mqttxtest.Client, error) {
		nc, err := tls.Dial("tcp", addr.String(), &tls.Config{
			RootCAs: ca.Pool(), Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})},
		})
		if err != nil {
			return nil, err
		}
		return mqttxtest.NewClient(nc, mqttxtest.Options{})
	}
	first, err := connect(ca)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	other.WriteFiles(dir, "server", other.Issue(x509.Certificate{}))
	other.WriteFile(dir, "ca")
	eventually(t, func() bool {
		c, err := connect(other)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	if _, err := connect(ca); err == nil {
		t.Error("the old authority still counts")
	}
	publish(t, first, "a", "still connected", mqtt.QoS1)
}

func TestBadTLSFiles(t *testing.T) {
	dir := t.TempDir()
	ca := mqttxtest.NewAuthority(t)
	cert, key := ca.WriteFiles(dir, "server", ca.Issue(x509.Certificate{}))
	_, otherKey := ca.WriteFiles(dir, "other", ca.Issue(x509.Certificate{}))
	for want, files := range map[string]mqttx.TLSFiles{
		"name both":                   {Cert: cert},
		"no such file":                {Cert: cert, Key: filepath.Join(dir, "none")},
		"private key does not match":  {Cert: cert, Key: otherKey},
		"client authorities":          {Cert: cert, Key: key, ClientCA: filepath.Join(dir, "none")},
		"no certificate in PEM form":  {Cert: cert, Key: key, ClientCA: key},
		"failed to find any PEM data": {Cert: dir + "/../" + filepath.Base(dir) + "/empty", Key: key},
	} {
		_ = os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600)
		if _, err := files.Config(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
