package splice_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

func TestMethodsAreFound(t *testing.T) {
	const alarm = "package main\nimport (\"context\"; \"example.com/demo/fleet\")\nfunc (Handler) HandleAlarm(context.Context, *fleet.AlarmMessage) error { return nil }\n"
	const both = "package main\nimport (\"context\"; \"example.com/demo/fleet\")\ntype part struct{}\n" +
		"func (part) HandleReading(context.Context, *fleet.ReadingMessage) error { return nil }\n" +
		"func (*part) HandleAlarm(context.Context, *fleet.AlarmMessage) error { return nil }\n"
	const handler = "package main\n\nimport (\n\t\"context\"\n\t\"example.com/demo/fleet\"\n)\n\ntype Handler struct{}\n" + reading
	for name, files := range map[string]map[string]string{
		"in another file":      {"handler.go": handler, "alarm.go": alarm},
		"for another platform": {"handler.go": handler, "alarm_plan9.go": "//go:build plan9\n\n" + alarm},
		"through an alias":     {"handler.go": handler, "alarm.go": strings.Replace(alarm, "(Handler)", "(x *H)", 1) + "type H = Handler\n"},
		"of an alias of a type": {"handler.go": handler, "alarm.go": strings.Replace(alarm, "*fleet.AlarmMessage", "*AM", 1) +
			"type AM = fleet.AlarmMessage\n"},
		"of an embedded type":      {"handler.go": "package main\ntype Handler struct{ *part }\n", "part.go": both},
		"of an embedded interface": {"handler.go": "package main\nimport \"example.com/demo/fleet\"\ntype Handler struct{ fleet.Handler }\n"},
		"of an interface within":   {"handler.go": "package main\nimport \"example.com/demo/fleet\"\ntype Handler struct{ i }\ntype i interface{ fleet.Handler }\n"},
		"of an embedded foreign type": {"handler.go": handler + "\nfunc (h *Handler) HandleAlarm(_ context.Context, _ *fleet.AlarmMessage) error { return nil }\n",
			"more.go": "package main\nimport \"sync\"\ntype more struct{ sync.Mutex }\n"},
		"with a dot import": {"handler.go": handler, "alarm.go": strings.Replace(strings.Replace(alarm, "\"example", ". \"example", 1), "fleet.Al", "Al", 1)},
		"with parentheses":  {"handler.go": handler, "alarm.go": strings.Replace(alarm, "*fleet.AlarmMessage", "*(fleet.AlarmMessage)", 1)},
		"with an alias of a third package": {"handler.go": handler, "alarm.go": "package main\nimport (\"context\"; \"example.com/zebra\")\n" +
			"func (Handler) HandleAlarm(context.Context, zebra.AlarmMessage) error { return nil }\n"},
		"with a name for the error": {"handler.go": handler, "alarm.go": strings.Replace(alarm, ") error", ") (err error)", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := splice.Plan(target(write(t, files)))
			if err != nil || r.Edit != nil || len(r.Problems) > 0 {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

// messages prints problems as name:line:column: severity: message; hint.
func messages(list []splice.Problem) []string {
	var out []string
	for _, p := range list {
		sev := "warning"
		if p.Severity == splice.Error {
			sev = "error"
		}
		p.Pos.Filename = filepath.Base(p.Pos.Filename)
		out = append(out, p.Pos.String()+": "+sev+": "+p.Message+"; "+p.Hint)
	}
	return out
}

func TestProblems(t *testing.T) {
	const head = "package main\n\nimport (\n\t\"context\"\n\n\t\"example.com/demo/fleet\"\n)\n\n"
	const good = head + "type Handler struct{}\n" + reading +
		"func (h *Handler) HandleAlarm(ctx context.Context, m *fleet.AlarmMessage) error { return nil }\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
		edit  bool
	}{
		{"signature", map[string]string{"handler.go": strings.Replace(good, "m *fleet.Alarm", "m fleet.Alarm", 1)},
			"handler.go:12:19: error: HandleAlarm has the signature func(ctx context.Context, m fleet.AlarmMessage) error; " +
				"wanted: func(ctx context.Context, m *fleet.AlarmMessage) error", false},
		{"result", map[string]string{"handler.go": strings.Replace(good, "AlarmMessage) error { return nil }", "AlarmMessage) {}", 1)},
			"handler.go:12:19: error: HandleAlarm has the signature func(ctx context.Context, m *fleet.AlarmMessage); ", false},
		{"misspelt", map[string]string{"handler.go": strings.Replace(good, "HandleAlarm", "HandelAlarm", 1)},
			"handler.go:12:19: warning: HandelAlarm is never called; did you mean HandleAlarm? A stub of that name was added", true},
		{"optional misspelt", map[string]string{"handler.go": good + "func (h *Handler) Conected(context.Context) error { return nil }\n"},
			"handler.go:13:19: error: Conected is never called; did you mean Connected?", false},
		{"optional signature", map[string]string{"handler.go": good + "func (h *Handler) Connected() error { return nil }\n"},
			"handler.go:13:19: error: Connected has the signature func() error; wanted: func(ctx context.Context) error", false},
		{"syntax", map[string]string{"handler.go": good, "main.go": "package main\n\nfunc main( {\n"},
			"main.go:3:12: error: syntax error: ", false},
		{"syntax of a test", map[string]string{"handler.go": good, "main_test.go": "package main\n\nfunc main( {\n"},
			"main_test.go:3:12: warning: syntax error: ", false},
		{"only in a test", map[string]string{"handler.go": head + "type Handler struct{}\nvar _ context.Context\nvar _ fleet.Conn\n",
			"handler_test.go": strings.Replace(good, "type Handler struct{}", "", 1)},
			"handler_test.go:11:19: error: HandleReading is declared in a test file only; move it", false},
		{"field", map[string]string{"handler.go": head + "type Handler struct{ Connected, HandleAlarm int }\n" + reading},
			"handler.go:9:33: error: the field HandleAlarm of Handler stands where the method HandleAlarm has to be; ", false},
		{"not a type", map[string]string{"handler.go": "package main\n\nfunc Handler() {}\n"},
			"handler.go:3:6: error: Handler is not a type that can have methods; ", false},
		{"interface", map[string]string{"handler.go": "package main\n\ntype Handler interface{}\n"},
			"handler.go:3:6: error: the handler type Handler is an interface; ", false},
		{"the file is never built", map[string]string{"main.go": good, "handler.go": "//go:build ignore\n\npackage main\n", "reading.go": ""},
			"reading.go:1:1: error: syntax error: expected 'package', found 'EOF'", false},
		{"the file for stubs is never built", map[string]string{"main.go": "package main\n", "handler.go": "//go:build ignore\n\npackage main\n"},
			"handler.go:1:1: error: handler.go is not part of package main; stubs cannot be added to it", false},
		{"another type has the methods", map[string]string{"handler.go": head + "type Gadget struct{}\n\n//mqttx:topic reading" + strings.Replace(reading, "Handler", "Gadget", 1)},
			"handler.go:9:6: error: type Handler not found; *Gadget has the methods: set go.handler.type; in the spec: go: handler: type: Gadget", false},
		{"import of a package that has moved", map[string]string{"handler.go": strings.Replace(good, "demo/fleet", "demo/old/fleet", 1)},
			"handler.go:11:19: error: HandleReading has the signature func(ctx context.Context, m *fleet.ReadingMessage) error with a type of " +
				"\"example.com/demo/old/fleet\"; wanted: that of \"example.com/demo/fleet\"; import this package instead", false},
		{"package of another name", map[string]string{"handler.go": strings.ReplaceAll(strings.Replace(good, "demo/fleet", "demo/fleet/go-tracking", 1), "fleet.", "tracking.")},
			"handler.go:11:19: error: HandleReading has the signature func(ctx context.Context, m *tracking.ReadingMessage) error; wanted: func(ctx context.Context, m *fleet.", false},
		{"embedded type that cannot be read", map[string]string{"handler.go": "package main\n\nimport \"example.com/nowhere\"\n\ntype Handler struct{ nowhere.Type }\n"},
			"handler.go:5:22: error: cannot see which methods the embedded nowhere.Type has: ", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tg := target(write(t, tt.files))
			tg.Stale = func(path string) bool { return path == "example.com/demo/old/fleet" }
			if strings.HasPrefix(tt.name, "package of another name") {
				tg = moved(tg, "example.com/demo/fleet/go-tracking")
			}
			r, err := splice.Plan(tg)
			if err != nil {
				t.Fatal(err)
			}
			got := messages(r.Problems)
			if len(got) == 0 || !strings.HasPrefix(got[0], tt.want) || (r.Edit != nil) != tt.edit {
				t.Errorf("got %q, edit %v\nwant %q, edit %v", got, r.Edit != nil, tt.want, tt.edit)
			}
		})
	}
}

// moved is a target whose generated package has another import path.
func moved(tg *splice.Target, path string) *splice.Target {
	tg.Interface.Path = path
	for _, m := range tg.Methods {
		m.Params[1].Type.Path = path
	}
	return tg
}

// TestSignatures compares other kinds of types than those of topics.
func TestSignatures(t *testing.T) {
	const head = "package main\n\nimport (\n\t\"context\"\n\n\t\"" + mqttxPath + "\"\n\t\"" + mqttPath + "\"\n)\n\ntype Handler[T any] struct{ context.Context }\n\n"
	for _, tt := range []struct {
		have string
		ok   bool
	}{
		{"(h *Handler[T]) Get(ctx context.Context, b []byte, q mqttx.QoS) (mqttx.QoS, error)", true},
		{"(h *Handler[T]) Get(ctx context.Context, b []uint8, q mqtt.QoS) (_ mqtt.QoS, err error)", true},
		{"(h *Handler[T]) Get(_ context.Context, b, c []byte) (mqttx.QoS, error)", false},
		{"(h *Handler[T]) Get(_ context.Context, b [1]byte, q mqttx.QoS) (mqttx.QoS, error)", false},
		{"(h *Handler[T]) Get(_ context.Context, b string, q mqttx.QoS) (mqttx.QoS, error)", false},
		{"(h *Handler[T]) Get(_ context.Context, b []byte, q Handler[int]) (mqttx.QoS, error)", false},
		{"(h *Handler[T]) Get(_ context.Context, b []byte, q func()) (mqttx.QoS, error)", false},
		{"(h *Handler[T]) Get(_ context.Context, b []byte, q mqttx.ReasonCode) (mqttx.QoS, error)", false},
		{"(h *Handler[T]) Get(_ context.Context, b []byte, q mqtt.ReasonCode) (mqttx.QoS, error)", false},
	} {
		dir := write(t, map[string]string{"handler.go": head + "func " + tt.have + " { panic(0) }\n"})
		tg := target(dir)
		tg.Same = map[string]string{mqttPath: mqttxPath}
		qos := typ("", mqttxPath, "mqttx", "QoS")
		tg.Methods = []splice.Method{{
			Name:    "Get",
			Params:  []splice.Param{ctxParam, {Name: "b", Type: splice.Type{Prefix: "[]", Name: "byte"}}, {Name: "q", Type: qos}},
			Results: []splice.Type{qos, {Name: "error"}},
		}}
		r, err := splice.Plan(tg)
		if err != nil || r.Edit != nil || (len(r.Problems) == 0) != tt.ok {
			t.Errorf("%s: %v, %v", tt.have, messages(r.Problems), err)
		}
	}
}

// TestOtherResults writes a stub that has more to return than an error.
func TestOtherResults(t *testing.T) {
	dir := write(t, map[string]string{"handler.go": "package main\n\ntype Handler[A, B any] struct{}\n"})
	tg := target(dir)
	qos := typ("", mqttxPath, "mqttx", "QoS")
	tg.Methods = []splice.Method{{Name: "Get", Results: []splice.Type{qos, {Name: "bool"}, {Name: "error"}}}}
	r, err := splice.Plan(tg)
	if err != nil {
		t.Fatal(err)
	}
	const want = "\nfunc (h *Handler[A, B]) Get() (mqttx.QoS, bool, error) {\n" +
		"\tvar zero mqttx.QoS\n\tvar zero2 bool\n\treturn zero, zero2, mqttx.ErrNotImplemented\n}\n"
	if !bytes.HasSuffix(r.Edit.New, []byte(want)) {
		t.Errorf("got\n%s", r.Edit.New)
	}
}

// TestPromotedByForeignType reads the methods of an embedded type of the standard library.
func TestPromotedByForeignType(t *testing.T) {
	dir := write(t, map[string]string{"handler.go": "package main\n\nimport \"sync\"\n\ntype Handler struct{ *sync.RWMutex }\n"})
	tg := target(dir)
	tg.Methods = []splice.Method{{Name: "RLock"}, {Name: "Unlock"}}
	r, err := splice.Plan(tg)
	if err != nil || r.Edit != nil || len(r.Problems) > 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestFilesThatAreNotTheUsers(t *testing.T) {
	const twice = "package main\nfunc (h *Handler) HandleAlarm() {}\n"
	for name, text := range map[string]string{
		"ignored":   "//go:build ignore && linux\n\n" + twice,
		"generated": header + "\n\n" + twice,
		"crlf":      header + "\r\n" + twice,
		"tool":      "//go:build ignore\n\npackage tool\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{"a.go": text, "handler.go": "package main\n\ntype Handler struct{}\n"})
			r, err := splice.Plan(target(dir))
			if err != nil || len(r.Added) != 2 {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}
