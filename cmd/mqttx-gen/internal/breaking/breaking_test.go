package breaking_test

import (
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

// base is a spec with something of everything. Each call makes a new one.
func base(t *testing.T) *spec.File {
	t.Helper()
	pattern := func(s string) topic.Pattern {
		p, err := topic.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	at := func(line int) spec.Pos { return spec.Pos{Line: line, Column: 3, EndColumn: 9} }
	text := &spec.Schema{Kind: spec.KindString, Pos: at(7)}
	claims := &spec.Payload{Name: "claims", GoName: "AppClaims", Schema: &spec.Schema{
		Kind: spec.KindObject, GoType: "AppClaims", Pos: at(6),
		Properties: []*spec.Property{{Name: "tenant", GoName: "Tenant", Required: true, Schema: text, Pos: at(7)}},
	}}
	one := &spec.Payload{Name: "One", GoName: "One", Pos: at(10), Encoding: spec.EncodingJSON, Schema: &spec.Schema{
		Kind: spec.KindObject, GoType: "One", Path: "One", Pos: at(11),
		Properties: []*spec.Property{{Name: "x", GoName: "X", Pos: at(12), Schema: &spec.Schema{Kind: spec.KindInteger, Format: spec.FormatInt64, Path: "One.x", Pos: at(12)}}},
	}}
	two := &spec.Payload{Name: "Two", GoName: "Two", Pos: at(15), Encoding: spec.EncodingProtobuf, Message: "fleet.v1.Two"}
	answer := &spec.Topic{
		Name: "answer", GoName: "Answer", Pos: at(30), Pattern: pattern("d/{id}/answer"), Params: []*spec.Param{{Name: "id", GoName: "ID", Level: 1, Schema: text}},
		Publish: &spec.Direction{Pos: at(31), Auth: []string{"device"}, Payload: &spec.PayloadRef{Payload: two}, Retain: spec.RetainForbidden},
	}
	ask := &spec.Topic{
		Name: "ask", GoName: "Ask", Pos: at(20), PatternPos: at(21), Pattern: pattern("d/{id}/ask"), Params: []*spec.Param{{Name: "id", GoName: "ID", Level: 1, Schema: text, Pos: at(22)}},
		Subscribe: &spec.Direction{Pos: at(23), Auth: []string{"device", "app"}, Payload: &spec.PayloadRef{Payload: one}, QoS: 1, Expiry: time.Hour},
		Reply:     answer,
	}
	many := &spec.Topic{
		Name: "many", GoName: "Many", Pos: at(40), Pattern: pattern("many"),
		Publish: &spec.Direction{Pos: at(41), Auth: []string{"device"}, Retain: spec.RetainAllowed, Relay: true, QoS: 1, Payload: &spec.PayloadRef{Pos: at(42), Choice: &spec.Choice{
			By: spec.ByContentType, Cases: []*spec.Case{{Value: "one", GoName: "One", Payload: one, Pos: at(43)}, {Value: "two", GoName: "Two", Payload: two, Pos: at(44)}},
		}}},
	}
	many.Subscribe = &spec.Direction{Pos: at(45), Auth: []string{"app"}, QoS: 1, Payload: many.Publish.Payload}
	return &spec.File{
		Go: spec.Go{Package: "fleet", Out: "fleet"},
		Server: spec.Server{
			Pos: at(2), Unmatched: spec.UnmatchedRelay, Versions: []string{"3.1.1", "5"},
			Limits: spec.Limits{Packet: 1 << 20, KeepAlive: time.Hour}, Rates: spec.Rates{Publish: 10},
		},
		Auth: []*spec.Auth{
			{Name: "device", GoName: "Device", Pos: at(4), Method: spec.MethodMTLS},
			{Name: "app", GoName: "App", Pos: at(5), Method: spec.MethodJWT, In: "password", Algorithms: []string{"ES256", "EdDSA"}, Claims: claims},
			{Name: "meter", GoName: "Meter", Pos: at(8), Method: spec.MethodScramSHA256, Exchange: "SCRAM-SHA-256"},
		},
		Payloads: []*spec.Payload{one, two}, Topics: []*spec.Topic{ask, answer, many},
		Events: []*spec.Event{{Name: "ready", GoName: "Ready", Pos: at(50), Payload: one}},
	}
}

func number(n int64) *spec.Number {
	r := big.NewRat(n, 1)
	return &spec.Number{Rat: r, Text: r.RatString()}
}

// TestChanges makes one change each, and wants its findings, and the messages to say what changed.
func TestChanges(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(f *spec.File)
		want   string // codes; those of -level source from MQX250 on
		say    string
	}{
		{"nothing", func(*spec.File) {}, "", ""},
		{"versions", func(f *spec.File) { f.Server.Versions = []string{"5"} }, "MQX216", "version 3.1.1 of server.versions"},
		{"more versions", func(f *spec.File) { f.Server.Versions = nil }, "", ""},
		{"limit", func(f *spec.File) { f.Server.Limits.Packet = 1 << 16 }, "MQX215", "server.limits.packet changed from 1MiB to 64KiB"},
		{"limit left out", func(f *spec.File) { f.Server.Limits.KeepAlive = 0 }, "MQX215", "server.limits.keep_alive changed from 1h to 20m"},
		{"higher limit", func(f *spec.File) { f.Server.Limits.Inflight = 5000 }, "", ""},
		{"rate", func(f *spec.File) { f.Server.Rates.Bytes = 1000 }, "MQX215", "server.rates.bytes changed from none to 1000/s"},
		{"no rate", func(f *spec.File) { f.Server.Rates.Publish = 0 }, "", ""},
		{"unmatched", func(f *spec.File) { f.Server.Unmatched = spec.UnmatchedReject }, "MQX210", "relay to reject"},
		{"auth renamed", func(f *spec.File) {
			f.Auth[0].Name, f.Auth[0].GoName = "tracker", "Tracker"
			for _, u := range f.Topics {
				for _, d := range []*spec.Direction{u.Publish, u.Subscribe} {
					if i := slices.Index(append([]string{}, authOf(d)...), "device"); i >= 0 {
						d.Auth[i] = "tracker"
					}
				}
			}
		}, "MQX257", "method AuthenticateDevice of Handler is gone"},
		{"auth gone", func(f *spec.File) { f.Auth = f.Auth[:2] }, "MQX211 MQX257", `auth method "meter" is gone; it was scram-sha-256 (SCRAM-SHA-256)`},
		{"auth order", func(f *spec.File) { f.Auth[0], f.Auth[1] = f.Auth[1], f.Auth[0] }, "MQX213", "device first"},
		{"token elsewhere", func(f *spec.File) { f.Auth[1].In = "user" }, "MQX212", "field of the token changed from password to user"},
		{"algorithm", func(f *spec.File) { f.Auth[1].Algorithms = []string{"EdDSA"} }, "MQX212", "algorithm ES256 is gone"},
		{"client id", func(f *spec.File) { f.Auth[0].ClientID = "cert.subject.cn" }, "MQX212", "client_id changed from anything to cert.subject.cn"},
		{"claim", func(f *spec.File) {
			s := f.Auth[1].Claims.Schema
			s.Properties = append(s.Properties, &spec.Property{Name: "role", GoName: "Role", Required: true, Schema: s.Properties[0].Schema})
		}, "MQX214", `claims: field "role" is new: required`},
		{"reply gone", func(f *spec.File) { f.Topics[0].Reply = nil }, "MQX218 MQX257", "reply is gone; it was answer"},
		{"expiry", func(f *spec.File) { f.Topics[0].Subscribe.Expiry = time.Minute }, "MQX219", "expiry changed from 1h to 1m"},
		{"longer expiry", func(f *spec.File) { f.Topics[0].Subscribe.Expiry = 2 * time.Hour }, "", ""},
		{"encoding", func(f *spec.File) { f.Payloads[0].Encoding = spec.EncodingCBOR }, "MQX220", "One (json) to One (cbor)"},
		{"message", func(f *spec.File) { f.Payloads[1].Message = "fleet.v2.Two" }, "MQX220 MQX252", "Two (protobuf fleet.v1.Two) to Two (protobuf fleet.v2.Two)"},
		{"case gone", func(f *spec.File) { c := f.Topics[2].Publish.Payload.Choice; c.Cases = c.Cases[:1] }, "MQX232 MQX251 MQX257", `case "two" is gone`},
		{"choice by another", func(f *spec.File) {
			c := f.Topics[2].Publish.Payload.Choice
			c.By, c.Key = spec.ByUserProperty, "kind"
		}, "MQX232", "by changed from content_type to user_property.kind"},
		{"no relay", func(f *spec.File) { f.Topics[2].Publish.Relay = false }, "MQX209", `clients that subscribe to topic "many"`},
		{"bounds of what is relayed", func(f *spec.File) { x := f.Payloads[0].Schema.Properties[0].Schema; x.Maximum = number(5) }, "MQX227", "One.x: maximum changed from none to 5"},
		{"a field for relayed readers", func(f *spec.File) {
			s := f.Payloads[0].Schema
			s.Properties = append(s.Properties, &spec.Property{Name: "y", GoName: "Y", Schema: s.Properties[0].Schema})
		}, "", ""},
		{"bound", func(f *spec.File) {
			f.Topics[0].Params[0].Bindings = map[string]spec.Source{"app": "claim.tenant"}
		}, "MQX236", `parameter "id": is changed from anything to claim.tenant`},
		{"event gone", func(f *spec.File) { f.Events = nil }, "MQX257", "SendReady"},
		{"package", func(f *spec.File) { f.Go.Out = "api" }, "MQX250", "go.out changed from fleet to api"},
		{"null", func(f *spec.File) { f.Payloads[0].Schema.Properties[0].Schema.Nullable = true }, "MQX229 MQX255", "payload.Opt[int64] to payload.Opt[payload.Null[int64]]"},
		{"Go type of your own", func(f *spec.File) { f.Payloads[0].Schema.Properties[0].Schema.XGoType = "time.Duration" }, "MQX221 MQX254", "payload.Opt[int64] to payload.Opt[time.Duration]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, now := base(t), base(t)
			tt.change(now)
			var codes []string
			said := ""
			for _, f := range breaking.Compare(old, now, breaking.Source) {
				if !slices.Contains(codes, f.Code) {
					codes = append(codes, f.Code)
				}
				said += f.Message + "; breaks " + f.Breaks + "\n"
			}
			slices.Sort(codes)
			if got := strings.Join(codes, " "); got != tt.want || !strings.Contains(said, tt.say) {
				t.Errorf("found %s, want %s and %q:\n%s", got, tt.want, tt.say, said)
			}
		})
	}
}

