package jwt

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// pair is a key for each kind of algorithm: what signs, and what verifies.
type pair struct{ private, public any }

// pairs makes the keys once: RSA takes long.
var pairs = sync.OnceValue(func() map[string]pair {
	list := map[string]pair{}
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	list["EdDSA"] = pair{private, public}
	for name, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		k, _ := ecdsa.GenerateKey(curve, rand.Reader)
		list[name] = pair{k, &k.PublicKey}
	}
	for _, bits := range []string{"256", "384", "512"} {
		secret := bytes.Repeat([]byte(bits), 30)
		list["HS"+bits] = pair{secret, secret}
		list["RS"+bits], list["PS"+bits] = pair{rsaKey, &rsaKey.PublicKey}, pair{rsaKey, &rsaKey.PublicKey}
	}
	return list
})

func sign(t testing.TB, algorithm string, key any, id string, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
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

// good returns claims that are taken, with changes; nil removes one.
func good(change map[string]any) map[string]any {
	claims := map[string]any{"sub": "ann", "iss": "https://login", "aud": []string{"mqtt", "web"}, "exp": time.Now().Add(time.Hour).Unix()}
	for name, v := range change {
		claims[name] = v
		if v == nil {
			delete(claims, name)
		}
	}
	return claims
}

func verifier(t testing.TB, c Config, algorithms ...string) *Verifier {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	v, err := New("app", c, algorithms...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAlgorithms(t *testing.T) {
	var keys []Key
	for _, p := range pairs() {
		keys = append(keys, Key{Key: p.public})
	}
	for _, algorithm := range known {
		v := verifier(t, Config{Keys: []Key{{Key: pairs()[algorithm].public}}}, algorithm)
		for other, p := range pairs() {
			token, err := v.VerifyToken(t.Context(), sign(t, other, p.private, "", good(nil)))
			if (err == nil) != (other == algorithm) || err == nil && token.Subject != "ann" {
				t.Errorf("%s where %s is taken: %v, %v", other, algorithm, token, err)
			}
		}
		// All keys are there, and the algorithm alone decides.
		v = verifier(t, Config{Keys: keys}, algorithm)
		for other, p := range pairs() {
			if _, err := v.VerifyToken(t.Context(), sign(t, other, p.private, "", good(nil))); (err == nil) != (other == algorithm) {
				t.Errorf("%s among all keys where %s is taken: %v", other, algorithm, err)
			}
		}
	}
}

func part(v any) string {
	b, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b)
}

// TestConfusion: a public key is no secret, whatever form it has, and nobody
// takes a token that is not signed, or brings its own key.
func TestConfusion(t *testing.T) {
	rs, es := pairs()["RS256"], pairs()["ES256"]
	der, _ := x509.MarshalPKIXPublicKey(rs.public)
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	v := verifier(t, Config{Keys: []Key{{ID: "a", Key: rs.public}, {ID: "b", Key: es.public}}}, known...)
	jwk, _ := (&jose.JSONWebKey{Key: rs.public}).MarshalJSON()
	for _, secret := range [][]byte{der, text, bytes.TrimSpace(text), x509.MarshalPKCS1PublicKey(rs.public.(*rsa.PublicKey)), jwk, rs.public.(*rsa.PublicKey).N.Bytes()} {
		for _, id := range []string{"a", "b", ""} {
			if _, err := v.VerifyToken(t.Context(), sign(t, "HS256", secret, id, good(nil))); !errors.Is(err, errKey) {
				t.Errorf("HS256 with a public key, kid %q: %v", id, err)
			}
		}
	}
	own, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: own}, &jose.SignerOptions{EmbedJWK: true})
	payload, _ := json.Marshal(good(nil))
	signed, _ := signer.Sign(payload)
	embedded, _ := signed.CompactSerialize()
	right := sign(t, "ES256", es.private, "b", good(nil))
	pieces := strings.Split(right, ".")
	critical := part(map[string]any{"alg": "ES256", "crit": []string{"x"}, "x": 1}) + "." + pieces[1]
	sum := sha256.Sum256([]byte(critical))
	r, s, _ := ecdsa.Sign(rand.Reader, es.private.(*ecdsa.PrivateKey), sum[:])
	rs2 := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	mac := hmac.New(sha256.New, nil)
	_, _ = mac.Write([]byte(part(map[string]string{"alg": "HS256"}) + "." + pieces[1]))
	bad := map[string]string{
		"embedded key": embedded,
		"crit":         critical + "." + base64.RawURLEncoding.EncodeToString(rs2),
		"empty secret": part(map[string]string{"alg": "HS256"}) + "." + pieces[1] + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"zeros":        pieces[0] + "." + pieces[1] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64)),
		"other claims": pieces[0] + "." + part(good(map[string]any{"sub": "root"})) + "." + pieces[2],
		"other kid":    sign(t, "ES256", es.private, "a", good(nil)),
		"unknown kid":  sign(t, "ES256", es.private, "zzz", good(nil)),
		"no kid, own":  sign(t, "ES256", own, "", good(nil)),
		"own kid b":    sign(t, "ES256", own, "b", good(nil)),
		"long":         sign(t, "ES256", es.private, "b", good(map[string]any{"x": strings.Repeat("x", maxToken)})),
		"JSON":         signed.FullSerialize(),
		"empty":        "", "dots": "..", "cut": right[:len(right)-2], "spaces": " " + right, "four": right + ".x",
	}
	for _, name := range []string{"none", "None", "NONE", "nOnE", "", "hs256", "ES256K", "RS1", "dir"} {
		for _, signature := range []string{"", pieces[2], "AA"} {
			bad["alg "+name+"/"+signature] = part(map[string]string{"alg": name, "kid": "b"}) + "." + pieces[1] + "." + signature
		}
	}
	for name, token := range bad {
		if got, err := v.VerifyToken(t.Context(), token); err == nil {
			t.Errorf("%s is taken: %+v", name, got)
		}
	}
	if _, err := v.VerifyToken(t.Context(), right); err != nil {
		t.Error(err)
	}
}

