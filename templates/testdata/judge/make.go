package judge

import (
	"encoding/json"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object is a JSON object in the order in which it is written.
type object []member

type member struct {
	name  string
	value any
}

func (j *Judge) pick(from ...string) string { return from[j.random.IntN(len(from))] }

func (j *Judge) chance(percent int) bool { return j.random.IntN(100) < percent }

// make makes up a value that mostly fits the schema at a pointer.
func (j *Judge) make(pointer string, depth int) any {
	s, _ := j.at(pointer).(map[string]any)
	switch {
	case s["$ref"] != nil:
		return j.make(strings.TrimPrefix(s["$ref"].(string), "#"), depth)
	case s["const"] != nil:
		return s["const"]
	case s["enum"] != nil:
		all := s["enum"].([]any)
		return all[j.random.IntN(len(all))]
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if all, ok := s[key].([]any); ok {
			n := len(all)
			if depth > 4 {
				n = min(n, 2) // the simple ones come first
			}
			return j.make(pointer+"/"+key+"/"+strconv.Itoa(j.random.IntN(n)), depth+1)
		}
	}
	if all, ok := s["allOf"].([]any); ok { // a variant with its discriminator
		v := j.make(pointer+"/allOf/0", depth)
		for name, tag := range all[1].(map[string]any)["properties"].(map[string]any) {
			texts := tag.(map[string]any)["enum"].([]any)
			for i, m := range v.(object) {
				if m.name == name && j.chance(95) {
					v.(object)[i].value = texts[j.random.IntN(len(texts))]
				}
			}
		}
		return v
	}
	switch s["type"] {
	case "object":
		return j.object(pointer, s, depth)
	case "array":
		return j.array(pointer, s, depth)
	case "string":
		return j.text(s)
	case "integer", "number":
		return j.number(s)
	case "boolean":
		return j.chance(50)
	case "null":
		return nil
	}
	return j.any(0)
}

func (j *Judge) object(pointer string, s map[string]any, depth int) any {
	required := map[string]bool{}
	for _, name := range s["required"].([]any) {
		required[name.(string)] = true
	}
	var o object
	properties := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if required[name] || j.chance(60-15*min(depth, 3)) {
			o = append(o, member{name, j.make(pointer+"/properties/"+escape.Replace(name), depth+1)})
		}
	}
	if _, ok := s["additionalProperties"].(map[string]any); ok {
		seen := map[string]bool{}
		for range j.random.IntN(4 - min(depth, 3)) {
			if name := j.pick("", "a", "b", "a.b", "é\n", "x", "zz"); !seen[name] {
				seen[name] = true
				o = append(o, member{name, j.make(pointer+"/additionalProperties", depth+1)})
			}
		}
	}
	j.random.Shuffle(len(o), func(a, b int) { o[a], o[b] = o[b], o[a] })
	return o
}

func (j *Judge) array(pointer string, s map[string]any, depth int) any {
	list := []any{}
	prefix, _ := s["prefixItems"].([]any)
	low, high := count(s["minItems"], 0), count(s["maxItems"], 4-min(depth, 3)+len(prefix))
	n := low + j.random.IntN(max(high-low, 0)+1)
	for i := range n {
		switch {
		case i < len(prefix):
			list = append(list, j.make(pointer+"/prefixItems/"+strconv.Itoa(i), depth+1))
		case s["items"] == false:
		case s["items"] == nil:
			list = append(list, j.any(0))
		default:
			list = append(list, j.make(pointer+"/items", depth+1))
		}
	}
	return list
}

func count(v any, other int) int {
	if n, ok := v.(json.Number); ok {
		other, _ = strconv.Atoi(n.String())
	}
	return other
}

