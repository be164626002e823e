package payload

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"net/url"
	"strings"
	"unsafe"
)

// Bytes reads a string in base64 with padding. It returns nil for an empty one.
func (d *Decoder) Bytes() []byte {
	start, text := d.textOf("base64")
	if len(text) == 0 {
		return nil
	}
	v, err := base64.StdEncoding.Strict().AppendDecode(nil, text)
	if err != nil || bytes.ContainsAny(text, "\r\n") { // which the standard library skips
		d.wrongText(start, text, wantBase64)
		return nil
	}
	return v
}

// IPv4 reads a string such as "192.0.2.1".
func (d *Decoder) IPv4() netip.Addr {
	start, text := d.textOf("an ipv4 address")
	a := parseAddr(text)
	if !a.Is4() {
		d.wrongText(start, text, wantIPv4)
		return netip.Addr{}
	}
	return a
}

// IPv6 reads a string such as "2001:db8::1".
func (d *Decoder) IPv6() netip.Addr {
	start, text := d.textOf("an ipv6 address")
	a := parseAddr(text)
	if !a.Is6() || a.Zone() != "" {
		d.wrongText(start, text, wantIPv6)
		return netip.Addr{}
	}
	return a
}

// parseAddr returns the zero value for what is no address. An address keeps nothing of its text but the zone, which is
// copied.
func parseAddr(text []byte) netip.Addr {
	a, _ := netip.ParseAddr(unsafe.String(unsafe.SliceData(text), len(text)))
	return a
}

// CheckIPv4 returns an error if a is not an IPv4 address.
func CheckIPv4(path string, a netip.Addr) error {
	if !a.Is4() {
		return &Error{path, a.String() + " is not " + wantIPv4}
	}
	return nil
}

// CheckIPv6 returns an error if a is not an IPv6 address without a zone.
func CheckIPv6(path string, a netip.Addr) error {
	if !a.Is6() || a.Zone() != "" {
		return &Error{path, a.String() + " is not " + wantIPv6}
	}
	return nil
}

// CheckURI returns an error if v is not a URI of RFC 3986: with a scheme, and escaped where it must be.
func CheckURI[T ~string](path string, v T) error {
	if !isURI(string(v)) {
		return &Error{path, shorten(string(v)) + " is not a uri such as https://example.com/a?b=c"}
	}
	return nil
}

func isURI(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
		if s[i] == '%' && (i+2 >= len(s) || hexDigit(s[i+1]) < 0 || hexDigit(s[i+2]) < 0) {
			return false
		}
	}
	u, err := url.Parse(s)
	return err == nil && u.IsAbs()
}

// CheckEmail returns an error if v is not a mailbox of RFC 5321: local part, @ and domain, without a name or comments.
func CheckEmail[T ~string](path string, v T) error {
	if !isEmail(string(v)) {
		return &Error{path, shorten(string(v)) + " is not an email address such as ann@example.com"}
	}
	return nil
}

func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if n := len(local); n >= 2 && local[0] == '"' && local[n-1] == '"' {
		if strings.ContainsFunc(local[1:n-1], func(r rune) bool { return r == '"' || r == '\\' || r < ' ' || r > '~' }) {
			return false
		}
	} else if !dotted(local, "!#$%&'*+-/=?^_`{|}~") {
		return false
	}
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		six, isSix := strings.CutPrefix(literal, "IPv6:")
		a, err := netip.ParseAddr(six)
		return ok && err == nil && a.Zone() == "" && a.Is4() == !isSix
	}
	for label := range strings.SplitSeq(domain, ".") {
		if n := len(label); n == 0 || n > 63 || label[0] == '-' || label[n-1] == '-' || !dotted(label, "-") {
			return false
		}
	}
	return len(domain) <= 253
}

// dotted says whether s consists of parts with a dot between them, which have letters, digits and the extra characters.
func dotted(s, extra string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for i := range len(part) {
			c := part[i]
			if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(extra, c) >= 0) {
				return false
			}
		}
	}
	return true
}
