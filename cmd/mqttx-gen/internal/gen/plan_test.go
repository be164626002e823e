package gen

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/templates"
)

// planned returns the model of testdata/shop.yaml.
func planned(t *testing.T) *templates.Package {
	t.Helper()
	file, _, err := Parse(filepath.Join("testdata", "shop.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return plan(file, "example.com/shop/api", nil)
}

func TestPlanSchemas(t *testing.T) {
	one, nine := 1, 9
	want := &templates.Schema{
		Kind: templates.Object, GoType: "Reading",
		Properties: []*templates.Property{
			{Name: "temperature", GoName: "Temperature", Required: true, Schema: &templates.Schema{
				Kind: templates.Number, Format: templates.Double,
				Minimum: &templates.Bound{Text: "-60"}, Maximum: &templates.Bound{Text: "125", Exclusive: true},
			}},
			{Name: "state", GoName: "State", Schema: &templates.Schema{
				Kind: templates.String, GoType: "ReadingState",
				Enum: []*templates.EnumValue{
					{Literal: templates.Literal{Text: "ok"}, GoName: "ReadingStateOK"},
					{Literal: templates.Literal{Text: "fault"}, GoName: "ReadingStateFault"},
				},
			}},
			{Name: "level", GoName: "Level", Schema: &templates.Schema{
				Kind: templates.Integer, Format: templates.Uint32, Maximum: &templates.Bound{Text: "1000"},
			}},
			{Name: "tags", GoName: "Tags", Required: true, Schema: &templates.Schema{
				Kind: templates.Array, MinItems: &one,
				Items: &templates.Schema{Kind: templates.String, MaxLength: &nine, Pattern: "^[a-z]+$"},
			}},
			{Name: "where", GoName: "Where", Schema: &templates.Schema{Kind: templates.Ref}},
		},
	}
	p := planned(t)
	want.Properties[4].Schema.Ref = p.Payloads[1]
	if diff := cmp.Diff(want, p.Payloads[0].Schema); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	position := p.Payloads[1].Schema.Properties
	if got := position[1].Schema; got.Format != templates.DateTime || got.Kind != templates.String {
		t.Errorf("at is %+v", got)
	}
	if got := position[2].Schema.Const; got == nil || got.Text != "3" {
		t.Errorf("v is %+v", got)
	}
}

func TestPlanTopics(t *testing.T) {
	p := planned(t)
	device, operator := p.Auth[0], p.Auth[1]
	if device.Kind != templates.AuthAnonymous || operator.Kind != templates.AuthPassword || operator.GoName != "Operator" {
		t.Errorf("auth: %+v, %+v", device, operator)
	}
	text := &templates.Schema{Kind: templates.String}
	want := []*templates.Topic{{
		Name: "reading", GoName: "Reading", Pattern: "a/{device}/reading",
		Levels: []*templates.Level{{Text: "a"}, {Kind: templates.ParamLevel, Text: "device"}, {Text: "reading"}},
		Params: []*templates.Param{{
			Name: "device", GoName: "Device", Level: 1, Schema: text,
			Bindings: []*templates.Binding{{Auth: device, Credential: templates.Credential{Source: templates.FromClientID}}},
		}},
		Publish: &templates.Direction{
			Auth: []*templates.AuthMethod{device}, Payload: p.Payloads[0], QoS: 1, Retain: templates.RetainAllowed, Relay: true,
		},
		Subscribe: &templates.Direction{Auth: []*templates.AuthMethod{operator}, Payload: p.Payloads[0], QoS: 2},
	}, {
		Name: "files", GoName: "Files", Pattern: "a/{device}/files/{path...}",
		Levels: []*templates.Level{
			{Text: "a"}, {Kind: templates.ParamLevel, Text: "device"}, {Text: "files"}, {Kind: templates.RestLevel, Text: "path"},
		},
		Params: []*templates.Param{
			{Name: "device", GoName: "Device", Level: 1, Schema: text, Bindings: []*templates.Binding{
				{Auth: device, Credential: templates.Credential{Source: templates.FromClientID}}, {Auth: operator, Credential: templates.Credential{Source: templates.FromUser}},
			}},
			{Name: "path", GoName: "Path", Level: 3, Schema: text},
		},
		Publish: &templates.Direction{Auth: []*templates.AuthMethod{device, operator}, QoS: 1},
	}}
	if diff := cmp.Diff(want, p.Topics); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPlanBindsWhoMay looks at a parameter that is bound for all methods, in a topic for one of them: the clients of the
// others need no such value, so an app without a user name is let in.
func TestPlanBindsWhoMay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mqttx.yaml")
	spec := `mqttx: 1
go: {package: api}
auth:
  app: {method: jwt, algorithms: [ES256]}
  operator: {method: password}
topics:
  alert:
    pattern: "user/{name}/alert"
    params: {name: {is: user}}
    subscribe: {auth: [operator]}
`
	if err := os.WriteFile(path, []byte(spec), 0o600); err != nil {
		t.Fatal(err)
	}
	file, _, err := Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	p := plan(file, "example.com/shop/api", nil)
	got := p.Topics[0].Params[0].Bindings
	if len(got) != 1 || got[0].Auth.Name != "operator" || got[0].Source != templates.FromUser {
		t.Errorf("bound for %+v, want operator alone", got)
	}
}
