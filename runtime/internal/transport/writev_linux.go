package transport

import (
	"runtime"
	"syscall"
	"unsafe"
)

// maxVec is the number of buffers in one writev.
const maxVec = 32

// writeOnce makes one system call for as much of o as goes into it. asked is how much that is.
func writeOnce(fd uintptr, o *output) (asked, n int, err error) {
	if len(o.bufs) == 1 {
		b := o.bufs[0][o.off:]
		n, err = syscall.Write(int(fd), b)
		return len(b), max(n, 0), err
	}
	var vec [maxVec]syscall.Iovec
	used, off := 0, o.off
	for _, b := range o.bufs {
		if used == maxVec {
			break
		}
		if b = b[off:]; len(b) > 0 {
			vec[used].Base = unsafe.SliceData(b)
			vec[used].SetLen(len(b))
			asked += len(b)
			used++
		}
		off = 0
	}
	r, _, errno := syscall.Syscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&vec)), uintptr(used))
	runtime.KeepAlive(o)
	if errno != 0 {
		return asked, 0, errno
	}
	return asked, int(r), nil
}
