package packet

// reader takes fields off the front of a packet's body. The first error stays and empties the
// reader, so that every later read gives the zero value: a Decode reads all its fields and
// asks for the error once.
type reader struct {
	b   []byte // what is left
	err error
}

// fail keeps the first error.
func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

// end returns the first error, or that bytes are left over.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.err = errTrailing
	}
	return r.err
}

// take returns the next n bytes, capped so that appending to them cannot reach what follows;
// nil when there are not as many.
func (r *reader) take(n int) []byte {
	if len(r.b) < n {
		r.fail(errShort)
		return nil
	}
	field := r.b[:n:n]
	r.b = r.b[n:]
	return field
}

func (r *reader) byte() byte {
	if f := r.take(1); f != nil {
		return f[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if f := r.take(2); f != nil {
		return uint16(f[0])<<8 | uint16(f[1])
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if f := r.take(4); f != nil {
		return uint32(f[0])<<24 | uint32(f[1])<<16 | uint32(f[2])<<8 | uint32(f[3])
	}
	return 0
}

// packetID reads a packet identifier, which is never 0 [MQTT-2.2.1-3].
func (r *reader) packetID() uint16 {
	id := r.uint16()
	if id == 0 {
		r.fail(errPacketID)
	}
	return id
}

// varint reads a Variable Byte Integer in its shortest form (section 1.5.5).
func (r *reader) varint() uint32 {
	var n uint32
	for i := range 4 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		n |= uint32(c&0x7F) << (7 * i)
		if c < 0x80 {
			if c == 0 && i > 0 {
				r.fail(errVarintLong)
			}
			return n
		}
	}
	r.fail(errVarint)
	return 0
}

// binary reads Binary Data (section 1.5.6). It is not nil, but after an error.
func (r *reader) binary() []byte { return r.take(int(r.uint16())) }

// text reads a UTF-8 Encoded String (section 1.5.4).
func (r *reader) text() []byte {
	s := r.binary()
	if fault := scanText(s); fault.notText(s) {
		r.fail(errText)
		return nil
	}
	return s
}

// name reads a topic name: a string of at least one character without wildcards.
func (r *reader) name() []byte {
	s := r.binary()
	if err := checkName(s); err != nil {
		r.fail(err)
		return nil
	}
	return s
}
