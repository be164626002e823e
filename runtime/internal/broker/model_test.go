package broker

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// anyOf makes a random filter or name of few levels, so that they often match.
func anyOf(r *rand.Rand, levels []string, last string) string {
	parts := make([]string, 1+r.IntN(3))
	for i := range parts {
		parts[i] = levels[r.IntN(len(levels))]
	}
	if last != "" && r.IntN(3) == 0 {
		parts = append(parts[:len(parts)-1], last)
	}
	if s := strings.Join(parts, "/"); s != "" {
		return s
	}
	return "a"
}

// world is a broker, and what a plain list of subscriptions says about it.
type world struct {
	t       *testing.T
	r       *rand.Rand
	b       *Broker
	members []*Member
	peers   []*peer                   // nil: the client is away
	model   []map[string]Subscription // by client, then by filter with $share/name/
	routes  map[string]*Route         // as links keep them
}

// TestRoutesAgainstBruteForce subscribes, unsubscribes, connects and
// disconnects at random, and compares who receives what with a walk over all
// subscriptions.
func TestRoutesAgainstBruteForce(t *testing.T) {
	for _, sticky := range []bool{false, true} {
		w := &world{t: t, r: rand.New(rand.NewPCG(11, 13)), b: newBroker(t), routes: map[string]*Route{}}
		w.b.StickyShares = sticky
		for i := range 12 {
			m, p := attach(t, w.b, fmt.Sprint(i))
			w.members, w.peers = append(w.members, m), append(w.peers, p)
			w.model = append(w.model, map[string]Subscription{})
		}
		for range 6000 {
			w.change(w.r.IntN(len(w.members)))
			name := anyOf(w.r, []string{"a", "b", "", "$x"}, "")
			w.routes[name] = w.b.Route(name, w.routes[name])
			w.checkReceivers(name)
			w.checkShares(name)
			w.checkDelivery(name)
		}
		w.checkEmpty()
	}
}

// change does something to one client.
func (w *world) change(i int) {
	switch w.r.IntN(10) {
	case 0:
		if w.peers[i] == nil {
			w.members[i], w.peers[i] = attach(w.t, w.b, fmt.Sprint(i))
			return
		}
		expiry := time.Hour
		if w.r.IntN(3) == 0 { // the session ends, and so do its subscriptions
			expiry = 0
			clear(w.model[i])
		}
		w.b.Detach(w.members[i], expiry)
		w.peers[i] = nil
		return
	}
	if w.peers[i] == nil {
		return
	}
	s := Subscription{
		Filter: anyOf(w.r, []string{"a", "b", "", "+", "$x"}, "#"), QoS: mqtt.QoS(w.r.IntN(3)),
		RetainAsPublished: w.r.IntN(2) == 0, ID: uint32(w.r.IntN(4)),
	}
	if w.r.IntN(2) == 0 {
		s.Share = []string{"g", "h"}[w.r.IntN(2)]
	} else {
		s.NoLocal = w.r.IntN(2) == 0
	}
	key := s.key()
	_, had := w.model[i][key]
	if w.r.IntN(2) == 0 {
		if isNew := w.b.Subscribe(w.members[i], s); isNew == had {
			w.t.Fatalf("subscribe to %q: new %v, but had %v", key, isNew, had)
		}
		w.model[i][key] = s
		return
	}
	if w.b.Unsubscribe(w.members[i], key, &session.Batch{}) != had {
		w.t.Fatalf("unsubscribe from %q: had %v", key, had)
	}
	delete(w.model[i], key)
}

// matching returns the ordinary subscriptions of a client that match.
func (w *world) matching(i int, name string) (all []Subscription) {
	for _, s := range w.model[i] {
		if s.Share == "" && topic.Match(s.Filter, name) {
			all = append(all, s)
		}
	}
	return all
}

