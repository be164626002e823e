package limit

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// number returns an address by its number.
func number(i int) netip.Addr {
	var b [16]byte
	b[0] = 0x20
	binary.BigEndian.PutUint32(b[4:], uint32(i))
	return netip.AddrFrom16(b)
}

func TestAddressesConnections(t *testing.T) {
	a := NewAddresses(PerAddress{Connections: 2}, start)
	for i, want := range []Verdict{Allowed, Allowed, TooMany} {
		if got := a.Enter(number(1), start); got != want {
			t.Errorf("connection %d: %v", i, got)
		}
	}
	if a.Enter(number(2), start) != Allowed {
		t.Error("another address is counted along")
	}
	a.Leave(number(1), start)
	if a.Enter(number(1), start) != Allowed || a.Enter(number(1), start) != TooMany {
		t.Error("one has left")
	}
	for range 2 {
		a.Leave(number(1), start)
	}
	a.Leave(number(2), start)
	if a.Len() != 0 {
		t.Errorf("%d addresses are left", a.Len())
	}
}

func TestAddressesConnectRate(t *testing.T) {
	a := NewAddresses(PerAddress{ConnectRate: 2}, start)
	for i, want := range []bool{true, true, false} {
		if got := a.Connect(number(1), start); got != want {
			t.Errorf("CONNECT %d: %v", i, got)
		}
	}
	if !a.Connect(number(2), start) {
		t.Error("another address is counted along")
	}
	if !a.Connect(number(1), after(500*time.Millisecond)) || a.Connect(number(1), after(500*time.Millisecond)) {
		t.Error("one is to be in time, half a second later")
	}
}

func TestAddressesBan(t *testing.T) {
	a := NewAddresses(PerAddress{Flaps: 3, Window: 10 * time.Second, Ban: time.Minute}, start)
	for _, s := range []struct {
		at   time.Duration
		bans bool
	}{
		{0, false}, {5 * time.Second, false},
		{10 * time.Second, false}, {11 * time.Second, false}, // the first window is over
		{19 * time.Second, true},
		{20 * time.Second, false}, {20 * time.Second, false}, {20 * time.Second, false}, // banned already
	} {
		if bans := a.Flap(number(1), after(s.at)); bans != s.bans {
			t.Errorf("flap after %v: bans %v", s.at, bans)
		}
	}
	if a.Enter(number(1), after(78*time.Second)) != Banned {
		t.Error("a banned address is let in")
	}
	if a.Enter(number(2), after(78*time.Second)) != Allowed {
		t.Error("another address is banned along")
	}
	if a.Enter(number(1), after(79*time.Second)) != Allowed {
		t.Error("the ban does not end")
	}
}

// TestAddressesVouch keeps what is counted of clients to a model: exactly those whose connections are older than the
// window before the last one make the address harder to ban.
func TestAddressesVouch(t *testing.T) {
	const window = 10 * time.Second
	a := NewAddresses(PerAddress{Flaps: 1 << 30, Window: window, Ban: time.Minute}, start)
	r := rand.New(rand.NewPCG(3, 4))
	var began []time.Time
	now, k := start, number(1)
	a.Enter(k, now)
	for range 20_000 {
		now = now.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
		if i := r.IntN(20); i < len(began) {
			a.Left(k, began[i], now)
			began = slices.Delete(began, i, i+1)
		} else {
			at := now.Add(-time.Duration(r.IntN(5000)) * time.Millisecond) // it took a time to be let in
			if at.Before(start) {
				at = start
			}
			a.Joined(k, at, now)
			began = append(began, at)
		}
		if r.IntN(30) == 0 {
			now = now.Add(time.Duration(r.IntN(5)) * window)
		}
		a.Flap(k, now)
		want := 0
		for _, at := range began {
			if int64(now.Sub(start)/window)-int64(at.Sub(start)/window) >= 2 {
				want++
			}
		}
		if got := a.known[k].clients.old; got != want {
			t.Fatalf("%d clients vouch, want %d", got, want)
		}
	}
	for _, at := range began {
		a.Left(k, at, now)
	}
	if c := a.known[k].clients; c.young != 0 || c.next != 0 || c.old != 0 {
		t.Errorf("%+v is left", c)
	}
	a.limits.Flaps = 3
	a.known[k].clients.old, a.known[k].flaps = 2, 0
	for i, bans := range []bool{false, false, false, false, true} {
		if a.Flap(k, now) != bans {
			t.Errorf("flap %d", i)
		}
	}
}

