package gate

import (
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// words returns all names of up to n levels.
func words(levels []string, n int) []string {
	all := append([]string(nil), levels...)
	for start, i := 0, 1; i < n; i++ {
		end := len(all)
		for _, w := range all[start:end] {
			for _, l := range levels {
				all = append(all, w+"/"+l)
			}
		}
		start = end
	}
	return all
}

// matches is the plain reading of section 4.7 of the standard; no name here begins with $.
func matches(filter, name []string) bool {
	switch {
	case len(filter) == 0:
		return len(name) == 0
	case filter[0] == "#":
		return true
	case len(name) == 0:
		return false
	}
	return (filter[0] == "+" || filter[0] == name[0]) && (matches(filter[1:], name[1:]) || len(name) == 1 && len(filter) == 2 && filter[1] == "#")
}

// who is a client as an auth method lets it in, and what it may do by a plain reading of the spec.
type who struct {
	name       string
	connection connection
	tenant     func(v string) bool // of data
	client     func(v string) bool
	team       func(a, b string) bool // nil: no topic team
	lab        bool
}

func clients() []who {
	is := func(want string) func(string) bool { return func(v string) bool { return v == want } }
	any := func(string) bool { return true }
	return []who{
		{name: "device", connection: connection{method: methodDevice, bound: [credentials]string{boundCertSubjectO: "A", boundCertSanDns: "B", boundCertSubjectCn: "A"}},
			tenant: is("A"), client: is("B"), team: func(_, b string) bool { return b == "A" }},
		{name: "app", connection: connection{method: methodApp, bound: [credentials]string{boundClaimTenant: "A", boundUser: "B", boundClaimTeamName: "A", boundClaimTeamName2: "B"}},
			tenant: is("A"), client: is("B"), team: func(a, b string) bool { return a == "A" && b == "B" }},
		{name: "bare", connection: connection{method: methodBare, bound: [credentials]string{boundUser: "A"}}, tenant: any, client: is("A")},
		{name: "meter", connection: connection{method: methodMeter, bound: [credentials]string{boundUser: "B"}}, tenant: any, client: is("B")},
		{name: "sso", connection: connection{method: methodSSO, bound: [credentials]string{boundClientID: "A"}}, tenant: any, client: is("A")},
		{name: "operator", connection: connection{method: methodOperator, bound: [credentials]string{boundClientID: "A", boundUser: "B"}}, tenant: is("A"), client: is("B")},
		{name: "second", connection: connection{method: methodSecond}, tenant: any, client: any},
		{name: "lab", connection: connection{method: methodLab}, lab: true, team: func(_, _ string) bool { return true }},
	}
}

// may says what a client may do with a name: described is false for a name that no pattern describes.
func (w *who) may(l []string) (publish, subscribe, described bool) {
	for _, level := range l {
		if level == "" {
			return false, false, false
		}
	}
	switch {
	case len(l) == 4 && l[0] == "t" && l[3] == "data":
		ok := w.tenant != nil && w.tenant(l[1]) && w.client(l[2])
		return ok, ok, true
	case len(l) == 3 && l[0] == "team":
		ok := w.team != nil && w.team(l[1], l[2])
		return ok && !w.lab, ok, true
	case len(l) > 1 && l[0] == "open":
		return w.lab, true, true // open to all methods
	}
	return false, false, false
}

// TestAccess compares the decisions with set inclusion over an enumeration of names: a filter is granted when it matches
// at least one name that a pattern describes, and the client may subscribe to all such names.
func TestAccess(t *testing.T) {
	levels := []string{"t", "team", "open", "data", "A", "B"}
	var names [][]string
	for _, n := range words(append(levels, ""), 4) {
		names = append(names, strings.Split(n, "/"))
	}
	filters := words(append(levels, "+"), 4)
	for _, f := range append([]string{"t", "open", "+", "team"}, words(append(levels, "+"), 3)...) {
		filters = append(filters, f+"/#")
	}
	filters = append(filters, "#")
	matched := make([][]int, len(filters))
	for i, f := range filters {
		parts := strings.Split(f, "/")
		for k, n := range names {
			if matches(parts, n) {
				matched[i] = append(matched[i], k)
			}
		}
	}
	for _, w := range clients() {
		w.connection.handler = &handler{}
		subscribe, described := make([]bool, len(names)), make([]bool, len(names))
		for k, n := range names {
			var publish bool
			publish, subscribe[k], described[k] = w.may(n)
			name := strings.Join(n, "/")
			if name == "" {
				continue
			}
			if _, err := w.connection.Publish(t.Context(), &mqttx.Message{Topic: name}); (err == nil) != publish {
				t.Fatalf("%s publishes to %s: %v, want %v", w.name, name, err, publish)
			}
		}
		granted := 0
		for i, f := range filters {
			some, all := false, true
			for _, k := range matched[i] {
				some = some || described[k]
				all = all && (!described[k] || subscribe[k])
			}
			_, err := w.connection.Subscribe(t.Context(), &mqttx.Subscription{Filter: f, QoS: 2})
			if (err == nil) != (some && all) {
				t.Fatalf("%s subscribes to %s: %v, want %v", w.name, f, err, some && all)
			}
			if err == nil {
				granted++
			}
		}
		if granted == 0 {
			t.Errorf("%s gets nothing", w.name)
		}
	}
}
