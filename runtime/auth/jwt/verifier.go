package jwt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Verifier verifies the tokens of one auth method. All methods may be called
// from any goroutine.
type Verifier struct {
	method     string
	algorithms []jose.SignatureAlgorithm
	config     Config
	ring       *ring
	turns      *turns
}

// known is the algorithms that may be asked for: none is not one of them.
var known = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// New returns a verifier for an auth method that takes some algorithms. Files
// are read, and must be there; URL is fetched meanwhile, and need not answer
// yet: until it does, tokens are refused.
func New(method string, c Config, algorithms ...string) (*Verifier, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("tokens of auth method %s: %w", method, err)
	}
	v := &Verifier{method: method, config: c, turns: newTurns(c.Checks, c.Waiting)}
	for _, name := range algorithms {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("tokens of auth method %s: there is no algorithm %q", method, name)
		}
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(name))
	}
	v.ring = &ring{method: method, algorithms: algorithms, config: c}
	if err := v.ring.load(); err != nil {
		return nil, fmt.Errorf("tokens of auth method %s: %w", method, err)
	}
	return v, nil
}

// Verify verifies the token in a field of a CONNECT, user or password: its
// signature first, then its issuer, audience and times. An error refuses the
// CONNECT, and holds nothing of the token.
func (v *Verifier) Verify(ctx context.Context, c *auth.Connect, field string) (auth.Token, error) {
	c.Identity.Method = v.method // for the log, where the token is refused
	text := c.UserName
	if field != "user" {
		text = string(c.Password)
	}
	token, err := v.VerifyToken(ctx, text)
	switch {
	case errors.Is(err, errBusy) || errors.Is(err, errGaveUp):
		return auth.Token{}, &mqtt.Refusal{Code: mqtt.ServerBusy, Reason: err.Error()}
	case err != nil:
		return auth.Token{}, &mqtt.Refusal{Code: mqtt.NotAuthorized, Reason: err.Error()}
	}
	return token, nil
}

// The ways in which a token is wrong.
var (
	errForm      = errors.New("the token is not a JWS in compact form, signed by an algorithm that is taken here")
	errLong      = fmt.Errorf("the token is longer than %d bytes", maxToken)
	errNoKeys    = errors.New("the keys of tokens could not be loaded yet; try again later")
	errKey       = errors.New("the token is signed by a key that is not known here")
	errSignature = errors.New("the signature of the token is wrong")
	errClaims    = errors.New("the claims of the token cannot be read")
	errIssuer    = errors.New("the token is from an issuer that is not taken here")
	errAudience  = errors.New("the token is meant for another audience")
	errExpired   = errors.New("the token has expired")
	errNoExpiry  = errors.New("the token never expires; it must have the claim exp")
	errEarly     = errors.New("the token is not valid yet")
	errIssued    = errors.New("the token is from the future")
)

// VerifyToken is Verify for a token from elsewhere.
func (v *Verifier) VerifyToken(ctx context.Context, text string) (auth.Token, error) {
	if len(text) > maxToken {
		return auth.Token{}, errLong
	}
	signed, err := jose.ParseSignedCompact(text, v.algorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return auth.Token{}, errForm
	}
	claims, err := v.signature(ctx, signed)
	if err != nil {
		return auth.Token{}, err
	}
	return v.claims(claims, time.Now())
}

// signature returns what has been signed, by a key that is taken.
func (v *Verifier) signature(ctx context.Context, signed *jose.JSONWebSignature) ([]byte, error) {
	header := signed.Signatures[0].Header
	keys := v.ring.keys(ctx)
	fitting := fit(keys, header.KeyID, header.Algorithm)
	if len(fitting) == 0 {
		keys = v.ring.newer(ctx)
		fitting = fit(keys, header.KeyID, header.Algorithm)
	}
	switch {
	case len(keys) == 0:
		return nil, errNoKeys
	case len(fitting) == 0:
		return nil, errKey
	}
	if err := v.turns.take(ctx); err != nil {
		return nil, err
	}
	defer v.turns.give()
	for _, k := range fitting {
		if claims, err := signed.Verify(k.Key.Key); err == nil {
			return claims, nil
		}
	}
	return nil, errSignature
}

// fit returns the keys for a token: with its kid, if it has one, before those
// without.
func fit(keys []key, id, algorithm string) []key {
	var named, others []key
	for _, k := range keys {
		switch {
		case !k.fits(algorithm):
		case id != "" && k.ID == id:
			named = append(named, k)
		case id == "" || k.ID == "":
			others = append(others, k)
		}
	}
	named = append(named, others...)
	return named[:min(len(named), maxTries)]
}

// claims checks what a token says of itself.
func (v *Verifier) claims(data []byte, now time.Time) (auth.Token, error) {
	var c struct {
		jwt.Claims
		Expiry    *float64 `json:"exp"`
		NotBefore *float64 `json:"nbf"`
		IssuedAt  *float64 `json:"iat"`
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return auth.Token{}, errClaims
	}
	token := auth.Token{Subject: c.Subject, Claims: data}
	if c.Expiry != nil {
		token.Expires = moment(*c.Expiry).Add(v.config.Leeway)
	}
	switch {
	case len(v.config.Issuers) > 0 && !slices.Contains(v.config.Issuers, c.Issuer):
		return auth.Token{}, errIssuer
	case len(v.config.Audiences) > 0 && !slices.ContainsFunc(v.config.Audiences, c.Audience.Contains):
		return auth.Token{}, errAudience
	case c.Expiry == nil && !v.config.AllowNoExpiry:
		return auth.Token{}, errNoExpiry
	case c.Expiry != nil && !now.Before(token.Expires):
		return auth.Token{}, errExpired
	case c.NotBefore != nil && now.Add(v.config.Leeway).Before(moment(*c.NotBefore)):
		return auth.Token{}, errEarly
	case c.IssuedAt != nil && now.Add(v.config.Leeway).Before(moment(*c.IssuedAt)):
		return auth.Token{}, errIssued
	}
	return token, nil
}

// moment is a NumericDate (RFC 7519 section 2), between the years 1 and 9999.
func moment(seconds float64) time.Time {
	const last = 253_402_300_799
	if !(seconds >= 0) {
		return time.Unix(0, 0)
	}
	whole, part := math.Modf(min(seconds, last))
	return time.Unix(int64(whole), int64(part*1e9))
}
