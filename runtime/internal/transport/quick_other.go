//go:build !linux

package transport

import (
	"errors"
	"net"
)

// quick is for Linux only.
type quick struct{}

// Quick returns nc: only on Linux something is gained by other system calls.
func Quick(nc net.Conn) net.Conn { return nc }

func (c *Conn) quick() *quick { return nil }

// framed returns c.nc: frames are taken apart by their Read.
func (c *Conn) framed() (framed, net.Conn) { return nil, c.nc }

func (c *Conn) neverWait() {}

func (c *Conn) mayWait(bool) {}

// tryWriteQuick is never called where quick returns nil.
func (c *Conn) tryWriteQuick([][]byte) (n int, err error) { return 0, errors.ErrUnsupported }
