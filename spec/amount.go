package spec

import (
	"math/big"
	"regexp"
	"strings"
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