func TestClaims(t *testing.T) {
	es := pairs()["ES256"]
	now := time.Now().Unix()
	c := Config{Keys: []Key{{Key: es.public}}, Issuers: []string{"https://login", "https://other"}, Audiences: []string{"mqtt"}, Leeway: 30 * time.Second}
	strict, anybody := verifier(t, c, "ES256"), verifier(t, Config{Keys: c.Keys, AllowNoExpiry: true, Leeway: -1}, "ES256")
	for _, tt := range []struct {
		change       map[string]any
		want, loosed error
	}{
		{nil, nil, nil},
		{map[string]any{"aud": "mqtt", "iss": "https://other"}, nil, nil},
		{map[string]any{"aud": "web"}, errAudience, nil},
		{map[string]any{"aud": nil}, errAudience, nil},
		{map[string]any{"aud": 7}, errClaims, errClaims},
		{map[string]any{"iss": "https://login/"}, errIssuer, nil},
		{map[string]any{"iss": nil}, errIssuer, nil},
		{map[string]any{"exp": nil}, errNoExpiry, nil},
		{map[string]any{"exp": now - 10}, nil, errExpired},
		{map[string]any{"exp": now - 31}, errExpired, errExpired},
		{map[string]any{"exp": -1e300}, errExpired, errExpired},
		{map[string]any{"exp": 1e300}, nil, nil},
		{map[string]any{"exp": "soon"}, errClaims, errClaims},
		{map[string]any{"nbf": now + 20}, nil, errEarly},
		{map[string]any{"nbf": now + 120}, errEarly, errEarly},
		{map[string]any{"iat": now + 20}, nil, errIssued},
		{map[string]any{"iat": now + 120}, errIssued, errIssued},
		{map[string]any{"sub": 7}, errClaims, errClaims},
		{map[string]any{"EXP": now - 1000}, nil, nil}, // names of claims are case-sensitive
	} {
		token := sign(t, "ES256", es.private, "", good(tt.change))
		if _, err := strict.VerifyToken(t.Context(), token); !errors.Is(err, tt.want) {
			t.Errorf("%v: %v, want %v", tt.change, err, tt.want)
		}
		if _, err := anybody.VerifyToken(t.Context(), token); !errors.Is(err, tt.loosed) {
			t.Errorf("%v, loosely: %v, want %v", tt.change, err, tt.loosed)
		}
	}
	token, err := strict.VerifyToken(t.Context(), sign(t, "ES256", es.private, "", good(map[string]any{"exp": now + 100})))
	if err != nil || !token.Expires.Equal(time.Unix(now+130, 0)) {
		t.Errorf("%+v, %v", token, err)
	}
	if token, err := anybody.VerifyToken(t.Context(), sign(t, "ES256", es.private, "", good(map[string]any{"exp": nil}))); err != nil || !token.Expires.IsZero() {
		t.Errorf("%+v, %v", token, err)
	}
	for _, payload := range []string{"", "[]", "null", "7", `"x"`, `{"exp":1,"exp":9e9}`, "{", "\xff"} {
		if _, err := strict.claims([]byte(payload), time.Now()); err == nil {
			t.Errorf("claims %q are taken", payload)
		}
	}
}

