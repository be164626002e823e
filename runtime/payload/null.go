package payload

// Null is a value that may be null: Value counts if Valid says so. The zero value is null. Two of them can be compared with ==
// where T can.
type Null[T any] struct {
	Value T // T's zero value if it is null
	Valid bool
}

// NotNull returns a value that is not null.
func NotNull[T any](v T) Null[T] { return Null[T]{Value: v, Valid: true} }

// NullOf returns null.
func NullOf[T any]() Null[T] { return Null[T]{} }

// Get returns the value and whether it is not null.
func (n Null[T]) Get() (T, bool) { return n.Value, n.Valid }
