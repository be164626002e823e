package session

import (
	"testing"
	"unsafe"
)

// TestSizes: each connection has one of these. The bounds are sizes in which Go allocates: one byte more costs 32.
func TestSizes(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the bounds are those of 64 bits")
	}
	for _, s := range []struct {
		name      string
		is, bound uintptr
	}{
		{"Session", unsafe.Sizeof(Session{}), 288},
		{"Outbox", unsafe.Sizeof(Outbox{}), 320},
		{"port", unsafe.Sizeof(port{}), 32},
	} {
		if s.is > s.bound {
			t.Errorf("%s has %d bytes, more than %d", s.name, s.is, s.bound)
		}
	}
}
