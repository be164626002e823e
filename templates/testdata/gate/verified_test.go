package gate

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	xdg "github.com/xdg-go/scram"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/jwt"
	"github.com/mqttx-gen/mqttx-gen/runtime/auth/scram"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder // mu guards it
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// issuer signs tokens.
type issuer struct {
	es      *ecdsa.PrivateKey
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	es, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{es, public, private}
}

// file writes the public keys as a JWKS.
func (i *issuer) file(t *testing.T) string {
	b, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.es.PublicKey, KeyID: "es"}, {Key: i.public, KeyID: "ed"}}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(claims)
	signed, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := signed.CompactSerialize()
	return text
}

// claims of somebody who may come in; a nil removes one.
func claims(changes ...any) map[string]any {
	m := map[string]any{"sub": "me", "tenant": "acme", "team.name": "x", "team-name": "y", "aud": "gate", "exp": time.Now().Add(time.Hour).Unix()}
	for i := 0; i < len(changes); i += 2 {
		m[changes[i].(string)] = changes[i+1]
		if changes[i+1] == nil {
			delete(m, changes[i].(string))
		}
	}
	return m
}

// started starts the generated server.
func started(t *testing.T, i *issuer, log *lines) (net *mqttxtest.Net, conn func() *Conn) {
	t.Helper()
	kept, err := scram.NewCredentials(scram.SHA256, "pencil", 4096)
	if err != nil {
		t.Fatal(err)
	}
	var last *Conn
	srv, err := NewServer(func(c *Conn) Handler {
		last = c
		return &handler{meters: map[string]mqttx.ScramCredentials{"me": kept, "+": kept}}
	}, Options{
		Options: mqttx.Options{Logger: slog.New(slog.NewTextHandler(log, nil))},
		App:     jwt.Config{Files: []string{i.file(t)}, Audiences: []string{"gate"}, Leeway: -1},
		Bare:    jwt.Config{Keys: []jwt.Key{{Key: &i.es.PublicKey}}},
		Meter:   scram.Config{Iterations: 4096},
	})
	if err != nil {
		t.Fatal(err)
	}
	return mqttxtest.Start(t, srv), func() *Conn { return last }
}

// TestKeysAreMissing: a server that could verify nothing does not start, and says what to do.
func TestKeysAreMissing(t *testing.T) {
	srv, err := NewServer(func(*Conn) Handler { return &handler{} }, Options{})
	if want := "new server: option App: tokens of auth method app: there are no keys to verify tokens with; set Files"; srv != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, %v", srv, err)
	}
}

