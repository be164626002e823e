package session

import "sync"

const (
	chunkSize = 4<<10 - 8 // with its count it fills 4 KiB
	// shareFrom is the size in bytes from which a payload is referred to and
	// not copied: below it a copy is cheaper than one more segment of a writev.
	shareFrom = 1 << 10
)

type chunk struct {
	buf [chunkSize]byte
	n   int // bytes used
}

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// pending is bytes on their way to a wire, in order, as segments that fit one
// writev: stretches of pooled chunks, and payloads that are shared with other
// outboxes.
type pending struct {
	bufs   [][]byte
	chunks []*chunk // each from the pool, given back once, by release
	bytes  int
	more   *more // nil: nothing of it was ever needed
	// extend is true while the last segment ends where the free space of the
	// last chunk begins.
	extend bool
}

// copy appends b to the pending bytes.
func (p *pending) copy(b []byte) {
	p.bytes += len(b)
	for len(b) > 0 {
		c := p.room()
		n := copy(c.buf[c.n:], b)
		if last := len(p.bufs) - 1; p.extend {
			p.bufs[last] = p.bufs[last][:len(p.bufs[last])+n]
		} else {
			p.bufs = append(p.bufs, c.buf[c.n:c.n+n])
			p.extend = true
		}
		c.n += n
		b = b[n:]
	}
}

// room returns the last chunk, or a new one where that is full.
func (p *pending) room() *chunk {
	if n := len(p.chunks); n > 0 && p.chunks[n-1].n < chunkSize {
		return p.chunks[n-1]
	}
	c := chunks.Get().(*chunk)
	c.n = 0
	p.chunks = append(p.chunks, c)
	p.extend = false
	return c
}

// more is what pending needs where more is appended than fits one chunk.
type more struct {
	owned   []*Publication // whose payloads are among bufs
	private int            // bytes shared with nobody, beside those of the chunks
	counted int            // bytes that are counted, see Outbox.count
}

// needMore returns more, and makes it where there is none.
func (p *pending) needMore() *more {
	if p.more == nil {
		p.more = new(more)
	}
	return p.more
}

// share appends b itself: nobody may write to it any more.
func (p *pending) share(b []byte) {
	p.bytes += len(b)
	p.bufs = append(p.bufs, b)
	p.extend = false
}

// own appends b, which is nobody else's.
func (p *pending) own(b []byte) {
	p.share(b)
	p.needMore().private += len(b)
}

// release gives the chunks back and makes p empty; it keeps the slices only
// while they are small, so that one burst does not cost memory for ever.
func (p *pending) release() {
	const keep = 16
	for _, c := range p.chunks {
		poison(c)
		chunks.Put(c)
	}
	if cap(p.bufs) > keep || cap(p.chunks) > keep {
		*p = pending{}
		return
	}
	clear(p.bufs)
	clear(p.chunks)
	*p = pending{bufs: p.bufs[:0], chunks: p.chunks[:0], more: p.more}
}
