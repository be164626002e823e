// Package scram authenticates clients by SCRAM-SHA-256 and SCRAM-SHA-512 (RFC
// 5802, RFC 7677) in MQTT 5.0 enhanced authentication: a password is never
// sent, and what the server keeps is of no use to log in elsewhere. It is a
// leaf: generated code imports it where a spec has such an auth method.
package scram

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/xdg-go/scram"
	"github.com/xdg-go/stringprep"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
)

// The mechanisms, as Authentication Methods of MQTT 5.0.
const (
	SHA256 = "SCRAM-SHA-256"
	SHA512 = "SCRAM-SHA-512"
)

const (
	defaultIterations = 15_000
	minIterations     = 4096 // RFC 7677 section 4
	maxIterations     = 10_000_000
	saltBytes         = 16
	plus              = "-PLUS"
)

// Config is the settings of an auth method. The zero value is good for one
// server.
type Config struct {
	// Secret makes the salts that unknown users are told, so that they look as
	// real ones do: the same each time. Give one of 16 bytes or more, the same to
	// all servers, where a client could compare several, or one before and after a
	// restart. Left empty it is a new random one.
	Secret []byte
	// Iterations is what unknown users are told: that of the credentials of most
	// users; 15,000 if zero.
	Iterations int
	// RequireChannelBinding refuses clients that do not bind the exchange to their
	// TLS connection (tls-exporter, RFC 9266).
	RequireChannelBinding bool
}

// hashes of the mechanisms, and the length of their keys.
var hashes = map[string]struct {
	of    scram.HashGeneratorFcn
	bytes int
}{SHA256: {scram.SHA256, 32}, SHA512: {scram.SHA512, 64}}

// NewCredentials returns what a server keeps of a user for a mechanism: SHA256 or
// SHA512. The salt is random. The password is normalised by SASLprep (RFC
// 4013); iterations is 15,000 if zero.
func NewCredentials(mechanism, password string, iterations int) (auth.ScramCredentials, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails
	return credentials(mechanism, password, salt, iterations)
}

func credentials(mechanism, password string, salt []byte, iterations int) (auth.ScramCredentials, error) {
	fail := func(format string, args ...any) (auth.ScramCredentials, error) {
		return auth.ScramCredentials{}, fmt.Errorf("make credentials: "+format, args...)
	}
	hash, ok := hashes[mechanism]
	if iterations == 0 {
		iterations = defaultIterations
	}
	switch {
	case !ok:
		return fail("there is no mechanism %q; take %s or %s", mechanism, SHA256, SHA512)
	case password == "":
		return fail("the password is empty")
	case iterations < minIterations || iterations > maxIterations:
		return fail("%d iterations; give %d to %d, or 0 for %d", iterations, minIterations, maxIterations, defaultIterations)
	}
	client, err := hash.of.NewClient("user", password, "") // the keys do not depend on the user
	if err != nil {
		return fail("the password has characters that SASLprep does not allow")
	}
	stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: iterations})
	if err != nil {
		return fail("%w", err)
	}
	return auth.ScramCredentials{Salt: salt, Iterations: iterations, StoredKey: stored.StoredKey, ServerKey: stored.ServerKey}, nil
}

// Server is the server's side of one auth method. It may be used from any
// goroutine.
type Server struct {
	method, mechanism string
	config            Config
	nonce             func() string // of a test; nil for a random one
}

// New returns the server's side of an auth method with a mechanism: SHA256 or
// SHA512.
func New(method string, c Config, mechanism string) (*Server, error) {
	if _, ok := hashes[mechanism]; !ok {
		return nil, fmt.Errorf("scram of auth method %s: there is no mechanism %q; take %s or %s", method, mechanism, SHA256, SHA512)
	}
	switch n := len(c.Secret); {
	case n == 0:
		c.Secret = make([]byte, sha256.Size)
		_, _ = rand.Read(c.Secret) // it never fails
	case n < 16:
		return nil, fmt.Errorf("scram of auth method %s: Secret has %d bytes; give 16 or more, or none", method, n)
	}
	if c.Iterations == 0 {
		c.Iterations = defaultIterations
	}
	if c.Iterations < minIterations || c.Iterations > maxIterations {
		return nil, fmt.Errorf("scram of auth method %s: Iterations is %d; give %d to %d, or 0 for %d",
			method, c.Iterations, minIterations, maxIterations, defaultIterations)
	}
	return &Server{method: method, mechanism: mechanism, config: c}, nil
}

// Lookup returns the credentials of a user. An error, and credentials that are
// not complete, stand for a user that is unknown: the client is not told, and
// cannot see it.
type Lookup func(user string) (auth.ScramCredentials, error)

// Exchange is the state of one connection; the zero value is ready. It belongs
// to the connection's goroutine.
type Exchange struct {
	of           *auth.Connect // the authentication that goes on
	conversation *scram.ServerConversation
	failed       error // why the user is unknown
	asked        bool  // for the client's first message
}

// What is wrong with a client. The log has it; the client gets the code alone.
var (
	errUnfinished = errors.New("scram: the client has sent more than the two messages")
	errOther      = errors.New("scram: the client wants to act as another user")
	errUnbound    = errors.New("scram: the exchange must be bound to TLS, and this connection cannot be")
	errPlus       = errors.New("scram: the client does not bind the exchange to its connection, as the " + plus + " in its Authentication Method says")
)

