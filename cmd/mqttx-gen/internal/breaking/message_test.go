package breaking_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen/proto"
)

// TestMessages changes a .proto file, and what it imports.
func TestMessages(t *testing.T) {
	version := func(frame, point string) breaking.Version {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"frame.proto": "syntax = \"proto2\"; package v1; import \"point.proto\"; message Frame { " + frame + " optional Point at = 9; optional Frame next = 10; } enum State { OFF = 0; ON = 1; }",
			"point.proto": "syntax = \"proto2\"; package v1; " + point,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		f := parse(t, "payloads: {F: {encoding: protobuf, file: frame.proto, message: v1.Frame}}\ntopics: {a: {pattern: a, publish: {payload: F}, subscribe: {payload: F}}}\n")
		messages, err := proto.Messages(f, dir)
		if err != nil {
			t.Fatal(err)
		}
		return breaking.Version{File: f, Messages: messages}
	}
	const point = "message Point { optional double lat = 1; }"
	old := version("optional uint32 speed = 1; repeated string tag = 2; optional State state = 3; map<string, int32> m = 4; required bool on = 5;", point)
	for _, tt := range []struct{ frame, point, want string }{
		{"optional uint32 renamed = 1; repeated string tag = 2; optional State state = 3; map<string, int32> m = 4; required bool on = 5; optional bool more = 6;", point, ""},
		{"reserved 1, 2; optional State state = 3; map<string, int32> m = 4; required bool on = 5;", point, ""},
		{"optional string speed = 1; optional string tag = 2; optional State state = 3; map<string, bool> m = 4; required bool on = 5;", point,
			"field 1 changed from uint32 speed to string speed; field 2 changed from repeated string tag to string tag; field 4 changed from map<string, int32> m to map<string, bool> m"},
		{"reserved 5; repeated string tag = 2; optional State state = 3; map<string, int32> m = 4; required bool must = 6;", point,
			"field 1 is gone; it was uint32 speed; field 5 is gone; it was required bool on; field 6 is new: required bool must"},
		{"oneof x { uint32 speed = 1; } repeated string tag = 2; optional State state = 3; map<string, int32> m = 4; required bool on = 5;", "message Point { optional float lat = 1; }",
			"field 1 changed from uint32 speed to uint32, one of x speed; field 1 changed from double lat to float lat"},
	} {
		var got []string
		for _, f := range breaking.CompareVersions(old, version(tt.frame, tt.point), breaking.Wire) {
			if f.Code != "MQX237" || f.Pos.Line == 0 || f.Breaks == "" || f.Hint == "" {
				t.Errorf("%+v", f)
			}
			_, text, _ := strings.Cut(f.Message, ": ")
			got = append(got, text)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.frame, diff)
		}
	}
}
