package main

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/xdg-go/scram"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/password"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

const (
	secret   = "correct horse battery staple" // everybody's password
	together = 8                              // so many log in at one time
)

// credentials are what clients show: files for the server, and functions that
// make what a CONNECT says.
type credentials struct {
	tokens  map[string]string // by algorithm
	machine tls.Certificate
	scram   map[string]*scram.Client // by mechanism
}

// newCredentials writes the files of users and keys beside the certificate.
func newCredentials(k *keys) (*credentials, error) {
	c := &credentials{tokens: map[string]string{}, scram: map[string]*scram.Client{}}
	if err := c.users(filepath.Join(k.dir, "passwords")); err != nil {
		return nil, err
	}
	if err := c.sign(filepath.Join(k.dir, "keys.json")); err != nil {
		return nil, err
	}
	for name, hash := range map[string]scram.HashGeneratorFcn{"SCRAM-SHA-256": scram.SHA256, "SCRAM-SHA-512": scram.SHA512} {
		client, err := hash.NewClient("ann", secret, "")
		if err != nil {
			return nil, err
		}
		c.scram[name] = client
	}
	var err error
	c.machine, err = k.issue("machine-7")
	return c, err
}

// users writes a password file with a user for each form.
func (c *credentials) users(file string) error {
	var lines strings.Builder
	for form, s := range map[string]password.Settings{
		"argon2id": {}, "argon2id-64": {Memory: 64 << 10, Time: 3},
		"bcrypt-10": {Algorithm: password.Bcrypt, Cost: 10}, "bcrypt-12": {Algorithm: password.Bcrypt, Cost: 12},
	} {
		hash, err := password.Hash([]byte(secret), s)
		if err != nil {
			return err
		}
		for i := range together {
			fmt.Fprintf(&lines, "%s:%s\n", userName(form, i), hash)
		}
	}
	salt := []byte("twelve bytes")
	derived, err := pbkdf2.Key(sha512.New, secret, salt, 101, sha512.Size)
	if err != nil {
		return err
	}
	once := sha512.Sum512(append([]byte(secret), salt...))
	text := base64.StdEncoding.EncodeToString
	for i := range together {
		fmt.Fprintf(&lines, "%s:$7$101$%s$%s\n", userName("pbkdf2", i), text(salt), text(derived))
		fmt.Fprintf(&lines, "%s:$6$%s$%s\n", userName("sha512", i), text(salt), text(once[:]))
	}
	return os.WriteFile(file, []byte(lines.String()), 0o600)
}

// sign makes a key and a token for each algorithm.
func (c *credentials) sign(file string) error {
	rsaKey, err1 := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	public, edKey, err3 := ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	shared := make([]byte, 32)
	_, _ = rand.Read(shared)
	claims, err := json.Marshal(map[string]any{"sub": "ann", "exp": time.Now().Add(24 * time.Hour).Unix()})
	if err != nil {
		return err
	}
	var set jose.JSONWebKeySet
	for algorithm, key := range map[jose.SignatureAlgorithm][2]any{
		jose.HS256: {shared, shared}, jose.RS256: {rsaKey, &rsaKey.PublicKey}, jose.ES256: {ecKey, &ecKey.PublicKey}, jose.EdDSA: {edKey, public},
	} {
		id := string(algorithm)
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key[1], KeyID: id, Algorithm: id})
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key[0], KeyID: id}}, nil)
		if err != nil {
			return err
		}
		signed, err := signer.Sign(claims)
		if err != nil {
			return err
		}
		if c.tokens[id], err = signed.CompactSerialize(); err != nil {
			return err
		}
	}
	b, err := json.Marshal(set)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

// issue returns a certificate of a client.
func (k *keys) issue(name string) (tls.Certificate, error) {
	authority, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority.Leaf, &key.PublicKey, authority.PrivateKey)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// way is one way to log in.
type way struct {
	name    string
	server  string
	secure  bool
	machine bool
	options func(c *credentials, client int) mqttxtest.Options
}

func nothing(*credentials, int) mqttxtest.Options { return mqttxtest.Options{} }

func word(form string) func(*credentials, int) mqttxtest.Options {
	return func(_ *credentials, client int) mqttxtest.Options {
		return mqttxtest.Options{UserName: userName(form, client), Password: secret}
	}
}

// userName is of the user with a form of password that one of the clients is:
// logins of one user at one time would share a hash.
func userName(form string, client int) string { return fmt.Sprint(form, "-", client) }

func token(algorithm string) func(*credentials, int) mqttxtest.Options {
	return func(c *credentials, _ int) mqttxtest.Options { return mqttxtest.Options{Password: c.tokens[algorithm]} }
}

