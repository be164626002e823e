package limit

import "time"

// Rates bound one client; what is 0 has no bound.
type Rates struct{ Messages, Bytes float64 } // a second

// Any reports whether there is a bound.
func (r Rates) Any() bool { return r.Messages > 0 || r.Bytes > 0 }

// Pace is how fast one client may send. Not safe for concurrent use.
type Pace struct {
	messages, bytes Bucket
}

// NewPace returns the pace of a client that begins now.
func NewPace(r Rates, now time.Time) Pace {
	return Pace{messages: NewBucket(r.Messages, now), bytes: NewBucket(r.Bytes, now)}
}

// Packet notes a packet of size bytes; message says that it is a PUBLISH. now
// may be somewhat in the past.
func (p *Pace) Packet(size int, message bool, now time.Time) {
	if message {
		p.messages.Spend(1, now)
	}
	p.bytes.Spend(float64(size), now)
}

// Messages reports whether it was by messages that the client was too fast, as
// of the last packet.
func (p *Pace) Messages() bool { return p.messages.rate > 0 && p.messages.tokens < 0 }

// Exceeded reports whether the client was too fast, as of the last packet.
func (p *Pace) Exceeded() bool {
	return p.Messages() || p.bytes.rate > 0 && p.bytes.tokens < 0
}

// Wait returns how long nothing should be read of the client; 0: it is in time.
func (p *Pace) Wait(now time.Time) time.Duration {
	return max(p.messages.Wait(now), p.bytes.Wait(now))
}
