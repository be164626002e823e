package gen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMethodOfAnotherType drops a lost method of a type that is no longer what it was.
func TestMethodOfAnotherType(t *testing.T) {
	m, out := project(t, map[string]string{
		"main.go": "package main\nimport \"example.com/a/fleet\"\nfunc x(s *fleet.Server) { s.PublishAlarm(fleet.Alarm{}) }\n",
	})
	now := strings.Replace(withoutAlarm, "Server struct{ names []string }", "Server struct{ names, more []string }", 1)
	got, _ := keepFor(t, m, out, map[string][]byte{"a_gen.go": []byte(withAlarm)}, now)
	if strings.Contains(got, "PublishAlarm") || !strings.Contains(got, "type Alarm struct") {
		t.Errorf("got\n%s", got)
	}
}

const embedding = Header + `

package fleet

// Server is what runs.
type Server struct {
	publisher
	at int
}

// Conn is one connection.
type Conn struct{ publisher }

type publisher struct{ to func(int) error }

// PublishAlarm publishes an Alarm.
func (p publisher) PublishAlarm(a Alarm) error { return p.to(alarm) }

// Alarm is the payload.
type Alarm struct{}

const alarm = iota
`

// TestMethodOfEmbeddedType keeps a method for the types that embedded its own, which is gone. That it is called is seen in
// a file that does not import the package. When the method is back, what was kept is not in its way.
func TestMethodOfEmbeddedType(t *testing.T) {
	m, out := project(t, map[string]string{"main.go": "package main\nfunc x() { _ = get().PublishAlarm(some()) }\n"})
	now := Header + "\n\npackage fleet\n\ntype Server struct{ at int }\n\ntype Conn struct{}\n\nconst other = iota\n"
	got, names := keepFor(t, m, out, map[string][]byte{"a_gen.go": []byte(embedding)}, now)
	compile(t, now, got)
	const body = `PublishAlarm(a Alarm) error {
	return errors.New("PublishAlarm: the spec no longer describes this")
}
`
	if !strings.Contains(got, "func (Server) "+body) || !strings.Contains(got, "func (Conn) "+body) || strings.Contains(got, "alarm = ") {
		t.Errorf("got\n%s", got)
	}
	if diff := cmp.Diff([]string{"Alarm", "PublishAlarm"}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	old := map[string][]byte{"a_gen.go": []byte(now), "removed_gen.go": []byte(got)}
	if again, _ := keepFor(t, m, out, old, now); again != got {
		t.Errorf("(-first +second)\n%s", cmp.Diff(got, again))
	}
	if again, _ := keepFor(t, m, out, old, embedding); again != "" {
		t.Errorf("still kept:\n%s", again)
	}
	another := strings.ReplaceAll(embedding, "Alarm", "Fire")
	again, _ := keepFor(t, m, out, old, another)
	compile(t, another, again)
	if !strings.Contains(again, "func (Server) "+body) || !strings.Contains(again, "func (Conn) "+body) {
		t.Errorf("got\n%s", again)
	}
}

// TestNumbersAreNotKept does not keep the number of a topic when all topics are gone: others have these numbers now.
func TestNumbersAreNotKept(t *testing.T) {
	m, out := project(t, map[string]string{"main.go": "package main\nimport \"example.com/a/fleet\"\nfunc x() { fleet.ParseAlarmTopic(\"\") }\n"})
	now := strings.ReplaceAll(withoutAlarm, "reading", "measure")
	got, _ := keepFor(t, m, out, map[string][]byte{"a_gen.go": []byte(withAlarm)}, now)
	compile(t, now, got)
	if strings.Contains(got, "iota") || !strings.Contains(got, "func ParseAlarmTopic(") {
		t.Errorf("got\n%s", got)
	}
}

// TestUsesOfMethods lists every call of a method, and the first use of another name, also in the package itself.
func TestUsesOfMethods(t *testing.T) {
	m, out := project(t, map[string]string{"fleet/own.go": "package fleet\nfunc x(c Conn, a Alarm) {\n\tc.PublishAlarm(a)\n\tc.PublishAlarm(Alarm{})\n}\n"})
	u, err := findUses(m, "fleet", "example.com/a/fleet", out, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range u.leftovers([]string{"Alarm", "Other", "PublishAlarm"}, []string{"PublishAlarm"}) {
		got = append(got, fmt.Sprintf("%s %v %d:%d", l.Name, l.Method, l.Pos.Line, l.Pos.Column))
	}
	if diff := cmp.Diff([]string{"Alarm false 2:18", "PublishAlarm true 3:4", "PublishAlarm true 4:4"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
