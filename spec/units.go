package spec

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// unit is a word behind a number and what it multiplies by.
type unit struct {
	word   string
	factor int64
}

var (
	timeUnits = []unit{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}
	sizeUnits = []unit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
	perUnits  = []unit{{"s", 1}, {"min", 60}, {"h", 3600}}
)

// What people write for a unit, in small letters, and what they mean.
var (
	timeWords = map[string]string{
		"sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
		"hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "s": "s", "m": "m", "h": "h", "d": "d",
	}
	sizeWords = map[string]string{
		"k": "KiB", "kb": "KiB", "ki": "KiB", "kib": "KiB", "m": "MiB", "mb": "MiB", "mi": "MiB", "mib": "MiB",
		"g": "GiB", "gb": "GiB", "gi": "GiB", "gib": "GiB", "b": "B", "byte": "B", "bytes": "B",
	}
	perWords = map[string]string{
		"sec": "s", "second": "s", "m": "min", "minute": "min", "hr": "h", "hour": "h", "s": "s", "min": "min", "h": "h",
	}
)

// quantity is one number and its unit. The digits are bounded: nothing that large is meant.
var quantity = regexp.MustCompile(`^([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([A-Za-z]*)`)

func factorOf(units []unit, word string) (int64, bool) {
	for _, u := range units {
		if u.word == word {
			return u.factor, true
		}
	}
	return 0, false
}

// measure reads text such as 1h30m in some units: what it comes to, or, where it is not written so, how it should be.
func measure(text string, units []unit, words map[string]string, plain string) (total *big.Rat, meant string) {
	if text == "" || len(text) > maxDigits {
		return nil, ""
	}
	total = new(big.Rat)
	right := true
	for rest := text; rest != ""; {
		m := quantity.FindStringSubmatch(rest)
		if m == nil {
			return nil, ""
		}
		word := m[2]
		if word == "" && m[0] == text {
			word = plain
		}
		factor, ok := factorOf(units, word)
		if !ok {
			word = words[strings.ToLower(word)]
			if factor, ok = factorOf(units, word); !ok {
				return nil, ""
			}
		}
		n, _ := new(big.Rat).SetString(m[1])
		total.Add(total, n.Mul(n, big.NewRat(factor, 1)))
		right = right && m[0] == m[1]+word
		meant += m[1] + word
		rest = strings.TrimLeft(strings.TrimPrefix(rest, m[0]), " ")
	}
	if !right {
		if !strings.ContainsFunc(text, isLetter) { // a bare number: in the largest unit that has it whole
			meant = inUnits(total, units)
		}
		return nil, meant
	}
	return total, ""
}

func isLetter(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }

// inUnits writes an amount in the largest unit that has it whole; hours are the largest of time that people count in.
func inUnits(n *big.Rat, units []unit) string {
	for _, u := range units {
		q := new(big.Rat).Quo(n, big.NewRat(u.factor, 1))
		if u.word != "d" && q.IsInt() && q.Sign() > 0 {
			return q.RatString() + u.word
		}
	}
	return n.RatString() + units[len(units)-1].word
}

// withUnit reads an amount of a whole number of the smallest unit, within a range.
func (d *decoder) withUnit(e entry, units []unit, words map[string]string, low, high int64, example string) (int64, bool) {
	text, ok := d.text(e)
	if !ok {
		return 0, false
	}
	smallest := units[len(units)-1].word
	total, meant := measure(text, units, words, smallest)
	if total == nil {
		d.badUnit(e, text, meant, example)
		return 0, false
	}
	if !total.IsInt() {
		whole := map[string]string{"s": "whole seconds", "B": "whole bytes"}[smallest]
		d.Fail("MQX014", d.Pos(e.value), "%s must be %s, not %s", e.what(), whole, text)
		return 0, false
	}
	n := total.Num()
	if n.Cmp(big.NewInt(low)) < 0 || n.Cmp(big.NewInt(high)) > 0 {
		lowText, highText := inUnits(big.NewRat(low, 1), units), inUnits(big.NewRat(high, 1), units)
		d.Fail("MQX014", d.Pos(e.value), "%s must be from %s to %s, not %s", e.what(), lowText, highText, text)
		return 0, false
	}
	return n.Int64(), true
}

