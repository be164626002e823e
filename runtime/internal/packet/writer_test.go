package packet

import (
	"bytes"
	"testing"
)

func TestVarint(t *testing.T) {
	for n, want := range map[uint32][]byte{
		0: {0}, 127: {0x7F}, 128: {0x80, 1}, 16_383: {0xFF, 0x7F}, 16_384: {0x80, 0x80, 1},
		2_097_151: {0xFF, 0xFF, 0x7F}, 2_097_152: {0x80, 0x80, 0x80, 1}, MaxRemainingLength: {0xFF, 0xFF, 0xFF, 0x7F},
	} {
		if got := appendVarint(nil, n); !bytes.Equal(got, want) || sizeVarint(n) != len(want) {
			t.Errorf("%d: % x, size %d; want % x", n, got, sizeVarint(n), want)
		}
		r := reader{b: want}
		if got := r.varint(); got != n || r.end() != nil {
			t.Errorf("varint(% x) = %d, %v", want, got, r.err)
		}
	}
}

// TestCloseLength crosses the borders where the length takes one byte more.
func TestCloseLength(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152} {
		body := bytes.Repeat([]byte("abcdefg"), n/7+1)[:n]
		for _, spare := range []int{0, 8} {
			dst := make([]byte, 0, 4+1+n+spare)
			dst, at := openLength(append(dst, "kept"...))
			dst = closeLength(append(dst, body...), at)
			want := append(appendVarint([]byte("kept"), uint32(n)), body...)
			if !bytes.Equal(dst, want) {
				t.Errorf("%d bytes with %d to spare: %d bytes that differ", n, spare, len(dst))
			}
		}
	}
}
