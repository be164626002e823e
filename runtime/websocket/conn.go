package websocket

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

const (
	// frameSize is the largest payload of a frame that is sent.
	frameSize = 16 << 10
	// headSize is the largest header of a frame: a client's of 2 + 8 bytes and a mask.
	headSize = 14
	// farewell is how long the close frame may take to leave.
	farewell = 2 * time.Second
)

// Errors with which a connection ends. The peer gets a close frame with the code.
var (
	errText     = errors.New("websocket: text frame; MQTT goes in binary frames [MQTT-6.0.0-1]")
	errNoMask   = errors.New("websocket: frame of a client without a mask")
	errProtocol = errors.New("websocket: malformed or unexpected frame")
)

// conn is a WebSocket connection as a stream of bytes: the bounds of frames mean nothing to MQTT [MQTT-6.0.0-2]. One
// goroutine reads and one writes, as transport does. It holds no buffer: frames are taken apart where they are read to,
// and a read that a deadline ends goes on where it was.
type conn struct {
	net.Conn // below: TCP, unix or TLS

	// The reading goroutine owns the following.
	ahead   []byte         // what came together with the handshake
	head    [headSize]byte // the header that is being read
	headLen uint8
	inFrame bool // of the payload of a frame there is more to come
	message bool // a message is not complete: frames to come continue it
	op      ws.OpCode
	masked  uint8  // place in mask of the next byte
	left    uint64 // bytes of the payload that are still to come
	mask    [4]byte
	control []byte // payload of the control frame that is being read
	failed  error  // the stream is at its end: what still comes is discarded
	told    bool   // failed was returned

	code atomic.Uint32 // of the close frame to send; 0: normal closure

	mu sync.Mutex // one writes; held across writes, as that of crypto/tls
	// mu guards the following.
	out     [10]byte // header of the frame that is being written
	outHead []byte   // what is unsent of it
	outLeft int      // bytes of its payload that are still to come
	closed  bool     // the close frame is sent

	answers answers
}

// answers are the control frames that the reader wants to be sent. It never waits for the socket.
type answers struct {
	mu sync.Mutex
	// mu guards the following.
	pong    []byte // payload of the newest ping, for older ones need no answer
	waiting bool   // for pong to be sent
	sending bool   // a goroutine sends
}

var buffers = sync.Pool{New: func() any { return new([frameSize + headSize]byte) }}

// NetConn returns the connection below.
func (c *conn) NetConn() net.Conn { return c.Conn }

// HasFarewell tells that the close frame should be sent, and its answer waited for.
func (c *conn) HasFarewell() bool { return true }

// Read reads what is in the frames.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if c.failed != nil && (!c.told || c.failed == io.EOF) {
			c.told = true
			return 0, c.failed
		}
		n, err := c.readBelow(p)
		n, _ = c.Take(p[:n])
		if n > 0 {
			return n, nil // an error below comes again
		}
		if err != nil && (c.failed == nil || c.told) {
			return 0, err
		}
	}
}

// Ahead returns what came together with the handshake, once, for whoever reads the connection below himself.
func (c *conn) Ahead() []byte {
	b := c.ahead
	c.ahead = nil
	return b
}

// Take takes the frames in b apart, moves what is in them to its beginning and returns how many bytes that is, and how
// they have ended the stream, once. What comes after the end is discarded.
func (c *conn) Take(b []byte) (n int, err error) {
	if c.failed != nil {
		return 0, nil
	}
	n, c.failed = c.take(b)
	return n, c.failed
}

func (c *conn) readBelow(p []byte) (int, error) {
	if len(c.ahead) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.ahead)
	if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
		c.ahead = nil
	}
	return n, nil
}

// take takes the frames in b apart, and moves what is in them to its beginning.
func (c *conn) take(b []byte) (n int, err error) {
	for rest := b; ; {
		if !c.inFrame {
			var whole bool
			if rest, whole = c.takeHead(rest); !whole {
				return n, nil
			}
			if err := c.begin(); err != nil {
				return n, err
			}
		}
		part := rest[:min(uint64(len(rest)), c.left)]
		rest = rest[len(part):]
		ws.Cipher(part, c.mask, int(c.masked))
		c.masked = uint8((int(c.masked) + len(part)) & 3)
		c.left -= uint64(len(part))
		if c.op.IsControl() {
			c.control = append(c.control, part...)
		} else {
			n += copy(b[n:], part)
		}
		if c.left > 0 {
			return n, nil
		}
		c.inFrame = false
		if c.op.IsControl() {
			if err := c.obey(); err != nil {
				return n, err
			}
		}
	}
}

// takeHead reads on in the header of a frame, and reports whether it is complete.
func (c *conn) takeHead(b []byte) (rest []byte, whole bool) {
	for {
		need := 2
		if c.headLen >= 2 {
			need = headLength(c.head[1])
		}
		missing := need - int(c.headLen)
		if missing == 0 {
			c.headLen = 0
			return b, true
		}
		n := copy(c.head[c.headLen:need], b)
		c.headLen += uint8(n)
		if b = b[n:]; n < missing {
			return nil, false
		}
	}
}

// headLength returns the length of a header by its second byte.
func headLength(second byte) int {
	n := 2
	switch second & 0x7F {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if second&0x80 != 0 {
		n += 4
	}
	return n
}

// begin obeys a header, RFC 6455 section 5.2.
func (c *conn) begin() error {
	fin, reserved := c.head[0]&0x80 != 0, c.head[0]&0x70
	c.op, c.masked = ws.OpCode(c.head[0]&0x0F), 0
	if c.head[1]&0x80 == 0 {
		return c.fail(ws.StatusProtocolError, errNoMask)
	}
	n := headLength(c.head[1])
	copy(c.mask[:], c.head[n-4:n])
	switch c.left = uint64(c.head[1] & 0x7F); c.left {
	case 126:
		c.left = uint64(binary.BigEndian.Uint16(c.head[2:]))
	case 127:
		c.left = binary.BigEndian.Uint64(c.head[2:])
	}
	switch {
	case reserved != 0, c.left>>63 != 0:
		return c.fail(ws.StatusProtocolError, errProtocol)
	case c.op == ws.OpText:
		return c.fail(ws.StatusUnsupportedData, errText)
	case c.op == ws.OpPing, c.op == ws.OpPong, c.op == ws.OpClose:
		if !fin || c.left > ws.MaxControlFramePayloadSize {
			return c.fail(ws.StatusProtocolError, errProtocol)
		}
	case c.op == ws.OpBinary && !c.message, c.op == ws.OpContinuation && c.message:
		c.message = !fin
	default:
		return c.fail(ws.StatusProtocolError, errProtocol)
	}
	c.inFrame = true
	return nil
}

// fail notes the code of the close frame.
func (c *conn) fail(code ws.StatusCode, err error) error {
	c.code.Store(uint32(code))
	return err
}

// obey obeys a control frame.
func (c *conn) obey() error {
	payload := c.control
	c.control = nil
	switch c.op {
	case ws.OpPing:
		c.answer(payload)
	case ws.OpClose:
		if len(payload) == 1 {
			return c.fail(ws.StatusProtocolError, errProtocol)
		}
		return io.EOF
	}
	return nil
}
