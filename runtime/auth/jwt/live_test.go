package jwt_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/jwt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// gate lets clients in by a token: in the password, or by AUTH packets.
type gate struct {
	conn     *mqttx.Conn
	verifier *jwt.Verifier
}

func (h *gate) Authenticate(ctx context.Context, c *mqttx.Connect) error {
	token, err := h.verifier.Verify(ctx, c, "password")
	if err != nil {
		return err
	}
	c.Identity.User = token.Subject
	h.conn.EndAt(token.Expires, mqttx.Refusal{Code: mqttx.MaximumConnectTime})
	return nil
}

func (h *gate) Exchange(ctx context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	token, err := h.verifier.VerifyToken(ctx, string(data))
	if err != nil {
		return mqttx.AuthStep{}, mqttx.Refuse(mqttx.NotAuthorized, "%v", err)
	}
	c.Identity = mqttx.Identity{Method: "app", User: token.Subject}
	if err := c.Identify(); err != nil { // another one: the end must not move
		return mqttx.AuthStep{}, err
	}
	h.conn.EndAt(token.Expires, mqttx.Refusal{Code: mqttx.MaximumConnectTime})
	return mqttx.Done(nil), nil
}

func (h *gate) Publish(context.Context, *mqttx.Message) (mqttx.Route, error) {
	return mqttx.Route{}, nil
}

func (h *gate) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	return s.QoS, nil
}

func serverOf(t testing.TB, c jwt.Config, algorithms ...string) *mqttx.Server {
	t.Helper()
	c.Logger = slog.New(slog.DiscardHandler)
	v, err := jwt.New("app", c, algorithms...)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler { return &gate{c, v} },
		mqttx.Options{AuthMethods: []string{"app"}, Logger: c.Logger})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func signed(t testing.TB, algorithm string, key any, user string, life time.Duration) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(map[string]any{"sub": user, "exp": time.Now().Add(life).Unix()})
	one, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := one.CompactSerialize()
	return text
}

func code(err error) mqtt.ReasonCode {
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return r.Code
	}
	return 0
}

// TestFreshToken: an MQTT 5.0 client that authenticates by AUTH packets stays beyond the end of its token with a fresh
// one, which must be its own.
func TestFreshToken(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	token := func(user string, life time.Duration) string { return signed(t, "ES256", key, user, life) }
	for name, tt := range map[string]struct {
		fresh string // whose the fresh token is; empty for none
		life  time.Duration
		want  mqtt.ReasonCode // of the end, after 90 seconds; 0 for none yet
	}{
		"none":        {want: mqtt.MaximumConnectTime},
		"fresh":       {"ann", time.Hour, 0},
		"shorter":     {"ann", 40 * time.Second, mqtt.MaximumConnectTime},
		"expired":     {"ann", -time.Hour, mqtt.NotAuthorized},
		"another's":   {"bob", time.Hour, mqtt.NotAuthorized},
		"not a token": {"-", time.Hour, mqtt.NotAuthorized},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := mqttxtest.Start(t, serverOf(t, jwt.Config{Keys: []jwt.Key{{Key: &key.PublicKey}}, Leeway: -1}, "ES256"))
				c := net.Connect(mqttxtest.Options{ClientID: "c", AuthMethod: "TOKEN", AuthData: []byte(token("ann", time.Minute))})
				time.Sleep(30 * time.Second)
				if tt.fresh != "" {
					fresh := token(tt.fresh, tt.life)
					if tt.fresh == "-" {
						fresh = "x"
					}
					_, _ = c.Authenticate(t.Context(), []byte(fresh))
				}
				time.Sleep(time.Minute)
				if got := code(c.Err()); got != tt.want {
					t.Errorf("the connection ended with %v", c.Err())
				}
			})
		})
	}
}

// answers is what an address of keys says.
type answers struct{ text atomic.Pointer[string] }

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(*a.text.Load())), Header: http.Header{}}, nil
}

// TestKeyThatIsGone: when a key is taken out of the set, those whom its tokens have let in can be sent away.
func TestKeyThatIsGone(t *testing.T) {
	old, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fresh, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	set := func(keys ...*ecdsa.PrivateKey) *string {
		var all jose.JSONWebKeySet
		for _, k := range keys {
			all.Keys = append(all.Keys, jose.JSONWebKey{Key: &k.PublicKey})
		}
		b, _ := json.Marshal(all)
		text := string(b)
		return &text
	}
	synctest.Test(t, func(t *testing.T) {
		a := &answers{}
		a.text.Store(set(old))
		var srv *mqttx.Server
		srv = serverOf(t, jwt.Config{
			URL: "https://login/keys", Client: &http.Client{Transport: a}, Reload: time.Minute,
			KeysRemoved: func() { srv.Recheck(func(id mqttx.Identity, _ string) bool { return id.Method != "app" }) },
		}, "ES256")
		net := mqttxtest.Start(t, srv)
		connect := func(id string, key *ecdsa.PrivateKey) (*mqttxtest.Client, error) {
			return net.TryConnect(mqttxtest.Options{ClientID: id, Password: signed(t, "ES256", key, id, 24*time.Hour)})
		}
		ann, err := connect("ann", old)
		if err != nil {
			t.Fatal(err)
		}
		a.text.Store(set(old, fresh))
		time.Sleep(2 * time.Minute)
		_, _ = connect("bob", old) // who comes has the keys read again
		synctest.Wait()
		if ann.Err() != nil {
			t.Errorf("a key was added, and ann is gone: %v", ann.Err())
		}
		a.text.Store(set(fresh))
		time.Sleep(2 * time.Minute)
		_, _ = connect("bob", old)
		synctest.Wait()
		if code(ann.Err()) != mqtt.NotAuthorized {
			t.Errorf("the key of ann is gone, and ann: %v", ann.Err())
		}
		if _, err := connect("ann", old); code(err) != mqtt.NotAuthorized {
			t.Error(err)
		}
		if _, err := connect("ann", fresh); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkLoginOverTCP is CONNECT to CONNACK over TCP, by several clients at once; the client's part is in it.
func BenchmarkLoginOverTCP(b *testing.B) {
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	secret := bytes.Repeat([]byte("s"), 32)
	for _, tt := range []struct {
		algorithm    string
		private, key any
	}{{"HS256", secret, secret}, {"RS256", rsaKey, &rsaKey.PublicKey}, {"ES256", ec, &ec.PublicKey}, {"EdDSA", private, public}} {
		b.Run(tt.algorithm, func(b *testing.B) {
			srv := serverOf(b, jwt.Config{Keys: []jwt.Key{{Key: tt.key}}}, tt.algorithm)
			nl, err := mqttx.TCP("127.0.0.1:0").Listen(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			go func() { _ = srv.Serve(context.Background(), nl) }()
			defer func() { _ = srv.Shutdown(context.Background()) }()
			token := signed(b, tt.algorithm, tt.private, "ann", time.Hour)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					nc, err := net.Dial("tcp", nl.Addr().String())
					if err != nil {
						b.Error(err)
						return
					}
					c, err := mqttxtest.NewClient(nc, mqttxtest.Options{Password: token})
					if err != nil {
						b.Error(err)
						return
					}
					c.Close()
				}
			})
		})
	}
}
