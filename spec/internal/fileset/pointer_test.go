package fileset

import (
	"strings"
	"testing"
)

func TestPointer(t *testing.T) {
	for fragment, want := range map[string]string{
		"": "#", "/": "#/", "/$defs/a~1b~0": "#/$defs/a~1b~0", "/a%20b": "#/a b", "/a%zz": "#/a%zz", "/a//0": "#/a//0", "a": "-",
	} {
		p, ok := ParsePointer(fragment)
		if got := p.String(); ok && got != want || ok == (want == "-") {
			t.Errorf("%q: %s, %v", fragment, got, ok)
		}
	}
	if p, _ := ParsePointer("/~01"); strings.Join(p, "|") != "~1" {
		t.Errorf("~01 is %v", p)
	}
}
