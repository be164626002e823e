package transport

import (
	"bytes"
	"testing"
)

func TestClass(t *testing.T) {
	for _, c := range []struct{ size, want int }{
		{0, 4 << 10}, {1, 4 << 10}, {4096, 4 << 10}, {4097, 8 << 10}, {8192, 8 << 10}, {8193, 16 << 10},
		{32769, 64 << 10}, {65536, 64 << 10}, {65537, 65537}, {1 << 20, 1 << 20},
	} {
		b := buffers.borrow(c.size)
		if len(b.b) != c.want {
			t.Errorf("borrow(%d): %d bytes, want %d", c.size, len(b.b), c.want)
		}
		buffers.give(b)
	}
}

// fill reads as much as there is room for, and returns how much that was.
func fill(t *testing.T, in *input, b byte) int {
	t.Helper()
	room, err := in.room(minBuffer)
	if err != nil {
		t.Fatal(err)
	}
	copy(room, bytes.Repeat([]byte{b}, len(room)))
	in.add(len(room))
	return len(room)
}

func TestBufferDoublesWhileReadsFillIt(t *testing.T) {
	var in input
	for _, want := range []int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 64 << 10} {
		if n := fill(t, &in, 1); n != want {
			t.Errorf("room of %d bytes, want %d", n, want)
		}
		in.consume(len(in.unread()), 0)
	}
	in.release()
	if n := fill(t, &in, 1); n != minBuffer {
		t.Errorf("room of %d bytes after release, want %d", n, minBuffer)
	}
	in.drop()
}

func TestUnreadMovesToTheFront(t *testing.T) {
	var in input
	fill(t, &in, 7)
	in.consume(minBuffer-10, 0)
	in.filled = false
	if n := fill(t, &in, 8); n != minBuffer-10 {
		t.Errorf("room of %d bytes, want %d", n, minBuffer-10)
	}
	want := append(bytes.Repeat([]byte{7}, 10), bytes.Repeat([]byte{8}, minBuffer-10)...)
	if !bytes.Equal(in.unread(), want) {
		t.Errorf("unread: %x", in.unread())
	}
	in.drop()
}

func TestLargeBufferIsNotKept(t *testing.T) {
	var in input
	in.keep([]byte("head"), 100_000)
	if n := fill(t, &in, 1); n != 100_000-4 {
		t.Errorf("room of %d bytes, want %d", n, 100_000-4)
	}
	in.consume(100_000, 0)
	if n := fill(t, &in, 1); n != maxBuffer {
		t.Errorf("room of %d bytes after the large packet, want %d", n, maxBuffer)
	}
	in.drop()
	if n := lent.Load(); n != 0 {
		t.Errorf("%d buffers lent", n)
	}
}

// TestSettle checks that a packet that is awaited holds no larger buffer than it needs.
func TestSettle(t *testing.T) {
	for _, c := range []struct{ unread, want, size int }{
		{1, 0, 4 << 10}, {10, 5000, 8 << 10}, {4096, 0, 8 << 10}, {20_000, 30_000, 32 << 10}, {0, 0, 0},
	} {
		var in input
		room, err := in.room(rawBuffer)
		if err != nil || len(room) != rawBuffer {
			t.Fatalf("room of %d bytes, %v, want %d", len(room), err, rawBuffer)
		}
		text := bytes.Repeat([]byte{5}, c.unread)
		in.add(1 + copy(room[1:], text))
		in.consume(1, c.want)
		in.settle()
		if size := in.held(); size != c.size || !bytes.Equal(in.unread(), text) {
			t.Errorf("%d unread of %d: a buffer of %d bytes, want %d", c.unread, c.want, size, c.size)
		}
		in.drop()
	}
	if n := lent.Load(); n != 0 {
		t.Errorf("%d buffers lent", n)
	}
}

// held is the size of the buffer.
func (in *input) held() int {
	if in.buf == nil {
		return 0
	}
	return len(in.buf.b)
}

// TestLargeBuffers: they are as large as what was asked for, and come back whole.
func TestLargeBuffers(t *testing.T) {
	var p pool
	for _, size := range []int{maxBuffer + 1, 2 * maxBuffer, 2*maxBuffer + 1, maxPooled, maxPooled + 1, 3 * maxPooled} {
		b := p.borrow(size)
		if len(b.b) != size {
			t.Errorf("%d bytes, want %d", len(b.b), size)
		}
		p.give(b)
		if pooled := size <= maxPooled; pooled != (len(b.b) == cap(b.b) && len(b.b) <= maxPooled) {
			t.Errorf("of %d bytes, %d were given back", size, len(b.b))
		}
	}
	b := p.borrow(maxBuffer + 1)
	if n := testing.AllocsPerRun(100, func() {
		p.give(b)
		b = p.borrow(maxBuffer + 1)
	}); n > 0 && !raceDetector { // under which pools forget
		t.Errorf("%v allocations for a large packet", n)
	}
}