func TestTokens(t *testing.T) {
	i, other := newIssuer(t), newIssuer(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(&i.es.PublicKey)
	part := base64.RawURLEncoding.EncodeToString
	payload, _ := json.Marshal(claims())
	right := sign(t, jose.ES256, i.es, "es", claims())
	pieces := strings.Split(right, ".")
	var log lines
	net, conn := started(t, i, &log)
	for name, tt := range map[string]struct {
		user, password string
		ok             bool
	}{
		"ES256":                     {"", right, true},
		"EdDSA":                     {"", sign(t, jose.EdDSA, i.private, "ed", claims()), true},
		"with a user name":          {"somebody", right, true},
		"no kid":                    {"", sign(t, jose.ES256, i.es, "", claims()), true},
		"wrong kid":                 {"", sign(t, jose.ES256, i.es, "ed", claims()), false},
		"unknown kid":               {"", sign(t, jose.ES256, i.es, "x", claims()), false},
		"other key":                 {"", sign(t, jose.ES256, other.es, "es", claims()), false},
		"RS256":                     {"", sign(t, jose.RS256, rsaKey, "es", claims()), false},
		"PS256":                     {"", sign(t, jose.PS256, rsaKey, "", claims()), false},
		"HS256 with the public key": {"", sign(t, jose.HS256, der, "es", claims()), false},
		"HS256 with ed":             {"", sign(t, jose.HS256, []byte(i.public), "ed", claims()), false},
		"none":                      {"", part([]byte(`{"alg":"none"}`)) + "." + part(payload) + ".", false},
		"none, with a signature":    {"", part([]byte(`{"alg":"none"}`)) + "." + part(payload) + "." + pieces[2], false},
		"none, with a user name":    {"me", part([]byte(`{"alg":"none"}`)) + "." + part(payload) + ".", false},
		"expired":                   {"", sign(t, jose.ES256, i.es, "es", claims("exp", time.Now().Unix()-1)), false},
		"no expiry":                 {"", sign(t, jose.ES256, i.es, "es", claims("exp", nil)), false},
		"not yet":                   {"", sign(t, jose.ES256, i.es, "es", claims("nbf", time.Now().Unix()+60)), false},
		"wrong audience":            {"", sign(t, jose.ES256, i.es, "es", claims("aud", "web")), false},
		"no audience":               {"", sign(t, jose.ES256, i.es, "es", claims("aud", nil)), false},
		"other subject":             {"", sign(t, jose.ES256, i.es, "es", claims("sub", "you")), false},
		"no tenant":                 {"", sign(t, jose.ES256, i.es, "es", claims("tenant", nil)), false},
		"tenant of another type":    {"", sign(t, jose.ES256, i.es, "es", claims("tenant", 7)), false},
		"tenant +":                  {"", sign(t, jose.ES256, i.es, "es", claims("tenant", "+")), false},
		"bare, in the user name":    {sign(t, jose.ES256, i.es, "", claims()), "", true},
		"bare, EdDSA":               {sign(t, jose.EdDSA, i.private, "", claims()), "", false},
	} {
		id := "me"
		if tt.password == "" {
			id = "bare" // the session of me belongs to method app
		}
		c, err := net.TryConnect(mqttxtest.Options{ClientID: id, UserName: tt.user, Password: tt.password})
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
		if c == nil {
			continue
		}
		typed, is := conn().AppClaims()
		if is != (tt.password != "") || is && (typed.Tenant != "acme" || typed.TeamName.Value != "y") || conn().Identity().User != "me" {
			t.Errorf("%s: %+v, %v, %+v", name, typed, is, conn().Identity())
		}
		if is {
			for topic, ok := range map[string]bool{"t/acme/me/data": true, "t/acme/you/data": false, "t/other/me/data": false, "team/x/y": true, "team/x/z": false} {
				if err := c.Publish(t.Context(), topic, "x", 1); (err == nil) != ok {
					t.Errorf("publish to %s: %v", topic, err)
				}
			}
		}
		c.Close()
	}
	if err := conn().Server().Shutdown(t.Context()); err != nil { // so that everything is in the log
		t.Error(err)
	}
	for _, secret := range []string{pieces[1], pieces[2], part(payload)} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds a token:\n%s", log.String())
		}
	}
	if !strings.Contains(log.String(), `method=app user="" version=5.0 reason="Not authorized: the token has expired"`) {
		t.Errorf("the log does not say why:\n%s", log.String())
	}
}

// TestTokenEnds: the session ends with the token, and not before.
func TestTokenEnds(t *testing.T) {
	i := newIssuer(t)
	synctest.Test(t, func(t *testing.T) {
		var log lines
		net, _ := started(t, i, &log)
		short := net.Connect(mqttxtest.Options{ClientID: "me", Password: sign(t, jose.ES256, i.es, "es", claims("exp", time.Now().Add(time.Minute).Unix()))})
		time.Sleep(59 * time.Second)
		if err := short.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		<-short.Done()
		if r, ok := errors.AsType[*mqtt.Refusal](short.Err()); !ok || r.Code != mqtt.MaximumConnectTime {
			t.Errorf("%v", short.Err())
		}
		// One that leaves earlier leaves no timer behind that ends another.
		early := net.Connect(mqttxtest.Options{ClientID: "me", Password: sign(t, jose.ES256, i.es, "es", claims("exp", time.Now().Add(time.Minute).Unix()))})
		early.Close()
		late := net.Connect(mqttxtest.Options{ClientID: "me", Password: sign(t, jose.ES256, i.es, "es", claims())})
		time.Sleep(2 * time.Minute)
		if err := late.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		late.Close()
	})
}

