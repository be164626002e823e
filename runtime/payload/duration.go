package payload

import (
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time in the parts of ISO 8601: a string of format duration. A day is not always 24 hours
// long, nor a month 30 days, so the parts are kept as they were sent. None is negative; weeks stand alone.
type Duration struct {
	Years, Months, Weeks, Days, Hours, Minutes, Seconds int
	Nanoseconds                                         int // less than a second
}

// DurationOf returns the hours, minutes and seconds of d, which must not be negative.
func DurationOf(d time.Duration) Duration {
	return Duration{
		Hours: int(d / time.Hour), Minutes: int(d % time.Hour / time.Minute),
		Seconds: int(d % time.Minute / time.Second), Nanoseconds: int(d % time.Second),
	}
}

// Exact returns the duration with days of 24 hours. It is not ok if there are years or months, which have no fixed
// length, or if it is too long for a time.Duration.
func (d Duration) Exact() (v time.Duration, ok bool) {
	if d.Years != 0 || d.Months != 0 || !d.Valid() {
		return 0, false
	}
	for _, part := range []struct {
		n    int
		unit time.Duration
	}{{d.Weeks, 7 * 24 * time.Hour}, {d.Days, 24 * time.Hour}, {d.Hours, time.Hour}, {d.Minutes, time.Minute}, {d.Seconds, time.Second}, {d.Nanoseconds, 1}} {
		const longest = time.Duration(1<<63 - 1)
		if time.Duration(part.n) > (longest-v)/part.unit {
			return 0, false
		}
		v += time.Duration(part.n) * part.unit
	}
	return v, true
}

// maxDurationPart is the largest value of a part, which has at most nine digits.
const maxDurationPart = 999_999_999

// Valid says whether ISO 8601 can write d: no part is negative or has more than nine digits, and weeks stand alone.
func (d Duration) Valid() bool {
	for _, part := range [...]int{d.Years, d.Months, d.Weeks, d.Days, d.Hours, d.Minutes, d.Seconds, d.Nanoseconds} {
		if uint(part) > maxDurationPart {
			return false
		}
	}
	return d.Weeks == 0 || d == Duration{Weeks: d.Weeks}
}

// String returns the duration as ISO 8601 writes it: "P3DT4H30M".
func (d Duration) String() string { return string(d.append(nil)) }

// MarshalText returns String's text, or an error if ISO 8601 cannot write it.
func (d Duration) MarshalText() ([]byte, error) { return textOf(d.append, CheckDuration("", d)) }

// UnmarshalText reads what String writes.
func (d *Duration) UnmarshalText(text []byte) error {
	v, ok := parseDuration(text)
	if !ok {
		return wrongText(text, wantDuration)
	}
	*d = v
	return nil
}

func (d Duration) append(b []byte) []byte {
	if d == (Duration{}) {
		return append(b, "PT0S"...)
	}
	part := func(n int, unit byte) {
		if n != 0 {
			b = append(strconv.AppendInt(b, int64(n), 10), unit)
		}
	}
	b = append(b, 'P')
	part(d.Years, 'Y')
	part(d.Months, 'M')
	part(d.Weeks, 'W')
	part(d.Days, 'D')
	if d.Hours == 0 && d.Minutes == 0 && d.Seconds == 0 && d.Nanoseconds == 0 {
		return b
	}
	b = append(b, 'T')
	part(d.Hours, 'H')
	part(d.Minutes, 'M')
	if d.Seconds != 0 || d.Nanoseconds != 0 {
		b = strconv.AppendInt(b, int64(d.Seconds), 10)
		b = append(appendFraction(b, d.Nanoseconds), 'S')
	}
	return b
}

// Duration reads a string in the form of ISO 8601: PnYnMnDTnHnMnS or PnW. The seconds may have a fraction.
func (d *Decoder) Duration() Duration {
	start, text := d.textOf("a duration")
	v, ok := parseDuration(text)
	if !ok {
		d.wrongText(start, text, wantDuration)
	}
	return v
}

func parseDuration(b []byte) (d Duration, ok bool) {
	const units, clock = "YMWDTHMS", 5 // the place of the first unit behind T
	parts := [...]*int{&d.Years, &d.Months, &d.Weeks, &d.Days, nil, &d.Hours, &d.Minutes, &d.Seconds}
	if len(b) < 3 || b[0] != 'P' || b[len(b)-1] == 'T' {
		return Duration{}, false
	}
	place := 0 // of the units that may still follow
	for b = b[1:]; len(b) > 0; {
		if b[0] == 'T' && place < clock {
			b, place = b[1:], clock
			continue
		}
		n, rest, whole := parseDigits(b)
		digits := len(rest)
		d.Nanoseconds, b, ok = parseFraction(rest)
		if !whole || !ok || len(b) == 0 {
			return Duration{}, false
		}
		end := clock - 1
		if place >= clock {
			end = len(units)
		}
		i := strings.IndexByte(units[min(place, end):end], b[0])
		switch {
		case i < 0, b[0] == 'W' && (place > 0 || len(b) > 1), b[0] != 'S' && len(b) < digits:
			return Duration{}, false
		}
		place += i
		*parts[place] = n
		place++
		b = b[1:]
	}
	return d, true
}

// parseDigits reads a number of one to nine digits.
func parseDigits(b []byte) (n int, rest []byte, ok bool) {
	i := 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if i == 9 {
			return 0, nil, false
		}
		n = n*10 + int(b[i]-'0')
	}
	return n, b[i:], i > 0
}
