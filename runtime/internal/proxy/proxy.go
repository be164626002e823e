// Package proxy reads headers of the PROXY protocol, versions 1 and 2, by which a load balancer tells a server whose
// connection it passes on (haproxy.org/download/3.2/doc/proxy-protocol.txt).
package proxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

const (
	signature = "\r\n\r\n\x00\r\nQUIT\n" // of version 2
	prefix    = "PROXY "                 // of version 1

	maxLine  = 107      // of version 1, CR and LF included
	maxBlock = 16 << 10 // of what follows the fixed part of version 2: addresses and TLVs
)

// ErrNoHeader says that what the peer sends does not begin with a PROXY header.
var ErrNoHeader = errors.New("PROXY protocol: no header; is this listener reached by clients that do not come through the proxy?")

// Read reads one header from r, and not one byte more. source is the address of the client; nil where the header says
// that the connection is the proxy's own (LOCAL), or that the proxy does not know (UNKNOWN, AF_UNSPEC).
func Read(r io.Reader) (source net.Addr, err error) {
	start := make([]byte, len(signature), maxLine) // the shortest header is longer
	if _, err := io.ReadFull(r, start); err != nil {
		return nil, fmt.Errorf("PROXY protocol: read header: %w", cutShort(err))
	}
	switch {
	case string(start) == signature:
		return readBinary(r)
	case strings.HasPrefix(string(start), prefix):
		return readLine(r, start)
	}
	return nil, ErrNoHeader
}

// readLine reads the rest of a header of version 1: byte by byte, for what follows it is not ours.
func readLine(r io.Reader, line []byte) (net.Addr, error) {
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		if len(line) == maxLine {
			return nil, fmt.Errorf("PROXY protocol: header is longer than %d bytes", maxLine)
		}
		line = line[:len(line)+1]
		if _, err := io.ReadFull(r, line[len(line)-1:]); err != nil {
			return nil, fmt.Errorf("PROXY protocol: read header: %w", cutShort(err))
		}
	}
	return parseLine(string(line[:len(line)-2]))
}

// parseLine parses "PROXY TCP4 source destination sourceport destinationport".
func parseLine(line string) (net.Addr, error) {
	f := strings.Split(line, " ")
	if f[1] == "UNKNOWN" {
		return nil, nil
	}
	if len(f) != 6 || f[1] != "TCP4" && f[1] != "TCP6" {
		return nil, fmt.Errorf("PROXY protocol: header %q is none of version 1", line)
	}
	var source netip.AddrPort
	for i := range 2 { // source and destination
		addr, err := netip.ParseAddr(f[2+i])
		if err != nil || addr.Is4() != (f[1] == "TCP4") || addr.Zone() != "" {
			return nil, fmt.Errorf("PROXY protocol: %q is no address of %s", f[2+i], f[1])
		}
		port, err := strconv.ParseUint(f[4+i], 10, 16)
		if err != nil || len(f[4+i]) > 1 && f[4+i][0] == '0' {
			return nil, fmt.Errorf("PROXY protocol: %q is no port", f[4+i])
		}
		if i == 0 {
			source = netip.AddrPortFrom(addr, uint16(port))
		}
	}
	return net.TCPAddrFromAddrPort(source), nil
}

// Families of version 2: address family and transport protocol.
const (
	familyUnspec = 0x00
	familyTCP4   = 0x11
	familyTCP6   = 0x21
	familyUnix   = 0x31
)

// sizes of both addresses, with their ports where they have such.
var sizes = map[byte]int{familyUnspec: 0, familyTCP4: 12, familyTCP6: 36, familyUnix: 216}

// readBinary reads a header of version 2 behind its signature.
func readBinary(r io.Reader) (net.Addr, error) {
	var head [4]byte // version and command, family, length
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("PROXY protocol: read header: %w", cutShort(err))
	}
	command, family, length := head[0], head[1], int(binary.BigEndian.Uint16(head[2:]))
	if command != 0x20 && command != 0x21 {
		return nil, fmt.Errorf("PROXY protocol: version and command 0x%02x are unknown", command)
	}
	if length > maxBlock {
		return nil, fmt.Errorf("PROXY protocol: header of %d bytes; at most %d are taken", length, maxBlock)
	}
	local := command == 0x20
	size, known := sizes[family]
	if local {
		size = 0 // whatever it says of addresses is to be ignored
	} else if !known || length < size {
		return nil, fmt.Errorf("PROXY protocol: %d bytes are no addresses of family 0x%02x over a stream", length, family)
	}
	var block [216]byte
	if _, err := io.ReadFull(r, block[:size]); err != nil {
		return nil, fmt.Errorf("PROXY protocol: read addresses: %w", cutShort(err))
	}
	if _, err := io.CopyN(io.Discard, r, int64(length-size)); err != nil { // TLVs
		return nil, fmt.Errorf("PROXY protocol: read TLVs: %w", cutShort(err))
	}
	if local {
		return nil, nil
	}
	return parseBlock(family, block[:size]), nil
}

// parseBlock returns the source of an address block, which is complete.
func parseBlock(family byte, b []byte) net.Addr {
	switch family {
	case familyTCP4:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4([4]byte(b)), binary.BigEndian.Uint16(b[8:])))
	case familyTCP6:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom16([16]byte(b)), binary.BigEndian.Uint16(b[32:])))
	case familyUnix:
		path, _, _ := bytes.Cut(b[:108], []byte{0})
		return &net.UnixAddr{Name: string(path), Net: "unix"}
	}
	return nil
}

// cutShort names an end within a header as what it is.
func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
