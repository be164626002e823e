package msgpack

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

// The functions of this file append a value to b, as MessagePack in its shortest form, and return the longer slice.

// Count returns how many of some fields are set, for AppendMap.
func Count(set ...bool) int { return item.Count(set) }

// AppendMap begins a map of n fields: n names, each with its value behind it, have to follow.
func AppendMap(b []byte, n int) []byte {
	switch {
	case n < 16:
		return append(b, 0x80|byte(n))
	case n <= math.MaxUint16:
		return append(b, 0xde, byte(n>>8), byte(n))
	}
	return binary.BigEndian.AppendUint32(append(b, 0xdf), uint32(n))
}

// AppendArray begins an array of n items, which have to follow.
func AppendArray(b []byte, n int) []byte {
	switch {
	case n < 16:
		return append(b, 0x90|byte(n))
	case n <= math.MaxUint16:
		return append(b, 0xdc, byte(n>>8), byte(n))
	}
	return binary.BigEndian.AppendUint32(append(b, 0xdd), uint32(n))
}

// AppendNull appends nil.
func AppendNull(b []byte) []byte { return append(b, 0xc0) }

// AppendBool appends a boolean.
func AppendBool[T ~bool](b []byte, v T) []byte {
	if v {
		return append(b, 0xc3)
	}
	return append(b, 0xc2)
}

// AppendInt appends an integer.
func AppendInt[T ~int32 | ~int64](b []byte, v T) []byte {
	i := int64(v)
	switch {
	case i >= 0:
		return AppendUint(b, uint64(i))
	case i >= -32:
		return append(b, byte(i))
	case i >= math.MinInt8:
		return append(b, 0xd0, byte(i))
	case i >= math.MinInt16:
		return append(b, 0xd1, byte(i>>8), byte(i))
	case i >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(b, 0xd2), uint32(i))
	}
	return binary.BigEndian.AppendUint64(append(b, 0xd3), uint64(i))
}

// AppendUint appends an integer that is not negative.
func AppendUint[T ~uint32 | ~uint64](b []byte, v T) []byte {
	switch u := uint64(v); {
	case u < 0x80:
		return append(b, byte(u))
	case u <= math.MaxUint8:
		return append(b, 0xcc, byte(u))
	case u <= math.MaxUint16:
		return append(b, 0xcd, byte(u>>8), byte(u))
	case u <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, 0xce), uint32(u))
	default:
		return binary.BigEndian.AppendUint64(append(b, 0xcf), u)
	}
}

// AppendFloat64 appends a number.
func AppendFloat64[T ~float64](b []byte, v T) []byte {
	f := float64(v)
	if small := float32(f); float64(small) == f {
		return AppendFloat32(b, small)
	}
	return binary.BigEndian.AppendUint64(append(b, 0xcb), math.Float64bits(f))
}

// AppendFloat32 appends a number of 32 bits.
func AppendFloat32[T ~float32](b []byte, v T) []byte {
	return binary.BigEndian.AppendUint32(append(b, 0xca), math.Float32bits(float32(v)))
}

// AppendString appends a string. What is not UTF-8 in it becomes U+FFFD.
func AppendString[T ~string](b []byte, v T) []byte {
	s := strings.ToValidUTF8(string(v), "\uFFFD")
	switch n := len(s); {
	case n < 32:
		b = append(b, 0xa0|byte(n))
	case n <= math.MaxUint8:
		b = append(b, 0xd9, byte(n))
	case n <= math.MaxUint16:
		b = append(b, 0xda, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint32(append(b, 0xdb), uint32(n))
	}
	return append(b, s...)
}

// appendASCII appends a string of fewer than 32 bytes.
func appendASCII(b, s []byte) []byte { return append(append(b, 0xa0|byte(len(s))), s...) }

// AppendBytes appends a byte string.
func AppendBytes[T ~[]byte](b []byte, v T) []byte {
	switch n := len(v); {
	case n <= math.MaxUint8:
		b = append(b, 0xc4, byte(n))
	case n <= math.MaxUint16:
		b = append(b, 0xc5, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint32(append(b, 0xc6), uint32(n))
	}
	return append(b, v...)
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
