package transport

import "errors"

// errNoRoom reports a parse function that has left more than a buffer holds and does not say how much it wants.
var errNoRoom = errors.New("receive: parse neither consumes nor asks for more than the buffer holds")

// input is what has been received and not consumed yet. It belongs to the reading goroutine.
type input struct {
	buf        *buffer // nil while nothing is unread
	start, end int     // buf.b[start:end] is unread
	want       int     // size in bytes of the packet at start as far as it is known, else 0
	filled     bool    // the last read took all the room there was, so there may be more
}

// unread returns the bytes that are not consumed.
func (in *input) unread() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf.b[in.start:in.end]
}

// room returns where to read to: at least one byte, and where no buffer is borrowed yet, one of at least first bytes.
func (in *input) room(first int) ([]byte, error) {
	switch size := in.size(first); {
	case in.buf == nil:
		in.buf = buffers.borrow(size)
	case size != len(in.buf.b):
		in.move(size)
	case in.start > 0 && in.start+max(in.want, in.end-in.start+1) > len(in.buf.b):
		in.end = copy(in.buf.b, in.unread())
		in.start = 0
	}
	if in.end == len(in.buf.b) {
		return nil, errNoRoom
	}
	return in.buf.b[in.end:], nil
}

// size returns how large the buffer has to be for the next read.
func (in *input) size(first int) int {
	if in.buf == nil {
		return max(first, in.want)
	}
	size := len(in.buf.b)
	switch {
	case in.want > size:
		return in.want
	case in.filled && size < maxBuffer:
		return 2 * size
	case size > maxBuffer && in.start == in.end:
		return maxBuffer // the large packet is through
	default:
		return size
	}
}

// move takes what is unread to a buffer of another size.
func (in *input) move(size int) {
	next := buffers.borrow(size)
	in.end = copy(next.b, in.unread())
	in.start = 0
	in.filled = false
	buffers.give(in.buf)
	in.buf = next
}

// add notes that n bytes have been read into the room.
func (in *input) add(n int) {
	in.end += n
	in.filled = in.end == len(in.buf.b) && in.end <= maxBuffer // a larger one is as large as its packet
}

// consume notes that parse has used so many bytes and how large the packet is that begins after them.
func (in *input) consume(used, want int) {
	in.start += used
	in.want = want
	if in.start == in.end {
		in.start, in.end, in.want = 0, 0, 0
	}
}

// keep copies bytes that lie elsewhere, as the beginning of a packet of the size want.
func (in *input) keep(b []byte, want int) {
	in.want = want
	in.buf = buffers.borrow(max(in.size(minBuffer), len(b)))
	in.end = copy(in.buf.b, b)
}

// settle makes ready to wait: the buffer goes back if nothing is unread, else what is unread moves to the smallest that
// holds its packet.
func (in *input) settle() {
	in.release()
	if in.buf == nil || len(in.buf.b) > maxBuffer {
		return
	}
	if need := max(in.want, in.end-in.start+1); class(need) < class(len(in.buf.b)) {
		in.move(need)
	}
}

// release gives the buffer back if nothing is unread.
func (in *input) release() {
	if in.start == in.end {
		in.drop()
	}
}

// drop gives the buffer back with whatever is in it.
func (in *input) drop() {
	if in.buf != nil {
		buffers.give(in.buf)
	}
	*in = input{}
}
