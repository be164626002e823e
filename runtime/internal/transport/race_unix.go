//go:build race && unix

package transport

import (
	"os"
	"sync"
	"syscall"
)

// released and acquired tell the race detector of what package syscall tells it with each write and read, and a raw
// system call does not: what happened before a write happens before what follows the read of its bytes.

func released() { _, _ = syscall.Write(-1, nil) } // it tells before it fails

func acquired() { _, _ = syscall.Read(nothing(), nil) }

// nothing is a descriptor of which a read succeeds, with no bytes.
var nothing = sync.OnceValue(func() int {
	fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return fd
})
