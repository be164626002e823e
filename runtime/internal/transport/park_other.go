//go:build !linux

package transport

// CanPark reports whether Park may ever succeed: on Linux only.
func (c *Conn) CanPark() bool { return false }

func (c *Conn) register() bool { return false }

func (c *Conn) unregister() {}
