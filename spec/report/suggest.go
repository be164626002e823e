package report

import "strings"

// Nearest returns the candidate that text is most likely a misspelling of, or "".
func Nearest(text string, candidates []string) string {
	for _, c := range candidates {
		if len(text) >= 3 && strings.HasPrefix(strings.ToLower(c), strings.ToLower(text)) {
			return c
		}
	}
	best, distance := "", len(text)/3+2
	for _, c := range candidates {
		d := levenshtein(strings.ToLower(text), strings.ToLower(c), distance)
		if d < distance && d < max(len(c), 2) {
			best, distance = c, d
		}
	}
	return best
}

// Distance returns how many characters must be inserted, removed or replaced to get from a to b. Two neighbours that are
// swapped count as one.
func Distance(a, b string) int { return levenshtein(a, b, len(a)+len(b)+1) }

// levenshtein returns how many characters must be inserted, removed or replaced, or limit if it is that many or more.
// Two neighbours that are swapped count as one.
func levenshtein(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	ra, rb := []rune(a), []rune(b)
	older, last, row := make([]int, len(rb)+1), make([]int, len(rb)+1), make([]int, len(rb)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(ra); i++ {
		row[0] = i
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, last, row = last, row, older
	}
	return min(last[len(rb)], limit)
}

// DidYouMean adds the nearest candidate to a diagnostic, or else what there is to choose from.
func (d *Diagnostic) DidYouMean(text string, candidates []string) *Diagnostic {
	if d.Terse {
		return d
	}
	if near := Nearest(text, candidates); near != "" {
		return d.Hint("did you mean %q?", near)
	}
	if len(candidates) > 0 && len(candidates) <= 12 {
		return d.Hint("known here: %s", strings.Join(candidates, ", "))
	}
	return d
}
