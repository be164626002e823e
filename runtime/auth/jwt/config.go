// Package jwt verifies the JSON Web Tokens (RFC 7519) of clients: by keys from
// files, from a JWKS address, or from the program. It is a leaf: generated code
// imports it where a spec has an auth method jwt.
package jwt

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"time"
)

// Config says which tokens an auth method takes. At least one of Keys, Files
// and URL must be given; which algorithms are taken is for the spec to say.
type Config struct {
	// Keys are keys that the program has.
	Keys []Key
	// Files hold public keys or certificates in PEM, a JWK or a JWKS (RFC 7517).
	// They are read again when they change. A secret for HS256 is a JWK with kty
	// oct.
	Files []string
	// URL is the address of a JWKS, by https; http is taken for loopback alone.
	// It is fetched again every Reload, and where a token names a key that is not
	// known. Where that fails, the keys stay as they are.
	URL string
	// Client fetches URL; nil for one that gives up after 10 seconds.
	Client *http.Client
	// Reload is how often Files and URL are looked at; 5 minutes if zero.
	Reload time.Duration

	// Issuers are those whose tokens are taken (claim iss); empty for any.
	Issuers []string
	// Audiences are the names of this server: a token must be meant for one of
	// them (claim aud); empty for any.
	Audiences []string
	// Leeway is how far the clocks of issuer and server may differ; a minute if
	// zero, none if negative.
	Leeway time.Duration
	// AllowNoExpiry takes tokens without the claim exp. Their sessions do not end.
	AllowNoExpiry bool

	// Checks is how many signatures are checked at once, so that many clients that
	// come together do not take all processors from those that are connected.
	// Default: half of the processors, at least one.
	Checks int
	// Waiting is how many clients may wait for that; others are refused with
	// ServerBusy. Default: 1,024; negative: none.
	Waiting int

	// KeysRemoved is called, on a goroutine of its own, when Files or URL have been
	// read again and a key is gone: tokens that it signed are not taken any more,
	// and this is the place to end the sessions that they have opened, see Recheck
	// of mqttx.Server. Keys are read when a client comes, not while none does.
	KeysRemoved func()

	// Logger gets a line when keys cannot be loaded, and when they can again;
	// slog.Default() if nil.
	Logger *slog.Logger
}

// Key is one key of the program: a []byte for HS (a secret of at least 32, 48
// or 64 bytes, as the hash has), an *rsa.PublicKey of at least 2,048 bits for RS
// and PS, an *ecdsa.PublicKey for ES, an ed25519.PublicKey for EdDSA.
type Key struct {
	ID  string // the kid of tokens that it verifies; empty for any
	Key any
}

// Bounds of what is read.
const (
	maxToken    = 16 << 10 // bytes of a token
	maxFile     = 1 << 20  // bytes of a file, and of what URL answers
	maxKeys     = 1000     // in all
	maxTries    = 8        // keys that are tried on one token
	fetchWithin = 10 * time.Second
	retryAfter  = 10 * time.Second // the least between two looks at the keys; doubled up to Reload where it fails
)

func (c Config) withDefaults() (Config, error) {
	if len(c.Keys) == 0 && len(c.Files) == 0 && c.URL == "" {
		return c, errors.New("there are no keys to verify tokens with; set Files (PEM, JWK or JWKS), URL (a JWKS) or Keys")
	}
	if len(c.Keys) > maxKeys {
		return c, fmt.Errorf("field Keys has %d keys, %d at most", len(c.Keys), maxKeys)
	}
	if c.Reload < 0 {
		return c, fmt.Errorf("field Reload is %v; give a positive duration, or 0 for 5m", c.Reload)
	}
	if slices.Contains(c.Issuers, "") || slices.Contains(c.Audiences, "") {
		return c, errors.New("field Issuers or Audiences has an empty name; leave the list empty to take any")
	}
	if c.Checks < 0 {
		return c, fmt.Errorf("field Checks is %d; give a positive number, or 0 for half of the processors", c.Checks)
	}
	if c.Checks == 0 {
		c.Checks = max(1, runtime.GOMAXPROCS(0)/2)
	}
	switch {
	case c.Waiting == 0:
		c.Waiting = 1024
	case c.Waiting < 0:
		c.Waiting = 0
	}
	if c.URL != "" {
		if err := checkURL(c.URL); err != nil {
			return c, err
		}
	}
	if c.Reload == 0 {
		c.Reload = 5 * time.Minute
	}
	switch {
	case c.Leeway == 0:
		c.Leeway = time.Minute
	case c.Leeway < 0:
		c.Leeway = 0
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: fetchWithin, CheckRedirect: checkRedirect}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

// checkURL refuses an address whose answer anybody on the way could change.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("field URL is not the https address of a JWKS, such as https://login.example.com/.well-known/jwks.json")
	}
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("field URL %s is not https: whoever is on the way could change the keys", u.Redacted())
	}
	return nil
}

func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return errors.New("too many redirects")
	}
	return checkURL(r.URL.String())
}
