package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"

	"github.com/gobwas/ws"
)

// wsClient is the client's end of a WebSocket as a stream: a frame for each
// Write, in one write below, and what is in the frames that come. It asks for
// nothing that has to be answered.
type wsClient struct {
	net.Conn
	r    *bufio.Reader
	left int64 // of the payload of the frame that is being read
	out  bytes.Buffer
}

// dialWebSocket connects with the subprotocol of MQTT.
func dialWebSocket(ctx context.Context, url string) (net.Conn, error) {
	nc, early, _, err := ws.Dialer{Protocols: []string{"mqtt"}}.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	c := &wsClient{Conn: nc, r: early} // what came together with the answer
	if c.r == nil {
		c.r = bufio.NewReaderSize(nc, 4<<10)
	}
	return c, nil
}

func (c *wsClient) Read(p []byte) (int, error) {
	for c.left == 0 {
		h, err := ws.ReadHeader(c.r)
		if err != nil {
			return 0, err
		}
		if h.OpCode.IsControl() {
			if h.OpCode == ws.OpClose {
				return 0, io.EOF
			}
			if _, err := c.r.Discard(int(h.Length)); err != nil {
				return 0, err
			}
			continue
		}
		c.left = h.Length
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

func (c *wsClient) Write(p []byte) (int, error) {
	mask := ws.NewMask()
	c.out.Reset()
	_ = ws.WriteHeader(&c.out, ws.Header{Fin: true, OpCode: ws.OpBinary, Masked: true, Mask: mask, Length: int64(len(p))}) // to memory
	head := c.out.Len()
	c.out.Write(p)
	ws.Cipher(c.out.Bytes()[head:], mask, 0)
	n, err := c.Conn.Write(c.out.Bytes())
	return max(n-head, 0), err
}
