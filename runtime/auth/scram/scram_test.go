package scram

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func decode(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors are the examples of RFC 7677 section 3 and, for SHA-512, of the same
// exchange, computed with another implementation (Python's hashlib and hmac).
var vectors = []struct{ mechanism, salt, nonce, first, answer, final, last string }{
	{
		SHA256, "W22ZaJ0SNY7soEsUEjb6gQ==", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
		"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
	},
	{
		SHA512, "W22ZaJ0SNY7soEsUEjb6gQ==", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
		"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
		"v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==",
	},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		kept, err := credentials(v.mechanism, "pencil", decode(t, v.salt), 4096)
		if err != nil {
			t.Fatal(err)
		}
		s, err := New("meter", Config{}, v.mechanism)
		if err != nil {
			t.Fatal(err)
		}
		s.nonce = func() string { return v.nonce }
		var x Exchange
		c := &auth.Connect{AuthMethod: v.mechanism}
		lookup := func(user string) (auth.ScramCredentials, error) {
			if user != "user" {
				t.Errorf("user %q", user)
			}
			return kept, nil
		}
		step, err := s.Step(&x, c, []byte(v.first), lookup)
		if err != nil || step.Done || string(step.Data) != v.answer {
			t.Fatalf("%s: %q, %v", v.mechanism, step.Data, err)
		}
		step, err = s.Step(&x, c, []byte(v.final), lookup)
		if err != nil || !step.Done || string(step.Data) != v.last || c.Identity != (auth.Identity{Method: "meter", User: "user"}) {
			t.Errorf("%s: %q, %v, %+v", v.mechanism, step.Data, err, c.Identity)
		}
	}
}

// login runs a whole exchange between the library's client and a server.
func login(t testing.TB, s *Server, c *auth.Connect, conversation *scram.ClientConversation, lookup Lookup) (first string, err error) {
	t.Helper()
	var x Exchange
	message, err := conversation.Step("")
	if err != nil {
		t.Fatal(err)
	}
	step, err := s.Step(&x, c, []byte(message), lookup)
	if err != nil {
		return "", err
	}
	first = string(step.Data)
	if message, err = conversation.Step(first); err != nil {
		t.Fatal(err)
	}
	if step, err = s.Step(&x, c, []byte(message), lookup); err != nil {
		return first, err
	}
	if _, err := conversation.Step(string(step.Data)); err != nil || !conversation.Valid() || !step.Done {
		t.Errorf("the server did not prove itself: %v", err)
	}
	return first, nil
}

