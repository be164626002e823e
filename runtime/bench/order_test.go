package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// meddler stands between a load and its server, and spoils what the server says on each connection: the
// tenth packet of one type.
type meddler struct {
	server string
	kind   byte // high four bits of the first byte
	spoil  func(w io.Writer, last, this []byte) error
}

// serve takes connections until nl is closed.
func (m *meddler) serve(nl net.Listener) {
	for {
		client, err := nl.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", m.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		go func() {
			_, _ = io.Copy(server, client)
			_ = server.Close()
		}()
		go func() {
			_ = m.meddle(client, bufio.NewReader(server))
			_ = client.Close()
		}()
	}
}

// meddle forwards packets, one behind: so the last one is still there.
func (m *meddler) meddle(w io.Writer, r *bufio.Reader) error {
	const tenth = 10
	var last []byte
	for n := 0; ; {
		this, err := whole(r)
		if err != nil {
			return err
		}
		if this[0]&0xF0 != m.kind {
			if _, err := w.Write(this); err != nil {
				return err
			}
			continue
		}
		if n++; n == tenth {
			err = m.spoil(w, last, this)
		} else {
			_, err = w.Write(this)
		}
		if last = this; err != nil {
			return err
		}
	}
}

// whole reads one packet.
func whole(r *bufio.Reader) ([]byte, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	size, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	b := binary.AppendUvarint([]byte{first}, size)
	head := len(b)
	b = append(b, make([]byte, size)...)
	_, err = io.ReadFull(r, b[head:])
	return b, err
}

// repeat sends the packet before once more, after this one.
func repeat(w io.Writer, last, this []byte) error {
	_, err := w.Write(append(append([]byte(nil), this...), last...))
	return err
}

// TestLoadsFindDisorder plants a packet in the wrong place between a server and every kind of load whose
// messages have an order: each one notices.
func TestLoadsFindDisorder(t *testing.T) {
	m, s := started(t, "mochi")
	for name, c := range map[string]struct {
		load opener
		kind byte
		want string
	}{
		"QoS 0":                  {pairs(1, 0, 16), publish, "message"},
		"QoS 0, one at a time":   {pairs(1, 0, 1), publish, "message"},
		"QoS 1":                  {pairs(1, 1, 16), publish, "message"},
		"QoS 2":                  {pairs(1, 2, 16), publish, "message"},
		"fan-out":                {flow{groups: 1, publishers: 1, subscribers: 5, window: 16, payload: small}, publish, "message"},
		"fan-in":                 {flow{groups: 1, publishers: 5, subscribers: 1, qos: 1, window: 1, payload: small}, publish, "message"},
		"shared group":           {flow{groups: 1, publishers: 1, subscribers: 3, share: true, qos: 1, window: 16, payload: small}, publish, "message"},
		"large":                  {with(pairs(1, 0, 1), func(f *flow) { f.payload = large }), publish, "message"},
		"PUBACK":                 {pairs(1, 1, 16), puback, "acknowledgement"},
		"PUBREC":                 {pairs(1, 2, 16), pubrec, "acknowledgement"},
		"PUBCOMP":                {pairs(1, 2, 16), pubcomp, "acknowledgement"},
		"PUBACK of what ends":    {flow{groups: 1, publishers: 1, qos: 1, window: 16, payload: small}, puback, "acknowledgement"},
		"beside a slow one":      {obstructed{pairs(1, 0, 16), 1}, publish, "message"},
		"beside idle ones":       {beside{flow: pairs(1, 0, 16), idle: elsewhere{filters{clients: 3, each: 2}}}, publish, "message"},
		"retained":               {shelf{50}, publish, "again"},
		"QoS 1 to who is away":   {absent{1}, publish, "counted"},
		"PUBACK, to who is away": {absent{1}, puback, "acknowledgement"},
		"nothing is spoilt":      {pairs(1, 1, 16), pingreq, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := s.start(t.Context(), m.keys)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.stop() }()
			nl, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer nl.Close()
			server := p.tcp
			if _, ok := c.load.(absent); ok {
				server = own(t) // mochi loses some of what it keeps
			}
			go (&meddler{server: server, kind: c.kind, spoil: repeat}).serve(nl)
			through := p.target
			through.tcp = nl.Addr().String()
			l, err := c.load.open(t.Context(), &through)
			if err != nil {
				t.Fatal(err)
			}
			_, err = l.run(time.Now().Add(200 * time.Millisecond))
			if q, ok := l.(*queues); ok && err == nil && q.disorder() > 0 {
				err = errors.New("counted")
			}
			if e := l.close(); e != nil {
				t.Error(e)
			}
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("the load ends with %v, want a word of: %q", err, c.want)
			}
		})
	}
}

func TestBends(t *testing.T) {
	flat := series{flat: true}
	rises := series{}
	for _, n := range []int{10, 100, 1000, 10_000, 100_000} {
		flat.add(n, nil)
		rises.add(n, nil)
	}
	for _, c := range []struct {
		s     *series
		costs []float64
		want  string
	}{
		{&flat, []float64{1, 1.2, 1.1, 1.3, 1.2}, "....."},
		{&flat, []float64{2, 1, 1.1, 1.5, 1.6}, "...^."},
		{&flat, []float64{1, 1, 1.5, 1.6, 2.2}, "..^.^"},
		{&flat, []float64{1, 0, 1.5, 0, 1.5}, "..^.."},
		{&rises, []float64{1, 1.1, 2, 18, 180}, "...^."},
		{&rises, []float64{1, 9, 10, 100, 1000}, ".^.^."},
	} {
		got := ""
		for _, b := range c.s.bends(c.costs) {
			got += map[bool]string{true: "^", false: "."}[b]
		}
		if got != c.want {
			t.Errorf("costs %v bend at %s, want %s", c.costs, got, c.want)
		}
	}
}

// TestPacedSlowly: where the closed loop got nothing through, the open loop sends a window all the same.
func TestPacedSlowly(t *testing.T) {
	m, s := started(t, "mochi")
	p, err := s.start(t.Context(), m.keys)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.stop() }()
	l, err := pairs(3, 0, 1).open(t.Context(), &p.target)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := l.(*lines).paced(20*time.Millisecond, 0)
	if err != nil || got.P50 == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := l.close(); err != nil {
		t.Error(err)
	}
}

// refused is a load that cannot be connected.
type refused struct{}

func (refused) open(context.Context, *target) (load, error) {
	return nil, errors.New("planted\nand more")
}

// TestGrowth prints sizes of a series, one that fails among them.
func TestGrowth(t *testing.T) {
	m, on := started(t, "mochi")
	m.latency = true
	s := series{name: "clients", unit: "messages", flat: true}
	s.add(1, beside{flow: pairs(2, 0, 4), idle: elsewhere{filters{clients: 2, each: 3}}})
	s.add(2, flow{groups: 1, publishers: 1, subscribers: 2, window: 4, payload: small})
	s.add(3, refused{})
	var out strings.Builder
	if err := m.series(t.Context(), &out, on, s, 1); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || len(strings.Fields(lines[0])) < 8 || !strings.Contains(lines[2], "3 failed: planted") {
		t.Errorf("printed\n%s", out.String())
	}
}
