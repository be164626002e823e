package websocket

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/gobwas/ws"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/transport"
)

// tcpPair returns a connection over TCP that can be written without waiting.
func tcpPair(t *testing.T) (c *conn, peer net.Conn) {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	if peer, err = net.Dial("tcp", nl.Addr().String()); err != nil {
		t.Fatal(err)
	}
	server, err := nl.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c = &conn{Conn: transport.Quick(server)}
	t.Cleanup(func() { _ = c.Close(); _ = peer.Close() })
	if !c.CanTryWrite() {
		t.Skip("not on this system")
	}
	return c, peer
}

// TestTryWrite fills the socket, and goes on by Write when the peer reads.
func TestTryWrite(t *testing.T) {
	c, peer := tcpPair(t)
	whole := bytes.Repeat([]byte("0123456789"), 2<<20)
	n := 0
	for {
		moved, err := c.TryWrite(whole[n:])
		if err != nil {
			t.Fatal(err)
		}
		if n += moved; moved == 0 {
			break
		}
	}
	if n == 0 || n == len(whole) {
		t.Fatalf("TryWrite has taken %d of %d bytes", n, len(whole))
	}
	written := make(chan error, 1)
	go func() {
		_, err := c.Write(whole[n:])
		if err == nil {
			err = c.CloseWrite()
		}
		written <- err
	}()
	var got []byte
	for {
		h, err := ws.ReadHeader(peer)
		if err != nil {
			t.Fatal(err)
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(peer, payload); err != nil {
			t.Fatal(err)
		}
		if h.OpCode == ws.OpClose {
			break
		}
		got = append(got, payload...)
	}
	if err := <-written; err != nil || !bytes.Equal(got, whole) {
		t.Errorf("%d bytes arrived of %d, %v", len(got), len(whole), err)
	}
}

// TestTryWriteBesideAnswers: whoever sends a pong waits for the socket, TryWrite does not.
func TestTryWriteBesideAnswers(t *testing.T) {
	c, peer := pair(t)
	c.Conn = waiting{c.Conn}
	c.answer([]byte("pong"))
	if _, err := io.ReadFull(peer, make([]byte, 1)); err != nil { // of the pong: its writer is at work
		t.Fatal(err)
	}
	if n, err := c.TryWrite([]byte("x")); n != 0 || err != nil {
		t.Errorf("TryWrite: %d, %v", n, err)
	}
	if _, err := io.ReadFull(peer, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
}

// waiting is a connection whose Write waits for the peer.
type waiting struct{ net.Conn }

func (waiting) CanTryWrite() bool                { return true }
func (w waiting) TryWrite(b []byte) (int, error) { return len(b), nil }
