//go:build unix && !linux

package transport

import "syscall"

// enableInq is for Linux only: here the socket is read until it has nothing more.
func enableInq(syscall.RawConn) bool { return false }

// recvInq is never called where enableInq is false.
func recvInq(uintptr, []byte) (n, left int, err error) { return 0, unknown, syscall.ENOSYS }
