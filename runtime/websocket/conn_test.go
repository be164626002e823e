package websocket

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// frame is a masked frame, as clients send it.
func frame(op ws.OpCode, fin bool, payload string) string {
	f := ws.NewFrame(op, fin, []byte(payload))
	return string(ws.MustCompileFrame(ws.MaskFrameInPlaceWith(f, [4]byte{1, 0x80, 3, byte(len(payload))})))
}

func closeFrame(code ws.StatusCode) string {
	return frame(ws.OpClose, true, string(ws.NewCloseFrameBody(code, "")))
}

// readFrame reads a small frame.
func readFrame(r io.Reader) (f ws.Frame, err error) {
	if f.Header, err = ws.ReadHeader(r); err == nil {
		f.Payload = make([]byte, min(f.Header.Length, 1<<16))
		_, err = io.ReadFull(r, f.Payload)
	}
	return f, err
}

// pair returns a connection over a pipe.
func pair(t *testing.T) (c *conn, peer net.Conn) {
	server, client := net.Pipe()
	t.Cleanup(func() { _ = server.Close(); _ = client.Close() })
	return &conn{Conn: server}, client
}

// fed is a connection below that gives its pieces one at a time, with a passed deadline between them, and keeps what is
// written.
type fed struct {
	net.Conn
	pieces  []string
	late    bool
	written bytes.Buffer
}

func (f *fed) Read(p []byte) (int, error) {
	if f.late = !f.late; f.late {
		return 0, os.ErrDeadlineExceeded
	}
	if len(f.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.pieces[0])
	if f.pieces[0] = f.pieces[0][n:]; f.pieces[0] == "" {
		f.pieces = f.pieces[1:]
	}
	return n, nil
}

func (f *fed) Write(p []byte) (int, error)      { return f.written.Write(p) }
func (f *fed) CanTryWrite() bool                { return true }
func (f *fed) TryWrite(p []byte) (int, error)   { return f.Write(p) }
func (f *fed) SetWriteDeadline(time.Time) error { return nil }

// readAll reads with a buffer of size bytes, over all deadlines.
func readAll(c *conn, size int) (string, error) {
	var all []byte
	for p := make([]byte, size); ; {
		n, err := c.Read(p)
		all = append(all, p[:n]...)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return string(all), err
		}
	}
}

// script has frames of every length of header, fragments with a pong between, and a close.
func script() (stream, want string) {
	long, longer := strings.Repeat("long ", 100), strings.Repeat("longer ", 10_000)
	stream = frame(ws.OpBinary, true, "a") + frame(ws.OpBinary, true, "") + frame(ws.OpBinary, true, long) +
		frame(ws.OpBinary, false, "one") + frame(ws.OpPong, true, "?") + frame(ws.OpContinuation, false, "") +
		frame(ws.OpContinuation, true, "two") + frame(ws.OpBinary, true, longer) + closeFrame(1000)
	return stream, "a" + long + "onetwo" + longer
}

func TestRead(t *testing.T) {
	stream, want := script()
	for _, size := range []int{1, 2, 3, 127, 4096, 200_000} {
		for _, piece := range []int{1, 5, 13, 1000, len(stream)} {
			f := &fed{}
			for b := stream; b != ""; b = b[min(piece, len(b)):] {
				f.pieces = append(f.pieces, b[:min(piece, len(b))])
			}
			if got, err := readAll(&conn{Conn: f}, size); got != want || err != io.EOF {
				t.Fatalf("pieces of %d, reads of %d: %d bytes, %v, want %d", piece, size, len(got), err, len(want))
			}
		}
	}
	if got, err := readAll(&conn{Conn: &fed{pieces: []string{stream[100:]}}, ahead: []byte(stream[:100])}, 127); got != want || err != io.EOF {
		t.Errorf("bytes that came with the handshake: %d bytes, %v", len(got), err)
	}
}

// badFrame is how a stream goes wrong, or ends.
type badFrame struct {
	stream string
	err    error
	code   ws.StatusCode
}

func badFrames() map[string]badFrame {
	unmasked := string(ws.MustCompileFrame(ws.NewBinaryFrame([]byte("x"))))
	return map[string]badFrame{
		"text [MQTT-6.0.0-1]":       {frame(ws.OpText, true, "hi"), errText, 1003},
		"no mask":                   {unmasked, errNoMask, 1002},
		"reserved bit":              {"\xC2\x80\x00\x00\x00\x00", errProtocol, 1002},
		"reserved opcode":           {frame(3, true, ""), errProtocol, 1002},
		"continuation of nothing":   {frame(ws.OpContinuation, true, "x"), errProtocol, 1002},
		"message within a message":  {frame(ws.OpBinary, false, "") + frame(ws.OpBinary, true, "x"), errProtocol, 1002},
		"long ping":                 {frame(ws.OpPing, true, strings.Repeat("x", 126)), errProtocol, 1002},
		"ping in fragments":         {frame(ws.OpPing, false, "x"), errProtocol, 1002},
		"close of one byte":         {frame(ws.OpClose, true, "x"), errProtocol, 1002},
		"negative length":           {"\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00", errProtocol, 1002},
		"close":                     {closeFrame(1001), io.EOF, 1000},
		"close without a code":      {frame(ws.OpClose, true, ""), io.EOF, 1000},
		"end without a close frame": {"", io.EOF, 1000},
	}
}

