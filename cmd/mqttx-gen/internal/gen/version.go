package gen

import (
	"runtime/debug"
	"strings"
)

// Module is the path of the module that mqttx-gen belongs to.
const Module = "github.com/mqttx-gen/mqttx-gen"

// Version is that of the release which this program was built from; "(devel)" for any other build, so that what is
// generated does not change with every commit.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != Module || info.Main.Replace != nil || !isRelease(info.Main.Version) {
		return "(devel)"
	}
	return info.Main.Version
}

// isRelease says whether v is a version that somebody has tagged, without changes.
func isRelease(v string) bool {
	return strings.HasPrefix(v, "v") && !strings.ContainsAny(v, "-+") && v != "v0.0.0"
}
