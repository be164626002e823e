package session

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestPendingKeepsBytesInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p pending
	for range 50 {
		var want []byte
		for range r.IntN(20) {
			b := make([]byte, r.IntN(3*chunkSize))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			want = append(want, b...)
			if len(b) >= shareFrom && r.IntN(2) == 0 {
				p.share(b)
				continue
			}
			p.copy(b)
			clear(b) // copied: the caller may use it again
		}
		if got := slices.Concat(p.bufs...); !bytes.Equal(got, want) || p.bytes != len(want) {
			t.Fatalf("%d bytes pending, counted as %d, want %d; or in another order", len(got), p.bytes, len(want))
		}
		p.release()
		if p.bytes != 0 || len(p.bufs) != 0 || len(p.chunks) != 0 || p.extend {
			t.Fatalf("released: %+v", p)
		}
	}
}

func TestPendingExtendsItsLastSegment(t *testing.T) {
	var p pending
	for range 100 {
		p.copy([]byte("0123456789"))
	}
	if len(p.bufs) != 1 {
		t.Errorf("100 small packets make %d segments, want 1", len(p.bufs))
	}
	p.share(make([]byte, shareFrom))
	p.copy([]byte("x"))
	if len(p.bufs) != 3 || len(p.chunks) != 1 {
		t.Errorf("%d segments and %d chunks around a shared payload, want 3 and 1", len(p.bufs), len(p.chunks))
	}
	p.release()
}

func TestReleasedChunksAreUnreadable(t *testing.T) {
	var p pending
	p.copy([]byte("secret of one client"))
	shared := bytes.Repeat([]byte("s"), shareFrom)
	p.share(shared)
	kept := p.bufs[0]
	p.release()
	if bytes.Contains(kept, []byte("secret")) {
		t.Error("a segment is readable after its release")
	}
	if shared[0] != 's' {
		t.Error("a shared payload was poisoned, which others may still send")
	}
}

func TestReleaseKeepsNoLargeSlices(t *testing.T) {
	var p pending
	for range 100 {
		p.copy(make([]byte, chunkSize))
	}
	p.release()
	if cap(p.bufs) > 16 || cap(p.chunks) > 16 {
		t.Errorf("room for %d segments and %d chunks is kept after a burst", cap(p.bufs), cap(p.chunks))
	}
}