func client(t testing.TB, mechanism, user, password string) *scram.Client {
	t.Helper()
	c, err := hashes[mechanism].of.NewClient(user, password, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func server(t testing.TB, c Config, mechanism string) *Server {
	t.Helper()
	s, err := New("meter", c, mechanism)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLogin(t *testing.T) {
	for _, mechanism := range []string{SHA256, SHA512} {
		s := server(t, Config{}, mechanism)
		kept, err := NewCredentials(mechanism, "p\u00e4ss,=", 0)
		if err != nil || kept.Iterations != defaultIterations || len(kept.Salt) != saltBytes {
			t.Fatalf("%+v, %v", kept, err)
		}
		other, _ := NewCredentials(mechanism, "p\u00e4ss,=", 0)
		if bytes.Equal(other.Salt, kept.Salt) || bytes.Equal(other.StoredKey, kept.StoredKey) {
			t.Error("two users have one salt")
		}
		lookup := func(user string) (auth.ScramCredentials, error) {
			if user == "ann,=" || user == "IX" {
				return kept, nil
			}
			return auth.ScramCredentials{}, nil
		}
		for _, tt := range []struct {
			user, password string
			ok             bool
		}{
			{"ann,=", "p\u00e4ss,=", true},
			{"ann,=", "pa\u0308ss,=", true}, // the same by SASLprep
			{"\u2168", "p\u00e4ss,=", true}, // the Roman number IX
			{"ann,=", "Passw0rd", false},
			{"bob", "p\u00e4ss,=", false},
		} {
			c := &auth.Connect{AuthMethod: mechanism}
			_, err := login(t, s, c, client(t, mechanism, tt.user, tt.password).NewConversation(), lookup)
			if (err == nil) != tt.ok || tt.ok && c.Identity.User == "" || err != nil && strings.Contains(err.Error(), tt.password) {
				t.Errorf("%s %s: %v, %+v", tt.user, tt.password, err, c.Identity)
			}
		}
	}
}

// TestUnknown: an unknown user looks as one with a wrong password does: always
// the same salt, of the same length, and a refusal at the end.
func TestUnknown(t *testing.T) {
	kept, _ := NewCredentials(SHA256, "secret", 0)
	lookups := map[string]Lookup{
		"wrong password": func(string) (auth.ScramCredentials, error) { return kept, nil },
		"no credentials": func(string) (auth.ScramCredentials, error) { return auth.ScramCredentials{}, nil },
		"error":          func(string) (auth.ScramCredentials, error) { return kept, errors.New("not there") },
		"other hash": func(string) (auth.ScramCredentials, error) {
			k, err := NewCredentials(SHA512, "wrong", 0)
			return k, err
		},
		"few iterations": func(string) (auth.ScramCredentials, error) { k := kept; k.Iterations = 1; return k, nil },
	}
	secret := []byte("0123456789abcdef")
	salts := map[string]bool{}
	for name, lookup := range lookups {
		var before string
		for range 2 {
			s := server(t, Config{Secret: secret}, SHA256) // as after a restart
			first, err := login(t, s, &auth.Connect{AuthMethod: SHA256}, client(t, SHA256, "ann", "wrong").NewConversation(), lookup)
			_, after, _ := strings.Cut(first, ",")
			if err == nil || len(first) == 0 || before != "" && before != after || !strings.HasSuffix(after, ",i=15000") {
				t.Errorf("%s: %q after %q, %v", name, after, before, err)
			}
			before = after
			salts[after] = true
		}
		if len(before) != len("s=,i=15000")+24 {
			t.Errorf("%s: %q", name, before)
		}
	}
	if len(salts) != 2 { // that of kept, and one for unknown ann
		t.Errorf("%d salts: %v", len(salts), salts)
	}
	// Nobody comes in without credentials that are right, even with the right password.
	s := server(t, Config{}, SHA256)
	if _, err := login(t, s, &auth.Connect{AuthMethod: SHA256}, client(t, SHA256, "ann", "secret").NewConversation(), lookups["error"]); err == nil || !strings.Contains(err.Error(), "not there") {
		t.Error(err)
	}
}

func TestMessages(t *testing.T) {
	kept, _ := NewCredentials(SHA256, "secret", 4096)
	lookup := func(string) (auth.ScramCredentials, error) { return kept, nil }
	s := server(t, Config{}, SHA256)
	var x Exchange
	c := &auth.Connect{AuthMethod: SHA256}
	if step, err := s.Step(&x, c, nil, lookup); err != nil || step.Done || step.Data != nil {
		t.Errorf("a CONNECT without data: %+v, %v", step, err)
	}
	if _, err := s.Step(&x, c, nil, lookup); err == nil {
		t.Error("nothing twice is taken")
	}
	for _, first := range []string{"x", "n,,", "n,,n=,r=abc", "n,,n=a=3,r=abc", "n,a=root,n=ann,r=abc", "p=tls-unique,,n=ann,r=abc", "n,,m=x,n=ann,r=abc", "\xff", "n,,n=\u0000,r=abc"} {
		x, c := Exchange{}, &auth.Connect{AuthMethod: SHA256}
		step, err := s.Step(&x, c, []byte(first), lookup)
		for _, final := range []string{"", "c=biws", "c=biws,r=abc,p=AAAA", "x"} {
			if err == nil {
				step, err = s.Step(&x, c, []byte(final), lookup)
			}
		}
		if err == nil || step.Done {
			t.Errorf("%q: %+v", first, step)
		}
	}
	if _, err := login(t, s, &auth.Connect{AuthMethod: SHA256 + plus}, client(t, SHA256, "ann", "secret").NewConversation(), lookup); !errors.Is(err, errPlus) {
		t.Error(err)
	}
	if _, err := login(t, server(t, Config{RequireChannelBinding: true}, SHA256), &auth.Connect{}, client(t, SHA256, "ann", "secret").NewConversation(), lookup); !errors.Is(err, errUnbound) {
		t.Error(err)
	}
	// What authenticates again begins anew, wherever the last one stood.
	x = Exchange{}
	for range 3 {
		step, err := s.Step(&x, &auth.Connect{AuthMethod: SHA256}, []byte("n,,n=ann,r=abc"), lookup)
		if err != nil || step.Done {
			t.Error(err)
		}
	}
}

// states returns both ends of a TLS connection.
func states(t *testing.T) (ofServer, ofClient tls.ConnectionState) {
	t.Helper()
	ca := mqttxtest.NewAuthority(t)
	a, b := net.Pipe()
	s := tls.Server(a, &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}})
	c := tls.Client(b, &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost", InsecureSkipVerify: true}) //nolint:gosec // of the test
	done := make(chan error, 1)
	go func() { done <- s.HandshakeContext(context.Background()) }()
	if err := errors.Join(c.HandshakeContext(t.Context()), <-done); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(a.Close(), b.Close()) })
	return s.ConnectionState(), c.ConnectionState()
}

