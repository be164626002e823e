package spec_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

func language(t *testing.T) *spec.File {
	t.Helper()
	source, err := os.ReadFile("testdata/valid/language.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(source))
}

func TestServer(t *testing.T) {
	s := language(t).Server
	want := spec.Server{
		Pos: s.Pos, Unmatched: spec.UnmatchedHandle, Versions: []string{"3.1.1", "5"}, RefusedV3: spec.RefusedClose,
		Limits: spec.Limits{
			Packet: 256 << 10, Inflight: 64, Queue: 1000, KeepAlive: 20 * time.Minute, SessionExpiry: 180 * time.Hour,
		},
		Rates: spec.Rates{Connect: 200, Publish: 0.2, Bytes: 1536},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("server (-want +got):\n%s", diff)
	}
	if s.Speaks("3.1") || !s.Speaks("5") || !new(spec.Server).Speaks("3.1") {
		t.Error("Speaks is wrong")
	}
	s = parse(t, complete("server: {limits: {session_expiry: 0s}}\n")).Server
	if s.Limits.SessionExpiry != spec.NoSession || s.RefusedV3 != "" || s.Versions != nil {
		t.Errorf("server %+v", s)
	}
}

func TestAuth(t *testing.T) {
	var b strings.Builder
	for _, a := range language(t).Auth {
		fmt.Fprintf(&b, "%s %s %s client_id=%q exchange=%q in=%q %v\n", a.Name, a.GoName, a.Method, a.ClientID, a.Exchange, a.In, a.Algorithms)
		if a.Claims != nil {
			fmt.Fprintf(&b, "  %s: ", a.Claims.GoName)
			schemaText(a.Claims.Schema, "  ", &b)
		}
	}
	want := `device Device mtls client_id="cert.subject.cn" exchange="" in="" []
browser Browser jwt client_id="claim.sub" exchange="" in="user" [RS256]
  BrowserClaims: of the claims of browser object go BrowserClaims
    Sub required: of claim sub string
app App jwt client_id="" exchange="" in="password" [ES256 EdDSA]
  AppClaims: of the claims of app object go AppClaims
    Tenant required: of claim tenant string
    Level required: of claim level integer int64
    Roles required: of claim roles array
of claim roles[] string go AppClaimsRolesItem AppClaimsRolesItemAdmin="admin" AppClaimsRolesItemViewer="viewer"
    Where required: of claim place $ref ref Place
operator Operator password client_id="user" exchange="" in="" []
meter Meter scram-sha-256 client_id="" exchange="SCRAM-SHA-256" in="" []
station Station scram-sha-512 client_id="user" exchange="SCRAM-SHA-512" in="" []
sso Sso enhanced client_id="" exchange="GS2-KRB5" in="" []
lab Lab anonymous client_id="" exchange="" in="" []
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("auth (-want +got):\n%s", diff)
	}
}

// carries writes what a direction carries.
func carries(r *spec.PayloadRef) string {
	if r.Raw() {
		return "raw"
	}
	if r.Choice == nil {
		return r.Payload.Name
	}
	var cases []string
	for _, c := range r.Choice.Cases {
		cases = append(cases, fmt.Sprintf("%s=%s(%s)", c.Value, c.Payload.Name, c.GoName))
	}
	return fmt.Sprintf("by %s %q %s", r.Choice.By, r.Choice.Key, strings.Join(cases, " "))
}

func TestTopics(t *testing.T) {
	var b strings.Builder
	for _, topic := range language(t).Topics {
		fmt.Fprintf(&b, "%s %s\n", topic.Name, topic.GoName)
		for _, p := range topic.Params {
			if p.GoName != "Tenant" || len(p.Bindings) > 0 {
				fmt.Fprintf(&b, "  %s %v\n", p.GoName, p.Bindings)
			}
		}
		for _, d := range []*spec.Direction{topic.Publish, topic.Subscribe} {
			if d != nil {
				fmt.Fprintf(&b, "  %s expiry %v\n", carries(d.Payload), d.Expiry)
			}
		}
		if topic.Reply != nil {
			fmt.Fprintf(&b, "  reply %s\n", topic.Reply.Name)
		}
		for _, x := range topic.Examples {
			fmt.Fprintf(&b, "  %s %s\n", x.Name, x.Payload)
		}
	}
	want := `up Up
  Tenant map[app:claim.tenant device:cert.subject.o operator:user]
  Device map[app:client_id browser:client_id device:client_id lab:client_id meter:client_id operator:client_id sso:client_id station:client_id]
  by field "kind" reading=Reading(Reading) alarm=Alarm(Alarm) fire=Alarm(Fire) expiry 0s
  by field "kind" reading=Reading(Reading) alarm=Alarm(Alarm) fire=Alarm(Fire) expiry 0s
  fleet/acme/t-17/up {"kind":"fire","text":"run"}
files Files
  Device map[]
  by content_type "" image/png=Blob(Blob) application/x-protobuf=Frame(Frame) text/plain=Note(Note) expiry 0s
  by user_property "kind" blob=Blob(Blob) 1=Blob(1) +=Blob(Value) -=Blob(Value_2) expiry 0s
  fleet/acme/t-17/files 
command Command
  Device map[]
  Command expiry 10m0s
  reply command_result
  fleet/acme/00000000-0000-0000-0000-00000000000a/command {"what":"reboot"}
command_result CommandResult
  Device map[]
  Result expiry 0s
  result/00000000-0000-0000-0000-00000000000a/of/acme {"ok":true}
level Level
  StringParam map[]
  AppendTopicParam map[]
  Level expiry 0s
  level/a/b 80
note Note
  Note expiry 0s
  note "good morning"
blob Blob
  raw expiry 0s
  blob any bytes
frame Frame
  Frame expiry 0s
  frame 
info Info
  raw expiry 0s
unmatched Strays
  raw expiry 0s
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}

func TestPayloadsAndEvents(t *testing.T) {
	f := language(t)
	var b strings.Builder
	for _, p := range f.Payloads {
		fmt.Fprintf(&b, "%s %s %s %v %s %s\n", p.Name, p.GoName, p.Encoding, p.Schema != nil, p.File, p.Message)
	}
	for _, e := range f.Events {
		fmt.Fprintf(&b, "%s %s %s own %v schema %v\n", e.Name, e.GoName, e.Payload.GoName, e.Own, e.Payload.Schema != nil)
		if e.Own && slices.Contains(f.Payloads, e.Payload) {
			t.Errorf("the payload of event %s is in Payloads", e.Name)
		}
	}
	want := `Place Place json true  
Reading Reading json true  
Alarm Alarm json true  
Command Command cbor true  
Result Result msgpack true  
Level Level text true  
Note Note text true  
Blob Blob raw false  
Frame Frame protobuf false protos/fleet.proto fleet.v1.Frame
firmware_ready FirmwareReady FirmwareReady own true schema true
alarm Alarm Alarm own false schema true
level Level LevelEvent own true schema true
frame FrameSeen Frame own false schema false
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("payloads and events (-want +got):\n%s", diff)
	}
	if s := f.Events[0].Payload.Schema.Properties[1].Schema; s.GoType != "FirmwareReadyUrgency" {
		t.Errorf("nested type %q", s.GoType)
	}
	if s := f.Events[2].Payload.Schema; s.GoType != "LevelEvent" {
		t.Errorf("type %q", s.GoType)
	}
}

// TestNamesThatWork has names that look as if they could clash.
func TestNamesThatWork(t *testing.T) {
	f := parse(t, complete(namesThatWork))
	want := []string{"StringEvent", "Connected", "Time", "Context"}
	for i, e := range f.Events {
		if e.Payload.GoName != want[i] {
			t.Errorf("event %s: type %s, want %s", e.Name, e.Payload.GoName, want[i])
		}
	}
}

const namesThatWork = `auth: {type: {method: jwt, algorithms: [ES256], claims: {func: string, len: integer}}, connected: {method: password}, server: {method: anonymous}}
payloads:
  String: {schema: {type: object, properties: {type: {type: string}, string: {type: string}, error: {type: string}}}}
  error: {schema: {enum: [nil, "true", range]}}
  Time: {schema: {type: string}}
topics:
  string: {pattern: "string/{string}/{type}/{func}/{t}", publish: {payload: String}, subscribe: {}, reply: error}
  error: {pattern: "error/{type}/{string}/{func}/{t}", publish: {payload: error}}
  connected: {pattern: connected, publish: {}}
  publish: {pattern: publish, subscribe: {}}
  context: {pattern: context, subscribe: {payload: {by: content_type, map: {range: Time, select: Time}}}}
events: {string: {schema: {type: string}}, connected: {schema: {type: boolean}}, time: {payload: Time}, context: {schema: {enum: [a]}}}
`