func TestAddressesOff(t *testing.T) {
	if NewAddresses(PerAddress{Window: 1, Ban: 1}, start) != nil {
		t.Error("a table that bounds nothing")
	}
	a := NewAddresses(PerAddress{Connections: 1}, start)
	for range 100 {
		if a.Flap(number(1), start) || !a.Connect(number(2), start) {
			t.Fatal("bans and rates are off")
		}
	}
	if a.Len() != 0 {
		t.Errorf("%d addresses are remembered for nothing", a.Len())
	}
}

// TestAddressesAreForgotten: many addresses cannot fill the memory, and what
// is over is forgotten without a look at all of them.
func TestAddressesAreForgotten(t *testing.T) {
	a := NewAddresses(PerAddress{Connections: 2, ConnectRate: 1, Flaps: 3, Window: 10 * time.Second, Ban: time.Minute}, start)
	if a.Enter(number(0), start) != Allowed {
		t.Fatal("not let in")
	}
	for i := range 3 * remembered {
		a.Flap(number(i+1), start)
	}
	if n := a.Len(); n > remembered+1 { // and number 0
		t.Errorf("%d addresses are remembered", n)
	}
	if a.Enter(number(0), start); a.Enter(number(0), start) != TooMany {
		t.Error("an address with a connection was forgotten")
	}
	for i := range remembered {
		a.Flap(number(9_000_000+i%3), after(time.Hour))
	}
	if n := a.Len(); n > 5 {
		t.Errorf("%d addresses are remembered after all is over", n)
	}
}

// TestAddressesList keeps the list of the table to a model: exactly the
// addresses without a connection are in it.
func TestAddressesList(t *testing.T) {
	a := NewAddresses(PerAddress{Connections: 3, ConnectRate: 2, Flaps: 3, Window: 3 * time.Second, Ban: 5 * time.Second}, start)
	a.most = 8
	r := rand.New(rand.NewPCG(1, 2))
	open := map[netip.Addr]int{}
	now := start
	for range 50_000 {
		k := number(r.IntN(20))
		now = now.Add(time.Duration(r.IntN(300)) * time.Millisecond)
		switch r.IntN(4) {
		case 0:
			if a.Enter(k, now) == Allowed {
				open[k]++
			}
		case 1:
			if open[k] > 0 {
				open[k]--
				a.Leave(k, now)
			}
		case 2:
			a.Connect(k, now)
		case 3:
			a.Flap(k, now)
		}
		checkList(t, a, open)
	}
}

func checkList(t *testing.T, a *Addresses, open map[netip.Addr]int) {
	t.Helper()
	n, before := 0, (*address)(nil)
	for e := a.idle.first; e != nil; e = e.next {
		if n++; e.prev != before || e.connections != 0 || a.known[e.key] != e {
			t.Fatalf("the list is wrong at %v", e.key)
		}
		before = e
	}
	if n != a.idle.n || a.idle.last != before || n > a.most {
		t.Fatalf("the list has %d, says %d, its last is wrong: %v", n, a.idle.n, a.idle.last != before)
	}
	busy := 0
	for k, c := range open {
		if c == 0 {
			continue
		}
		if busy++; a.known[k] == nil || a.known[k].connections != c {
			t.Fatalf("%v has %d connections", k, c)
		}
	}
	if n+busy != len(a.known) {
		t.Fatalf("%d addresses are known, %d of the list and %d with connections", len(a.known), n, busy)
	}
}

func BenchmarkPace(b *testing.B) {
	p := NewPace(Rates{Messages: 1e12, Bytes: 1e12}, start)
	now := time.Now()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%16 == 0 { // the packets of one read have one time
			now = now.Add(time.Microsecond)
		}
		p.Packet(100, true, now)
		if p.Exceeded() {
			b.Fatal("too fast")
		}
	}
}

func BenchmarkAddresses(b *testing.B) {
	a := NewAddresses(PerAddress{Connections: 10, ConnectRate: 1e9, Flaps: 1e9, Window: time.Second, Ban: time.Minute}, start)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := number(i)
		a.Enter(k, start)
		a.Connect(k, start)
		a.Leave(k, start)
	}
}
