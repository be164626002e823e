package limit

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
)

// TestMemoryLevels: each level begins at its percentage, by itself, and ends five
// below; whoever watches is told of the last one.
func TestMemoryLevels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const percent = 1 << 20
		m := NewMemory(100 * percent)
		told := Calm
		m.Watch(func(l Level, used int64) {
			if told = l; used != m.Used() {
				t.Errorf("%d bytes are told, %d used", used, m.Used())
			}
		})
		var accounts [40]Account
		for i := range accounts {
			accounts[i] = m.Account()
		}
		at, next := 0, 0
		for _, step := range []struct {
			to   int
			want Level
		}{
			{74, Calm}, {75, Slow}, {84, Slow}, {85, Shed}, {80, Shed}, {95, Refuse}, {97, Refuse}, {98, Full}, {94, Full}, {92, Refuse},
			{90, Refuse}, {89, Shed}, {79, Slow}, {70, Slow}, {69, Calm}, {99, Full}, {0, Calm}, {200, Full}, {81, Shed}, {0, Calm},
		} {
			for at != step.to {
				n := 1
				if at > step.to {
					n = -1
				}
				accounts[next%len(accounts)].AddNow(n * percent)
				at, next = at+n, next+7
			}
			if at == 0 || m.Level() != step.want {
				m.Look() // where a shard has met no multiple of its step
			}
			if m.Level() != step.want || m.Used() != int64(at)*percent {
				t.Errorf("at %d %%: level %d, want %d; %d bytes", at, m.Level(), step.want, m.Used())
			}
			synctest.Wait()
			if told != step.want {
				t.Errorf("at %d %%: told %d, want %d", at, told, step.want)
			}
		}
	})
}

// TestMemoryByItself: nobody has to call Look for a level to begin.
func TestMemoryByItself(t *testing.T) {
	for _, limit := range []int64{1 << 20, 3_000_000, 1 << 34} {
		m := NewMemory(limit)
		for over, added := int64(0), int64(0); m.Level() < Full; {
			if over = added - limit/100*above[m.Level()+1]; over > limit/200 {
				t.Fatalf("%d of %d bytes are used, and the level is %d", added, limit, m.Level())
			}
			a := m.Account()
			a.AddNow(int(limit / 5000))
			added += limit / 5000
		}
	}
}

func TestFairShare(t *testing.T) {
	const limit = 400_000_000
	m := NewMemory(limit)
	a := m.Account()
	used := 0
	for _, c := range []struct {
		percent, clients int
		want             int64
	}{
		{10, 3, math.MaxInt64}, {76, 3, 100_000_000}, {76, 0, 300_000_000}, {86, 3, 50_000_000}, {96, 3, 0}, {99, 3, 0},
	} {
		a.AddNow(limit/100*c.percent - used)
		used = limit / 100 * c.percent
		if m.Look(); m.Fair(c.clients) != c.want {
			t.Errorf("at %d %%, %d clients: %d, want %d", c.percent, c.clients, m.Fair(c.clients), c.want)
		}
	}
}

// TestAccounts: whatever is added by many at a time, all of it is counted, but for
// a chunk that each account may keep to itself until it settles.
func TestAccounts(t *testing.T) {
	m := NewMemory(1 << 20)
	var ends sync.WaitGroup
	for i := range uint64(20) {
		ends.Go(func() {
			r, a, sum := rand.New(rand.NewPCG(i, 1)), m.Account(), 0
			for range 10_000 {
				n := r.IntN(3000) - 1000
				if n < 0 {
					n = -min(-n, sum)
				}
				sum += n
				if a.Add(n); a.tab >= chunk || a.tab <= -chunk {
					t.Errorf("%d bytes are kept back", a.tab)
				}
			}
			a.Settle()
			a.AddNow(-sum)
		})
	}
	ends.Wait()
	if m.Used() != 0 {
		t.Errorf("%d bytes are left", m.Used())
	}
	if m.Look(); m.Level() != Calm {
		t.Errorf("level %d", m.Level())
	}
}

// TestNoMemory: without a limit it only counts, and nil does not even that.
func TestNoMemory(t *testing.T) {
	m := NewMemory(0)
	a := m.Account()
	a.AddNow(math.MaxInt32)
	m.Look()
	if m.Level() != Calm || m.Used() != math.MaxInt32 || m.Limit() != 0 {
		t.Errorf("level %d of %d", m.Level(), m.Used())
	}
	m = nil
	a = m.Account()
	a.AddNow(1)
	a.Add(1 << 20)
	a.Settle()
	m.Look()
	if m.Level() != Calm || m.Used() != 0 || m.Limit() != 0 || m.Fair(1) != math.MaxInt64 {
		t.Error("nil has a limit")
	}
}
