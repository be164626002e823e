package packet

// sizeVarint returns the number of bytes of n as a Variable Byte Integer (section 1.5.5).
func sizeVarint(n uint32) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14:
		return 2
	case n < 1<<21:
		return 3
	}
	return 4
}

// appendVarint writes n, at most [MaxRemainingLength], in its shortest form [MQTT-1.5.5-1].
func appendVarint(dst []byte, n uint32) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

func appendUint16(dst []byte, n uint16) []byte { return append(dst, byte(n>>8), byte(n)) }

func appendUint32(dst []byte, n uint32) []byte {
	return append(dst, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// appendField writes a string or binary data after its length.
func appendField[S ~string | ~[]byte](dst []byte, s S) []byte {
	return append(appendUint16(dst, uint16(len(s))), s...)
}

// appendText writes a text for people, made legal first: a reason string or user property
// comes from code that has no way to repair it, and must not make the packet malformed.
func appendText(dst []byte, s string) []byte { return appendField(dst, legalText(s)) }

// openLength keeps a byte for a length that is known only when what follows has been written;
// closeLength is told the place.
func openLength(dst []byte) (longer []byte, at int) { return append(dst, 0), len(dst) }

// closeLength writes, at the place that openLength kept, the number of bytes after it. A length
// of more than one byte moves them; packets that are large as a rule know their size before.
func closeLength(dst []byte, at int) []byte {
	n := len(dst) - at - 1
	extra := sizeVarint(uint32(n)) - 1
	if extra > 0 {
		dst = append(dst, 0, 0, 0)[:len(dst)+extra]
		copy(dst[at+1+extra:], dst[at+1:at+1+n])
	}
	appendVarint(dst[:at], uint32(n))
	return dst
}

// open begins a packet with its first byte; closeLength ends it.
func open(dst []byte, t Type) (longer []byte, at int) {
	return openLength(append(dst, byte(t)<<4|t.flags()))
}
