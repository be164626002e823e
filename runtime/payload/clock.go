package payload

import "time"

// Time is a time of day with its offset from UTC: a string of format time (RFC 3339, full-time). The zero value is
// midnight in UTC.
type Time struct {
	Hour, Minute int
	Second       int // 60 is a leap second, which is the last of a day in UTC
	Nanosecond   int
	Offset       int // minutes east of UTC
}

// TimeOf returns the time of day of t in t's location, whose offset is rounded to minutes.
func TimeOf(t time.Time) Time {
	_, offset := t.Zone()
	return Time{t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), offset / 60}
}

// On returns the time on a day.
func (t Time) On(d Date) time.Time {
	loc := time.UTC
	if t.Offset != 0 {
		loc = time.FixedZone("", t.Offset*60)
	}
	return time.Date(d.Year, d.Month, d.Day, t.Hour, t.Minute, t.Second, t.Nanosecond, loc)
}

// Valid says whether there is such a time of day.
func (t Time) Valid() bool {
	const day = 24 * 60
	return uint(t.Hour) < 24 && uint(t.Minute) < 60 && uint(t.Nanosecond) < uint(time.Second) && -day < t.Offset && t.Offset < day &&
		(uint(t.Second) < 60 || t.Second == 60 && (t.Hour*60+t.Minute-t.Offset+2*day)%day == day-1)
}

// String returns the time as RFC 3339 writes it: "15:04:05.5+01:00".
func (t Time) String() string { return string(t.append(nil)) }

// MarshalText returns String's text, or an error if there is no such time.
func (t Time) MarshalText() ([]byte, error) { return textOf(t.append, CheckTimeOfDay("", t)) }

// UnmarshalText reads what String writes.
func (t *Time) UnmarshalText(text []byte) error {
	v, ok := parseTime(text)
	if !ok {
		return wrongText(text, wantTime)
	}
	*t = v
	return nil
}

func (t Time) append(b []byte) []byte {
	b = appendDigits(b, t.Hour, 2)
	b = appendDigits(append(b, ':'), t.Minute, 2)
	b = appendDigits(append(b, ':'), t.Second, 2)
	b = appendFraction(b, t.Nanosecond)
	switch {
	case t.Offset == 0:
		return append(b, 'Z')
	case t.Offset < 0:
		b, t.Offset = append(b, '-'), -t.Offset
	default:
		b = append(b, '+')
	}
	return appendDigits(append(appendDigits(b, t.Offset/60, 2), ':'), t.Offset%60, 2)
}

// appendFraction appends nanoseconds as the fraction of a second, nothing for none.
func appendFraction(b []byte, nanos int) []byte {
	if nanos <= 0 {
		return b
	}
	b = appendDigits(append(b, '.'), nanos, 9)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// Time reads a string in the form of RFC 3339, full-time. What lies beyond nanoseconds is cut off.
func (d *Decoder) Time() Time {
	start, text := d.textOf("a time")
	t, ok := parseTime(text)
	if !ok {
		d.wrongText(start, text, wantTime)
	}
	return t
}

// parseTime reads the full-time of RFC 3339, section 5.6.
func parseTime(b []byte) (t Time, ok bool) {
	if len(b) < len("15:04:05Z") || b[2] != ':' || b[5] != ':' {
		return Time{}, false
	}
	t.Hour, t.Minute, t.Second = two(b), two(b[3:]), two(b[6:])
	t.Nanosecond, b, ok = parseFraction(b[8:])
	if !ok {
		return Time{}, false
	}
	t.Offset, ok = parseOffset(b)
	if !ok || !t.Valid() {
		return Time{}, false
	}
	return t, true
}