// TestConnect: where the token is read from, and what the client is told.
func TestConnect(t *testing.T) {
	es := pairs()["ES256"]
	v := verifier(t, Config{Keys: []Key{{Key: es.public}}}, "ES256")
	token := sign(t, "ES256", es.private, "", good(nil))
	for field, c := range map[string]*auth.Connect{"password": {Password: []byte(token), UserName: "x"}, "user": {UserName: token}} {
		if got, err := v.Verify(t.Context(), c, field); err != nil || got.Subject != "ann" || c.Identity.Method != "app" {
			t.Errorf("%s: %+v, %v", field, got, err)
		}
	}
	c := &auth.Connect{Password: []byte(token[:len(token)-4] + "AAAA")}
	_, err := v.Verify(t.Context(), c, "password")
	r, ok := errors.AsType[*mqtt.Refusal](err)
	if !ok || r.Code != mqtt.NotAuthorized || r.Reason != errSignature.Error() || strings.Contains(err.Error(), token[:10]) {
		t.Errorf("%v", err)
	}
}

func TestNew(t *testing.T) {
	es, weak := pairs()["ES256"], bytes.Repeat([]byte("s"), 32)
	short, _ := rsa.GenerateKey(rand.Reader, 1024)
	for want, c := range map[string]Config{
		"tokens of auth method app: there are no keys to verify tokens with; set Files (PEM, JWK or JWKS), URL (a JWKS) or Keys": {},
		"key file none.json: no such file": {Files: []string{"none.json"}},
		"none of the keys is for [HS512]":  {Keys: []Key{{Key: es.public}, {Key: weak}}},
		"a secret has 3 bytes":             {Keys: []Key{{Key: []byte("abc")}}},
		"a key is a *ecdsa.PrivateKey":     {Keys: []Key{{Key: es.private}}},
		"a key is a <nil>":                 {Keys: []Key{{}}},
		"fewer than 2048 bits":             {Keys: []Key{{Key: &short.PublicKey}}},
		"what is public is no secret":      {Keys: []Key{{Key: []byte("-----BEGIN PUBLIC KEY-----\nAAAAAAAAAAAAAAAAAAAAAAA")}}},
		"Reload is -1s":                    {Keys: []Key{{Key: weak}}, Reload: -time.Second},
		"has an empty name":                {Keys: []Key{{Key: weak}}, Issuers: []string{""}},
		"is not https":                     {URL: "http://login.example.com/keys"},
		"not the https address":            {URL: "login.example.com/keys"},
	} {
		if _, err := New("app", c, "HS512"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	if _, err := New("app", Config{Keys: []Key{{Key: es.public}}}, "none"); err == nil || !strings.Contains(err.Error(), `no algorithm "none"`) {
		t.Error(err)
	}
}

// FuzzVerify: whatever comes as a token, nobody panics, and nobody comes in who
// has not signed it.
func FuzzVerify(f *testing.F) {
	var keys []Key
	for _, p := range pairs() {
		keys = append(keys, Key{Key: p.public})
	}
	v := verifier(f, Config{Keys: keys, Issuers: []string{"nobody, so that mutations of the seeds stay out"}}, known...)
	for name, p := range pairs() {
		f.Add(sign(f, name, p.private, "a", map[string]any{"exp": 9e9}))
	}
	f.Add(part(map[string]string{"alg": "none"}) + "." + part(good(nil)) + ".")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := v.VerifyToken(context.Background(), text); err == nil {
			t.Errorf("%q is taken", text)
		}
		if _, err := parseKeys([]byte(text)); err != nil && len(text) > 30 && strings.Contains(err.Error(), text) {
			t.Errorf("%v quotes the keys", err)
		}
		_, _ = v.claims([]byte(text), time.Now())
	})
}

func BenchmarkVerify(b *testing.B) {
	for _, name := range []string{"HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"} {
		p := pairs()[name]
		v := verifier(b, Config{Keys: []Key{{Key: p.public}}}, name)
		token := sign(b, name, p.private, "", good(nil))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.VerifyToken(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
