package mqttx

import (
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// machineMemory returns how many bytes the process may use: the least of what
// the machine has and its control groups allow; 0 where that is not known.
func machineMemory() int64 { return memoryBelow("/") }

// memoryBelow is machineMemory of a system whose files are below root.
func memoryBelow(root string) int64 {
	least := int64(math.MaxInt64)
	note := func(n int64) {
		if n > 0 {
			least = min(least, n)
		}
	}
	note(totalMemory(readFile(root, "proc/meminfo")))
	for line := range strings.Lines(readFile(root, "proc/self/cgroup")) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(line, ":")
		dir, file := "sys/fs/cgroup", "memory.max" // version 2, which names no controllers
		switch controllers {
		case "":
		case "memory":
			dir, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for group = path.Clean("/" + group); ; group = path.Dir(group) { // each bounds those in it
			n, _ := strconv.ParseInt(strings.TrimSpace(readFile(root, dir+group+"/"+file)), 10, 64) // or "max"
			note(n)
			if group == "/" {
				break
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}

// totalMemory returns what the line MemTotal says, 0 without one.
func totalMemory(meminfo string) int64 {
	for line := range strings.Lines(meminfo) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == "MemTotal:" && f[2] == "kB" {
			n, _ := strconv.ParseInt(f[1], 10, 53)
			return n << 10
		}
	}
	return 0
}

// readFile returns the text of a file, empty where it cannot be read.
func readFile(root, name string) string {
	b, err := os.ReadFile(path.Join(root, name)) // #nosec G304 -- of the system's own files
	if err != nil {
		return ""
	}
	return string(b)
}
