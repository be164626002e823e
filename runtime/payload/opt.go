package payload

import (
	"encoding/json"
	"fmt"
)

// Opt is the value of an optional field: set, or not. The zero value is not set. Two of them can be compared with ==
// where T can.
type Opt[T any] struct {
	value T
	set   bool
}

// Some returns a set value.
func Some[T any](v T) Opt[T] { return Opt[T]{value: v, set: true} }

// None returns a value that is not set.
func None[T any]() Opt[T] { return Opt[T]{} }

// Get returns the value and whether it is set. It is T's zero value if not.
func (o Opt[T]) Get() (T, bool) { return o.value, o.set }

// Or returns the value, or other if it is not set.
func (o Opt[T]) Or(other T) T {
	if o.set {
		return o.value
	}
	return other
}

// IsSet says whether there is a value.
func (o Opt[T]) IsSet() bool { return o.set }

// Set makes v the value.
func (o *Opt[T]) Set(v T) { o.value, o.set = v, true }

// Clear makes o not set.
func (o *Opt[T]) Clear() { *o = Opt[T]{} }

// Ptr returns the address of the value, for reading and changing it in place, or nil if it is not set.
func (o *Opt[T]) Ptr() *T {
	if !o.set {
		return nil
	}
	return &o.value
}

// Init sets o to T's zero value and returns the address of it.
func (o *Opt[T]) Init() *T {
	*o = Opt[T]{set: true}
	return &o.value
}

// String prints the value as fmt does, or "unset".
func (o Opt[T]) String() string {
	if !o.set {
		return "unset"
	}
	return fmt.Sprint(o.value)
}

// IsZero says whether o is not set: encoding/json leaves such a field out where its tag says omitzero.
func (o Opt[T]) IsZero() bool { return !o.set }

// MarshalJSON lets encoding/json write the value, or null if it is not set.
func (o Opt[T]) MarshalJSON() ([]byte, error) { return marshal(o.value, o.set) }

// UnmarshalJSON lets encoding/json read the value. null leaves o not set, unless T is a [Null].
func (o *Opt[T]) UnmarshalJSON(b []byte) error {
	o.Clear()
	if _, nullable := any(&o.value).(interface{ SetNull() }); isNull(b) && !nullable {
		return nil
	}
	return json.Unmarshal(b, o.Init())
}