func authOf(d *spec.Direction) []string {
	if d == nil {
		return nil
	}
	return d.Auth
}

// TestOneFindingForSeveralTopics wants what one payload breaks on two topics to be told once.
func TestOneFindingForSeveralTopics(t *testing.T) {
	const before = `
payloads: {P: {schema: {type: object, properties: {x: {type: integer}}}}}
topics: {a: {pattern: a, publish: {payload: P}}, b: {pattern: b, publish: {payload: P}}, c: {pattern: c, subscribe: {payload: P}}}`
	list := breaking.Compare(parse(t, before), parse(t, strings.Replace(before, "{type: integer}", "{type: integer, minimum: 0}", 1)), breaking.Wire)
	if len(list) != 1 || list[0].Breaks != `clients that publish to topic "a", clients that publish to topic "b"` || list[0].From != "none" || list[0].To != "0" {
		t.Errorf("found %+v", list)
	}
}

// TestPatterns compares patterns alone.
func TestPatterns(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"d/{id}", "d/{device}", ""},
		{"d/one", "d/{id}", ""},
		{"d/{id}", "d/{rest...}", ""},
		{"d/{id}/x/y", "d/{rest...}", ""},
		{"d/{id}", "d/one", "MQX202"},
		{"d/{rest...}", "d/{id}", "MQX202"},
		{"d/{id}", "d/{id}/x", "MQX202"},
		{"d/{id}/x", "d/{id}", "MQX202"},
		{"d//x", "d/{id}/x", "MQX202"},
		{"d//x", "d/{rest...}", "MQX202"},
	} {
		source := func(p string) string { return "topics: {a: {pattern: \"" + p + "\", publish: {}}}" }
		var codes []string
		for _, f := range breaking.Compare(parse(t, source(tt.from)), parse(t, source(tt.to)), breaking.Wire) {
			codes = append(codes, f.Code)
		}
		if got := strings.Join(codes, " "); got != tt.want {
			t.Errorf("%s to %s: %q, want %q", tt.from, tt.to, got, tt.want)
		}
	}
}

