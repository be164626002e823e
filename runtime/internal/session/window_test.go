package session

import (
	"math/rand/v2"
	"slices"
	"testing"
)

var note = &Publication{Name: "t"}

func (w *window) ids() (ids []uint16) {
	w.each(func(f *inflight) bool {
		ids = append(ids, f.id)
		return true
	})
	return ids
}

// TestWindowAgainstAModel adds, removes in any order and looks up, across the
// end of the identifiers.
func TestWindowAgainstAModel(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := window{last: uint16(65530 - r.IntN(30))}
		var model []uint16
		limit := 1 + r.IntN(100)
		for range 3000 {
			switch {
			case len(model) < limit && r.IntN(2) == 0:
				id := w.add(inflight{pub: note}).id
				if id == 0 || slices.Contains(model, id) {
					t.Fatalf("seed %d: identifier %d given, in use %v", seed, id, model)
				}
				model = append(model, id)
			case len(model) > 0:
				i := r.IntN(len(model))
				if r.IntN(3) > 0 {
					i = min(i, 2) // mostly in order, as clients do
				}
				w.remove(w.find(model[i]))
				model = slices.Delete(model, i, i+1)
			}
			id := uint16(r.Uint32())
			if f := w.find(id); (f != nil) != slices.Contains(model, id) || f != nil && f.id != id {
				t.Fatalf("seed %d: find %d gives %v, in flight %v", seed, id, f, model)
			}
		}
		if got := w.ids(); !slices.Equal(got, model) || w.active != len(model) || w.bytes != len(model) {
			t.Fatalf("seed %d: in flight %v (%d, %d bytes), want %v", seed, got, w.active, w.bytes, model)
		}
		for _, id := range model {
			if f := w.find(id); f == nil || f.id != id {
				t.Fatalf("seed %d: %d not found", seed, id)
			}
		}
	}
}

func TestIdentifiersBeginAnewAfter65535(t *testing.T) {
	w := window{last: 65533}
	var got []uint16
	for range 4 {
		got = append(got, w.add(inflight{pub: note}).id)
	}
	if want := []uint16{65534, 65535, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("identifiers %v, want %v", got, want)
	}
	for _, id := range []uint16{1, 65535, 2, 65534} {
		f := w.find(id)
		if f == nil || f.id != id {
			t.Fatalf("%d not found", id)
		}
		w.remove(f)
		if w.find(id) != nil {
			t.Errorf("%d found after its end", id)
		}
	}
	if w.find(0) != nil || w.active != 0 {
		t.Error("something is left")
	}
}

func TestWindowOfAllIdentifiers(t *testing.T) {
	var w window
	for range 65535 {
		if w.full() {
			t.Fatalf("full with %d in flight", w.active)
		}
		w.add(inflight{pub: note})
	}
	if !w.full() {
		t.Fatal("not full with all identifiers in flight")
	}
	w.remove(w.find(2))
	if !w.full() {
		t.Error("the identifier after the last is still in use")
	}
	w.remove(w.find(1))
	if w.full() {
		t.Error("full although the oldest message has ended")
	}
	if id := w.add(inflight{pub: note}).id; id != 1 {
		t.Errorf("identifier %d given, want 1", id)
	}
}

// TestOneUnacknowledgedMessageKeepsNoOthers: a client that never acknowledges
// its first message must not make the window grow with each later one.
func TestOneUnacknowledgedMessageKeepsNoOthers(t *testing.T) {
	var w window
	stuck := w.add(inflight{pub: note}).id
	for !w.full() {
		w.remove(w.find(w.add(inflight{pub: note}).id))
		if n := cap(w.items); n > 16 {
			t.Fatalf("room for %d messages with one in flight", n)
		}
	}
	f := w.find(stuck)
	if f == nil || w.active != 1 {
		t.Fatal("the first message is lost")
	}
	w.remove(f)
	if w.full() || w.active != 0 {
		t.Error("full although nothing is in flight")
	}
}

func TestWindowAfterABurstIsSmall(t *testing.T) {
	var w window
	for range 10_000 {
		w.add(inflight{pub: note})
	}
	for range 10_000 {
		w.remove(&w.items[w.head])
	}
	if cap(w.items) > 64 || w.bytes != 0 {
		t.Errorf("room for %d messages is kept, %d bytes counted", cap(w.items), w.bytes)
	}
}

func TestIn(t *testing.T) {
	var in In
	if in.Release(7) || in.Knows(7) || in.Open() != 0 || in.received != nil {
		t.Error("a new session knows something")
	}
	if !in.Receive(7) || in.Receive(7) || !in.Receive(8) || in.Open() != 2 || !in.Knows(7) {
		t.Error("a QoS 2 message counts once, until its PUBREL")
	}
	if !in.Release(7) || in.Release(7) || in.Knows(7) || in.Open() != 1 {
		t.Error("a PUBREL releases once")
	}
	if !in.Receive(7) {
		t.Error("after the PUBREL the identifier is free again")
	}
}
