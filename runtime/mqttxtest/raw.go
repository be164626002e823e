package mqttxtest

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Raw is a connection on which a test says every byte, also those that no
// client would send:
//
//	raw := net.Raw(mqtt.V5)
//	raw.Send(`10 [ VERSION 02 00 00 [] "sensor" ]`) // CONNECT
//	raw.Expect(2)                                   // CONNACK
//	raw.Send(`82 [ 00 00 [] "a/b" 00 ]`)            // SUBSCRIBE with packet identifier 0
//	raw.ExpectPacket("DISCONNECT code=82")
//	raw.ExpectClosed()
//
// It answers nothing by itself. What the server sends is taken off the
// connection at once, so that the server never waits for the test. Send
// and the methods that expect something are for the test's goroutine; they end
// the test where it goes wrong.
type Raw struct {
	t       testing.TB
	nc      net.Conn
	version mqtt.Version
	done    chan struct{} // closed when the server has ended the connection

	mu sync.Mutex
	// mu guards the following.
	in      []byte        // received and not asked for
	ended   bool          // nothing more will come
	arrived chan struct{} // closed and replaced when something arrives
}

// Raw opens a connection for a client of a version, which says nothing yet. It
// is closed when the test ends.
func (n *Net) Raw(v mqtt.Version) *Raw {
	r := &Raw{t: n.t, nc: n.Dial(), version: v, done: make(chan struct{}), arrived: make(chan struct{})}
	go r.collect()
	n.t.Cleanup(r.Close)
	return r
}

