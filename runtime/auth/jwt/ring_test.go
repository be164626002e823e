package jwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

func jwks(keys ...jose.JSONWebKey) string {
	b, _ := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	return string(b)
}

func TestFiles(t *testing.T) {
	es, rs, ed, hs := pairs()["ES256"], pairs()["RS256"], pairs()["EdDSA"], pairs()["HS256"]
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	pkix := func(public any) string {
		der, _ := x509.MarshalPKIXPublicKey(public)
		return block("PUBLIC KEY", der)
	}
	der, _ := x509.MarshalECPrivateKey(es.private.(*ecdsa.PrivateKey))
	one := func(k jose.JSONWebKey) string { b, _ := k.MarshalJSON(); return string(b) }
	for name, tt := range map[string]struct {
		text string
		want int
		err  string
	}{
		"PEM":               {pkix(es.public) + "\n" + pkix(rs.public) + pkix(ed.public), 3, ""},
		"JWK":               {one(jose.JSONWebKey{Key: es.public}), 1, ""},
		"secret":            {one(jose.JSONWebKey{Key: hs.public}), 1, ""},
		"JWKS":              {jwks(jose.JSONWebKey{Key: es.public, KeyID: "a"}, jose.JSONWebKey{Key: rs.public}), 2, ""},
		"others left out":   {`{"keys":[{"kty":"XX"},{},` + one(jose.JSONWebKey{Key: es.public, Use: "enc"}) + "," + one(jose.JSONWebKey{Key: es.public}) + "]}", 1, ""},
		"none of use":       {`{"keys":[{"kty":"XX"}]}`, 0, "no key of the set is of use"},
		"no keys":           {`{"keys":[]}`, 0, "the set has no keys"},
		"empty":             {" \n", 0, "it is empty"},
		"text":              {"secret", 0, "it is neither PEM nor a JWK nor a JWKS"},
		"broken":            {`{"kty":"oct","k":"c2VjcmV0`, 0, "no JSON object"},
		"private PEM":       {block("EC PRIVATE KEY", der), 0, "holds a private key"},
		"private JWK":       {one(jose.JSONWebKey{Key: es.private}), 0, "holds a private key"},
		"short secret":      {one(jose.JSONWebKey{Key: []byte("short")}), 0, "a secret has 5 bytes"},
		"PEM of other":      {block("CERTIFICATE REQUEST", nil), 0, "neither a public key nor a certificate"},
		"broken PEM":        {"-----BEGIN PUBLIC KEY-----\nxx", 0, "cannot be read"},
		"PEM with nonsense": {block("PUBLIC KEY", []byte("x")), 0, "PEM block PUBLIC KEY"},
	} {
		keys, err := parseKeys([]byte(tt.text))
		if len(keys) != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
	}
	// The algorithm of a JWK is the only one that it is for.
	keys, _ := parseKeys([]byte(one(jose.JSONWebKey{Key: rs.public, Algorithm: "PS256"})))
	if keys[0].fits("RS256") || !keys[0].fits("PS256") {
		t.Error("alg of a JWK")
	}
}

// web is what answers instead of a network.
type web struct {
	asked  int
	answer func() (int, string)
}

func (w *web) RoundTrip(*http.Request) (*http.Response, error) {
	w.asked++
	code, text := w.answer()
	if code == 0 {
		return nil, errors.New("no route to host")
	}
	return &http.Response{StatusCode: code, Status: fmt.Sprint(code), Body: io.NopCloser(strings.NewReader(text)), Header: http.Header{}}, nil
}

