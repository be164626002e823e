package transport

import (
	"runtime"
	"syscall"
	"unsafe"
)

// maxVec is the number of buffers in one writev.
const maxVec = 32

// quickWrite is up to how many bytes a write is not worth telling the scheduler: it does not block, and takes less time
// than the scheduler would lose by handing this processor to another thread and taking it back (a quarter of the CPU
// time of messages of 16 KiB).
const quickWrite = 64 << 10

// writeOnce makes one system call for as much of o as goes into it. asked is how much that is.
func writeOnce(fd uintptr, o *output) (asked, n int, err error) {
	sent()
	if len(o.bufs) == 1 {
		b := o.bufs[0][o.off:]
		n, err = write(fd, b)
		return len(b), n, err
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
	var r uintptr
	var errno syscall.Errno
	if asked <= quickWrite {
		r, _, errno = syscall.RawSyscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&vec)), uintptr(used))
	} else {
		r, _, errno = syscall.Syscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&vec)), uintptr(used))
	}
	runtime.KeepAlive(o)
	if errno != 0 {
		return asked, 0, errno
	}
	return asked, int(r), nil
}

// write makes one system call for b, which is not empty.
func write(fd uintptr, b []byte) (n int, err error) {
	if len(b) > quickWrite {
		n, err = syscall.Write(int(fd), b)
		return max(n, 0), err
	}
	r, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}
