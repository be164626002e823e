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

// TestOtherAuthKind wants a method that is named as for another kind of auth method to be told the one that is asked.
func TestOtherAuthKind(t *testing.T) {
	str, bytes := splice.Type{Name: "string"}, splice.Type{Name: "byte", Prefix: "[]"}
	credentials := splice.Type{Path: "example.com/mqttx", Package: "mqttx", Name: "ScramCredentials"}
	kinds := []splice.Method{
		{Name: "AuthenticateClerk", Marker: "auth clerk", Params: []splice.Param{ctxParam, {Name: "user", Type: str}}, Results: errResult},
		{Name: "ScramMeter", Marker: "auth meter", Params: []splice.Param{ctxParam, {Name: "user", Type: str}}, Results: append([]splice.Type{credentials}, errResult...)},
		{Name: "AuthSso", Marker: "auth sso", Params: []splice.Param{ctxParam, {Name: "data", Type: bytes}}, Results: errResult},
	}
	const clerk, meter, sso = "AuthenticateClerk(ctx context.Context, user string) error",
		"ScramMeter(ctx context.Context, user string) (mqttx.ScramCredentials, error)", "AuthSso(ctx context.Context, data []byte) error"
	asks := func(name, key, want string) string {
		method, _, _ := strings.Cut(want, "(")
		return "handler.go:10:19: warning: " + name + " is never called: auth method \"" + key + "\" asks " + method + "; wanted: func " + want
	}
	for _, tt := range []struct{ name, want string }{
		{"AuthenticateMeter", asks("AuthenticateMeter", "meter", meter)},
		{"AuthMeter", asks("AuthMeter", "meter", meter)},
		{"ScramMETER", asks("ScramMETER", "meter", meter)},
		{"AuthenticateSso", asks("AuthenticateSso", "sso", sso)},
		{"ScramSso", asks("ScramSso", "sso", sso)},
		{"AuthClerk", asks("AuthClerk", "clerk", clerk)},
		{"ScramClerk", asks("ScramClerk", "clerk", clerk)},
		{"ScramMetr", "handler.go:10:19: warning: ScramMetr is never called; did you mean ScramMeter? A stub of that name was added"},
		{"ScramMeter", "handler.go:10:19: error: ScramMeter has the signature func(ctx context.Context, page int) error; wanted: func" + strings.TrimPrefix(meter, "ScramMeter")},
		{"AuthSso", "handler.go:10:19: error: AuthSso has the signature func(ctx context.Context, page int) error; wanted: func" + strings.TrimPrefix(sso, "AuthSso")},
		{"AuthPage", ""},
	} {
		dir := write(t, map[string]string{"handler.go": "package main\n\nimport (\n\t\"context\"\n\n\t\"example.com/mqttx\"\n)\n\ntype Handler struct{}\n" +
			"func (h *Handler) " + tt.name + "(ctx context.Context, page int) error { return nil }\n\nvar _ mqttx.Connect\n"})
		tg := target(dir)
		tg.Methods = kinds
		r, err := splice.Plan(tg)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(messages(r.Problems), "\n"); got != tt.want || len(r.Orphans) > 0 {
			t.Errorf("%s: got %s, orphans %v\nwant %s", tt.name, got, r.Orphans, tt.want)
		}
	}
}
