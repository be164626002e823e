package websocket

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/gobwas/ws"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/transport"
)

// over returns a connection over TCP as the server reads it, and its client.
func over(t *testing.T, ahead string) (*transport.Conn, net.Conn) {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	client, err := net.Dial("tcp", nl.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := nl.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := transport.New(&conn{Conn: transport.Quick(server), ahead: []byte(ahead)})
	t.Cleanup(func() { _ = client.Close(); c.CutOff(); _ = c.Close() })
	return c, client
}

// receiveAll receives until an error.
func receiveAll(c *transport.Conn) (string, error) {
	var all []byte
	err := c.Receive(func(b []byte) (int, int, bool) { all = append(all, b...); return len(b), 0, false })
	return string(all), err
}

// TestReceive reads a stream in frames at the socket, as TestRead does by Read.
func TestReceive(t *testing.T) {
	stream, want := script()
	for _, ahead := range []int{0, 1, 100, 700, len(stream)} {
		for _, piece := range []int{1, 13, 1000, len(stream)} {
			c, client := over(t, stream[:ahead])
			wrote := make(chan error, 1)
			go func() {
				var err error
				rest := stream[ahead:]
				for i := 0; i < len(rest) && err == nil; i += piece {
					if i > 3000 && piece < 1000 { // enough of that
						_, err = io.WriteString(client, rest[i:])
						break
					}
					_, err = io.WriteString(client, rest[i:min(i+piece, len(rest))])
				}
				wrote <- err
			}()
			if got, err := receiveAll(c); got != want || err != io.EOF {
				t.Fatalf("%d bytes ahead, pieces of %d: %d bytes, %v, want %d", ahead, piece, len(got), err, len(want))
			}
			if err := <-wrote; err != nil {
				t.Fatal(err)
			}
			if got, err := receiveAll(c); got != "" || err != io.EOF {
				t.Fatalf("after the close frame: %q, %v", got, err)
			}
		}
	}
}

// TestReceiveBadFrames wants what came before to be read, then the error once; what follows is discarded.
func TestReceiveBadFrames(t *testing.T) {
	for name, tt := range badFrames() {
		for _, together := range []bool{false, true} {
			c, client := over(t, "")
			before := frame(ws.OpBinary, true, "before")
			if together {
				_, _ = io.WriteString(client, before+tt.stream+"rubbish")
			} else {
				go func() {
					_, _ = io.WriteString(client, before)
					_, _ = io.WriteString(client, tt.stream)
					_, _ = io.WriteString(client, "rubbish")
				}()
			}
			if tt.stream == "" {
				continue // rubbish is no end
			}
			if got, err := receiveAll(c); got != "before" || !errors.Is(err, tt.err) {
				t.Errorf("%s: %q, %v, want %v", name, got, err, tt.err)
			}
			_ = client.(*net.TCPConn).CloseWrite()
			if got, err := receiveAll(c); got != "" || err != io.EOF {
				t.Errorf("%s: after it %q, %v", name, got, err)
			}
		}
	}
}