func TestChannelBinding(t *testing.T) {
	kept, _ := NewCredentials(SHA256, "secret", 4096)
	lookup := func(string) (auth.ScramCredentials, error) { return kept, nil }
	here, there := states(t)
	_, elsewhere := states(t)
	right, err := scram.NewTLSExporterBinding(&there)
	wrong, err2 := scram.NewTLSExporterBinding(&elsewhere)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	ann := client(t, SHA256, "ann", "secret")
	optional, required := server(t, Config{}, SHA256), server(t, Config{RequireChannelBinding: true}, SHA256)
	for name, tt := range map[string]struct {
		s      *Server
		method string
		c      *scram.ClientConversation
		ok     bool
	}{
		"bound":                     {optional, SHA256, ann.NewConversationWithChannelBinding(right), true},
		"bound, plus":               {optional, SHA256 + plus, ann.NewConversationWithChannelBinding(right), true},
		"bound, required":           {required, SHA256 + plus, ann.NewConversationWithChannelBinding(right), true},
		"unbound":                   {optional, SHA256, ann.NewConversation(), true},
		"unbound, required":         {required, SHA256, ann.NewConversation(), false},
		"unbound, plus":             {optional, SHA256 + plus, ann.NewConversation(), false},
		"man in the middle":         {optional, SHA256, ann.NewConversationWithChannelBinding(wrong), false},
		"downgraded on its way (y)": {optional, SHA256, ann.NewConversationAdvertisingChannelBinding(), false},
	} {
		if _, err := login(t, tt.s, &auth.Connect{AuthMethod: tt.method, TLS: &here}, tt.c, lookup); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for want, c := range map[string]Config{"Secret has 3 bytes": {Secret: []byte("abc")}, "Iterations is 100": {Iterations: 100}} {
		if _, err := New("meter", c, SHA256); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := New("meter", Config{}, "SCRAM-SHA-1"); err == nil {
		t.Error("SHA-1 is taken")
	}
	for _, tt := range []struct {
		mechanism, password string
		iterations          int
	}{{"SCRAM-SHA-1", "x", 0}, {SHA256, "", 0}, {SHA256, "x", 4095}, {SHA256, "x", maxIterations + 1}, {SHA256, "bad\x00", 0}} {
		if _, err := NewCredentials(tt.mechanism, tt.password, tt.iterations); err == nil || strings.Contains(err.Error(), "bad") {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// BenchmarkLogin is the server's part of a login.
func BenchmarkLogin(b *testing.B) {
	for _, mechanism := range []string{SHA256, SHA512} {
		kept, _ := NewCredentials(mechanism, "secret", 0)
		lookup := func(string) (auth.ScramCredentials, error) { return kept, nil }
		s, ann := server(b, Config{}, mechanism), client(b, mechanism, "ann", "secret")
		b.Run(mechanism, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() { // the client has its keys from the first time
				if _, err := login(b, s, &auth.Connect{AuthMethod: mechanism}, ann.NewConversation(), lookup); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzStep: whatever a client sends, nobody panics, and nobody comes in.
func FuzzStep(f *testing.F) {
	kept, _ := NewCredentials(SHA256, "secret", 4096)
	s := server(f, Config{}, SHA256)
	f.Add("n,,n=user,r=abc", "c=biws,r=abc,p=AAAA")
	f.Add("p=tls-exporter,,n=user,r=abc", "c=biws,r=abc,p=AAAA")
	f.Fuzz(func(t *testing.T, first, final string) {
		var x Exchange
		c := &auth.Connect{AuthMethod: SHA256}
		for _, message := range []string{first, final} {
			step, err := s.Step(&x, c, []byte(message), func(string) (auth.ScramCredentials, error) { return kept, nil })
			if step.Done {
				t.Errorf("%q, %q is taken", first, final)
			}
			if err != nil {
				return
			}
		}
	})
}
