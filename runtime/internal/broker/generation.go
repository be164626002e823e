package broker

import "sync/atomic"

// generations tell which routes a change of the subscriptions may concern: one
// number for filters that begin with a wildcard, and one for each of many
// places that filters fall on by their first level or two. A route looks at
// those that its name falls on, and holds while their sum is unchanged: so
// clients that come and go with topics of their own leave the others' routes
// alone, and publishers take no lock.
type generations struct {
	wild   atomic.Uint64
	places [1024]atomic.Uint64
}

// places are where a topic name falls: by its first level, and by its first
// two, which is the same where it has no more.
type places struct{ one, two uint16 }

func placesOf(name string) places {
	one := levelEnd(name, 0)
	if one == len(name) {
		return places{place(name), place(name)}
	}
	return places{place(name[:one]), place(name[:levelEnd(name, one+1)])}
}

// levelEnd returns where the level ends that starts at from.
func levelEnd(s string, from int) int {
	for from < len(s) && s[from] != '/' {
		from++
	}
	return from
}

func place(levels string) uint16 { return uint16(mix(hash(levels)) % 1024) }

// of returns what changes whenever a subscription does that may match a name.
func (g *generations) of(at places) uint64 {
	return g.wild.Load() + g.places[at.one].Load() + g.places[at.two].Load()
}

// changed makes the routes stale that a filter may belong to.
func (b *Broker) changed(filter string) {
	wild := func(level string) bool { return level == "+" || level == "#" }
	g := &b.generations
	one := levelEnd(filter, 0)
	if wild(filter[:one]) {
		g.wild.Add(1)
		return
	}
	at := filter[:one]
	if one < len(filter) {
		if two := levelEnd(filter, one+1); !wild(filter[one+1 : two]) {
			at = filter[:two]
		}
	}
	g.places[place(at)].Add(1)
}
