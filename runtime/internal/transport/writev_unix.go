//go:build unix && !linux

package transport

import "syscall"

// writeOnce makes one system call for as much of o as goes into it: the standard library exports no writev here, so
// that is the first buffer. asked is how much that is.
func writeOnce(fd uintptr, o *output) (asked, n int, err error) {
	b := o.bufs[0][o.off:]
	n, err = syscall.Write(int(fd), b)
	return len(b), max(n, 0), err
}
