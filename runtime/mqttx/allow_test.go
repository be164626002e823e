package mqttx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// memory is a listener in memory.
type memory struct{ ctx context.Context }

func (m memory) Accept() (net.Conn, error) { <-m.ctx.Done(); return nil, net.ErrClosed }
func (m memory) Close() error              { return nil }
func (m memory) Addr() net.Addr            { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "here" }

// wrapped is a listener of the program's own, around another one.
type wrapped struct{ net.Listener }

func (w wrapped) Unwrap() net.Listener { return w.Listener }

func around(l mqttx.Listener) mqttx.Listener {
	return mqttx.ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		nl, err := l.Listen(ctx)
		return wrapped{nl}, err
	})
}

// TestDenyByDefault: a server without auth methods is not reached from other machines.
func TestDenyByDefault(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}}
	optional, required := config.Clone(), config.Clone()
	optional.ClientCAs, optional.ClientAuth = ca.Pool(), tls.VerifyClientCertIfGiven
	required.ClientCAs, required.ClientAuth = ca.Pool(), tls.RequireAndVerifyClientCert
	cert, key := ca.WriteFiles(t.TempDir(), "server", ca.Issue(x509.Certificate{}))
	files, err := mqttx.TLSFiles{Cert: cert, Key: key, ClientCA: ca.WriteFile(t.TempDir(), "ca")}.Config()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		l       mqttx.Listener
		methods []string
		ok      bool
	}{
		"all addresses":             {l: mqttx.TCP(":0")},
		"all of IPv4":               {l: mqttx.TCP("0.0.0.0:0")},
		"behind a proxy":            {l: mqttx.Proxied(mqttx.TCP("0.0.0.0:0"), loopback)},
		"a listener of the program": {l: mqttx.ListenerFunc(func(context.Context) (net.Listener, error) { return net.Listen("tcp", ":0") })},
		"TLS":                       {l: mqttx.TLS(":0", config)},
		"TLS, certificate optional": {l: mqttx.TLS(":0", optional)},
		"TLS, certificate required": {l: mqttx.TLS(":0", required), ok: true},
		"TLS of files":              {l: mqttx.TLS(":0", files), ok: true},
		"TLS behind a proxy":        {l: mqttx.Proxied(around(mqttx.TLS(":0", required)), loopback), ok: true},
		"loopback":                  {l: mqttx.TCP("127.0.0.1:0"), ok: true},
		"loopback, TLS":             {l: mqttx.TLS("127.0.0.1:0", config), ok: true},
		"unix":                      {l: mqttx.Unix(filepath.Join(t.TempDir(), "s")), ok: true},
		"memory":                    {l: mqttx.ListenerFunc(func(ctx context.Context) (net.Listener, error) { return memory{ctx}, nil }), ok: true},
		"told":                      {l: mqttx.TCP(":0"), methods: []string{"anonymous"}, ok: true},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newServer(t, &hooks{}, mqttx.Options{AuthMethods: tt.methods})
			ctx, stop := context.WithCancel(wait(t))
			defer stop()
			served := make(chan error, 1)
			go func() { served <- srv.ListenAndServe(ctx, tt.l) }()
			if tt.ok {
				eventually(t, func() bool { return len(srv.Addrs()) == 1 })
				stop()
			}
			err := <-served
			if (err == nil) != tt.ok || err != nil && !strings.Contains(err.Error(), "Options.AuthMethods, or \"anonymous\"") {
				t.Errorf("ListenAndServe: %v", err)
			}
			if tt.ok {
				return
			}
			nl, err := tt.l.Listen(wait(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := newServer(t, &hooks{}, mqttx.Options{}).Serve(ctx, nl); err == nil || errors.Is(err, mqttx.ErrServerClosed) {
				t.Errorf("Serve: %v", err)
			}
			if nc, err := net.Dial("tcp", nl.Addr().String()); err == nil {
				_ = nc.Close()
				t.Error("it still listens")
			}
		})
	}
}

// elsewhere is a connection that came to an address of a network.
type elsewhere struct{ net.Conn }

func (elsewhere) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1883} }

func TestDenyByDefaultOfConnections(t *testing.T) {
	for methods, ok := range map[string]bool{"": false, "lab": true} {
		var o mqttx.Options
		if methods != "" {
			o.AuthMethods = []string{methods}
		}
		srv := newServer(t, &hooks{}, o)
		server, client := net.Pipe()
		done := make(chan struct{})
		go func() { defer close(done); srv.ServeConn(elsewhere{server}) }()
		c, err := mqttxtest.NewClient(client, mqttxtest.Options{ClientID: "c"})
		if (err == nil) != ok {
			t.Errorf("methods %q: %v", methods, err)
		}
		if c != nil {
			c.Close()
		}
		<-done
		if err := srv.Shutdown(wait(t)); err != nil {
			t.Error(err)
		}
	}
}

// byUser lets clients in by the method that their user name is.
func byUser(c *mqttx.Connect) error {
	c.Identity = mqttx.Identity{Method: c.UserName, User: c.ClientID}
	if c.UserName == "" {
		c.Identity.Method = "lab"
	}
	if c.AuthMethod != "" {
		c.Identity.Method = "meter"
	}
	return nil
}

// exchanging is a handler with enhanced authentication.
type exchanging struct{ hooks }

func (h *exchanging) Exchange(_ context.Context, c *mqttx.Connect, _ []byte) (mqttx.AuthStep, error) {
	return mqttx.Done(nil), h.authenticate(c)
}

