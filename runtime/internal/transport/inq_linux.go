package transport

import (
	"encoding/binary"
	"runtime"
	"syscall"
	"unsafe"
)

const (
	solTCP = 6
	tcpInq = 36 // both the socket option TCP_INQ and the type of its control message
)

// inqSpace is the size in bytes of the buffer for control messages; one holds a header and an int32.
const inqSpace = syscall.SizeofCmsghdr + 8

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr syscall.Msghdr
	n   uint32
}

// enableInq asks for TCP_INQ (Linux 4.18): each recvmsg then tells how many bytes the socket still holds, and 1 where
// it holds none but the end of the stream.
func enableInq(raw syscall.RawConn) bool {
	var failed error
	err := raw.Control(func(fd uintptr) { failed = syscall.SetsockoptInt(int(fd), solTCP, tcpInq, 1) })
	return err == nil && failed == nil
}

// recvInq reads once into b and returns how many bytes are left in the socket.
//
// It is recvmmsg, for one message, because that looks for an error of the socket before it receives: a reset that came
// together with the last bytes is not counted by TCP_INQ, raises no second event, and would never be seen by recvmsg
// (100 of 300 were lost). It costs no more.
//
// The call does not block and copies at most maxBuffer bytes, so it is not worth telling the scheduler: RawSyscall.
func recvInq(fd uintptr, b []byte) (n, left int, err error) {
	var control [inqSpace]byte
	iov := syscall.Iovec{Base: unsafe.SliceData(b)}
	iov.SetLen(len(b))
	var m mmsghdr
	m.hdr.Iov, m.hdr.Iovlen = &iov, 1
	m.hdr.Control = &control[0]
	m.hdr.SetControllen(len(control))
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&m)), 1, syscall.MSG_DONTWAIT, 0, 0)
	runtime.KeepAlive(b)
	if errno != 0 {
		return 0, unknown, errno
	}
	received(fd)
	return int(m.n), parseInq(control[:m.hdr.Controllen]), nil
}

// parseInq returns the number in a control message of TCP_INQ, unknown if it is something else.
func parseInq(control []byte) int {
	const header = syscall.SizeofCmsghdr
	if len(control) < header+4 {
		return unknown
	}
	level, kind := binary.NativeEndian.Uint32(control[header-8:]), binary.NativeEndian.Uint32(control[header-4:])
	if level != solTCP || kind != tcpInq {
		return unknown
	}
	return int(binary.NativeEndian.Uint32(control[header:]))
}