func (w *world) checkReceivers(name string) {
	w.t.Helper()
	got := map[*session.Session]receiver{}
	for _, to := range w.routes[name].receivers {
		if _, twice := got[to.session]; twice {
			w.t.Fatalf("%q: client %s is on the route twice", name, to.session.ClientID)
		}
		got[to.session] = to
	}
	n := 0
	for i, m := range w.members {
		all := w.matching(i, name)
		if len(all) == 0 {
			continue
		}
		n++
		want := receiver{noLocal: true}
		for _, s := range all {
			want.wish.QoS = max(want.wish.QoS, s.QoS)
			want.noLocal = want.noLocal && s.NoLocal
			want.retainAsPublished = want.retainAsPublished || s.RetainAsPublished
			if s.ID != 0 {
				want.wish.IDs = append(want.wish.IDs, s.ID)
			}
		}
		have, ok := got[m.Session]
		ids := slices.Sorted(slices.Values(have.wish.IDs))
		slices.Sort(want.wish.IDs)
		if !ok || have.wish.QoS != want.wish.QoS || have.noLocal != want.noLocal ||
			have.retainAsPublished != want.retainAsPublished || !slices.Equal(ids, want.wish.IDs) {
			w.t.Fatalf("%q: client %d: %+v, want %+v; filters %v", name, i, have, want, w.model[i])
		}
	}
	if n != len(got) {
		w.t.Fatalf("%q: %d sessions on the route, want %d", name, len(got), n)
	}
}

// groups returns the members of each shared subscription that matches.
func (w *world) groups(name string) map[string][]int {
	groups := map[string][]int{}
	for i := range w.model {
		for key, s := range w.model[i] {
			if s.Share != "" && topic.Match(s.Filter, name) {
				groups[key] = append(groups[key], i)
			}
		}
	}
	return groups
}

func (w *world) checkShares(name string) {
	w.t.Helper()
	var want, got []string
	for key, in := range w.groups(name) {
		var text []string
		for _, i := range in {
			s := w.model[i][key]
			text = append(text, fmt.Sprint(i, s.QoS, s.RetainAsPublished, s.identifiers() != nil, s.ID))
		}
		slices.Sort(text)
		want = append(want, strings.Join(text, ","))
	}
	for _, s := range w.routes[name].shares {
		var text []string
		for _, m := range s.members {
			id := uint32(0)
			if len(m.wish.IDs) > 0 {
				id = m.wish.IDs[0]
			}
			text = append(text, fmt.Sprint(m.session.ClientID, " ", m.wish.QoS, m.retainAsPublished, m.wish.IDs != nil, id))
		}
		slices.Sort(text)
		got = append(got, strings.Join(text, ","))
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], " ", "")
	}
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], " ", "")
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		w.t.Fatalf("%q: groups\n%q, want\n%q", name, got, want)
	}
}

// checkDelivery publishes and counts the copies: one for each session by its
// own subscriptions, and one for each group.
func (w *world) checkDelivery(name string) {
	w.t.Helper()
	from := w.r.IntN(len(w.members))
	var o session.Offer
	var batch session.Batch
	o.Reset(session.Publication{Name: name, Publisher: fmt.Sprint(from)})
	w.b.Publish(&o, w.routes[name], w.members[from].Session, &batch, time.Now())
	batch.Flush()
	shared, sharedGot := map[string][]int{}, 0
	for key, in := range w.groups(name) {
		for _, i := range in {
			if w.peers[i] != nil {
				shared[key] = append(shared[key], i)
			}
		}
	}
	for i, p := range w.peers {
		if p == nil {
			continue
		}
		own, groups := 0, 0
		for _, s := range w.matching(i, name) {
			if !s.NoLocal || i != from {
				own = 1
			}
		}
		for _, in := range shared {
			if slices.Contains(in, i) {
				groups++
			}
		}
		n := len(p.received(w.t))
		if n < own || n > own+groups {
			w.t.Fatalf("%q: client %d got %d copies, with %d of its own and %d groups", name, i, n, own, groups)
		}
		sharedGot += n - own
	}
	if sharedGot != len(shared) {
		w.t.Fatalf("%q: %d shared copies, for %d groups with somebody online", name, sharedGot, len(shared))
	}
}

// checkEmpty counts the filters, and ends them all.
func (w *world) checkEmpty() {
	distinct := map[string]bool{}
	for i := range w.model {
		for _, s := range w.model[i] {
			distinct[s.Filter] = true
		}
	}
	if _, n, _ := w.b.Size(); n != len(distinct) {
		w.t.Errorf("%d filters, want %d", n, len(distinct))
	}
	for i, m := range w.members {
		for _, filter := range slices.Collect(maps.Keys(w.model[i])) {
			w.b.Unsubscribe(m, filter, &session.Batch{})
		}
	}
	if _, n, _ := w.b.Size(); n != 0 {
		w.t.Errorf("%d filters are left", n)
	}
}
