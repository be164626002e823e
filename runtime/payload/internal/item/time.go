package item

import (
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// The tags of CBOR that say what a value means where a schema has a format for it (RFC 8949, 3.4; RFC 8943).
const (
	tagEpoch     = 1   // a number of seconds since 1970
	tagEpochDays = 100 // a number of days since 1970
)

// timestamp is the type of MessagePack's extension for times.
const timestamp = -1

// The range of what RFC 3339 can write, in seconds since 1970.
const (
	firstSecond = -62167219200 // 0000-01-01T00:00:00Z
	lastSecond  = 253402300799 // 9999-12-31T23:59:59Z
)

// DateTime reads a time and returns it in UTC: a text in the form of RFC 3339, or what the encoding has for times, which
// is a timestamp in MessagePack, and a number with tag 1 in CBOR.
func (d *Decoder) DateTime() time.Time {
	d.tag = noTag
	h := d.value()
	d.start = d.pos
	switch {
	case h.Kind == Text:
		text := d.text(h)
		t, ok := payload.DateTimeText(text)
		if !ok {
			d.asJSON(text, func(j *payload.Decoder) { j.DateTime() })
		}
		return t
	case h.Kind == Extension && h.Type == timestamp:
		return d.timestamp(d.take(h))
	case d.tag == tagEpoch && (h.Kind == Uint || h.Kind == Negative):
		return d.seconds(d.Int64(), 0)
	case d.tag == tagEpoch && (h.Kind == Float32 || h.Kind == Float64):
		whole, fraction := math.Modf(d.Float64())
		if whole < firstSecond || whole > lastSecond {
			whole = lastSecond + 1
		}
		return d.seconds(int64(whole), min(int64(math.Round(fraction*1e9)), 999_999_999))
	}
	d.mismatch("a date-time")
	return time.Time{}
}

// timestamp reads the extension in its three forms.
func (d *Decoder) timestamp(b []byte) time.Time {
	switch len(b) {
	case 4:
		return d.seconds(int64(binary.BigEndian.Uint32(b)), 0)
	case 8:
		u := binary.BigEndian.Uint64(b)
		return d.seconds(int64(u&(1<<34-1)), int64(u>>34))
	case 12:
		return d.seconds(int64(binary.BigEndian.Uint64(b[4:])), int64(binary.BigEndian.Uint32(b)))
	}
	d.failAt(d.start, "a timestamp of none of the lengths 4, 8 and 12")
	return time.Time{}
}

func (d *Decoder) seconds(seconds, nanos int64) time.Time {
	switch {
	case d.err != nil:
	case nanos >= 1e9:
		d.failAt(d.start, "a timestamp of more than 999999999 nanoseconds")
	case seconds < firstSecond || seconds > lastSecond:
		d.failAt(d.start, "a time beyond the years 0 to 9999")
	default:
		return time.Unix(seconds, nanos).UTC()
	}
	return time.Time{}
}

// Date reads a string of the form "2006-01-02", or in CBOR a number of days since 1970 with tag 100.
func (d *Decoder) Date() (day payload.Date) {
	d.tag = noTag
	h := d.value()
	d.start = d.pos
	switch {
	case h.Kind == Text:
		text := d.text(h)
		if d.err == nil && day.UnmarshalText(text) != nil {
			d.asJSON(text, func(j *payload.Decoder) { j.Date() })
		}
		return day
	case d.tag == tagEpochDays && (h.Kind == Uint || h.Kind == Negative):
		const secondsOfDay = 24 * 60 * 60
		days := d.Int64()
		if days < firstSecond/secondsOfDay || days > lastSecond/secondsOfDay {
			days = lastSecond/secondsOfDay + 1
		}
		return payload.DateOf(d.seconds(days*secondsOfDay, 0))
	}
	d.mismatch("a date")
	return payload.Date{}
}

// UUID reads a string of the form 8-4-4-4-12, or a byte string of 16 bytes.
func (d *Decoder) UUID() (u payload.UUID) {
	if b, ok := d.raw(len(u)); ok {
		return payload.UUID(b)
	}
	if text, ok := d.textOf("a uuid"); ok && u.UnmarshalText(text) != nil {
		d.asJSON(text, func(j *payload.Decoder) { j.UUID() })
	}
	return u
}

// Time reads a string of the form "15:04:05Z".
func (d *Decoder) Time() (v payload.Time) {
	if text, ok := d.textOf("a time"); ok && v.UnmarshalText(text) != nil {
		d.asJSON(text, func(j *payload.Decoder) { j.Time() })
	}
	return v
}

// Duration reads a string such as "P3DT4H".
func (d *Decoder) Duration() (v payload.Duration) {
	if text, ok := d.textOf("a duration"); ok && v.UnmarshalText(text) != nil {
		d.asJSON(text, func(j *payload.Decoder) { j.Duration() })
	}
	return v
}

// IPv4 reads a string such as "192.0.2.1", or a byte string of 4 bytes.
func (d *Decoder) IPv4() netip.Addr {
	if b, ok := d.raw(4); ok {
		return netip.AddrFrom4([4]byte(b))
	}
	text, ok := d.textOf("an ipv4 address")
	a, err := netip.ParseAddr(string(text))
	if ok && (err != nil || !a.Is4()) {
		d.asJSON(text, func(j *payload.Decoder) { j.IPv4() })
		return netip.Addr{}
	}
	return a
}

// IPv6 reads a string such as "2001:db8::1", or a byte string of 16 bytes.
func (d *Decoder) IPv6() netip.Addr {
	if b, ok := d.raw(16); ok {
		return netip.AddrFrom16([16]byte(b))
	}
	text, ok := d.textOf("an ipv6 address")
	a, err := netip.ParseAddr(string(text))
	if ok && (err != nil || !a.Is6() || a.Zone() != "") {
		d.asJSON(text, func(j *payload.Decoder) { j.IPv6() })
		return netip.Addr{}
	}
	return a
}

// raw reads a byte string of n bytes, if the next value is one.
func (d *Decoder) raw(n int) (b []byte, ok bool) {
	before := d.pos
	if h := d.value(); h.Kind == Bytes {
		if b = d.bytes(h); len(b) == n {
			return b, true
		}
		if d.err != nil {
			return nil, false
		}
	}
	d.pos = before
	return nil, false
}

// textOf reads a string where a special form is wanted.
func (d *Decoder) textOf(want string) (text []byte, ok bool) {
	h := d.value()
	d.start = d.pos
	if h.Kind != Text {
		d.mismatch(want)
		return nil, false
	}
	text = d.text(h)
	return text, d.err == nil
}

// asJSON fails at the last scalar with the error that package payload has for a text in JSON: so the errors are the same.
func (d *Decoder) asJSON(text []byte, read func(j *payload.Decoder)) {
	var j payload.Decoder
	j.Reset(payload.AppendString(nil, string(text)))
	read(&j)
	if e, ok := errors.AsType[*payload.Error](j.End()); ok {
		d.failAt(d.start, e.Reason)
	}
}