// texts are right and wrong ones for each format; those of "" are for strings without one.
var texts = map[string][]string{
	"":          {"", "a", "ab", "abc", "abcd", "abcde", "go", "é", "ää`", "😀", "a b", "\"\\/\n\t\u0000", "ok", "circle", "on", "none", "abcdefghijklmnopqrstu", "x_y"},
	"date-time": {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.25+01:00", "2024-02-29T23:59:59-07:30", "2026-02-30T00:00:00Z", "2016-12-31T23:59:60Z", "2026-01-02", "2026-01-02T25:00:00Z", "2026-01-02T03:04:05"},
	"date":      {"2026-01-02", "2024-02-29", "0000-01-01", "2023-02-29", "2026-1-2", "2026-13-01"},
	"time":      {"12:00:00Z", "23:59:60Z", "15:59:60-08:00", "00:00:00.000001+00:00", "12:00:60Z", "24:00:00Z", "12:00:00", "12:00Z", "01:02:03.4+05:06"},
	"duration":  {"P1D", "PT5M", "P1Y2M3DT4H5M6S", "P3W", "PT0S", "P0D", "P", "PT", "P1DT", "1D", "P1S", "P1W1D", "PT1H2S", "P1M1Y", "P1.5D", "-P1D"},
	"byte":      {"", "aGk=", "AP8=", "aGkA", "aGk", "a", "aGk=\n", "====", "aGl="},
	"ipv4":      {"127.0.0.1", "255.255.255.255", "0.0.0.0", "256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", "::1", ""},
	"ipv6":      {"::1", "2001:DB8::1", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3.4", ":::", "1:2:3:4:5:6:7:8", "12345::"},
	"uri":       {"http://example.com/a?b=c#d", "mqtt://a", "urn:a:b", "mailto:a@b", "/a", "a b", "http://[::1]:80/", "", "http://a/%zz"},
	"email":     {"ann@example.com", "a.b+c@d", "\"a b\"@c.d", "ann", "a@b@c", ".a@b", "a..b@c", "a@-b", "a@[127.0.0.1]", "a.long.address@example.com"},
	"uuid":      {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", "00000000-0000-0000-0000-000000000000", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c0-4fd430c", "6ba7b810-9dad-11d1-80b4-00c04fd430cg"},
	"prefix":    {"10.0.0.0/8", "::/0", "", "10.0.0.0", "x"},
}

func (j *Judge) text(s map[string]any) any {
	format, _ := s["format"].(string)
	if j.chance(3) {
		format = ""
	}
	list := texts[format]
	if format == "" && j.chance(80) {
		if list = j.fitting(s); list == nil {
			list = texts[""]
		}
	}
	if format != "" && j.chance(70) { // the right ones come first
		list = list[:3]
	}
	return list[j.random.IntN(len(list))]
}

// fitting returns the texts without a format that fit a schema.
func (j *Judge) fitting(s map[string]any) (list []string) {
	pattern, _ := s["pattern"].(string)
	r := j.patterns[pattern]
	if r == nil {
		r = regexp.MustCompile(pattern)
		j.patterns[pattern] = r
	}
	for _, text := range texts[""] {
		if n := utf8.RuneCountInString(text); count(s["minLength"], 0) <= n && n <= count(s["maxLength"], 99) && r.MatchString(text) {
			list = append(list, text)
		}
	}
	return list
}

// number makes up a number about the bounds. Few digits: a float64 has no more.
func (j *Judge) number(s map[string]any) any {
	around := []string{"0", "1", "-1", "0.5", "0.3", "2.5", "3", "5", "7", "8", "9", "10", "15", "60", "100", "0.07", "1e-7", "-0"}
	for _, key := range []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"} {
		if n, ok := s[key].(json.Number); ok {
			around = append(around, n.String(), n.String())
		}
	}
	text := around[j.random.IntN(len(around))]
	if s["multipleOf"] != nil && j.chance(50) {
		n, _ := new(big.Rat).SetString(s["multipleOf"].(json.Number).String())
		text = n.Mul(n, big.NewRat(j.random.Int64N(2000)-1000, 1)).FloatString(7)
	}
	n, ok := new(big.Rat).SetString(text)
	if j.chance(25) && ok && n.IsInt() && n.Num().BitLen() < 70 {
		text = n.Add(n, big.NewRat(j.random.Int64N(3)-1, 1)).Num().String()
	}
	switch whole := !strings.ContainsAny(text, ".e"); {
	case whole && j.chance(10):
		text += ".0"
	case whole && j.chance(10) && strings.Trim(text, "-0") != "":
		text += "0e-1"
	case whole && s["type"] == "number" && j.chance(10) && len(text) < 5:
		text += ".25"
	}
	return json.Number(text)
}

// any makes up any value.
func (j *Judge) any(depth int) any {
	switch n := j.random.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return j.chance(50)
	case n <= 3:
		return j.number(map[string]any{})
	case n <= 5 || depth > 2:
		return j.text(map[string]any{})
	case n == 6:
		list := []any{}
		for range j.random.IntN(3) {
			list = append(list, j.any(depth+1))
		}
		return list
	}
	o := object{}
	for i := range j.random.IntN(3) {
		o = append(o, member{"k" + strconv.Itoa(i), j.any(depth + 1)})
	}
	return o
}

// mutate changes one thing somewhere in a value.
func (j *Judge) mutate(v any) any {
	switch v := v.(type) {
	case object:
		if n := len(v); n > 0 && j.chance(70) {
			i := j.random.IntN(n)
			v[i].value = j.mutate(v[i].value)
			return v
		} else if n > 0 && j.chance(50) {
			i := j.random.IntN(n)
			return append(v[:i:i], v[i+1:]...)
		}
		j.unknown++
		return append(v, member{"unknown" + strconv.Itoa(j.unknown), j.any(1)})
	case []any:
		n := len(v)
		switch {
		case n > 0 && j.chance(50):
			i := j.random.IntN(n)
			v[i] = j.mutate(v[i])
			return v
		case n > 0 && j.chance(30):
			return v[:n-1]
		case n > 0 && j.chance(60):
			return append(v, v[j.random.IntN(n)])
		}
		return append(v, j.any(1))
	}
	return j.any(1)
}