func salted(mechanism string) func(*credentials, int) mqttxtest.Options {
	return func(c *credentials, _ int) mqttxtest.Options {
		talk := c.scram[mechanism].NewConversation()
		first, _ := talk.Step("")
		return mqttxtest.Options{AuthMethod: mechanism, AuthData: []byte(first), Answer: func(data []byte) []byte {
			answer, _ := talk.Step(string(data))
			return []byte(answer)
		}}
	}
}

func badge(*credentials, int) mqttxtest.Options {
	return mqttxtest.Options{AuthMethod: "BADGE", AuthData: []byte("hello"), Answer: func([]byte) []byte { return []byte("ann") }}
}

// ways are all of them; the first ones are what the others add to.
var ways = []way{
	{name: "anonymous", options: nothing},
	{name: "anonymous, TLS", secure: true, options: nothing},
	{name: "mtls, TLS", secure: true, machine: true, options: nothing},
	{name: "password, remembered", server: "gate-cache", options: word("argon2id")},
	{name: "password, argon2id of 19 MiB, 2 passes", options: word("argon2id")},
	{name: "password, argon2id of 64 MiB, 3 passes", options: word("argon2id-64")},
	{name: "password, bcrypt of cost 10", options: word("bcrypt-10")},
	{name: "password, bcrypt of cost 12", options: word("bcrypt-12")},
	{name: "password, mosquitto's $7$", options: word("pbkdf2")},
	{name: "password, mosquitto's $6$", options: word("sha512")},
	{name: "jwt, HS256", options: token("HS256")},
	{name: "jwt, RS256", options: token("RS256")},
	{name: "jwt, ES256", options: token("ES256")},
	{name: "jwt, EdDSA", options: token("EdDSA")},
	{name: "scram-sha-256", options: salted("SCRAM-SHA-256")},
	{name: "scram-sha-512", options: salted("SCRAM-SHA-512")},
	{name: "enhanced, one step", options: badge},
}

// entering is clients that log in and leave while others are idle, and one of
// these pings.
type entering struct {
	way
	idle        int
	credentials *credentials
	pings       *recorder
}

type logins struct {
	entering
	t   *target
	all clients
}

func (e entering) open(ctx context.Context, t *target) (load, error) {
	l := &logins{entering: e, t: t}
	for i := range e.idle {
		c, err := t.dial(ctx, how{id: fmt.Sprintf("idle-%d", i), buffer: 512})
		if err != nil {
			return nil, errors.Join(err, l.close())
		}
		l.all = append(l.all, c)
	}
	return l, nil
}

func (l *logins) close() error {
	l.all.close()
	return nil
}

func (l *logins) run(until time.Time) (int64, error) {
	l.pings.all = nil
	var n atomic.Int64
	errs := make(chan error, together+1)
	var all sync.WaitGroup
	all.Go(func() { errs <- l.ping(until) })
	for i := range together {
		all.Go(func() {
			for time.Now().Before(until) {
				if err := l.login(i); err != nil {
					errs <- err
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	return n.Load(), err
}

// ping has one of those that are there already ask for an answer, again and again.
func (l *logins) ping(until time.Time) error {
	for time.Now().Before(until) {
		begin := time.Now()
		if err := l.all[0].ping(); err != nil {
			return err
		}
		l.pings.add(time.Since(begin))
		time.Sleep(2 * time.Millisecond)
	}
	return nil
}

func (l *logins) login(client int) error {
	nc, err := l.dial()
	if err != nil {
		return err
	}
	c, err := mqttxtest.NewClient(nc, l.options(l.credentials, client))
	if err != nil {
		return err
	}
	return c.Disconnect()
}

func (l *logins) dial() (net.Conn, error) {
	if !l.secure {
		return net.Dial("tcp", l.t.tcp)
	}
	config := l.t.trust.Clone()
	if l.machine {
		config.Certificates = []tls.Certificate{l.credentials.machine}
	}
	return tls.Dial("tcp", l.t.tls, config)
}

// logins measures what each auth method costs, beside 100 idle clients.
func (m measurer) logins(ctx context.Context, w io.Writer) error {
	c, err := newCredentials(m.keys)
	if err != nil {
		return err
	}
	serve, err := ourselves()
	if err != nil {
		return err
	}
	m.latency = false
	fmt.Fprintf(w, "\nlogins, %d at a time beside 100 idle clients\n  %-40s %10s %14s %22s\n", together, "auth method", "logins/s", "CPU us each", "PINGREQ beside: p50, p99")
	for _, way := range ways {
		load := entering{way: way, idle: 100, credentials: c, pings: &recorder{}}
		name := cmp.Or(way.server, "gate")
		r, err := m.measure(ctx, server{name: name, has: []string{"tls"}, command: serve(name)}, row{load: load})
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		at := load.pings.percentiles()
		fmt.Fprintf(w, "  %-40s %10.0f %14.0f %12s %9s\n", way.name, r.Rate, r.CPU, short(at.P50), short(at.P99))
	}
	return nil
}
