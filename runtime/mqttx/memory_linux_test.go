package mqttx

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

// TestMachineMemory reads the files of machines and control groups.
func TestMachineMemory(t *testing.T) {
	const total = "MemFree: 1 kB\nMemTotal:       16000000 kB\nHugePages_Total:       0\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing is known": {nil, 0},
		"no group":         {map[string]string{"proc/meminfo": total}, 16_000_000 << 10},
		"version 2": {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/system.slice/a.service\n",
			"sys/fs/cgroup/system.slice/a.service/memory.max": "4096000\n", "sys/fs/cgroup/system.slice/memory.max": "max\n"}, 4_096_000},
		"the outer one is smaller": {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "5000000\n", "sys/fs/cgroup/a/memory.max": "3000000\n"}, 3_000_000},
		"a container": {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "6000000\n"}, 6_000_000},
		"outside of the container": {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/../../x\n",
			"sys/fs/cgroup/memory.max": "6000000\n"}, 6_000_000},
		"version 1": {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "12:cpu,cpuacct:/x\n9:memory:/docker/1\n",
			"sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes": "7000000\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 7_000_000},
		"broken": {map[string]string{"proc/meminfo": "MemTotal: x kB\nMemTotal:\n", "proc/self/cgroup": "x\n\n0:\n", "sys/fs/cgroup/memory.max": "-5"}, 0},
	} {
		root := t.TempDir()
		for file, text := range c.files {
			file = filepath.Join(root, file)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := memoryBelow(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if machineMemory() < 64<<20 {
		t.Errorf("this machine has %d bytes", machineMemory())
	}
}

// TestHalfMemory: GOMEMLIMIT counts before the machine, and nothing is too little
// to run.
func TestHalfMemory(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	for limit, want := range map[int64]int64{math.MaxInt64: machineMemory() / 2, 10 << 30: 5 << 30} {
		debug.SetMemoryLimit(limit)
		if got := halfMemory(); got != want {
			t.Errorf("%d with GOMEMLIMIT %d, want %d", got, limit, want)
		}
	}
}
