package spec

import (
	"math/big"
	"strconv"
	"strings"
	"time"
)

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
