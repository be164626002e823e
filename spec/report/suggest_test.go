package report

import "testing"

func TestNearest(t *testing.T) {
	candidates := []string{"pattern", "params", "publish", "subscribe", "description", "is"}
	for text, want := range map[string]string{
		"patern": "pattern", "pattren": "pattern", "PUBLISH": "publish", "pub": "publish", "desciption": "description",
		"si": "is", "zzz": "", "": "", "subscribes": "subscribe", "x": "",
	} {
		if got := Nearest(text, candidates); got != want {
			t.Errorf("nearest(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLevenshtein(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"é", "e", 1}, {"abcdefgh", "a", 5}}
	for _, tt := range tests {
		if got := levenshtein(tt.a, tt.b, 5); got != tt.want {
			t.Errorf("levenshtein(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
