package cbor

import (
	"encoding"
	"encoding/binary"
	"encoding/json"
	"math"
	"net/netip"
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

func appendASCII(b, s []byte) []byte { return append(appendHead(b, majorText, uint64(len(s))), s...) }

// AppendBytes appends a byte string.
func AppendBytes[T ~[]byte](b []byte, v T) []byte {
	return append(appendHead(b, majorBytes, uint64(len(v))), v...)
}

// AppendDateTime appends t as text in the form of RFC 3339, in UTC.
func AppendDateTime(b []byte, t time.Time) []byte {
	var room [len("2006-01-02T15:04:05.999999999Z")]byte
	return appendASCII(b, t.UTC().AppendFormat(room[:0], time.RFC3339Nano))
}

// AppendDate appends a day as text.
func AppendDate(b []byte, d payload.Date) []byte { return AppendString(b, d.String()) }

// AppendTime appends a time of day as text.
func AppendTime(b []byte, t payload.Time) []byte { return AppendString(b, t.String()) }

// AppendDuration appends a duration as text.
func AppendDuration(b []byte, d payload.Duration) []byte { return AppendString(b, d.String()) }

// AppendUUID appends u as text, in lower case.
func AppendUUID(b []byte, u payload.UUID) []byte { return AppendString(b, u.String()) }

// AppendIPv4 appends an address as text.
func AppendIPv4(b []byte, a netip.Addr) []byte { return AppendString(b, a.String()) }

// AppendIPv6 appends an address as text.
func AppendIPv6(b []byte, a netip.Addr) []byte { return AppendString(b, a.String()) }

// AppendMarshal appends a value that was checked and writes JSON by itself, null if it cannot be written any more.
func AppendMarshal(b []byte, v json.Marshaler) []byte { return writer().AppendMarshal(b, v) }

// AppendMarshalText appends the text of a value that was checked as a string, null if it cannot be written any more.
func AppendMarshalText(b []byte, v encoding.TextMarshaler) []byte {
	return writer().AppendMarshalText(b, v)
}

func writer() *item.Writer {
	return &item.Writer{
		Map: AppendMap, Array: AppendArray, Text: AppendString[string], Int: AppendInt[int64], Uint: AppendUint[uint64],
		Float: AppendFloat64[float64], Bool: AppendBool[bool], Null: AppendNull,
	}
}
