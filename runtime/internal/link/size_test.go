package link

import (
	"testing"
	"unsafe"
)

// TestSize: each connection has a Link. The bound is a size in which Go allocates: one byte more costs 64.
func TestSize(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the bound is that of 64 bits")
	}
	if n := unsafe.Sizeof(Link{}); n > 576 {
		t.Errorf("Link has %d bytes", n)
	}
}
