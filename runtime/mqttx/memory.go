package mqttx

import (
	"fmt"
	"math"
	"runtime/debug"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
)

const (
	leastMemory = 1 << 20 // what Limits.Memory is at least
	someMemory  = 1 << 30 // its default where nothing is known of the machine
)

// checkMemory checks what clients may hold together, and fills in the default.
func (l *Limits) checkMemory() error {
	if l.Memory > 0 && l.Memory < leastMemory {
		return fmt.Errorf("new server: option Limits.Memory is %d bytes; it must be at least %d, 0 for the default, or negative for no limit", l.Memory, leastMemory)
	}
	defaulted(&l.Memory, halfMemory())
	return nil
}

// halfMemory returns the half of what the process may use: by GOMEMLIMIT, else
// by its control group or the machine.
func halfMemory() int64 {
	if set := debug.SetMemoryLimit(-1); set != math.MaxInt64 {
		return max(set/2, leastMemory)
	}
	if all := machineMemory(); all > 0 {
		return max(all/2, leastMemory)
	}
	return someMemory
}

// memory returns what counts what clients hold.
func (l *Limits) memory() *limit.Memory { return limit.NewMemory(l.Memory) }
