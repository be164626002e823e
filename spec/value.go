package spec

import (
	"regexp"
	"slices"
	"strings"
)

// What stands at a field is said in words, which form reads:
//
//	text, name, duration, size, rate   text; the last three with a unit
//	integer, number, boolean, any
//	scalar                             text, a number, a boolean or null
//	object, map, list                  of anything; an object of the table with the field's name, if there is one
//	TABLE                              an object of one of the tables of the language: "payload", "schema"
//	map of FORM, list of FORM          "map of payload", "list of text"
//	type, format                       the words of these keywords of JSON Schema
//	FORM | FORM                        one of them
//
// Where one of several words is none of these, all stand for themselves: "reject | relay", "json | text". One in quotes is
// text, and "claim.NAME" is any text that begins with "claim.". A sample may follow behind a comma:
// "map of auth, {device: {method: anonymous}}".

// form is what may stand at a field. Exactly one of its fields is set.
type form struct {
	word    string  // of the list above
	literal string  // stands for itself
	mapOf   *[]form // alternatives
	listOf  *[]form
}

// plainForms are the forms that need no table.
var plainForms = []string{
	"text", "name", "duration", "size", "rate", "integer", "number", "boolean", "any", "scalar", "object", "map", "list", "type", "scalar_type", "format",
}

// parseForms reads the words of a field.
func parseForms(value string, tables []string) []form {
	value, _, _ = strings.Cut(value, ", ")
	list := splitForms(value, tables)
	known := true
	for _, f := range list {
		known = known && (f.word == "" || slices.Contains(plainForms, f.word) || slices.Contains(tables, f.word))
	}
	for i, f := range list {
		if !known && f.word != "" {
			list[i] = form{literal: f.word}
		}
	}
	return list
}

func splitForms(value string, tables []string) []form {
	if inner, ok := strings.CutPrefix(value, "map of "); ok {
		of := parseForms(inner, tables)
		return []form{{mapOf: &of}}
	}
	if inner, ok := strings.CutPrefix(value, "list of "); ok {
		of := parseForms(inner, tables)
		return []form{{listOf: &of}}
	}
	first, rest, more := strings.Cut(value, " | ")
	if !more {
		return []form{{word: first}}
	}
	return append([]form{{word: first}}, splitForms(rest, tables)...)
}

// sample is what to write there.
func (f *field[T]) sample() string {
	words, sample, ok := strings.Cut(f.value, ", ")
	if ok {
		return sample
	}
	if words == "object" || strings.HasPrefix(words, mapPrefix) || slices.Contains(tableNames(), words) {
		return "{...}"
	}
	return words
}

// placeholder ends a literal that has a name behind it: "claim.NAME".
var placeholder = regexp.MustCompile(`\.[A-Z]+$`)