// badUnit reports a value whose unit is missing or unknown.
func (d *decoder) badUnit(e entry, text, meant, example string) {
	problem := "is not written with a unit that is known"
	if !strings.ContainsFunc(text, isLetter) {
		problem = "has no unit"
	}
	wrong := d.Fail("MQX015", d.Pos(e.value), "%s %s: %s", e.what(), problem, text)
	if meant != "" {
		wrong.Hint("write %s", meant)
		return
	}
	wrong.Hint("write it as in %s", example)
}

// duration reads a time in whole seconds, such as 20m.
func (d *decoder) duration(e entry, low, high time.Duration) (time.Duration, bool) {
	n, ok := d.withUnit(e, timeUnits, timeWords, int64(low/time.Second), int64(high/time.Second), "90s, 20m, 12h or 7d")
	return time.Duration(n) * time.Second, ok
}

// size reads a number of bytes, such as 256KiB.
func (d *decoder) size(e entry, low, high int64) (int64, bool) {
	return d.withUnit(e, sizeUnits, sizeWords, low, high, "512B, 256KiB or 1MiB")
}

// maxRate is far above what any server does in a second.
const maxRate = 1e12

// rate reads how often, such as 200/s, or how many bytes, such as 64KiB/s. It returns an amount for each second.
func (d *decoder) rate(e entry, bytes bool) (float64, bool) {
	text, ok := d.text(e)
	if !ok {
		return 0, false
	}
	number, per, _ := strings.Cut(text, "/")
	number, per = strings.TrimSpace(number), strings.TrimSpace(per)
	amount, amountMeant := rateAmount(number, bytes)
	seconds, ok := factorOf(perUnits, per)
	if amount == nil || !ok || text != number+"/"+per {
		if per = perWords[strings.ToLower(per)]; !strings.Contains(text, "/") {
			per = "s"
		}
		meant := ""
		if amountMeant != "" && per != "" {
			meant = amountMeant + "/" + per
		}
		example := "200/s, 12/min or 1000/h"
		if bytes {
			example = "64KiB/s or 1MiB/min"
		}
		d.badUnit(e, text, meant, example)
		return 0, false
	}
	f, _ := amount.Quo(amount, big.NewRat(seconds, 1)).Float64()
	if f <= 0 || f > maxRate {
		d.Fail("MQX014", d.Pos(e.value), "%s must be more than 0 and at most %.0f/s, not %s", e.what(), maxRate, text).
			Hint("leave it out for no bound")
		return 0, false
	}
	return f, true
}

// rateAmount reads what stands in front of the slash, and says how it is written.
func rateAmount(text string, bytes bool) (amount *big.Rat, meant string) {
	if bytes {
		amount, meant = measure(text, sizeUnits, sizeWords, "B")
		if amount != nil {
			meant = text
		}
		return amount, meant
	}
	m := quantity.FindStringSubmatch(text)
	if m == nil || m[0] != text {
		return nil, ""
	}
	if m[2] != "" {
		return nil, ""
	}
	amount, _ = new(big.Rat).SetString(m[1])
	return amount, m[1]
}

// countField makes the reader of a number of things, which has no unit.
func countField[T any](at func(*T) *int, low, high int) func(*decoder, *T, entry) {
	return func(d *decoder, into *T, e entry) {
		if n, ok := d.whole(e, low, high); ok {
			*at(into) = n
		} else if _, err := strconv.ParseFloat(e.value.Value, 64); err != nil && len(d.Found) > 0 {
			d.Found[len(d.Found)-1].Hint("it is a number of messages, without a unit")
		}
	}
}
