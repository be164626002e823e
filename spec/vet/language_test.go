package vet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

func findings(t *testing.T, source string) string {
	t.Helper()
	var b bytes.Buffer
	for _, d := range vet.Check(parse(t, source)) {
		b.WriteString(d.Error() + "\n")
	}
	return b.String()
}

const without5 = `mqttx: 1
go: {package: fleet}
server: {versions: ["3.1", "3.1.1"]}
auth:
  app: {method: jwt, algorithms: [HS256, RS256, HS512]}
  office: {method: password}
  nobody: {method: mtls}
  lab: {method: anonymous}
payloads:
  A: {schema: {type: object, required: [a], properties: {a: {type: string}}}}
  B: {encoding: protobuf, file: b.proto, message: B}
  C: {encoding: raw}
topics:
  request: {pattern: "request/{id}", params: {id: {is: client_id}}, subscribe: {auth: [app, office, lab], expiry: 1m}, reply: answer}
  answer: {pattern: "answer/{id}", publish: {auth: [app], payload: {by: content_type, map: {a: A, b: B}}, retain: allowed}}
`

func TestVetWithoutVersion5(t *testing.T) {
	source := strings.Replace(without5, "payload: {by: content_type, map: {a: A, b: B}}, ", "payload: A, ", 1) +
		"  up: {pattern: up, publish: {auth: [app], payload: {by: user_property.kind, map: {a: A, b: B}}}}\n"
	want := `mqttx.yaml:5:3: warning[MQX114]: auth method "app" takes tokens signed with a shared secret (HS256, HS512) and with a public key (RS256)
mqttx.yaml:7:3: warning[MQX102]: no topic names auth method "nobody": its clients may do nothing
mqttx.yaml:8:3: warning[MQX112]: clients of "lab" choose their client id freely, and parameters are bound to it in topic request
mqttx.yaml:12:3: warning[MQX107]: nothing carries payload "C", and none that is carried refers to it
mqttx.yaml:14:69: warning[MQX111]: expiry of topic "request" is of MQTT 5, which the server does not speak
mqttx.yaml:14:127: warning[MQX111]: reply of topic "request" is of MQTT 5, which the server does not speak
mqttx.yaml:14:127: warning[MQX117]: clients of office, lab may subscribe to topic "request", and not publish to the same place of its reply "answer"
mqttx.yaml:15:3: warning[MQX103]: topic "answer" has no example
mqttx.yaml:15:29: warning[MQX118]: parameter "id" is bound for clients of "app" in topic "request", and not in topic "answer": any value will do there
mqttx.yaml:15:36: warning[MQX115]: topic "answer" keeps retained messages, and no client may subscribe to it
mqttx.yaml:16:3: warning[MQX103]: topic "up" has no example
mqttx.yaml:16:53: warning[MQX111]: the choice by user_property of topic "up" is of MQTT 5, which the server does not speak
`
	if diff := cmp.Diff(want, findings(t, source)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if got := findings(t, strings.Replace(source, `"3.1.1"]`, `"3.1.1", "5"]`, 1)); strings.Contains(got, "MQX111") {
		t.Errorf("with MQTT 5: %s", got)
	}
}

func TestVetReplyBoundApart(t *testing.T) {
	const source = `topics:
  ask: {pattern: "ask/{id}", params: {id: {is: client_id}}, subscribe: {}, reply: answer}
  answer: {pattern: "answer/{id}", params: {id: {is: user}}, publish: {}}
`
	if got := findings(t, complete(source)); !strings.Contains(got, "MQX117") {
		t.Errorf("findings %s", got)
	}
	if got := findings(t, complete(strings.Replace(source, "is: user", "is: client_id", 1))); got != "" {
		t.Errorf("findings %s", got)
	}
}

func TestVetBoundElsewhere(t *testing.T) {
	const source = `auth: {device: {method: mtls}, office: {method: password}}
topics:
  reading: {pattern: "r/{tenant}/{device}", params: {device: {is: {device: cert.subject.cn}}}, publish: {auth: [device]}}
  command: {pattern: "c/{tenant}/{device}", subscribe: {auth: [office, device]}}
  log: {pattern: "l/{device...}", publish: {auth: [device]}}
  all: {pattern: "a/{device}", subscribe: {auth: [office]}}
`
	want := `mqttx.yaml:6:34: warning[MQX118]: parameter "device" is bound for clients of "device" in topic "reading", and not in topic "command": any value will do there` + "\n"
	if got := findings(t, complete(source)); got != want {
		t.Errorf("findings %s", got)
	}
}

func TestVetTokenBehindPassword(t *testing.T) {
	got := findings(t, complete("auth: {office: {method: password}, app: {method: jwt, algorithms: [ES256]}}\n"))
	want := "mqttx.yaml:3:36: warning[MQX116]: auth method \"app\" decides only on clients without a user name: \"office\" takes every client that has one\n"
	if got != want {
		t.Errorf("findings %s", got)
	}
	if got := findings(t, complete("auth: {app: {method: jwt, algorithms: [ES256]}, web: {method: jwt, in: user, algorithms: [ES256]}, office: {method: password}}\n")); got != "" {
		t.Errorf("findings %s", got)
	}
}

// TestVetUnreachable leaves names free, takes them all, and has too many to look at.
func TestVetUnreachable(t *testing.T) {
	const taken = `
  on: {pattern: a/1/true, publish: {}}
  off: {pattern: a/1/false, publish: {}}
  two: {pattern: "a/2/{any}", publish: {}}
`
	for _, tt := range []struct {
		pattern, params string
		found           bool
	}{
		{"a/{n}/{b}", "n: {schema: {type: integer, minimum: 1, maximum: 2}}, b: {schema: {type: boolean}}", true},
		{"a/{n}/{b}", "n: {schema: {type: integer, minimum: 1, maximum: 3}}, b: {schema: {type: boolean}}", false},
		{"a/{n}/{b}", "n: {schema: {type: integer, minimum: 1, maximum: 2}}, b: {}", false},
		{"a/{n}/{b}", "n: {schema: {const: '2'}}, b: {schema: {enum: [x, y]}}", true},
		{"a/{n}/{b}", "n: {schema: {type: integer, minimum: 1, maximum: 900}}, b: {schema: {enum: [x, y]}}", false},
		{"a/{n}/{b}", "n: {schema: {type: integer, minimum: -9000000000000000000, maximum: 9000000000000000000}}, b: {schema: {const: x}}", false},
		{"a/{n}/{b}", "n: {schema: {type: integer, minimum: 0, maximum: 900000000000000000}}, b: {schema: {const: x}}", false},
		{"a/2/x", "", false},
	} {
		source := complete("x-vet-ignore: {MQX106: meant}\ntopics:\n  wide: {pattern: \"" + tt.pattern + "\", params: {" + tt.params + "}, publish: {}}" + taken)
		if got := findings(t, source); strings.Contains(got, "MQX113") != tt.found {
			t.Errorf("%s with %s: %s", tt.pattern, tt.params, got)
		}
	}
}

func TestVetUsedPayloads(t *testing.T) {
	got := findings(t, complete(`auth: {app: {method: jwt, algorithms: [ES256], claims: {a: {$ref: "#/payloads/A"}}}}
payloads: {A: {schema: {type: string}}, B: {schema: {type: object, properties: {c: {$ref: "#/payloads/C"}}}}, C: {schema: {type: string}}, D: {encoding: raw}, E: {schema: {type: string}}}
topics: {t: {pattern: t, publish: {payload: {by: content_type, map: {d: D, e: E}}}, examples: [{payload: e}]}}
events: {b: {payload: B}}
`))
	if got != "" {
		t.Errorf("findings %s", got)
	}
}

// TestVetUnions looks at pairs of alternatives of oneOf and anyOf.
func TestVetUnions(t *testing.T) {
	const refused, taken = "a value that fits one may fit both, and such a value is refused", "what fits this one may fit the other, which is tried before it"
	for _, tt := range []struct{ one, alternatives, want string }{
		{"oneOf", `{type: integer}, {type: number}`, refused},
		{"oneOf", `{type: number}, {type: integer}`, refused},
		{"oneOf", `{type: integer}, {type: number, maximum: 3}`, ""},
		{"oneOf", `{type: string}, {type: integer}`, ""},
		{"oneOf", `{enum: [a, b]}, {enum: [b, c]}`, refused},
		{"oneOf", `{enum: [a, b]}, {enum: [c]}`, ""},
		{"anyOf", `{type: integer}, {type: number}`, ""},
		{"anyOf", `{type: number}, {type: integer}`, taken},
		{"oneOf", `{type: object, properties: {x: {type: string}}}, {type: object, properties: {y: {type: integer}}}`, refused},
		{"oneOf", `{type: object, required: [x], properties: {x: {type: string}}}, {type: object, required: [y], properties: {y: {type: integer}}}`, ""},
		{"oneOf", `{type: object, required: [x], properties: {x: {type: string}}}, {type: object, properties: {y: {type: integer}}}`, refused},
		{"oneOf", `{type: object, required: [x], properties: {x: {type: string}}}, {type: object, additionalProperties: false, properties: {y: {type: integer}}}`, ""},
		{"oneOf", `{type: object, required: [x], properties: {x: {type: string}}}, {type: object, required: [x], properties: {x: {type: integer}}}`, ""},
		{"oneOf", `{type: object, required: [k, x], properties: {k: {const: a}, x: {type: string}}}, {type: object, required: [k, y], properties: {k: {enum: [a, b]}, y: {type: string}}}`,
			`k is "a" in both, and does not tell them apart`},
		{"oneOf", `{type: object, required: [k], properties: {k: {const: a}}}, {type: object, required: [k], properties: {k: {const: b}}}`, ""},
	} {
		got := findings(t, "mqttx: 1\ngo: {package: fleet}\nauth: {device: {method: password}}\npayloads: {P: {schema: {"+tt.one+": ["+tt.alternatives+"]}}}\n"+
			"events: {e: {schema: {$ref: \"#/payloads/P\"}}}\n")
		if tt.want != "" {
			tt.want = "[MQX119]: two alternatives of schema P: " + tt.want + "\n"
		}
		if !strings.HasSuffix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: [%s]: got %q, want %q", tt.one, tt.alternatives, got, tt.want)
		}
	}
}
