package payload

import (
	"fmt"
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
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

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
		d.wrongText(start, text, "a date such as 2006-01-02")
		return Date{}
	}
	return day
}

// DateTime reads a string in the form of RFC 3339 and returns it in UTC. What lies beyond nanoseconds is cut off.
func (d *Decoder) DateTime() time.Time {
	start, text := d.textOf("a date-time")
	t, ok := parseDateTime(text)
	if !ok {
		d.wrongText(start, text, "a date-time such as 2006-01-02T15:04:05Z")
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
	if d.err == nil {
		d.failAt(start, shorten(string(text))+" is not "+want)
	}
}

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
	if !ok || len(b) < len("T15:04:05Z") || b[0]|0x20 != 't' || b[3] != ':' || b[6] != ':' {
		return time.Time{}, false
	}
	hour, minute, second := two(b[1:]), two(b[4:]), two(b[7:])
	if uint(hour) > 23 || uint(minute) > 59 || uint(second) > 60 {
		return time.Time{}, false
	}
	nanos, b, ok := parseFraction(b[9:])
	if !ok {
		return time.Time{}, false
	}
	offset, ok := parseOffset(b)
	if !ok {
		return time.Time{}, false
	}
	t := time.Date(day.Year, day.Month, day.Day, hour, minute-offset, second, nanos, time.UTC)
	if second == 60 { // a leap second is at the end of a day in UTC, and counts as the beginning of the next
		h, m, _ := t.Clock()
		ok = h == 0 && m == 0
	}
	return t, ok
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