// collect takes what the server sends until there is no more.
func (r *Raw) collect() {
	defer close(r.done)
	var b [4096]byte
	for {
		n, err := r.nc.Read(b[:])
		r.mu.Lock()
		r.in = append(r.in, b[:n]...)
		r.ended = err != nil
		close(r.arrived)
		r.arrived = make(chan struct{})
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Send writes bytes in a notation: hexadecimal digits, two for a byte; 'text'
// for its bytes; "text" for a string with its length in two bytes before it; [
// and ] around what has its length as a Variable Byte Integer before it, as
// packets and properties have; { and } around what is written in MQTT 5.0
// only; VERSION for protocol name and level of the connection. One part is
// repeated by a star and a count: 'x'*1000. What a server that has closed the
// connection does not take is lost, as on any network.
func (r *Raw) Send(notation string) {
	r.t.Helper()
	b, err := parse(notation, r.version)
	if err != nil {
		r.t.Fatalf("mqttxtest: send: %v", err)
	}
	r.Write(b)
}

// Write sends bytes.
func (r *Raw) Write(b []byte) {
	_ = r.nc.SetWriteDeadline(time.Now().Add(timeout))
	_, _ = r.nc.Write(b) // a server that has closed is what Expect methods tell
}

// SendPacket sends a packet in the version of the connection.
func (r *Raw) SendPacket(p interface {
	Append(dst []byte, v mqtt.Version) []byte
}) {
	r.Write(p.Append(nil, r.version))
}

// errNothing says that Next has waited in vain.
var errNothing = errors.New("nothing has arrived")

// Next returns the next packet; it waits at most 10 seconds, which cost no
// time in a bubble of testing/synctest.
func (r *Raw) Next() (Received, error) {
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	for {
		r.mu.Lock()
		p, ok, err := r.cut()
		ended, arrived := r.ended, r.arrived
		r.mu.Unlock()
		switch {
		case ok || err != nil:
			return p, err
		case ended:
			return p, ErrClosed
		}
		select {
		case <-arrived:
		case <-limit.C:
			return p, errNothing
		}
	}
}

// cut takes the next complete packet off what has arrived. mu is held.
func (r *Raw) cut() (p Received, ok bool, err error) {
	h, ok, err := packet.ParseHeader(r.in)
	total := h.Size + h.Length
	if err != nil || !ok || len(r.in) < total {
		return p, false, err
	}
	p = Received{Header: h, Bytes: r.in[:total:total], Version: r.version}
	r.in = r.in[total:]
	return p, true, nil
}

// Pending returns the packets that have arrived and were not asked for,
// without waiting. In a bubble of testing/synctest, where it waits for
// everything to come to rest first, these are all that the server sends before
// time goes on.
func (r *Raw) Pending() (all []Received) {
	rest()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		p, ok, _ := r.cut()
		if !ok {
			return all
		}
		all = append(all, p)
	}
}

// rest waits until all other goroutines of the bubble are blocked. It reports
// whether there is a bubble.
func rest() (bubble bool) {
	defer func() { _ = recover() }() // synctest.Wait panics outside of bubbles
	synctest.Wait()
	return true
}

// Expect returns the next packet, which has the given type: its number, such
// as 2 for CONNACK.
func (r *Raw) Expect(t packet.Type) (packet.Header, []byte) {
	r.t.Helper()
	p, err := r.Next()
	if err != nil {
		r.t.Fatalf("mqttxtest: want %v: %v", t, err)
	}
	if p.Header.Type != t {
		r.t.Fatalf("mqttxtest: want %v, got\n%v\n% X", t, p, p.Bytes)
	}
	return p.Header, p.Body()
}

// ExpectPacket wants the next packet to be text, in the words of
// [Received.String]. A Reason String may be left out, and what a CONNACK says
// beside the words.
func (r *Raw) ExpectPacket(text string) {
	r.t.Helper()
	p, err := r.Next()
	if err != nil {
		r.t.Fatalf("mqttxtest: want %s: %v", text, err)
	}
	if !p.Is(text) {
		r.t.Fatalf("mqttxtest: want\n%s\ngot\n%v\n% X", text, p, p.Bytes)
	}
}

// ExpectBytes wants the next bytes to be those of a notation, see Send: one
// packet or several.
func (r *Raw) ExpectBytes(notation string) {
	r.t.Helper()
	want, err := parse(notation, r.version)
	if err != nil {
		r.t.Fatalf("mqttxtest: expect: %v", err)
	}
	for rest := want; len(rest) > 0; {
		p, err := r.Next()
		if err != nil {
			r.t.Fatalf("mqttxtest: want %s: %v", describe(rest, r.version), err)
		}
		if n := len(p.Bytes); n > len(rest) || string(rest[:n]) != string(p.Bytes) {
			r.t.Fatalf("mqttxtest: want\n%s\ngot\n%v\n% X", describe(rest, r.version), p, p.Bytes)
		}
		rest = rest[len(p.Bytes):]
	}
}

// describe returns the first packet of b in words and in hexadecimal digits.
func describe(b []byte, v mqtt.Version) string {
	h, ok, err := packet.ParseHeader(b)
	if total := h.Size + h.Length; ok && err == nil && len(b) >= total {
		return fmt.Sprintf("%v\n% X", Received{Header: h, Bytes: b[:total], Version: v}, b[:total])
	}
	return fmt.Sprintf("% X", b)
}

// ExpectClosed wants the server to close the connection and to have sent
// nothing before that was not asked for; it waits at most 10 seconds.
func (r *Raw) ExpectClosed() {
	r.t.Helper()
	p, err := r.Next()
	switch {
	case err == nil:
		r.t.Fatalf("mqttxtest: want the end of the connection, got\n%v\n% X", p, p.Bytes)
	case !errors.Is(err, ErrClosed):
		r.t.Fatalf("mqttxtest: want the end of the connection: %v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.in) > 0 {
		r.t.Fatalf("mqttxtest: the connection has ended inside of a packet: % X", r.in)
	}
}

// ExpectNothing wants the server to have nothing to say for now, and the
// connection to be open. Only where time is virtual can that be known: it needs
// a bubble of testing/synctest.
func (r *Raw) ExpectNothing() {
	r.t.Helper()
	if !rest() {
		r.t.Fatal("mqttxtest: ExpectNothing needs virtual time: put the test into synctest.Test")
	}
	r.mu.Lock()
	in, ended := r.in, r.ended
	r.mu.Unlock()
	switch {
	case len(in) > 0:
		r.t.Fatalf("mqttxtest: want nothing, got\n%s", describe(in, r.version))
	case ended:
		r.t.Fatal("mqttxtest: want nothing, but the server has closed the connection")
	}
}

// Ended reports whether the server has closed the connection.
func (r *Raw) Ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}

// Close closes the connection without a word, as a network failure does.
func (r *Raw) Close() {
	_ = r.nc.Close()
	<-r.done
}
