package limit

import (
	"math"
	"net"
	"net/netip"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func after(d time.Duration) time.Time { return start.Add(d) }

func TestBucketTake(t *testing.T) {
	b := NewBucket(10, start)
	take := func(n int, at time.Time) (taken int) {
		for range n {
			if b.Take(at) {
				taken++
			}
		}
		return taken
	}
	for _, step := range []struct {
		at   time.Duration
		want int
	}{
		{0, 10}, // a second's worth at once
		{0, 0},
		{99 * time.Millisecond, 0},
		{100 * time.Millisecond, 1},
		{350 * time.Millisecond, 2},
		{time.Hour, 10},  // no more than a second's worth is saved up
		{time.Minute, 0}, // a clock that goes back gives nothing
	} {
		if got := take(20, after(step.at)); got != step.want {
			t.Errorf("after %v: %d tokens, want %d", step.at, got, step.want)
		}
	}
}

func TestBucketSlowerThanOneASecond(t *testing.T) {
	b := NewBucket(0.2, start) // 12 a minute
	for _, step := range []struct {
		at   time.Duration
		want bool
	}{{0, true}, {0, false}, {4 * time.Second, false}, {5 * time.Second, true}, {9 * time.Second, false}} {
		if got := b.Take(after(step.at)); got != step.want {
			t.Errorf("after %v: %v", step.at, got)
		}
	}
}

// TestBucketLongRun: whoever waits as long as the bucket says gets its rate, and
// no more.
func TestBucketLongRun(t *testing.T) {
	for _, rate := range []float64{0.2, 1, 50, 3333, 1e5} {
		b, now, spent := NewBucket(rate, start), start, 0.0
		for now.Before(after(time.Minute)) {
			for b.Wait(now) == 0 {
				b.Spend(1, now)
				spent++
			}
			now = now.Add(b.Wait(now))
		}
		bound := max(rate, 1) + 60*rate + rate*breath.Seconds() + 2
		if spent > bound || spent < 0.95*60*rate {
			t.Errorf("rate %v: %v in a minute, want at most %v", rate, spent, bound)
		}
	}
}

func TestBucketOfNoRate(t *testing.T) {
	var b Bucket
	for range 1000 {
		b.Spend(1e9, start)
		if !b.Take(start) || b.Wait(start) != 0 {
			t.Fatal("a bucket without a rate bounds something")
		}
	}
}

func TestBucketWaitIsBounded(t *testing.T) {
	b := NewBucket(1e-5, start)
	b.Spend(math.MaxInt32, start)
	if w := b.Wait(start); w <= 0 || w > longest+1 {
		t.Errorf("wait %v", w)
	}
}

func TestPace(t *testing.T) {
	p := NewPace(Rates{Messages: 2, Bytes: 100}, start)
	p.Packet(30, true, start)
	p.Packet(30, true, start)
	if p.Exceeded() || p.Wait(start) != 0 {
		t.Fatal("exactly a second's worth is too much")
	}
	p.Packet(2, false, start) // no message
	if p.Exceeded() {
		t.Fatal("what is no PUBLISH counts as a message")
	}
	p.Packet(10, true, start)
	if w := p.Wait(start); !p.Exceeded() || w < 500*time.Millisecond || w > 600*time.Millisecond {
		t.Errorf("one message too many: wait %v", w)
	}
	p.Packet(128, false, start)
	if w := p.Wait(start); w < time.Second || w > 1100*time.Millisecond {
		t.Errorf("100 bytes too many: wait %v", w)
	}
	if w := p.Wait(after(1100 * time.Millisecond)); w != 0 {
		t.Errorf("later: wait %v", w)
	}
	if !(Rates{Bytes: 1}).Any() || (Rates{}).Any() {
		t.Error("Any is wrong")
	}
}

func TestCounts(t *testing.T) {
	c := NewCounts[string](2)
	for i, k := range []string{"a", "a", "b", "a"} {
		if in := c.Enter(k, 0); in != (i < 3) {
			t.Errorf("number %d: %v", i, in)
		}
	}
	if !c.Enter("a", 1) || c.Enter("a", 1) {
		t.Error("one beyond the bound is to be let in")
	}
	c.Leave("a")
	c.Leave("a")
	if !c.Enter("a", 0) || c.Enter("a", 0) {
		t.Error("one has left")
	}
	for _, k := range []string{"a", "a", "b"} {
		c.Leave(k)
	}
	if c.Len() != 0 {
		t.Errorf("%d keys are left", c.Len())
	}
	if NewCounts[string](0) != nil {
		t.Error("counts of no bound")
	}
}

func TestAddress(t *testing.T) {
	tcp := func(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
	for _, c := range []struct {
		addr net.Addr
		key  string
		here bool
	}{
		{tcp("192.0.2.7:1"), "192.0.2.7", false},
		{tcp("[::ffff:192.0.2.7]:1"), "192.0.2.7", false},
		{tcp("[2001:db8:1:2:3:4:5:6]:1"), "2001:db8:1:2::", false},
		{tcp("[fe80::1%eth0]:1"), "fe80::", false},
		{tcp("127.0.0.1:1"), "::1", true},
		{tcp("127.8.0.1:1"), "::1", true},
		{tcp("[::1]:1"), "::1", true},
		{tcp("[::ffff:127.0.0.1]:1"), "::1", true},
		{&net.UnixAddr{Name: "/tmp/x"}, "::1", true},
		{&net.TCPAddr{}, "::1", true},
		{&net.UDPAddr{IP: net.IPv4(192, 0, 2, 7)}, "192.0.2.7", false},
		{nil, "::1", true},
	} {
		key, here := Address(c.addr)
		if key.String() != c.key || here != c.here {
			t.Errorf("%v: %v %v, want %s %v", c.addr, key, here, c.key, c.here)
		}
	}
}

func TestSeldom(t *testing.T) {
	var s Seldom
	if held, ok := s.Allow(start, time.Minute); !ok || held != 0 {
		t.Error("the first line is held back")
	}
	for range 3 {
		if _, ok := s.Allow(after(59*time.Second), time.Minute); ok {
			t.Error("two lines in a minute")
		}
	}
	if held, ok := s.Allow(after(time.Minute), time.Minute); !ok || held != 3 {
		t.Errorf("%d lines held, %v", held, ok)
	}
	if held, ok := s.Allow(after(2*time.Minute), time.Minute); !ok || held != 0 {
		t.Errorf("%d lines held, %v", held, ok)
	}
}
