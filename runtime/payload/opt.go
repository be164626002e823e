package payload

// Opt is the value of an optional field: Value counts if Set says so. The zero value is not set. Two of them can be compared
// with == where T can.
//
// It has no more methods than this one, and Null neither: each of them would be compiled for each type of each payload.
type Opt[T any] struct {
	Value T // T's zero value if it is not set
	Set   bool
}

// Some returns a set value.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// None returns a value that is not set.
func None[T any]() Opt[T] { return Opt[T]{} }

// Get returns the value and whether it is set.
func (o Opt[T]) Get() (T, bool) { return o.Value, o.Set }
