// Package breaking compares two specs and names every change that breaks devices, or Go code that uses the generated
// package. It is pure: nothing is read but the two models.
//
// Payloads are judged by who sends them. What clients send may only be loosened: every document that the old schema
// describes has to fit the new one. What the server sends may only be tightened. A document holds the fields that its
// schema describes: a client is not taken to send a field that an open object merely does not forbid, so a new optional
// field breaks nobody; but where such fields were let through, refusing them is a finding.
package breaking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen/proto"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

// Level says what is not to break.
type Level string

// The levels.
const (
	Wire   Level = "wire"   // what devices send and get
	Source Level = "source" // that, and Go code which uses the generated package
)

// Finding is one change that breaks something.
type Finding struct {
	Code string   // "MQX201"; Explain says what it means
	Pos  spec.Pos // in the new spec, or in the old one if it is gone from the new one
	Gone bool     // Pos is a place of the old spec

	Message  string // what changed: `topic "reading": qos of subscribe changed from 2 to 1`
	From, To string // empty: it was not there, or it is gone
	Breaks   string // whom: `clients that subscribe to topic "reading"`
	Hint     string // a way out; may be empty
}

// Compare names what a change from one spec to another breaks: first what has a place in the new spec, in its order, then
// what is gone.
func Compare(old, now *spec.File, level Level) []Finding {
	return CompareVersions(Version{File: old}, Version{File: now}, level)
}

func (c *comparer) compare(level Level) []Finding {
	c.server()
	c.auth()
	c.topics()
	if level == Source {
		c.source()
	}
	return c.sorted()
}

// comparer is one run of Compare.
type comparer struct {
	old, now                 *spec.File
	oldMessages, nowMessages map[*spec.Payload]*proto.Message

	methods map[string]string // auth methods of the old spec -> those of the new one that let the same clients in
	list    []Finding
}

func (c *comparer) add(f Finding) { c.list = append(c.list, f) }

// allowed is From or To of what is there or not, without more to say about it.
const allowed = "allowed"

// changed is a finding with the usual words.
func (c *comparer) changed(code string, pos spec.Pos, what, from, to, breaks string) {
	message := fmt.Sprintf("%s changed from %s to %s", what, from, to)
	switch {
	case from == "" && to == allowed:
		message = what + " is new"
	case to == "" && from == allowed:
		message = what + " is gone"
	case from == "":
		message = fmt.Sprintf("%s is new: %s", what, to)
	case to == "":
		message = fmt.Sprintf("%s is gone; it was %s", what, from)
	}
	c.add(Finding{Code: code, Pos: pos, Message: message, From: from, To: to, Breaks: breaks})
}

// sorted orders the findings by place, and makes one of those that say the same of several topics.
func (c *comparer) sorted() []Finding {
	slices.SortStableFunc(c.list, func(a, b Finding) int {
		if a.Gone != b.Gone {
			if a.Gone {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	var out []Finding
	for _, f := range c.list {
		if n := len(out); n > 0 && same(&out[n-1], &f) {
			if !slices.Contains(strings.Split(out[n-1].Breaks, ", "), f.Breaks) {
				out[n-1].Breaks += ", " + f.Breaks
			}
			continue
		}
		out = append(out, f)
	}
	return out
}

func same(a, b *Finding) bool {
	return a.Code == b.Code && a.Pos == b.Pos && a.Gone == b.Gone && a.Message == b.Message
}

// alike says how much two names have in common, from 0 to 1, for suggestions.
func alike(a, b string) float64 {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if a == "" || b == "" {
		return 0
	}
	row := make([]int, len(b)+1)
	longest := 0
	for i := range len(a) { // the longest run of characters that both have
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] != b[j] {
				row[j+1] = 0
				continue
			}
			row[j+1] = row[j] + 1
			longest = max(longest, row[j+1])
		}
	}
	return float64(longest) / float64(max(len(a), len(b)))
}
