package transport

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// rekeyer is a client of TLS 1.3 that asks for new keys, RFC 8446 section 4.6.3: crypto/tls has no way to. It takes the
// writing over from the client that has made the handshake.
type rekeyer struct {
	nc     net.Conn
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
}

func newRekeyer(t *testing.T, nc net.Conn, keyLog string) *rekeyer {
	t.Helper()
	for line := range strings.Lines(keyLog) {
		if words := strings.Fields(line); words[0] == "CLIENT_TRAFFIC_SECRET_0" {
			secret, err := hex.DecodeString(words[2])
			if err != nil {
				t.Fatal(err)
			}
			r := &rekeyer{nc: nc}
			r.use(t, secret)
			return r
		}
	}
	t.Fatal("the client has no secret")
	return nil
}

// use sets the keys of a traffic secret, RFC 8446 section 7.3.
func (r *rekeyer) use(t *testing.T, secret []byte) {
	block, err := aes.NewCipher(expand(t, secret, "key", 16))
	if err != nil {
		t.Fatal(err)
	}
	if r.aead, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	r.secret, r.iv, r.seq = secret, expand(t, secret, "iv", 12), 0
}

// expand is HKDF-Expand-Label with an empty context, RFC 8446 section 7.1.
func expand(t *testing.T, secret []byte, label string, n int) []byte {
	label = "tls13 " + label
	info := append([]byte{0, byte(n), byte(len(label))}, label...)
	key, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// record returns a record of TLS 1.3.
func (r *rekeyer) record(kind byte, data []byte) []byte {
	inner := append(bytes.Clone(data), kind)
	head := binary.BigEndian.AppendUint16([]byte{0x17, 3, 3}, uint16(len(inner)+r.aead.Overhead()))
	nonce := bytes.Clone(r.iv)
	for i := range 8 {
		nonce[4+i] ^= byte(r.seq >> (56 - 8*i))
	}
	r.seq++
	return r.aead.Seal(head, nonce, inner, head)
}

// rekey asks the server for a new key and takes one itself, then sends a byte: so often without one is an error.
func (r *rekeyer) rekey(t *testing.T) error {
	records := r.record(0x16, []byte{24, 0, 0, 1, 1})
	r.use(t, expand(t, r.secret, "traffic upd", sha256.Size))
	_, err := r.nc.Write(append(records, r.record(0x17, []byte{0})...))
	return err
}

// TestRekeyingIsNobodysBurden: a client that reads nothing and asks for new keys has the reader of its connection write,
// with the lock of TLS. No publisher waits for that, and when too much waits for the client its connection ends.
func TestRekeyingIsNobodysBurden(t *testing.T) {
	socket, peer := tcpPair(t)
	defer peer.Close()
	lowAt(t, socket)
	var keyLog strings.Builder
	client := tls.Client(peer, &tls.Config{InsecureSkipVerify: true, KeyLogWriter: &keyLog})
	server := tls.Server(Quick(socket), &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	shaken := start(server.Handshake)
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := returned(t, shaken); err != nil {
		t.Fatal(err)
	}
	if suite := client.ConnectionState().CipherSuite; suite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skipf("the cipher suite is %s", tls.CipherSuiteName(suite))
	}
	c := New(server)
	defer c.Close()
	defer c.CutOff()
	tryAll(t, c, appendFrame(nil, 0, 8<<20))

	bytesRead := make(chan struct{}, 10_000)
	received := start(func() error {
		return c.Receive(func(b []byte) (int, int, bool) {
			for range b {
				bytesRead <- struct{}{}
			}
			return len(b), 0, false
		})
	})
	r := newRekeyer(t, peer, keyLog.String())
	const answer = 5 + 5 + 1 + 16          // bytes of a record with a KeyUpdate
	for i := range 20 * maxRest / answer { // the system may yet take some of it
		if err := r.rekey(t); err != nil {
			break // the server has closed
		}
		select {
		case <-bytesRead: // the server has answered the request before
		case err := <-received:
			if errors.Is(err, ErrWoken) || i < maxRest/answer-1000 {
				t.Errorf("Receive after %d requests for a key: %v", i, err)
			}
			return
		case <-time.After(20 * time.Second):
			t.Fatalf("the reader waits after %d requests for a key", i)
		}
		tried := start(func() error {
			_, err := c.TryWrite([][]byte{{1}})
			return err
		})
		if err := returned(t, tried); err != nil {
			t.Fatalf("TryWrite after %d requests: %v", i, err)
		}
	}
	if err := returned(t, received); errors.Is(err, ErrWoken) {
		t.Errorf("Receive: %v", err)
	}
}
