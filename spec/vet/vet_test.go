package vet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

// complete adds the lines that every spec has.
func complete(source string) string {
	for _, line := range []string{"auth: {device: {method: password}}", "go: {package: fleet}", "mqttx: 1"} {
		key, _, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(source, key) && !strings.Contains(source, "\n"+key) {
			source = line + "\n" + source
		}
	}
	return source
}

// parse reads a spec that must be right.
func parse(t testing.TB, source string) *spec.File {
	t.Helper()
	f, err := spec.Parse("mqttx.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const careless = `mqttx: 1
go: {package: fleet}
auth:
  device: {method: password}
  lab: {method: anonymous}
payloads:
  Level: {schema: {type: integer}}
  Unused: {schema: {type: object, properties: {deep: {$ref: "#/payloads/Deep"}}}}
  Deep: {schema: {type: integer}}
topics:
  level:
    pattern: "/tank//{id}/"
    params: {id: {is: {device: client_id}, schema: {type: string, pattern: "^[a-z]"}}}
    publish: {auth: [device, lab], payload: Level, relay: true}
  system: {pattern: "$SYS/{what}", publish: {}}
  load: {pattern: $SYS/load, publish: {}}
  foreign: {pattern: "a/:id/<name>/:/<>/x:y", publish: {}}
`

func TestVet(t *testing.T) {
	var got bytes.Buffer
	for _, d := range vet.Check(parse(t, careless)) {
		got.WriteString(d.Error() + "\n")
	}
	wanted := `mqttx.yaml:8:3: warning[MQX107]: nothing carries payload "Unused", and none that is carried refers to it
mqttx.yaml:9:3: warning[MQX107]: nothing carries payload "Deep", and none that is carried refers to it
mqttx.yaml:11:3: warning[MQX103]: topic "level" has no example
mqttx.yaml:12:14: warning[MQX104]: the pattern of topic "level" begins with /: its first level has no text
mqttx.yaml:12:14: warning[MQX104]: the pattern of topic "level" holds // in the middle: a level without text
mqttx.yaml:12:14: warning[MQX104]: the pattern of topic "level" ends with /: its last level has no text
mqttx.yaml:13:19: warning[MQX101]: parameter "id" of topic "level" is not bound for lab: they may use any value
mqttx.yaml:13:76: warning[MQX109]: the pattern of parameter "id" is not anchored: it matches anywhere in the text
mqttx.yaml:14:5: warning[MQX108]: topic "level" is relayed, and no client may subscribe to it
mqttx.yaml:15:21: warning[MQX105]: the pattern of topic "system" begins with $: such names are for servers
mqttx.yaml:16:19: warning[MQX105]: the pattern of topic "load" begins with $: such names are for servers
mqttx.yaml:16:19: warning[MQX106]: topic "load" takes names from topic "system", such as "$SYS/load"
mqttx.yaml:17:22: warning[MQX110]: level ":id" in the pattern of topic "foreign" is a literal, not a parameter
mqttx.yaml:17:22: warning[MQX110]: level "<name>" in the pattern of topic "foreign" is a literal, not a parameter
`
	if diff := cmp.Diff(wanted, got.String()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestVetIgnore(t *testing.T) {
	for _, source := range []string{
		`topics: {a: {pattern: /a, publish: {}, x-vet-ignore: {MQX104: old devices}}}`,
		`x-vet-ignore: {MQX104: old devices}` + "\n" + `topics: {a: {pattern: /a, publish: {}}}`,
		`payloads: {A: {x-vet-ignore: {MQX107: soon}, schema: {type: integer}}}`,
		`auth: {d: {method: password}, a: {method: anonymous, x-vet-ignore: {MQX102: soon}}}` + "\n" + `topics: {a: {pattern: a, publish: {}}}`,
	} {
		if list := vet.Check(parse(t, complete(source))); len(list) != 0 {
			t.Errorf("Vet of %s = %v", source, list)
		}
	}
}

func TestVetQuiet(t *testing.T) {
	f := parse(t, complete(`payloads: {P: {schema: {$ref: "#/payloads/Q"}}, Q: {schema: {type: array, items: {$ref: "#/payloads/R"}}}, R: {schema: {type: boolean}}}
topics: {a: {pattern: "a/{x}", params: {x: {is: client_id}}, publish: {relay: true}, subscribe: {payload: P}, examples: [{params: {x: 1}, payload: [true]}]}}`))
	if list := vet.Check(f); len(list) != 0 {
		t.Errorf("Vet = %v", list)
	}
}
