//go:build unix

package mqttx

import "syscall"

// descriptors returns how many connections leave the program a tenth of its
// file descriptors; 0 where there is no bound.
func descriptors() int {
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r) != nil {
		return 0
	}
	most := uint64(r.Cur) // signed on some systems
	if most == 0 || most > 1<<30 {
		return 0
	}
	return max(int(most)/10*9, 1)
}
