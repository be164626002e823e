package websocket

import (
	"encoding/binary"
	"errors"
	"net"
	"time"

	"github.com/gobwas/ws"
)

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

// sendPongLater has the pong that waits sent by another goroutine. The caller holds mu.
func (c *conn) sendPongLater() error {
	a := &c.answers
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting && !a.sending {
		a.sending = true
		go c.sendAnswers()
	}
	return nil
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
	return c.write(b, c.Conn.Write, c.sendPong)
}

// trier is the socket below, where it can be written without waiting; not TLS.
type trier interface {
	CanTryWrite() bool
	TryWrite(b []byte) (n int, err error)
}

// CanTryWrite reports whether TryWrite works.
func (c *conn) CanTryWrite() bool {
	t, ok := c.Conn.(trier)
	return ok && t.CanTryWrite()
}

// TryWrite sends as much of b as the socket takes at once: less than all with a nil error means that it is full. The next
// Write goes on with what n says is unsent.
func (c *conn) TryWrite(b []byte) (n int, err error) {
	t, ok := c.Conn.(trier)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	if !c.mu.TryLock() {
		return 0, nil // whoever sends a pong may wait for the socket
	}
	defer c.mu.Unlock()
	return c.write(b, t.TryWrite, c.sendPongLater)
}

// write sends b by below until that takes less than it was given, and lets a pong go between frames. The caller holds mu.
func (c *conn) write(b []byte, below func([]byte) (int, error), pong func() error) (n int, err error) {
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
		moved, err = c.writeFrame(buf[:0], b[n:], below)
		n += moved
		if err != nil || len(c.outHead) > 0 || c.outLeft > 0 && n < len(b) {
			break // full
		}
		if c.outLeft == 0 {
			err = pong()
		}
	}
	return n, err
}

// writeFrame writes on in the frame that is begun: its header, and as much of its payload as b has.
func (c *conn) writeFrame(buf, b []byte, below func([]byte) (int, error)) (moved int, err error) {
	head := len(c.outHead)
	buf = append(buf, c.outHead...)
	buf = append(buf, b[:min(len(b), c.outLeft, frameSize)]...)
	sent, err := below(buf)
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