// TestAllow: a listener takes the methods that it allows, over whatever it stands around.
func TestAllow(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{Subject: pkix.Name{CommonName: "s"}})}}
	trust := &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}
	var log lines
	h := &exchanging{hooks{authenticate: byUser}}
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return h },
		mqttx.Options{AuthMethods: []string{"device", "operator", "meter", "lab"}, Logger: textLogger(&log),
			Limits: mqttx.Limits{Flaps: -1}}) // many are refused here
	if err != nil {
		t.Fatal(err)
	}
	plain := func(addr net.Addr) (net.Conn, error) { return net.Dial(addr.Network(), addr.String()) }
	secure := func(addr net.Addr) (net.Conn, error) { return tls.Dial("tcp", addr.String(), trust) }
	passed := func(addr net.Addr) (net.Conn, error) {
		nc, err := plain(addr)
		if err == nil {
			_, err = io.WriteString(nc, "PROXY TCP4 10.0.0.7 127.0.0.1 54321 1883\r\n")
		}
		return nc, err
	}
	some := []string{"device", "meter"}
	for _, way := range []struct {
		name string
		l    mqttx.Listener
		dial func(net.Addr) (net.Conn, error)
	}{
		{"TCP", mqttx.Allow(mqttx.TCP("127.0.0.1:0"), some...), plain},
		{"unix", mqttx.Allow(mqttx.Unix(filepath.Join(t.TempDir(), "s")), some...), plain},
		{"TLS", mqttx.Allow(mqttx.TLS("127.0.0.1:0", config), some...), secure},
		{"around a proxy", mqttx.Allow(mqttx.Proxied(mqttx.TCP("127.0.0.1:0"), loopback), some...), passed},
		{"behind a proxy", mqttx.Proxied(mqttx.Allow(mqttx.TCP("127.0.0.1:0"), some...), loopback), passed},
		{"behind a proxy, a listener of the program", mqttx.Proxied(mqttx.Allow(
			mqttx.ListenerFunc(func(context.Context) (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }), some...), loopback), passed},
		{"in a listener of the program", around(mqttx.Allow(mqttx.TCP("127.0.0.1:0"), some...)), plain},
		{"twice", mqttx.Allow(mqttx.Allow(mqttx.TCP("127.0.0.1:0"), "device", "lab", "meter"), "meter", "device", "operator"), plain},
	} {
		t.Run(way.name, func(t *testing.T) {
			nl, err := way.l.Listen(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(wait(t))
			served := make(chan error, 1)
			go func() { served <- srv.Serve(ctx, nl) }()
			defer func() { stop(); <-served }()
			for _, v := range versions {
				for user, ok := range map[string]bool{"device": true, "operator": false, "": false} {
					nc, err := way.dial(nl.Addr())
					if err != nil {
						t.Fatal(err)
					}
					c, err := mqttxtest.NewClient(nc, mqttxtest.Options{ClientID: user + v.String(), Version: v, UserName: user})
					if (err == nil) != ok || err != nil && refused(err) != mqtt.NotAuthorized {
						t.Errorf("%v, user %q: %v", v, user, err)
					}
					if c != nil {
						c.Close()
					}
				}
			}
			nc, err := way.dial(nl.Addr())
			client(t, nc, err, mqttxtest.Options{ClientID: "m", AuthMethod: "M"}).Close()
		})
	}
	only := open(t, srv, mqttx.Allow(mqttx.TCP("127.0.0.1:0"), "lab"))
	nc, err := plain(only)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mqttxtest.NewClient(nc, mqttxtest.Options{ClientID: "m", AuthMethod: "M"}); refused(err) != mqtt.BadAuthenticationMethod {
		t.Errorf("an Authentication Method that is not allowed: %v", err)
	}
	if !strings.Contains(log.String(), `this listener does not take clients of auth method`) || !strings.Contains(log.String(), "method=operator") {
		t.Error("the log does not say it", log.String())
	}
}

// refused returns the code of a refusal, 0 without one.
func refused(err error) mqtt.ReasonCode {
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return r.Code
	}
	return 0
}

// TestAllowIsSeenOrNothingIsAccepted: a rule that a listener of the program's own hides lets nobody in.
func TestAllowIsSeenOrNothingIsAccepted(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{Subject: pkix.Name{CommonName: "s"}})}}
	hidden := mqttx.ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		nl, err := mqttx.Allow(mqttx.TCP("127.0.0.1:0"), "device").Listen(ctx)
		if err != nil {
			return nil, err
		}
		return tls.NewListener(nl, config), nil
	})
	srv := newServer(t, &hooks{authenticate: byUser}, mqttx.Options{AuthMethods: []string{"device", "operator"}})
	err := srv.ListenAndServe(wait(t), hidden)
	if err == nil || !strings.Contains(err.Error(), "Unwrap() net.Listener") || !strings.Contains(err.Error(), "127.0.0.1:") {
		t.Errorf("ListenAndServe: %v", err)
	}
}

func TestAllowNamesWhatIsWrong(t *testing.T) {
	known := []string{"device", "operator"}
	tcp := mqttx.TCP("127.0.0.1:0")
	for want, tt := range map[string]struct {
		l       mqttx.Listener
		methods []string
	}{
		"names no":                 {mqttx.Allow(tcp), known},
		`did you mean "operator"?`: {mqttx.Allow(tcp, "device", "Operater"), known},
		"it has device, operator":  {mqttx.Allow(tcp, "jwt"), known},
		"name those of its":        {mqttx.Allow(tcp, "device"), nil},
		"two rules":                {mqttx.Allow(mqttx.Allow(tcp, "device"), "operator"), known},
	} {
		err := newServer(t, &hooks{}, mqttx.Options{AuthMethods: tt.methods}).ListenAndServe(wait(t), mqttx.TCP("127.0.0.1:0"), tt.l)
		if want == "names no" {
			want = "allows no auth method; name"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return nil }, mqttx.Options{AuthMethods: []string{"a", ""}}); err == nil {
		t.Error("an empty name is taken")
	}
}
