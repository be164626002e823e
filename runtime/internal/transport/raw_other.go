//go:build !unix

package transport

import (
	"errors"
	"time"
)

// openRaw is for unix systems only: here all connections are plain.
func (c *Conn) openRaw() bool { return false }

// receiveRaw is never called where openRaw is false; so are those below.
func (c *Conn) receiveRaw() error { return errors.ErrUnsupported }

func (c *Conn) tryWriteRaw([][]byte) (n int, err error) { return 0, errors.ErrUnsupported }

func (c *Conn) writeRaw([][]byte, time.Duration) (n int, err error) { return 0, errors.ErrUnsupported }
