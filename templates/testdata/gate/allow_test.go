package gate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/jwt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestEnter: a method that the listener does not take is not asked at all.
func TestEnter(t *testing.T) {
	cert := certificate(t, pkix.Name{CommonName: "c", Organization: []string{"acme"}}, "host")
	for want, in := range map[string]mqttx.Connect{
		"lab":      {ClientID: "c"},
		"operator": {ClientID: "c", HasUserName: true, UserName: "c", Password: []byte("secret")},
		"device":   {ClientID: "c", TLS: &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{cert}}}},
	} {
		for _, methods := range [][]string{nil, {want}, {MethodSecond, MethodMeter}, {}} {
			ok := methods == nil || len(methods) == 1
			h := &handler{}
			c := &connection{handler: h}
			in := in
			in.Methods = methods
			if err := c.Authenticate(t.Context(), &in); (err == nil) != ok || (h.by == want) != ok || !ok && code(err) != mqtt.NotAuthorized || !ok && c.method != 0 {
				t.Errorf("%s where %v are taken: %v, by %q", want, methods, err, h.by)
			}
			if in.Identity.Method != want {
				t.Errorf("%s: the log would name %q", want, in.Identity.Method)
			}
		}
	}
	for methods, want := range map[string]mqtt.ReasonCode{"sso": 0, "lab": mqtt.BadAuthenticationMethod} {
		h := &handler{user: "c"}
		c := &connection{handler: h}
		in := &mqttx.Connect{ClientID: "c", AuthMethod: "GS2-KRB5", Methods: []string{methods}}
		if _, err := c.Exchange(t.Context(), in, []byte("last")); code(err) != want || (h.by == "sso") != (want == 0) {
			t.Errorf("%s: %v by %q", methods, err, h.by)
		}
	}
}

// TestAllow: two listeners of one server, each with methods of its own.
func TestAllow(t *testing.T) {
	srv := gateServer(t)
	ctx, stop := context.WithCancel(context.Background())
	addrs := map[string]net.Addr{}
	var served []chan error
	for name, methods := range map[string][]string{"staff": {MethodOperator}, "lab": {MethodLab, MethodSSO}} {
		nl, err := mqttx.Allow(mqttx.TCP("127.0.0.1:0"), methods...).Listen(ctx)
		if err != nil {
			t.Fatal(err)
		}
		addrs[name] = nl.Addr()
		done := make(chan error, 1)
		served = append(served, done)
		go func() { done <- srv.Serve(ctx, nl) }()
	}
	defer func() {
		stop()
		for _, done := range served {
			<-done
		}
		if err := srv.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	person := mqttxtest.Options{ClientID: "ann", UserName: "ann", Password: "secret"}
	guest := mqttxtest.Options{ClientID: "g"}
	exchange := mqttxtest.Options{ClientID: "s", AuthMethod: "GS2-KRB5", AuthData: []byte("last")}
	for _, tt := range []struct {
		at   string
		o    mqttxtest.Options
		want mqtt.ReasonCode
	}{
		{"staff", person, 0}, {"staff", guest, mqtt.NotAuthorized}, {"staff", exchange, mqtt.BadAuthenticationMethod},
		{"lab", person, mqtt.NotAuthorized}, {"lab", guest, 0}, {"lab", exchange, 0},
	} {
		nc, err := net.Dial("tcp", addrs[tt.at].String())
		if err != nil {
			t.Fatal(err)
		}
		c, err := mqttxtest.NewClient(nc, tt.o)
		if code(err) != tt.want || (err == nil) != (tt.want == 0) {
			t.Errorf("%s at %s: %v", tt.o.ClientID, tt.at, err)
		}
		if c != nil {
			c.Close()
		}
	}
	err := srv.ListenAndServe(t.Context(), mqttx.Allow(mqttx.TCP("127.0.0.1:0"), "metre"))
	if err == nil || !strings.Contains(err.Error(), `did you mean "meter"?`) {
		t.Error(err)
	}
}

// gateServer returns the server of the package, whose keys nobody has.
func gateServer(t *testing.T) *Server {
	t.Helper()
	keys := jwt.Config{Keys: []jwt.Key{{Key: certificate(t, pkix.Name{CommonName: "issuer"}).PublicKey}}}
	srv, err := NewServer(func(*Conn) Handler { return &handler{user: "s"} },
		Options{Options: mqttx.Options{Logger: slog.New(slog.DiscardHandler)}, App: keys, Bare: keys})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}
