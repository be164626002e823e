package spec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

func fleet(t *testing.T) *spec.File {
	t.Helper()
	source, err := os.ReadFile("testdata/valid/fleet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(source))
}

func TestModel(t *testing.T) {
	f := fleet(t)
	if f.Info.Version != "1.10" || f.Info.Title != "Fleet telemetry" {
		t.Errorf("info %+v", f.Info)
	}
	if f.Go.Package != "fleet" || f.Go.Out != "fleet" || f.Go.Handler.Package != "." || f.Go.Handler.Type != "Handler" || f.Go.Handler.File != "handler.go" {
		t.Errorf("go %+v", f.Go)
	}
	if f.Server.Unmatched != spec.UnmatchedReject {
		t.Errorf("server %+v", f.Server)
	}
	var names []string
	for _, a := range f.Auth {
		names = append(names, a.Name+" "+a.GoName+" "+string(a.Method))
	}
	for _, p := range f.Payloads {
		names = append(names, p.Name+" "+p.GoName)
	}
	for _, p := range f.Topics {
		names = append(names, p.Name+" "+p.GoName)
	}
	want := []string{
		"device Device password", "lab Lab anonymous",
		"Reading Reading", "Position Position", "Tree Tree", "Command Command",
		"reading Reading", "command Command", "logs Logs", "slot Slot",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// schemaText writes a schema for comparison: one line for each node.
func schemaText(s *spec.Schema, indent string, b *strings.Builder) {
	fmt.Fprintf(b, "%s %s", s.Path, s.Kind)
	for _, part := range []struct {
		label string
		value any
		set   bool
	}{
		{"", string(s.Format), s.Format != ""}, {"go ", s.GoType, s.GoType != ""}, {"closed", "", s.Closed},
		{"ref ", refName(s), s.Ref != nil},
		{"own ", s.XGoType, s.XGoType != ""}, {"or null", "", s.Nullable}, {"unique", "", s.UniqueItems}, {"any", "", s.AnyOf},
		{"by ", s.Discriminator, s.Discriminator != ""},
	} {
		if part.set {
			fmt.Fprintf(b, " %s%v", part.label, part.value)
		}
	}
	for i, n := range []*spec.Number{s.Minimum, s.Maximum, s.ExclusiveMinimum, s.ExclusiveMaximum} {
		if n != nil {
			fmt.Fprintf(b, " %s%s", []string{">=", "<=", ">", "<"}[i], n.Text)
		}
	}
	for i, n := range []*spec.Count{s.MinItems, s.MaxItems, s.MinLength, s.MaxLength} {
		if n != nil {
			fmt.Fprintf(b, " %s%d", []string{"items>=", "items<=", "length>=", "length<="}[i], n.Value)
		}
	}
	if s.Pattern != nil {
		fmt.Fprintf(b, " /%s/", s.Pattern.Regexp)
	}
	for _, v := range s.Enum {
		fmt.Fprintf(b, " %s=%s", v.GoName, v.JSON)
	}
	if s.MultipleOf != nil {
		fmt.Fprintf(b, " %%%s", s.MultipleOf.Text)
	}
	for i, l := range []*spec.Literal{s.Const, s.Default} {
		if l != nil {
			fmt.Fprintf(b, " %s %s", []string{"const", "default"}[i], l.JSON)
		}
	}
	b.WriteByte('\n')
	if s.Items != nil {
		b.WriteString(strings.TrimPrefix(indent+"  "+s.RestGoName+": ", indent+"  : "))
		schemaText(s.Items, indent+"  ", b)
	}
	if s.Additional != nil {
		fmt.Fprintf(b, "%s  %s*: ", indent, s.AdditionalGoName)
		schemaText(s.Additional, indent+"  ", b)
	}
	for _, v := range s.Variants {
		fmt.Fprintf(b, "%s  %v| ", indent, v.Values)
		schemaText(v.Schema, indent+"  ", b)
	}
	for _, p := range slices.Concat(s.PrefixItems, s.Properties) {
		need := "optional"
		if p.Required {
			need = "required"
		}
		fmt.Fprintf(b, "%s  %s %s: ", indent, p.GoName, need)
		schemaText(p.Schema, indent+"  ", b)
	}
}

func refName(s *spec.Schema) string {
	if s.Ref == nil {
		return ""
	}
	return s.Ref.Name
}

func TestModelSchemas(t *testing.T) {
	var b strings.Builder
	for _, p := range fleet(t).Payloads {
		schemaText(p.Schema, "", &b)
	}
	want := `Reading object go Reading closed
  Temperature required: Reading.temperature number double >=-60 <=125
  Battery optional: Reading.battery integer int32 >=0 <=100
  At required: Reading.at string date-time
  State optional: Reading.state string go ReadingState ReadingStateOK="ok" ReadingStateLowBattery="low_battery" ReadingStateFault="fault"
  Position optional: Reading.position $ref ref Position
  Tags optional: Reading.tags array items<=8
Reading.tags[] string length>=1 length<=16 /^[a-z]+$/
Position object go Position
  Lat required: Position.lat number double
  Lon required: Position.lon number double
Tree object go Tree
  Children optional: Tree.children array
Tree.children[] $ref ref Tree
Command object go Command
  Kind required: Command.kind string go CommandKind CommandKindReboot="reboot" CommandKind110="1.10" CommandKindSetInterval="set-interval"
  Seconds optional: Command.seconds integer int64 >0
  Nested optional: Command.nested object go CommandNested
    XRay optional: Command.nested.x-ray boolean const true
    ID optional: Command.nested.id string uuid
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
}

func TestModelTopics(t *testing.T) {
	var b strings.Builder
	for _, topic := range fleet(t).Topics {
		fmt.Fprintf(&b, "%s %s\n", topic.Name, topic.Pattern.Filter())
		for _, p := range topic.Params {
			fmt.Fprintf(&b, "  %s level %d rest %v %s %v %s\n", p.GoName, p.Level, p.Rest, p.Schema.Kind, p.Bindings, p.Description)
		}
		for _, d := range []*spec.Direction{topic.Publish, topic.Subscribe} {
			if d == nil {
				b.WriteString("  -\n")
				continue
			}
			payload := "raw"
			if !d.Payload.Raw() {
				payload = d.Payload.Payload.Name
			}
			fmt.Fprintf(&b, "  %v %s qos %d %s relay %v\n", d.Auth, payload, d.QoS, d.Retain, d.Relay)
		}
		for _, x := range topic.Examples {
			fmt.Fprintf(&b, "  %s %s %v\n", x.Name, x.Payload, json.Valid(x.Payload))
		}
	}
	want := `reading fleet/+/+/reading
  Tenant level 1 rest false string map[] 
  Device level 2 rest false string map[device:client_id] the tracker's name
  [device lab] Reading qos 1 allowed relay true
  [device] Reading qos 2 forbidden relay false
  fleet/acme/t-17/reading {"temperature":21.5,"at":"2026-01-02T03:04:05Z","state":"low_battery","position":{"lat":1,"lon":2.50},"tags":["a"]} true
command fleet/+/+/command
  Tenant level 1 rest false string map[] 
  Device level 2 rest false string map[device:client_id lab:client_id] 
  -
  [device] Command qos 1 forbidden relay false
logs fleet/+/+/log/#
  Tenant level 1 rest false string map[] 
  Device level 2 rest false string map[] 
  Path level 4 rest true string map[] 
  [device] raw qos 1 forbidden relay false
  -
slot +
  N level 0 rest false integer map[] 
  [device] Position qos 1 forbidden relay false
  [device] Position qos 1 forbidden relay false
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	f := parse(t, "mqttx: 1\ngo: {out: ../Gen/my-fleet}\nauth: {anyone: {method: anonymous}}\ntopics: {a: {pattern: a, subscribe: {}}}\n")
	if f.Go.Package != "myfleet" || f.Go.Out != "../Gen/my-fleet" {
		t.Errorf("go %+v", f.Go)
	}
	d := f.Topics[0].Subscribe
	if !slices.Equal(d.Auth, []string{"anyone"}) || !d.Allows("anyone") || d.Allows("other") || d.QoS != 1 || !d.Payload.Raw() || !f.Topics[0].Payload().Raw() {
		t.Errorf("subscribe %+v", d)
	}
	f = parse(t, "mqttx: 1\ngo: {package: fleet}\nauth: {a: {method: password}}\npayloads:\ntopics:\n")
	if f.Go.Out != "fleet" || len(f.Topics) != 0 {
		t.Errorf("go %+v, topics %v", f.Go, f.Topics)
	}
}

func TestResolve(t *testing.T) {
	f := parse(t, complete(`payloads:
  A: {schema: {$ref: "#/payloads/B"}}
  B: {schema: {$ref: "#/payloads/C", description: two}}
  C: {schema: {type: integer}}
`))
	if s := f.Payloads[0].Schema.Resolve(); s != f.Payloads[2].Schema {
		t.Errorf("Resolve = %s", s.Path)
	}
}

func TestEnumNames(t *testing.T) {
	f := parse(t, complete(`payloads: {State: {schema: {enum: [a, A, "-", "", 1st]}}, Level: {schema: {enum: [1, -1]}}}`))
	var names []string
	for _, p := range f.Payloads {
		for _, v := range p.Schema.Enum {
			names = append(names, v.GoName)
		}
	}
	want := []string{"StateA", "StateA_2", "StateValue", "StateValue_2", "State1st", "Level1", "LevelMinus1"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestLoadError(t *testing.T) {
	_, _, err := spec.Load("testdata/none.yaml")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("Load = %v", err)
	}
}

// readmeFile is the line that says which file an example is.
var readmeFile = regexp.MustCompile(`(?:^# |^\{\n  "\$comment": ")([\w/.]+\.(?:yaml|json))`)

// TestReadme parses every example of README.md. One that says that it is mqttx.yaml may take in those that follow it.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var files []txtar.File
	for i, m := range regexp.MustCompile("(?s)```(?:yaml|json)\n(.*?)```").FindAllSubmatch(readme, -1) {
		name := fmt.Sprintf("mqttx.yaml:%d", i)
		if m := readmeFile.FindSubmatch(m[1]); m != nil && string(m[1]) != "mqttx.yaml" {
			name = string(m[1])
		}
		files = append(files, txtar.File{Name: name, Data: m[1]})
	}
	if len(files) < 12 {
		t.Fatalf("%d examples", len(files))
	}
	for i, f := range files {
		if !strings.HasPrefix(f.Name, "mqttx.yaml") {
			continue
		}
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			source := complete(string(f.Data))
			f, _, err := spec.ParseFiles("mqttx.yaml", []byte(source), filesOf(files))
			if err != nil {
				t.Fatalf("ParseFiles:\n%s", rendered(t, err, source))
			}
			if strings.Contains(source, "include:") && (len(f.Sources) != 3 || len(f.Topics) != 1) {
				t.Errorf("%d files, %d topics", len(f.Sources), len(f.Topics))
			}
		})
	}
}
