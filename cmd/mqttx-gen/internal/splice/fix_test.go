package splice_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

// TestFix wants these signatures of a handler in two files to become those.
func TestFix(t *testing.T) {
	const head = "package main\n\nimport (\n\t\"context\"\n\n\t\"example.com/demo/fleet\"\n)\n\ntype Handler struct{}\n\n" +
		"func (h *Handler) HandleAlarm(ctx context.Context, m *fleet.AlarmMessage) error { return nil }\n\n"
	tests := []struct{ name, from, to string }{
		{"type", "HandleReading(c context.Context, msg *fleet.AlarmMessage) error", "HandleReading(c context.Context, msg *fleet.ReadingMessage) error"},
		{"pointer", "HandleReading(c context.Context, msg fleet.ReadingMessage) error", "HandleReading(c context.Context, msg *fleet.ReadingMessage) error"},
		{"one field for two", "HandleReading(c, msg *fleet.ReadingMessage) error", "HandleReading(c context.Context, msg *fleet.ReadingMessage) error"},
		{"no names", "HandleReading(context.Context) error", "HandleReading(context.Context, *fleet.ReadingMessage) error"},
		{"too many", "HandleReading(c context.Context, s string, msg *fleet.ReadingMessage) error", "HandleReading(c context.Context, msg *fleet.ReadingMessage) error"},
		{"first is missing", "HandleReading(msg *fleet.ReadingMessage) error", "HandleReading(ctx context.Context, msg *fleet.ReadingMessage) error"},
		{"first is missing, and the star", "HandleReading(msg fleet.ReadingMessage) error", "HandleReading(ctx context.Context, msg *fleet.ReadingMessage) error"},
		{"nothing", "HandleReading()", "HandleReading(ctx context.Context, m *fleet.ReadingMessage) error"},
		{"name is taken", "HandleReading(m context.Context) error", "HandleReading(m context.Context, mIn *fleet.ReadingMessage) error"},
		{"receiver's name", "HandleReading() (n int)", "HandleReading(ctx context.Context, mIn *fleet.ReadingMessage) (n error)"},
		{"result", "HandleReading(c context.Context, msg *fleet.ReadingMessage) (n int, err error)", "HandleReading(c context.Context, msg *fleet.ReadingMessage) error"},
		{"named result", "HandleReading(c context.Context, msg *fleet.ReadingMessage) (err int)", "HandleReading(c context.Context, msg *fleet.ReadingMessage) (err error)"},
		{"optional", "Connected() error", "Connected(ctx context.Context) error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			receiver := "h"
			if tt.name == "receiver's name" {
				receiver = "m"
			}
			text := func(signature string) string {
				return head + "// mine\nfunc (" + receiver + "  *Handler) " + signature + "  { panic( 1 ) } // mine\n"
			}
			second := "package main\n\n// Second   is mine.\nfunc Second() {}\n"
			dir := write(t, map[string]string{"a.go": second, "handler.go": text(tt.from)})
			f, err := splice.Fix(target(dir))
			if err != nil || len(f.Edits) != 1 || f.Edits[0].Path != filepath.Join(dir, "handler.go") {
				t.Fatalf("%+v, %v", f, err)
			}
			if diff := cmp.Diff(text(tt.to), string(f.Edits[0].New)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	dir := write(t, map[string]string{
		"handler.go": head,
		"b.go":       "package main\n\nfunc (h *Handler) HandleReading(n int) error { return nil }\n",
		"c.go":       "package main\n\nfunc (h *Handler) Connected(n int) error { return nil }\n",
	})
	f, err := splice.Fix(target(dir))
	if err != nil || len(f.Edits) != 2 {
		t.Fatalf("two files: %+v, %v", f, err)
	}
	save(t, f.Edits)
	typeCheck(t, dir)
}
