package payload

import (
	"strconv"
	"time"
)

// Date is a day of the calendar: a string of format date. The zero value is no day.
type Date struct {
	Year  int // 0 to 9999
	Month time.Month
	Day   int
}

// DateOf returns the day of t in t's location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// Valid says whether there is such a day.
func (d Date) Valid() bool {
	return 0 <= d.Year && d.Year <= 9999 && time.January <= d.Month && d.Month <= time.December &&
		1 <= d.Day && d.Day <= daysIn(d.Year, d.Month)
}

// Time returns the beginning of the day in a location.
func (d Date) Time(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// String returns the day as RFC 3339 writes it: "2006-01-02".
func (d Date) String() string { return string(d.append(nil)) }

// MarshalText returns String's text, or an error if there is no such day.
func (d Date) MarshalText() ([]byte, error) { return textOf(d.append, CheckDate("", d)) }

// UnmarshalText reads the form "2006-01-02".
func (d *Date) UnmarshalText(text []byte) error {
	day, rest, ok := parseDate(text)
	if !ok || len(rest) > 0 {
		return wrongText(text, wantDate)
	}
	*d = day
	return nil
}

func (d Date) append(b []byte) []byte {
	b = appendDigits(b, d.Year, 4)
	b = appendDigits(append(b, '-'), int(d.Month), 2)
	return appendDigits(append(b, '-'), d.Day, 2)
}

// textOf returns what append writes, unless there is an error.
func textOf(text func([]byte) []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return text(nil), nil
}

// appendDigits appends n with zeros before it.
func appendDigits(b []byte, n, width int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	for unit, left := 10, width-1; left > 0; unit, left = unit*10, left-1 {
		if n < unit {
			b = append(b, "000000000"[:left]...)
			break
		}
	}
	return strconv.AppendInt(b, int64(n), 10)
}

func daysIn(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

// Date reads a string of the form "2006-01-02".
func (d *Decoder) Date() Date {
	start, text := d.textOf("a date")
	day, rest, ok := parseDate(text)
	if !ok || len(rest) > 0 {
		d.wrongText(start, text, wantDate)
		return Date{}
	}
	return day
}

// DateTime reads a string in the form of RFC 3339 and returns it in UTC. What lies beyond nanoseconds is cut off.
func (d *Decoder) DateTime() time.Time {
	start, text := d.textOf("a date-time")
	t, ok := parseDateTime(text)
	if !ok {
		d.wrongText(start, text, wantDateTime)
	}
	return t
}

// textOf reads a string where a special form is wanted.
func (d *Decoder) textOf(want string) (start int, text []byte) {
	if d.token() != '"' {
		d.mismatch(want)
		return 0, nil
	}
	start = d.pos
	return start, d.quoted()
}

func (d *Decoder) wrongText(start int, text []byte, want string) {
	if !d.dead() {
		d.failAt(start, wrongText(text, want).Reason)
	}
}

func wrongText(text []byte, want string) *Error {
	return &Error{Reason: shorten(string(text)) + " is not " + want}
}

// What the texts of the formats are, for errors.
const (
	wantDate     = "a date such as 2006-01-02"
	wantDateTime = "a date-time such as 2006-01-02T15:04:05Z"
	wantTime     = "a time such as 15:04:05Z"
	wantDuration = "a duration such as P3DT4H30M"
	wantUUID     = "a uuid such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	wantBase64   = "base64 with padding, such as aGk="
	wantIPv4     = "an ipv4 address such as 192.0.2.1"
	wantIPv6     = "an ipv6 address such as 2001:db8::1"
)

func parseDate(b []byte) (day Date, rest []byte, ok bool) {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return Date{}, nil, false
	}
	century, year, month, date := two(b), two(b[2:]), two(b[5:]), two(b[8:])
	if century < 0 || year < 0 {
		return Date{}, nil, false
	}
	day = Date{century*100 + year, time.Month(month), date}
	return day, b[10:], day.Valid()
}

// parseDateTime reads a date-time of RFC 3339, section 5.6.
func parseDateTime(b []byte) (time.Time, bool) {
	day, b, ok := parseDate(b)
	if !ok || len(b) == 0 || b[0]|0x20 != 't' {
		return time.Time{}, false
	}
	t, ok := parseTime(b[1:])
	if !ok {
		return time.Time{}, false
	}
	// A leap second counts as the beginning of the next day.
	return time.Date(day.Year, day.Month, day.Day, t.Hour, t.Minute-t.Offset, t.Second, t.Nanosecond, time.UTC), true
}

// parseFraction reads the fraction of a second, if there is one, and returns nanoseconds.
func parseFraction(b []byte) (nanos int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	i, unit := 1, int(time.Second)
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		unit /= 10
		nanos += int(b[i]-'0') * unit
	}
	return nanos, b[i:], i > 1
}

// parseOffset reads what a date-time ends with and returns minutes.
func parseOffset(b []byte) (minutes int, ok bool) {
	if len(b) == 1 {
		return 0, b[0]|0x20 == 'z'
	}
	if len(b) != len("+07:00") || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hour, minute := two(b[1:]), two(b[4:])
	if uint(hour) > 23 || uint(minute) > 59 {
		return 0, false
	}
	minutes = hour*60 + minute
	if b[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

// two returns the number that two digits make, or -1.
func two(b []byte) int {
	if b[0]-'0' > 9 || b[1]-'0' > 9 {
		return -1
	}
	return int(b[0]-'0')*10 + int(b[1]-'0')
}
