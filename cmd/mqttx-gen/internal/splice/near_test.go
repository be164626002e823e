package splice_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

func TestOrphans(t *testing.T) {
	dir := write(t, map[string]string{"handler.go": `package main

import (
	"context"

	"example.com/demo/fleet"
)

type Handler struct{}

//mqttx:topic alarms
func (h *Handler) HandleAlarms(ctx context.Context, m *fleet.AlarmsMessage) error { return nil }

func (h *Handler) HandleOld(ctx context.Context, m *fleet.OldMessage) error { return nil }

func (h *Handler) HandleMine(ctx context.Context, m *fleet.Conn) error { return nil }

//mqttx:topic reading
func (h *Handler) HandleReading2() {}

//mqttx:auth old
func (h *Handler) AuthenticateOld(ctx context.Context, s string) error { return nil }

func (h *Handler) AuthenticateForeman(ctx context.Context, s string) error { return nil }

func (h *Handler) AuthenticatePage(page int) error { return nil }

//mqttx:event door_opened
func (h *Handler) OnDoorOpened() {}

//mqttx:other x
func (h *Handler) Other() {}
`})
	tg := target(dir)
	tg.Methods = append(tg.Methods, splice.Method{
		Name: "AuthenticateNew", Marker: "auth new", Params: []splice.Param{ctxParam, {Name: "s", Type: splice.Type{Name: "string"}}}, Results: errResult,
	})
	tg.Gone = func(name string) bool { return name == "OldMessage" || name == "AlarmsMessage" }
	r, err := splice.Plan(tg)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range r.Orphans {
		got = append(got, strings.TrimPrefix(o.Pos.String(), dir+string(filepath.Separator))+" "+strings.Join([]string{o.Method, o.Kind, o.Key, o.Like, o.Served}, " "))
	}
	want := []string{
		"handler.go:12:19 HandleAlarms topic alarms HandleAlarm ",
		"handler.go:14:19 HandleOld topic   ",
		"handler.go:19:19 HandleReading2 topic reading HandleReading HandleReading",
		"handler.go:22:19 AuthenticateOld auth old  ",
		"handler.go:24:19 AuthenticateForeman auth   ",
		"handler.go:29:19 OnDoorOpened event door_opened  ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(r.Problems) > 0 {
		t.Errorf("problems: %v", messages(r.Problems))
	}
}

// TestLikelyRename pairs the only orphan with the only missing method of its kind, whatever their names are.
func TestLikelyRename(t *testing.T) {
	dir := write(t, map[string]string{"handler.go": "package main\n\ntype Handler struct{}\n\n" +
		"//mqttx:topic old\nfunc (h *Handler) HandleOld() {}\n\n//mqttx:auth device\nfunc (h *Handler) AuthenticateDevice() {}\n"})
	tg := target(dir)
	tg.Methods = []splice.Method{handle("reading", "Reading"), {Name: "AuthenticateMeter", Marker: "auth meter"}}
	r, err := splice.Plan(tg)
	if err != nil || len(r.Orphans) != 2 || r.Orphans[0].Like != "HandleReading" || r.Orphans[1].Like != "AuthenticateMeter" {
		t.Errorf("got %+v, %v", r.Orphans, err)
	}
	tg.Methods = append(tg.Methods, handle("alarm", "Alarm"))
	r, err = splice.Plan(tg)
	if err != nil || len(r.Orphans) != 2 || r.Orphans[0].Like != "" {
		t.Errorf("got %+v, %v", r.Orphans, err)
	}
}
