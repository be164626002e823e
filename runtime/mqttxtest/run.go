package mqttxtest

import (
	"context"
	"fmt"
	"net"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// reader takes packets off a connection.
type reader struct {
	nc  net.Conn
	buf []byte
	eat int // bytes of the packet returned last
}

// next returns the next packet; its body is valid until the next call.
func (r *reader) next() (packet.Header, []byte, error) {
	r.buf = r.buf[r.eat:]
	r.eat = 0
	for {
		h, ok, err := packet.ParseHeader(r.buf)
		if err != nil {
			return h, nil, err
		}
		if total := h.Size + h.Length; ok && len(r.buf) >= total {
			r.eat = total
			return h, r.buf[h.Size:total], nil
		}
		var more [4096]byte
		n, err := r.nc.Read(more[:])
		r.buf = append(r.buf, more[:n]...)
		if err != nil && n == 0 {
			return h, nil, err
		}
	}
}

// run reads until the connection ends.
func (c *Client) run(r *reader) {
	var err error
	for err == nil {
		var h packet.Header
		var body []byte
		if h, body, err = r.next(); err == nil {
			err = c.take(h, body)
		}
	}
	_ = c.nc.Close()
	c.mu.Lock()
	c.end = fmt.Errorf("%w: %w", ErrClosed, err)
	close(c.arrived)
	c.arrived = make(chan struct{})
	c.mu.Unlock()
	close(c.done)
}

// take deals with one packet of the server.
func (c *Client) take(h packet.Header, body []byte) error {
	switch h.Type {
	case packet.TypePublish:
		return c.takePublish(h, body)
	case packet.TypePuback, packet.TypePubrec, packet.TypePubcomp, packet.TypePubrel:
		var a packet.Ack
		if err := a.Decode(h, c.version, body); err != nil {
			return err
		}
		if a.Type == packet.TypePubrel {
			comp := packet.Ack{Type: packet.TypePubcomp, PacketID: a.PacketID}
			c.sendLater(comp.Append(nil, c.version))
			return nil
		}
		c.answered(answerKey{a.Type, a.PacketID}, answer{[]mqtt.ReasonCode{a.Code}, a.Reason})
	case packet.TypeSuback:
		var s packet.Suback
		if err := s.Decode(h, c.version, body); err != nil {
			return err
		}
		c.answered(answerKey{h.Type, s.PacketID}, answer{s.Codes, s.Reason})
	case packet.TypeUnsuback:
		var u packet.Unsuback
		if err := u.Decode(h, c.version, body); err != nil {
			return err
		}
		c.answered(answerKey{h.Type, u.PacketID}, answer{u.Codes, u.Reason})
	case packet.TypePingresp:
		c.answered(answerKey{h.Type, 0}, answer{})
	case packet.TypeDisconnect:
		var d packet.Disconnect
		if err := d.Decode(h, c.version, body); err != nil {
			return err
		}
		return &mqtt.Refusal{Code: d.Code, Reason: d.Reason, Disconnect: true, Properties: d.User, ServerReference: d.ServerReference}
	case packet.TypeAuth:
		return c.takeAuth(h, body)
	default:
		return fmt.Errorf("unexpected %v from the server", h.Type)
	}
	return nil
}

func (c *Client) takePublish(h packet.Header, body []byte) error {
	var p packet.Publish
	if err := p.Decode(h, c.version, body); err != nil {
		return err
	}
	m := mqtt.Message{
		Topic: string(p.Name), QoS: p.QoS, Retain: p.Retain, Dup: p.Dup, PacketID: p.PacketID,
		Raw: append([]byte{}, p.Payload...), Properties: packet.DecodeProperties(append([]byte{}, p.Props.Raw...)),
	}
	// The acknowledgement first: who has the message may Disconnect, which waits
	// for it.
	if !c.hold && m.QoS > mqtt.QoS0 {
		a := packet.Ack{Type: packet.TypePuback, PacketID: m.PacketID}
		if m.QoS == mqtt.QoS2 {
			a.Type = packet.TypePubrec
		}
		c.sendLater(a.Append(nil, c.version))
	}
	c.mu.Lock()
	c.inbox = append(c.inbox, m)
	close(c.arrived)
	c.arrived = make(chan struct{})
	c.mu.Unlock()
	return nil
}

// sendLater writes from another goroutine, in order, so that the reader is
// never held up by a server that waits for it to read.
func (c *Client) sendLater(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.later = append(c.later, b)
	if c.sent == nil {
		c.sent = make(chan struct{})
		go c.sendAll()
	}
}

// settle waits until the acknowledgements of what was received are written.
func (c *Client) settle() {
	c.mu.Lock()
	sent := c.sent
	c.mu.Unlock()
	if sent != nil {
		<-sent
	}
}

func (c *Client) sendAll() {
	for {
		c.mu.Lock()
		if len(c.later) == 0 {
			close(c.sent)
			c.sent = nil
			c.mu.Unlock()
			return
		}
		b := c.later[0]
		c.later = c.later[1:]
		c.mu.Unlock()
		_ = c.send(b) // a broken connection is the reader's to report
	}
}

func (c *Client) send(b []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	if _, err := c.nc.Write(b); err != nil {
		if end := c.Err(); end != nil {
			return end
		}
		return err
	}
	return nil
}

// ask sends a packet and waits for its answer. Where several wait for the same
// (PINGRESP has no packet identifier), they are answered in turn.
func (c *Client) ask(ctx context.Context, t packet.Type, id uint16, b []byte) (answer, error) {
	ch := make(chan answer, 1)
	key := answerKey{t, id}
	c.mu.Lock()
	c.answers[key] = append(c.answers[key], ch)
	c.mu.Unlock()
	if err := c.send(b); err != nil {
		return answer{}, err
	}
	select {
	case a := <-ch:
		return a, nil
	case <-c.done:
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	select {
	case a := <-ch: // the last that came
		return a, nil
	default:
		return answer{}, c.Err()
	}
}

func (c *Client) answered(key answerKey, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := c.answers[key]
	switch len(waiting) {
	case 0:
		return // nobody has asked
	case 1:
		delete(c.answers, key)
	default:
		c.answers[key] = waiting[1:]
	}
	waiting[0] <- a
}

func (c *Client) nextID() uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	if c.lastID == 0 {
		c.lastID = 1
	}
	return c.lastID
}