// prover is the client's side of SCRAM, by a library.
func prover(t *testing.T, id, user, password string) mqttxtest.Options {
	t.Helper()
	c, err := xdg.SHA256.NewClient(user, password, "")
	if err != nil {
		t.Fatal(err)
	}
	conversation := c.NewConversation()
	first, _ := conversation.Step("")
	return mqttxtest.Options{ClientID: id, AuthMethod: "SCRAM-SHA-256", AuthData: []byte(first), Answer: func(data []byte) []byte {
		answer, err := conversation.Step(string(data))
		if err != nil { // this is an authentication that begins anew
			t.Error(err)
		}
		return []byte(answer)
	}}
}

func TestScram(t *testing.T) {
	var log lines
	net, conn := started(t, newIssuer(t), &log)
	c := net.Connect(prover(t, "m-1", "me", "pencil"))
	if !strings.HasPrefix(string(c.AuthData), "v=") || conn().Identity() != (mqttx.Identity{Method: "meter", User: "me"}) {
		t.Errorf("%q, %+v", c.AuthData, conn().Identity())
	}
	for topic, ok := range map[string]bool{"t/any/me/data": true, "t/any/you/data": false} {
		if err := c.Publish(t.Context(), topic, "x", 1); (err == nil) != ok {
			t.Errorf("publish to %s: %v", topic, err)
		}
	}
	var reasons []string
	for name, o := range map[string]mqttxtest.Options{
		"wrong password": prover(t, "m-2", "me", "pencils"), "unknown user": prover(t, "m-2", "you", "pencil"), "user +": prover(t, "m-2", "+", "pencil"),
	} {
		_, err := net.TryConnect(o)
		r, ok := errors.AsType[*mqtt.Refusal](err)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name != "user +" {
			reasons = append(reasons, err.Error())
		} else if r.Code != mqtt.BadUserNameOrPassword {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(reasons) != 2 || reasons[0] != reasons[1] {
		t.Errorf("an unknown user is told from a wrong password: %q", reasons)
	}
	if err := conn().Server().Shutdown(t.Context()); err != nil { // so that everything is in the log
		t.Error(err)
	}
	if strings.Contains(log.String(), "pencil") {
		t.Errorf("the log holds a password:\n%s", &log)
	}
}

// TestScramAgain: a client authenticates again on its live connection; as another, it is thrown out.
func TestScramAgain(t *testing.T) {
	for user, ok := range map[string]bool{"me": true, "you": false} {
		var log lines
		net, _ := started(t, newIssuer(t), &log)
		client, _ := xdg.SHA256.NewClient("me", "pencil", "")
		again, _ := xdg.SHA256.NewClient(user, "pencil", "")
		conversation := client.NewConversation()
		first, _ := conversation.Step("")
		c := net.Connect(mqttxtest.Options{ClientID: "m-1", AuthMethod: "SCRAM-SHA-256", AuthData: []byte(first), Answer: func(data []byte) []byte {
			answer, _ := conversation.Step(string(data))
			return []byte(answer)
		}})
		conversation = again.NewConversation()
		first, _ = conversation.Step("")
		data, err := c.Authenticate(t.Context(), []byte(first))
		if (err == nil) != ok {
			t.Errorf("%s: %v", user, err)
		}
		if ok {
			if _, err := conversation.Step(string(data)); err != nil || !conversation.Valid() {
				t.Error(err)
			}
		}
	}
}
