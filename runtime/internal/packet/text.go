package packet

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// maxField is the largest number of bytes in a string or in binary data (section 1.5.4).
const maxField = 65_535

// content says what was seen in a string. The three values are words of which any set bit
// counts, so that a scan needs no branches.
type content struct {
	high     uint64 // a byte of 0x80 or more
	zero     uint64 // U+0000
	wildcard uint64 // '+' or '#'
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanText looks at eight bytes at a time; most names are ASCII of 10 to 60 bytes.
func scanText(s []byte) (c content) {
	if len(s) < 8 {
		word := uint64(ones) // filled up with a byte that is none of those looked for
		for _, char := range s {
			word = word<<8 | uint64(char)
		}
		c.add(word)
		return c
	}
	for i := 0; i+8 < len(s); i += 8 {
		c.add(binary.LittleEndian.Uint64(s[i:]))
	}
	c.add(binary.LittleEndian.Uint64(s[len(s)-8:])) // overlaps what was seen before
	return c
}

// add looks at one word. (x-ones)&^x&highs is not 0 exactly when x has a byte 0; '+' and '#'
// differ in one bit only.
func (c *content) add(word uint64) {
	c.high |= word & highs
	c.zero |= (word - ones) &^ word & highs
	wild := (word | ones*0x08) ^ ones*'+'
	c.wildcard |= (wild - ones) &^ wild & highs
}

// notText reports whether s, whose content c is, is no legal UTF-8 Encoded String: U+0000, a
// surrogate, or bytes that are not UTF-8 [MQTT-1.5.4-1] [MQTT-1.5.4-2]. U+FEFF is a
// character as any other [MQTT-1.5.4-3].
func (c content) notText(s []byte) bool {
	return c.zero != 0 || c.high != 0 && !utf8.Valid(s)
}

// checkName reports whether s is a topic name: text of at least one character without
// wildcards [MQTT-4.7.3-1] [MQTT-3.3.2-2].
func checkName(s []byte) error {
	c := scanText(s)
	switch {
	case c.notText(s):
		return errText
	case c.wildcard != 0:
		return errNameWildcard
	case len(s) == 0:
		return errNameEmpty
	}
	return nil
}

// legalText returns s, or where s is no legal string, the nearest one that is: broken UTF-8
// becomes U+FFFD, U+0000 goes, and what is over 65,535 bytes is cut between two characters.
func legalText(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if len(s) > maxField {
		cut := maxField
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	return s
}
