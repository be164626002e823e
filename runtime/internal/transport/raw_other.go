//go:build !unix

package transport

import (
	"errors"
	"time"
)

// descriptor is for unix systems only: here all connections are plain.
type descriptor struct {
	hurry          bool
	pending, ended error
}

func (c *Conn) openRaw() *descriptor { return nil }

func (c *Conn) writesRaw() bool { return false }

// receiveRaw is never called where openRaw returns nil; nor are those below.
func (c *Conn) receiveRaw() error { return errors.ErrUnsupported }

func (c *Conn) tryWriteRaw([][]byte) (n int, err error) { return 0, errors.ErrUnsupported }

func (c *Conn) writeRaw([][]byte, time.Duration) (n int, err error) { return 0, errors.ErrUnsupported }
