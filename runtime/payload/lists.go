package payload

import (
	"bytes"
	"maps"
	"slices"
)

// Put sets an entry of the map that an object becomes. The first one makes the map.
func Put[T any](m map[string]T, key string, v T) map[string]T {
	if m == nil {
		m = map[string]T{}
	}
	m[key] = v
	return m
}

// Keys returns the keys of a map in the order in which they are written.
func Keys[T any](m map[string]T) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}

// fewItems is how many items are compared each with each.
const fewItems = 16

// Repeated returns the index of the first item that an earlier one equals, or -1.
func Repeated[T comparable](list []T) int {
	if len(list) <= fewItems {
		for i, item := range list {
			if slices.Contains(list[:i], item) {
				return i
			}
		}
		return -1
	}
	seen := make(map[T]struct{}, len(list))
	for i, item := range list {
		if seen[item] = struct{}{}; len(seen) <= i {
			return i
		}
	}
	return -1
}

// RepeatedItem is Repeated for items that Go cannot compare: those of an array in JSON, which is written as this
// package does, so that equal values have equal bytes.
func RepeatedItem(array []byte) int {
	if bytes.Contains(array, []byte("-0")) {
		array = unsignedZeros(array)
	}
	var d Decoder
	d.Reset(array)
	var items [][]byte
	for ok := d.Array(); ok; ok = d.More() {
		start := d.pos
		d.SkipValue()
		if d.err == nil {
			items = append(items, array[start:d.pos])
		}
	}
	if len(items) > fewItems {
		texts := make([]string, len(items))
		for i, item := range items {
			texts[i] = string(item)
		}
		return Repeated(texts)
	}
	for i, item := range items {
		if slices.ContainsFunc(items[:i], func(other []byte) bool { return bytes.Equal(item, other) }) {
			return i
		}
	}
	return -1
}

// unsignedZeros writes -0 as 0, which it equals.
func unsignedZeros(array []byte) []byte {
	var out []byte
	for i := 0; i < len(array); i++ {
		switch c := array[i]; {
		case c == '"':
			end := i + quotedLength(array[i:])
			out = append(out, array[i:end]...)
			i = end - 1
		case c == '-' && array[i+1] == '0' && (i+2 == len(array) || array[i+2] != '.'):
		default:
			out = append(out, c)
		}
	}
	return out
}
