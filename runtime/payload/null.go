package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Null is a value that may be null. The zero value is null. Two of them can be compared with == where T can.
type Null[T any] struct {
	value T
	valid bool
}

// NotNull returns a value that is not null.
func NotNull[T any](v T) Null[T] { return Null[T]{value: v, valid: true} }

// NullOf returns null.
func NullOf[T any]() Null[T] { return Null[T]{} }

// Get returns the value and whether it is not null. It is T's zero value if it is.
func (n Null[T]) Get() (T, bool) { return n.value, n.valid }

// Or returns the value, or other if it is null.
func (n Null[T]) Or(other T) T {
	if n.valid {
		return n.value
	}
	return other
}

// IsNull says whether it is null.
func (n Null[T]) IsNull() bool { return !n.valid }

// Set makes v the value.
func (n *Null[T]) Set(v T) { n.value, n.valid = v, true }

// SetNull makes n null.
func (n *Null[T]) SetNull() { *n = Null[T]{} }

// Ptr returns the address of the value, for reading and changing it in place, or nil if it is null.
func (n *Null[T]) Ptr() *T {
	if !n.valid {
		return nil
	}
	return &n.value
}

// Init sets n to T's zero value and returns the address of it.
func (n *Null[T]) Init() *T {
	*n = Null[T]{valid: true}
	return &n.value
}

// String prints the value as fmt does, or "null".
func (n Null[T]) String() string {
	if !n.valid {
		return "null"
	}
	return fmt.Sprint(n.value)
}

// MarshalJSON lets encoding/json write the value, or null.
func (n Null[T]) MarshalJSON() ([]byte, error) { return marshal(n.value, n.valid) }

// UnmarshalJSON lets encoding/json read the value, or null.
func (n *Null[T]) UnmarshalJSON(b []byte) error {
	n.SetNull()
	if isNull(b) {
		return nil
	}
	return json.Unmarshal(b, n.Init())
}

func marshal[T any](v T, there bool) ([]byte, error) {
	if !there {
		return []byte("null"), nil
	}
	return json.Marshal(v)
}

func isNull(b []byte) bool { return string(bytes.TrimSpace(b)) == "null" }