// TestBadFrames wants what came before to be read, then the error, and the code in the close frame.
func TestBadFrames(t *testing.T) {
	for name, tt := range badFrames() {
		for _, after := range []string{"", "rubbish"} {
			f := &fed{pieces: []string{frame(ws.OpBinary, true, "before") + tt.stream + after}}
			if tt.stream == "" {
				f.pieces[0] = frame(ws.OpBinary, true, "before")
			}
			c := &conn{Conn: f}
			if got, err := readAll(c, 100); got != "before" || err != tt.err {
				t.Errorf("%s: %q, %v, want %v", name, got, err, tt.err)
			}
			if n, err := c.Read(make([]byte, 10)); n != 0 || err == nil {
				t.Errorf("%s: after the end %d bytes, %v", name, n, err)
			}
			_ = c.CloseWrite()
			sent, err := readFrame(&f.written)
			if code, _ := ws.ParseCloseFrameData(sent.Payload); err != nil || sent.Header.OpCode != ws.OpClose || code != tt.code {
				t.Errorf("%s: sent %+v, %v, want a close frame with %d", name, sent, err, tt.code)
			}
			if _, err := c.Write([]byte("x")); err == nil || f.written.Len() > 0 {
				t.Errorf("%s: something follows the close frame", name)
			}
		}
	}
}

func TestPing(t *testing.T) {
	c, peer := pair(t)
	go func() { _, _ = readAll(c, 100) }()
	for _, payload := range []string{"", "are you there?"} {
		if _, err := io.WriteString(peer, frame(ws.OpPing, true, payload)); err != nil {
			t.Fatal(err)
		}
		f, err := readFrame(peer)
		if err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != payload {
			t.Errorf("%+v, %v", f, err)
		}
	}
}

// TestPingNeverHoldsUpTheReader: the peer sends pings and reads nothing.
func TestPingNeverHoldsUpTheReader(t *testing.T) {
	c, peer := pair(t)
	go func() {
		for range 1000 {
			_, _ = io.WriteString(peer, frame(ws.OpPing, true, "x"))
		}
		_, _ = io.WriteString(peer, frame(ws.OpBinary, true, "through")+closeFrame(1000))
	}()
	if got, err := readAll(c, 100); got != "through" || err != io.EOF {
		t.Errorf("%q, %v", got, err)
	}
}

// few writes so many bytes at a time, then a deadline passes.
type few struct {
	fed
	r *rand.Rand
}

func (f *few) Write(p []byte) (int, error) {
	n := min(f.r.IntN(2000), len(p))
	f.written.Write(p[:n])
	if n < len(p) {
		return n, os.ErrDeadlineExceeded
	}
	return n, nil
}

func (f *few) TryWrite(p []byte) (int, error) {
	n, _ := f.Write(p)
	return n, nil
}

// TestWriteOverDeadlines: what is written in parts, by Write and by TryWrite, with pongs between, is whole frames.
func TestWriteOverDeadlines(t *testing.T) {
	f := &few{r: rand.New(rand.NewPCG(1, 2))}
	c := &conn{Conn: f}
	var want []byte
	for i := range 200 {
		b := bytes.Repeat([]byte{byte(i)}, i*i)
		want = append(want, b...)
		for len(b) > 0 {
			c.answers.mu.Lock()
			c.answers.pong, c.answers.waiting = []byte("pong"), true
			c.answers.mu.Unlock()
			write := c.Write
			if len(b)%2 == 0 {
				write = c.TryWrite
			}
			n, err := write(b)
			b = b[n:]
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
		}
	}
	for sending := true; sending || len(c.outHead) > 0; {
		_, _ = c.Write([]byte("."))
		want = append(want, '.')
		c.answers.mu.Lock()
		sending = c.answers.sending
		c.answers.mu.Unlock()
	}
	var got []byte
	pongs := 0
	for f.written.Len() > 0 {
		h, err := ws.ReadHeader(&f.written)
		if err != nil || h.Masked || !h.Fin {
			t.Fatalf("%+v, %v", h, err)
		}
		payload := f.written.Next(int(h.Length))
		if h.OpCode == ws.OpPong {
			pongs++
			continue
		}
		got = append(got, payload...)
	}
	if !bytes.HasPrefix(got, bytes.TrimRight(want, ".")) || pongs == 0 {
		t.Errorf("%d bytes, want %d; %d pongs", len(got), len(want), pongs)
	}
}

func TestAllocations(t *testing.T) {
	f := &fed{}
	c := &conn{Conn: f}
	b := []byte(strings.Repeat("x", 200))
	in := frame(ws.OpBinary, true, "some message")
	p := make([]byte, 127)
	if n := testing.AllocsPerRun(100, func() {
		f.written.Reset()
		_, _ = c.Write(b)
		_, _ = c.TryWrite(b)
		_, _ = c.take(p[:copy(p, in)])
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRead(f *testing.F) {
	stream, _ := script()
	f.Add([]byte(stream[:400]), uint8(3))
	f.Add([]byte(frame(ws.OpPing, true, "x")+frame(ws.OpText, true, "x")), uint8(200))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		whole, wholeErr := readAll(&conn{Conn: &fed{pieces: []string{string(b)}}}, 1000)
		at := min(int(cut), len(b))
		parts, partsErr := readAll(&conn{Conn: &fed{pieces: []string{string(b[:at]), string(b[at:])}}}, 7)
		if len(b) > 0 && at > 0 && at < len(b) && (whole != parts || wholeErr != partsErr) {
			t.Errorf("whole: %q, %v; cut: %q, %v", whole, wholeErr, parts, partsErr)
		}
	})
}
