package jwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// key is one key, with what it is for.
type key struct {
	Key
	algorithm string // of the JWK; empty for any that fits
}

// secretBytes is the least length of a secret (RFC 7518 section 3.2), and curves
// the curve of a key (section 3.4).
var (
	secretBytes = map[string]int{"HS256": 32, "HS384": 48, "HS512": 64}
	curves      = map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
)

const rsaBits = 2048

// fits says whether a key is one for an algorithm: a public key is never a
// secret for HMAC, however a token may call it.
func (k *key) fits(algorithm string) bool {
	if k.algorithm != "" && k.algorithm != algorithm {
		return false
	}
	switch of := k.Key.Key.(type) {
	case []byte:
		return strings.HasPrefix(algorithm, "HS") && len(of) >= secretBytes[algorithm]
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		return of.Curve.Params().Name == curves[algorithm]
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

// same reports whether other verifies what k does.
func (k *key) same(other key) bool {
	if k.ID != other.ID || k.algorithm != other.algorithm {
		return false
	}
	switch of := k.Key.Key.(type) {
	case []byte:
		b, ok := other.Key.Key.([]byte)
		return ok && bytes.Equal(of, b)
	case interface{ Equal(crypto.PublicKey) bool }:
		return of.Equal(other.Key.Key)
	}
	return false
}

// check says what is wrong with a key, whatever the algorithm.
func (k *key) check() error {
	switch of := k.Key.Key.(type) {
	case []byte:
		if len(of) < secretBytes["HS256"] {
			return fmt.Errorf("a secret has %d bytes; HS256 needs at least 32, HS384 48, HS512 64", len(of))
		}
		if isPEM(of) {
			return errors.New("a secret is a key in PEM; parse it, and give the public key: what is public is no secret for HMAC")
		}
	case *rsa.PublicKey:
		if of == nil || of.N == nil || of.N.BitLen() < rsaBits {
			return fmt.Errorf("an RSA key has fewer than %d bits", rsaBits)
		}
	case *ecdsa.PublicKey:
		if of == nil || of.Curve == nil {
			return errors.New("an ECDSA key has no curve")
		}
	case ed25519.PublicKey:
		if len(of) != ed25519.PublicKeySize {
			return fmt.Errorf("an Ed25519 key has %d bytes, not %d", len(of), ed25519.PublicKeySize)
		}
	default:
		return fmt.Errorf("a key is a %T; give a []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey", of)
	}
	return nil
}

func isPEM(b []byte) bool { return bytes.Contains(b, []byte("-----BEGIN ")) }

// parseKeys reads the keys of a file or an answer. Keys of a set that are for
// something else, or of a kind that is not known, are left out (RFC 7517
// section 5).
func parseKeys(data []byte) ([]key, error) {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return nil, errors.New("it is empty")
	case isPEM(text):
		return parsePEM(text)
	case text[0] != '{':
		return nil, errors.New("it is neither PEM nor a JWK nor a JWKS")
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("it is no JSON object of a JWK or a JWKS")
	}
	if set.Keys == nil {
		k, err := parseJWK(text)
		if err != nil {
			return nil, err
		}
		return []key{k}, nil
	}
	var list []key
	var first error
	for _, raw := range set.Keys[:min(len(set.Keys), maxKeys)] {
		k, err := parseJWK(raw)
		if err == nil {
			list = append(list, k)
		} else if first == nil {
			first = err
		}
	}
	switch {
	case len(list) > 0:
		return list, nil
	case first != nil:
		return nil, fmt.Errorf("no key of the set is of use; the first: %w", first)
	}
	return nil, errors.New("the set has no keys")
}

// parseJWK reads one JWK. What the library says of it may quote it, secrets
// too, and is not repeated.
func parseJWK(raw []byte) (key, error) {
	var j jose.JSONWebKey
	if err := json.Unmarshal(raw, &j); err != nil {
		return key{}, errors.New("a JWK cannot be read")
	}
	if j.Use != "" && j.Use != "sig" {
		return key{}, errors.New("a JWK is not for signatures")
	}
	k := key{Key{j.KeyID, j.Key}, j.Algorithm}
	if _, secret := j.Key.([]byte); !secret && !j.IsPublic() {
		return key{}, errPrivate
	}
	return k, k.check()
}

var errPrivate = errors.New("it holds a private key, which belongs to the issuer alone; give the public one")

func parsePEM(text []byte) ([]key, error) {
	var list []key
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return nil, errPrivate
		}
		public, err := parseBlock(block)
		if err != nil {
			return nil, fmt.Errorf("PEM block %s: %w", block.Type, err)
		}
		k := key{Key: Key{Key: public}}
		if err := k.check(); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	if len(list) == 0 {
		return nil, errors.New("its PEM cannot be read")
	}
	return list, nil
}

func parseBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return cert.PublicKey, nil
	}
	return nil, errors.New("it is neither a public key nor a certificate")
}