// Step takes the data of a client to the next step. c.Identity is the client's
// when the step is done. lookup is asked for the user, normalised by SASLprep.
func (s *Server) Step(x *Exchange, c *auth.Connect, data []byte, lookup Lookup) (auth.Step, error) {
	if x.of != c {
		*x = Exchange{of: c}
	}
	c.Identity = auth.Identity{Method: s.method}
	if x.conversation == nil {
		if len(data) == 0 && !x.asked { // a CONNECT without data asks the server to begin
			x.asked = true
			return auth.Continue(nil), nil
		}
		return s.first(x, c, string(data), lookup)
	}
	if x.conversation.Done() {
		return auth.Step{}, errUnfinished
	}
	user, _ := prepared(x.conversation.Username())
	c.Identity.User = user
	last, err := x.conversation.Step(string(data))
	conversation, failed := x.conversation, x.failed
	if err != nil || !conversation.Valid() || failed != nil {
		if failed == nil {
			failed = errors.New("wrong password, or an exchange that was changed on its way")
		}
		return auth.Step{}, fmt.Errorf("scram: %w", failed)
	}
	return auth.Done([]byte(last)), nil
}

// first answers the first message.
func (s *Server) first(x *Exchange, c *auth.Connect, message string, lookup Lookup) (auth.Step, error) {
	bound := strings.HasPrefix(message, "p=")
	if strings.HasSuffix(c.AuthMethod, plus) && !bound {
		return auth.Step{}, errPlus
	}
	server, err := hashes[s.mechanism].of.NewServer(func(name string) (scram.StoredCredentials, error) {
		var kept scram.StoredCredentials
		kept, x.failed = s.lookup(c, name, lookup)
		return kept, nil
	})
	if err != nil {
		return auth.Step{}, fmt.Errorf("scram: %w", err)
	}
	if s.nonce != nil {
		server.WithNonceGenerator(s.nonce)
	}
	binding := scram.ChannelBinding{}
	if c.TLS != nil {
		// Without an exporter that is safe (TLS 1.2 without extended master secret) there is none.
		if b, err := scram.NewTLSExporterBinding(c.TLS); err == nil {
			binding = b
		}
	}
	switch {
	case s.config.RequireChannelBinding && !binding.IsSupported():
		return auth.Step{}, errUnbound
	case s.config.RequireChannelBinding:
		x.conversation = server.NewConversationWithChannelBindingRequired(binding)
	default:
		x.conversation = server.NewConversationWithChannelBinding(binding)
	}
	answer, err := x.conversation.Step(message)
	if err != nil {
		return auth.Step{}, fmt.Errorf("scram: first message: %w", err)
	}
	if id := x.conversation.AuthzID(); id != "" && id != x.conversation.Username() {
		return auth.Step{}, errOther
	}
	return auth.Continue([]byte(answer)), nil
}

// lookup returns the credentials of a user, or such as look the same.
func (s *Server) lookup(c *auth.Connect, name string, lookup Lookup) (scram.StoredCredentials, error) {
	user, err := prepared(name)
	c.Identity.User = user
	unknown := s.unknown(name) // for all: it must not take longer for those who are
	var kept auth.ScramCredentials
	if err == nil {
		kept, err = lookup(user)
	}
	if err == nil {
		err = s.check(&kept)
	}
	if err != nil {
		kept = unknown
	}
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(kept.Salt), Iters: kept.Iterations}, StoredKey: kept.StoredKey, ServerKey: kept.ServerKey,
	}, err
}

func prepared(name string) (string, error) {
	user, err := stringprep.SASLprep.Prepare(name)
	if err == nil && user == "" {
		err = errors.New("empty")
	}
	if err != nil {
		return "", fmt.Errorf("the user name is not one that SASLprep allows: %w", err)
	}
	return user, nil
}

// check says why credentials let nobody in.
func (s *Server) check(kept *auth.ScramCredentials) error {
	want := hashes[s.mechanism].bytes
	switch {
	case len(kept.StoredKey) == 0:
		return errors.New("unknown user")
	case len(kept.StoredKey) != want || len(kept.ServerKey) != want:
		return fmt.Errorf("the keys that are kept of the user are not for %s", s.mechanism)
	case len(kept.Salt) == 0 || kept.Iterations < minIterations:
		return fmt.Errorf("the credentials of the user have %d bytes of salt and %d iterations; there must be some, and %d",
			len(kept.Salt), kept.Iterations, minIterations)
	}
	return nil
}

// unknown makes credentials of a user that is not there: nobody knows a password
// for them, and they are the same each time.
func (s *Server) unknown(name string) auth.ScramCredentials {
	derive := func(what string) []byte {
		h := hmac.New(hashes[s.mechanism].of, s.config.Secret)
		_, _ = h.Write([]byte(what + "\x00" + s.mechanism + "\x00" + name))
		return h.Sum(nil)
	}
	return auth.ScramCredentials{
		Salt: derive("salt")[:saltBytes], Iterations: s.config.Iterations, StoredKey: derive("stored"), ServerKey: derive("server"),
	}
}