// TestLimitsOfTheRuntime keeps the limits that hold where a spec says none equal to those of the runtime.
func TestLimitsOfTheRuntime(t *testing.T) {
	source, err := os.ReadFile("../../../../runtime/mqttx/options.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"&o.MaxPacketSize, 256<<10)", "&o.ReceiveMaximum, 1024)", "&o.Queues.Messages, 1000)", "&o.MaxKeepAlive, 20*time.Minute)", "&o.MaxSessionExpiry, 7*24*time.Hour)",
	} {
		if !strings.Contains(string(source), want) {
			t.Errorf("options.go has no %s: change the default in server.go too", want)
		}
	}
}

// TestConstant makes a property constant, and the other way round: its field goes, and comes.
func TestConstant(t *testing.T) {
	parse := func(kind string) *spec.File {
		f, err := spec.Parse("mqttx.yaml", []byte(`mqttx: 1
go: {package: api}
auth: {any: {method: anonymous}}
payloads: {P: {schema: {type: object, required: [kind], properties: {kind: `+kind+`}}}}
topics: {a: {pattern: a, subscribe: {payload: P}}}
`))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	found := func(from, to string) (codes []string) {
		for _, f := range breaking.Compare(parse(from), parse(to), breaking.Source) {
			codes = append(codes, f.Code)
		}
		return codes
	}
	if codes := found("{type: string}", "{const: x}"); !slices.Equal(codes, []string{"MQX253"}) {
		t.Errorf("to a constant: %v", codes)
	}
	if codes := found("{const: x}", "{const: x}"); codes != nil {
		t.Errorf("the same: %v", codes)
	}
}
