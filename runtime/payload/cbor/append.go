package cbor

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload/internal/item"
)

// The functions of this file append a value to b, as CBOR in the preferred serialization, and return the longer slice.

// appendHead appends a head with a number.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return append(b, major|25, byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

// Count returns how many of some fields are set, for AppendMap.
func Count(set ...bool) int { return item.Count(set) }

// AppendMap begins a map of n fields: n names, each with its value behind it, have to follow.
func AppendMap(b []byte, n int) []byte { return appendHead(b, majorMap, uint64(n)) }

// AppendArray begins an array of n items, which have to follow.
func AppendArray(b []byte, n int) []byte { return appendHead(b, majorArray, uint64(n)) }

// AppendNull appends null.
func AppendNull(b []byte) []byte { return append(b, majorSimple|22) }

// AppendBool appends a boolean.
func AppendBool[T ~bool](b []byte, v T) []byte {
	if v {
		return append(b, majorSimple|21)
	}
	return append(b, majorSimple|20)
}

// AppendInt appends an integer.
func AppendInt[T ~int32 | ~int64](b []byte, v T) []byte {
	if v < 0 {
		return appendHead(b, majorNegative, uint64(^int64(v)))
	}
	return appendHead(b, majorUint, uint64(v))
}

// AppendUint appends an integer that is not negative.
func AppendUint[T ~uint32 | ~uint64](b []byte, v T) []byte {
	return appendHead(b, majorUint, uint64(v))
}

// AppendFloat64 appends a number.
func AppendFloat64[T ~float64](b []byte, v T) []byte {
	f := float64(v)
	if small := float32(f); float64(small) == f {
		return AppendFloat32(b, small)
	}
	return binary.BigEndian.AppendUint64(append(b, majorSimple|27), math.Float64bits(f))
}

// AppendFloat32 appends a number of 32 bits.
func AppendFloat32[T ~float32](b []byte, v T) []byte {
	if half, ok := toHalf(float32(v)); ok {
		return append(b, majorSimple|25, byte(half>>8), byte(half))
	}
	return binary.BigEndian.AppendUint32(append(b, majorSimple|26), math.Float32bits(float32(v)))
}

// AppendString appends a text string. What is not UTF-8 in it becomes U+FFFD.
func AppendString[T ~string](b []byte, v T) []byte {
	s := strings.ToValidUTF8(string(v), "\uFFFD")
	return append(appendHead(b, majorText, uint64(len(s))), s...)
}

// AppendBytes appends a byte string.
func AppendBytes[T ~[]byte](b []byte, v T) []byte {
	return append(appendHead(b, majorBytes, uint64(len(v))), v...)
}

// AppendDateTime appends t as text in the form of RFC 3339, in UTC.
func AppendDateTime(b []byte, t time.Time) []byte {
	var room [len("2006-01-02T15:04:05.999999999Z")]byte
	return AppendString(b, string(t.UTC().AppendFormat(room[:0], time.RFC3339Nano)))
}

// AppendDate appends a day as text.
func AppendDate(b []byte, d payload.Date) []byte { return AppendString(b, d.String()) }

// AppendUUID appends u as text, in lower case.
func AppendUUID(b []byte, u payload.UUID) []byte { return AppendString(b, u.String()) }
