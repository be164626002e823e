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
		if c.failed == nil {
			n, c.failed = c.take(p[:n])
		} else {
			n = 0
		}
		if n > 0 {
			return n, nil // an error below comes again
		}
		if err != nil && (c.failed == nil || c.told) {
			return 0, err
		}
	}
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

// answer has a pong sent. The reader may be the one whom a full socket waits for, so it does not write itself.
func (c *conn) answer(payload []byte) {
	a := &c.answers
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pong, a.waiting = payload, true
	if !a.sending {
		a.sending = true
		go c.sendAnswers()
	}
}

// sendAnswers sends pongs until none waits. It ends at the latest with the connection.
func (c *conn) sendAnswers() {
	for {
		c.mu.Lock()
		err := c.sendPong()
		c.mu.Unlock()
		a := &c.answers
		a.mu.Lock()
		if err != nil || !a.waiting {
			a.sending = false
			a.mu.Unlock()
			return
		}
		a.mu.Unlock()
	}
}

// sendPong sends the pong that waits, but not within a frame: whoever completes that sends the pong. The caller holds mu.
func (c *conn) sendPong() error {
	if c.outLeft > 0 || len(c.outHead) > 0 {
		return errBetween
	}
	a := &c.answers
	a.mu.Lock()
	payload, waiting := a.pong, a.waiting
	a.pong, a.waiting = nil, false
	a.mu.Unlock()
	if !waiting || c.closed {
		return nil
	}
	return c.sendControl(ws.OpPong, payload)
}

// errBetween: a frame is half sent.
var errBetween = errors.New("websocket: within a frame")

// sendControl sends a control frame whole. The caller holds mu. One that is cut short by a deadline is completed by the
// next Write, as it is a frame whose payload is part of its header.
func (c *conn) sendControl(op ws.OpCode, payload []byte) error {
	frame := append([]byte{0x80 | byte(op), byte(len(payload))}, payload...)
	n, err := c.Conn.Write(frame)
	c.outHead = frame[n:]
	return err
}

// Write sends b in binary frames. After an error that is a deadline's, it goes on with what n says is unsent.
func (c *conn) Write(b []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	buf := buffers.Get().(*[frameSize + headSize]byte)
	defer buffers.Put(buf)
	for n < len(b) && err == nil {
		if len(c.outHead) == 0 && c.outLeft == 0 {
			c.outLeft = min(len(b)-n, frameSize)
			c.outHead = appendHead(c.out[:0], c.outLeft)
		}
		var moved int
		moved, err = c.writeFrame(buf[:0], b[n:])
		n += moved
		if err == nil && c.outLeft == 0 {
			err = c.sendPong()
		}
	}
	return n, err
}

// writeFrame writes on in the frame that is begun: its header, and as much of its payload as b has.
func (c *conn) writeFrame(buf, b []byte) (moved int, err error) {
	head := len(c.outHead)
	buf = append(buf, c.outHead...)
	buf = append(buf, b[:min(len(b), c.outLeft, frameSize)]...)
	sent, err := c.Conn.Write(buf)
	c.outHead = c.outHead[min(sent, head):]
	moved = max(sent-head, 0)
	c.outLeft -= moved
	return moved, err
}

// appendHead appends the header of a binary frame that is a message.
func appendHead(b []byte, size int) []byte {
	b = append(b, 0x80|byte(ws.OpBinary))
	if size < 126 {
		return append(b, byte(size))
	}
	return binary.BigEndian.AppendUint16(append(b, 126), uint16(size)) // frameSize is less than 64 KiB
}

// CloseWrite sends the close frame, after which nothing is sent. The connection below stays open: the peer answers, and
// waits for this side to close it.
func (c *conn) CloseWrite() error {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(farewell)) // also for whoever holds mu
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	if c.outLeft > 0 || len(c.outHead) > 0 {
		return errBetween
	}
	code := ws.StatusCode(c.code.Load())
	if code == 0 {
		code = ws.StatusNormalClosure
	}
	return c.sendControl(ws.OpClose, ws.NewCloseFrameBody(code, ""))
}
