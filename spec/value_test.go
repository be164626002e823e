package spec

import (
	"fmt"
	"strings"
	"testing"
)

func (f form) String() string {
	switch {
	case f.mapOf != nil:
		return fmt.Sprint("map", *f.mapOf)
	case f.listOf != nil:
		return fmt.Sprint("list", *f.listOf)
	case f.literal != "":
		return "'" + f.literal + "'"
	}
	return f.word
}

func TestParseForms(t *testing.T) {
	tables := []string{"schema", "payload"}
	for value, want := range map[string]string{
		"text":                           "[text]",
		"boolean | schema":               "[boolean schema]",
		"reject | relay":                 "['reject' 'relay']",
		"json | text | raw":              "['json' 'text' 'raw']",
		"map of payload, {A: {}}":        "[map[payload]]",
		"list of integer | boolean":      "[list[integer boolean]]",
		"type | list of type":            "[type list[type]]",
		"user | map of user | claim.X":   "['user' map['user' 'claim.X']]",
		`list of "3.1" | "5"`:            `[list['"3.1"' '"5"']]`,
		"map of list of schema | text":   "[map[list[schema text]]]",
		`text, "a | b", or what is said`: "[text]",
	} {
		if got := fmt.Sprint(parseForms(value, tables)); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
	if s := alternatives(parseForms("client_id | claim.NAME", nil), nil); !strings.Contains(fmt.Sprint(s), `^claim\..+`) {
		t.Errorf("placeholder: %v", s)
	}
}