// TestURL: keys come from an address, change there, and stay where it fails.
func TestURL(t *testing.T) {
	one, two := pairs()["ES256"], pairs()["EdDSA"]
	synctest.Test(t, func(t *testing.T) {
		first, both := jwks(jose.JSONWebKey{Key: one.public, KeyID: "1"}), jwks(jose.JSONWebKey{Key: one.public, KeyID: "1"}, jose.JSONWebKey{Key: two.public, KeyID: "2"})
		w := &web{answer: func() (int, string) { return 0, "" }}
		var log bytes.Buffer
		var removed atomic.Int32
		v := verifier(t, Config{
			URL: "https://login/keys", Client: &http.Client{Transport: w}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			KeysRemoved: func() { removed.Add(1) },
		}, "ES256", "EdDSA")
		verify := func(algorithm string, p pair, id string, want error) {
			t.Helper()
			claims := good(map[string]any{"exp": time.Now().Add(time.Hour).Unix()})
			if _, err := v.VerifyToken(t.Context(), sign(t, algorithm, p.private, id, claims)); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			synctest.Wait()
		}
		for range 20 { // one that does not answer is not asked for each client
			verify("ES256", one, "1", errNoKeys)
		}
		if w.asked != 1 || strings.Count(log.String(), "cannot be loaded") != 1 {
			t.Errorf("asked %d times\n%s", w.asked, &log)
		}
		w.answer = func() (int, string) { return 200, first }
		time.Sleep(10 * time.Second)
		verify("ES256", one, "1", nil)
		if w.asked != 2 || !strings.Contains(log.String(), "loaded again") {
			t.Errorf("asked %d times\n%s", w.asked, &log)
		}
		// A new key is fetched when a token names it, and not for each token that names one.
		w.answer = func() (int, string) { return 200, both }
		verify("EdDSA", two, "2", errKey)
		time.Sleep(10 * time.Second)
		verify("EdDSA", two, "2", nil)
		for range 20 {
			verify("EdDSA", two, "3", errKey)
		}
		if w.asked != 3 {
			t.Errorf("asked %d times", w.asked)
		}
		// Whatever goes wrong, what is known stays.
		log.Reset()
		for i, bad := range []string{"{}", `{"keys":[]}`, "<html>", strings.Repeat(" ", maxFile+1), ""} {
			w.answer = func() (int, string) { return []int{200, 200, 200, 200, 500}[i], bad }
			time.Sleep(time.Hour)
			verify("ES256", one, "1", nil)
			verify("EdDSA", two, "2", nil)
		}
		if strings.Count(log.String(), "cannot be loaded") != 1 || w.asked != 8 {
			t.Errorf("asked %d times\n%s", w.asked, &log)
		}
		if removed.Load() != 0 {
			t.Error("keys are called removed that are still there")
		}
		// What is gone there is gone here.
		w.answer = func() (int, string) { return 200, first }
		time.Sleep(time.Hour)
		verify("ES256", one, "1", nil)
		verify("EdDSA", two, "2", errKey)
		if removed.Load() != 1 {
			t.Errorf("removed keys were told of %d times", removed.Load())
		}
	})
}

func TestFileChanges(t *testing.T) {
	one, two := pairs()["ES256"], pairs()["EdDSA"]
	synctest.Test(t, func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "keys.json")
		write := func(text string) {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_ = os.Chtimes(name, time.Now(), time.Now())
		}
		write(jwks(jose.JSONWebKey{Key: one.public}))
		removed := make(chan struct{}, 9)
		v := verifier(t, Config{Files: []string{name}, KeysRemoved: func() {
			removed <- struct{}{}
			panic("it goes on") // which is logged
		}}, "ES256", "EdDSA")
		verify := func(algorithm string, p pair, want error) {
			t.Helper()
			claims := good(map[string]any{"exp": time.Now().Add(time.Hour).Unix()})
			if _, err := v.VerifyToken(t.Context(), sign(t, algorithm, p.private, "", claims)); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			synctest.Wait()
		}
		verify("ES256", one, nil)
		write(jwks(jose.JSONWebKey{Key: two.public}))
		time.Sleep(time.Hour)
		verify("EdDSA", two, nil)
		verify("ES256", one, errKey)
		if len(removed) != 1 {
			t.Errorf("removed keys were told of %d times", len(removed))
		}
		for _, bad := range []func(){func() { write("broken") }, func() { _ = os.Remove(name) }} {
			bad()
			time.Sleep(time.Hour)
			verify("EdDSA", two, nil)
		}
	})
}

func TestRedirect(t *testing.T) {
	r, _ := http.NewRequest(http.MethodGet, "http://login.example.com/keys", nil)
	if checkRedirect(r, nil) == nil {
		t.Error("a redirect to http is followed")
	}
	r, _ = http.NewRequest(http.MethodGet, "https://login.example.com/keys", nil)
	if err := checkRedirect(r, nil); err != nil || checkRedirect(r, make([]*http.Request, 5)) == nil {
		t.Error(err)
	}
}
