package mqttxtest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// notation is bytes as people write them, on their way to the wire:
//
//	10 [ VERSION 02 00 3C {[ 11 0000000A ]} "client" ]
//
// Hexadecimal digits stand for themselves, two for a byte; 'text' for its
// bytes; "text" for its bytes after their length in two bytes, as MQTT writes
// strings. [ ... ] puts the length of what is in it before it, as a Variable
// Byte Integer: a whole packet, or properties. { ... } is written in MQTT 5.0
// only. VERSION is protocol name and level. A count behind a star repeats one
// part: 'x'*1000.
type notation struct {
	rest    string
	version mqtt.Version
}

// parse returns the bytes that s stands for in a version.
func parse(s string, v mqtt.Version) ([]byte, error) {
	n := notation{rest: s, version: v}
	b, err := n.until("")
	if err != nil {
		return nil, fmt.Errorf("%w in %q, before %q", err, s, n.rest)
	}
	return b, nil
}

// until reads parts up to a closing bracket, which it takes too.
func (n *notation) until(end string) (b []byte, err error) {
	for {
		n.rest = strings.TrimLeft(n.rest, " \t\n")
		if n.rest == "" {
			if end != "" {
				return nil, fmt.Errorf("%s is missing", end)
			}
			return b, nil
		}
		if c := n.rest[:1]; c == "]" || c == "}" {
			if c != end {
				return nil, fmt.Errorf("%s too many", c)
			}
			n.rest = n.rest[1:]
			return b, nil
		}
		part, err := n.part()
		if err != nil {
			return nil, err
		}
		times, err := n.times()
		if err != nil {
			return nil, err
		}
		for range times {
			b = append(b, part...)
		}
	}
}

// part reads one part.
func (n *notation) part() ([]byte, error) {
	switch n.rest[0] {
	case '\'', '"':
		return n.text()
	case '[':
		n.rest = n.rest[1:]
		b, err := n.until("]")
		return append(varint(len(b)), b...), err
	case '{':
		n.rest = n.rest[1:]
		b, err := n.until("}")
		if n.version < mqtt.V5 {
			b = nil
		}
		return b, err
	}
	end := strings.IndexAny(n.rest, " \t\n[]{}'\"*")
	if end < 0 {
		end = len(n.rest)
	}
	word := n.rest[:end]
	n.rest = n.rest[end:]
	if word == "VERSION" {
		return protocol(n.version), nil
	}
	b, err := hex.DecodeString(word)
	if err != nil {
		return nil, fmt.Errorf("%q is not hexadecimal", word)
	}
	return b, nil
}

func (n *notation) text() ([]byte, error) {
	quote := n.rest[:1]
	text, rest, ok := strings.Cut(n.rest[1:], quote)
	if !ok {
		return nil, fmt.Errorf("%s is missing", quote)
	}
	n.rest = rest
	if quote == `"` {
		return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...), nil
	}
	return []byte(text), nil
}

func (n *notation) times() (int, error) {
	if !strings.HasPrefix(n.rest, "*") {
		return 1, nil
	}
	end := 1
	for end < len(n.rest) && n.rest[end] >= '0' && n.rest[end] <= '9' {
		end++
	}
	times, err := strconv.Atoi(n.rest[1:end])
	if err != nil {
		return 0, fmt.Errorf("no number after *")
	}
	n.rest = n.rest[end:]
	return times, nil
}

func varint(n int) (b []byte) {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// protocol returns protocol name and level as CONNECT has them.
func protocol(v mqtt.Version) []byte {
	name := "\x00\x04MQTT"
	if v == mqtt.V31 {
		name = "\x00\x06MQIsdp"
	}
	return append([]byte(name), byte(v))
}
