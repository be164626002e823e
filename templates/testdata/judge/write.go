package judge

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// write appends a value with white space and escapes here and there.
func (j *Judge) write(b []byte, v any) []byte {
	b = append(b, j.space()...)
	switch v := v.(type) {
	case nil:
		b = append(b, "null"...)
	case bool:
		b = strconv.AppendBool(b, v)
	case json.Number:
		b = append(b, v...)
	case string:
		b = j.quote(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = j.write(b, item)
		}
		b = append(b, ']')
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(j.quote(append(b, j.space()...), m.name), ':')
			b = j.write(b, m.value)
		}
		b = append(b, '}')
	}
	return append(b, j.space()...)
}

func (j *Judge) space() string {
	if j.chance(4) {
		return j.pick(" ", "\n\t", "\r ")
	}
	return ""
}

func (j *Judge) quote(b []byte, s string) []byte {
	if s != "" && s[0] < 0x80 && j.chance(5) {
		rest, _ := json.Marshal(s[1:])
		hex := strconv.FormatInt(int64(s[0])+0x10000, 16)
		return append(append(append(b, `"\u`...), hex[1:]...), rest[1:]...)
	}
	quoted, _ := json.Marshal(s)
	return append(b, quoted...)
}

// canonical returns a valid value as a codec would write it: without what the schema does not name, with defaults,
// numbers in lowest terms, times in UTC.
func (j *Judge) canonical(pointer string, v any) any {
	s, _ := j.at(pointer).(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		return j.canonical(strings.TrimPrefix(ref, "#"), v)
	}
	if s["allOf"] != nil {
		return j.canonical(pointer+"/allOf/0", v)
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		all, _ := s[key].([]any)
		for i := range all {
			if variant := pointer + "/" + key + "/" + strconv.Itoa(i); j.schema(variant).Validate(v) == nil {
				return j.canonical(variant, v)
			}
		}
	}
	switch v := v.(type) {
	case map[string]any:
		return j.canonicalObject(pointer, s, v)
	case []any:
		list := []any{}
		prefix, _ := s["prefixItems"].([]any)
		for i, item := range v {
			switch {
			case i < len(prefix):
				list = append(list, j.canonical(pointer+"/prefixItems/"+strconv.Itoa(i), item))
			case s["items"] != nil:
				list = append(list, j.canonical(pointer+"/items", item))
			case len(prefix) == 0:
				list = append(list, item)
			}
		}
		return list
	case json.Number:
		n, _ := new(big.Rat).SetString(v.String())
		return json.Number(n.RatString())
	case string:
		format, _ := s["format"].(string)
		return canonicalText(format, v)
	}
	return v
}

func (j *Judge) canonicalObject(pointer string, s map[string]any, v map[string]any) any {
	properties, _ := s["properties"].(map[string]any)
	if properties == nil {
		return v
	}
	m := map[string]any{}
	for name, value := range v {
		if properties[name] != nil {
			m[name] = j.canonical(pointer+"/properties/"+escape.Replace(name), value)
		} else if s["additionalProperties"] != nil {
			m[name] = j.canonical(pointer+"/additionalProperties", value)
		}
	}
	for name, property := range properties {
		value := deflt(property)
		if ref, ok := property.(map[string]any)["$ref"].(string); ok && value == nil {
			value = deflt(j.at(strings.TrimPrefix(ref, "#")))
		}
		if all, ok := property.(map[string]any)["anyOf"].([]any); ok && value == nil {
			value = deflt(all[len(all)-1])
		}
		if _, there := m[name]; !there && value != nil {
			m[name] = j.canonical(pointer+"/properties/"+name, value)
		}
	}
	return m
}

func deflt(schema any) any {
	m, _ := schema.(map[string]any)
	return m["default"]
}

func canonicalText(format, s string) string {
	switch format {
	case "date-time":
		if second := strings.Index(s, ":60"); second > 0 {
			s = s[:second] + ":59" + s[second+3:]
			if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
				return t.UTC().Add(time.Second).Format(time.RFC3339Nano)
			}
		}
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t.UTC().Format(time.RFC3339Nano)
		}
	case "time":
		s = strings.TrimSuffix(strings.TrimSuffix(s, "+00:00"), "-00:00")
		if last := s[len(s)-1]; last != 'Z' && len(s) <= len("15:04:05.999999999") {
			s += "Z"
		}
	case "uuid":
		return strings.ToLower(s)
	case "ipv6":
		if a, err := netip.ParseAddr(s); err == nil {
			return a.String()
		}
	case "duration":
		if s == "P0D" {
			return "PT0S"
		}
	case "byte":
		if raw, err := base64.StdEncoding.DecodeString(s); err == nil {
			return base64.StdEncoding.EncodeToString(raw)
		}
	}
	return s
}
