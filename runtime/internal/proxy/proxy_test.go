package proxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
)

// v2 is a header of version 2.
func v2(command, family byte, block string) string {
	b := append([]byte(signature), command, family)
	return string(binary.BigEndian.AppendUint16(b, uint16(len(block)))) + block
}

const (
	tcp4  = "\x0a\x00\x00\x07\x7f\x00\x00\x01\xd4\x31\x07\x5b"
	tcp6  = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\xd4\x31\x07\x5b"
	tlv   = "\x04\x00\x03abc"
	after = "what follows"
)

var good = map[string]string{ // header: source
	"PROXY TCP4 10.0.0.7 127.0.0.1 54321 1883\r\n":               "10.0.0.7:54321",
	"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n": "255.255.255.255:65535",
	"PROXY TCP6 2001:db8::7 ::1 54321 1883\r\n":                  "[2001:db8::7]:54321",
	"PROXY TCP4 10.0.0.7 127.0.0.1 0 0\r\n":                      "10.0.0.7:0",
	"PROXY UNKNOWN\r\n":                                          "",
	"PROXY UNKNOWN ffff::1 any thing 3 4\r\n":                    "",
	v2(0x21, 0x11, tcp4):                                         "10.0.0.7:54321",
	v2(0x21, 0x11, tcp4+tlv):                                     "10.0.0.7:54321",
	v2(0x21, 0x11, tcp4+strings.Repeat("x", 9000)):               "10.0.0.7:54321",
	v2(0x21, 0x21, tcp6):                                         "[2001:db8::7]:54321",
	v2(0x21, 0x31, "/run/a.sock"+strings.Repeat("\x00", 205)):    "/run/a.sock",
	v2(0x21, 0x00, ""):                                           "",
	v2(0x21, 0x00, tlv):                                          "",
	v2(0x20, 0x00, ""):                                           "",
	v2(0x20, 0x11, tcp4):                                         "", // LOCAL: the addresses do not count
	v2(0x20, 0x77, "?"):                                          "",
}

func text(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

func TestRead(t *testing.T) {
	for header, want := range good {
		for _, r := range []io.Reader{strings.NewReader(header + after), iotest.OneByteReader(strings.NewReader(header + after))} {
			source, err := Read(r)
			if err != nil || text(source) != want {
				t.Errorf("%q: %v, %v, want %s", header, source, err, want)
				continue
			}
			if rest, _ := io.ReadAll(r); string(rest) != after {
				t.Errorf("%q: %q is left, want %q", header, rest, after)
			}
		}
	}
}

func TestEveryPrefix(t *testing.T) {
	for header := range good {
		for n := range len(header) {
			source, err := Read(strings.NewReader(header[:n]))
			if source != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%q: %v, %v, want %v", header[:n], source, err, io.ErrUnexpectedEOF)
			}
		}
	}
}

func TestBad(t *testing.T) {
	for _, header := range []string{
		"\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00", // a CONNECT
		"GET / HTTP/1.1\r\n",
		"PROXY\tTCP4 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 -2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
		"PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP4 ::1 2.2.2.2 1 2\r\n",
		"PROXY TCP6 1.1.1.1 ::1 1 2\r\n",
		"PROXY TCP6 fe80::1%lo ::1 1 2\r\n",
		"PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n" + strings.Repeat(" ", 200),
		"PROXY UNKNOWN " + strings.Repeat("x", 200) + "\r\n",
		v2(0x11, 0x11, tcp4), v2(0x22, 0x11, tcp4),
		v2(0x21, 0x11, tcp4[:11]), v2(0x21, 0x21, tcp4), v2(0x21, 0x31, "/run"),
		v2(0x21, 0x12, tcp4), v2(0x21, 0x41, tcp4), v2(0x21, 0xff, tcp4),
		v2(0x21, 0x11, tcp4+strings.Repeat("x", maxBlock)),
	} {
		if source, err := Read(strings.NewReader(header)); source != nil || err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v, %v, want an error", header, source, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for header := range good {
		f.Add([]byte(header + after))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		source, err := Read(r)
		if err != nil && source != nil {
			t.Errorf("%v and %v", source, err)
		}
		if used := len(b) - r.Len(); used > len(signature)+4+maxBlock {
			t.Errorf("%d bytes were read", used)
		}
	})
}
