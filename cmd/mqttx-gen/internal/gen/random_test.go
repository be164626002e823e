package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// author makes random specs of the whole language, as JSON, which is YAML too. Most of them are right; what is wrong in
// the others is for package spec to find.
type author struct {
	*rand.Rand
	payloads []string // names
	kinds    map[string]string
	topics   []string
	auth     []string
	defs     bool // the schema has $defs
	standard bool // no Go types of the user's, which no other implementation of JSON Schema knows
}

type object = map[string]any

// hostile are names that clash with something somewhere: with Go's words, the standard library, what is generated, what
// generated code calls its variables, and each other.
var hostile = strings.Fields(`string error type func range map chan select go defer var nil true iota any len append new copy init main
	info unmatched handler conn server options publish connected disconnected connection publisher message payload mqttx topic
	params index route rules rule set check decode encode value item items rest additional opt null time date uuid duration
	ctx in out ok err b c d f i m n p r s t v x list text start name names field fields method user client_id device state
	String DecodePayload AppendPayload Handle HandleInfo Subscribe Unsubscribed Acknowledged Cleared Request Send Use Identity
	a-b a_b ab aB A1 x-y topicReading reading reading_topic reading_message reading_subscriber parse_reading Parse
	context strings fmt strconv regexp errors utf8 netip json math slices unicode`)

func (w *author) chance(percent int) bool { return w.IntN(100) < percent }

func (w *author) pick(words ...string) string { return words[w.IntN(len(words))] }

// name returns a name that is not in taken, and enters it.
func (w *author) name(taken *[]string) string {
	for {
		name := fmt.Sprintf("%s%d", w.pick("thing", "other", "Reading", "state_of"), w.IntN(30))
		if w.chance(40) {
			name = hostile[w.IntN(len(hostile))]
		}
		if !contains(*taken, name) && !strings.HasPrefix(name, "x-") {
			*taken = append(*taken, name)
			return name
		}
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// spec returns the source of one spec.
func (w *author) spec() []byte {
	w.kinds = map[string]string{}
	f := object{"mqttx": 1, "go": object{"package": w.pick("fleet", "api", "payload", "topic", "server", "strings", "time"), "out": "out"}}
	if w.chance(30) {
		f["info"] = object{"title": w.text(), "version": "1.10*/", "description": w.text()}
	}
	f["auth"] = w.authSection()
	payloads := object{}
	for range w.IntN(5) {
		w.name(&w.payloads)
	}
	for _, name := range w.payloads {
		payloads[name] = w.payload(name)
	}
	if w.chance(40) {
		w.family(payloads)
	}
	topics, literals := object{}, 0
	for range 1 + w.IntN(5) {
		literals++
		topics[w.name(&w.topics)] = w.topic(literals)
	}
	w.replies(topics)
	if payloads["Variant"] != nil {
		w.chosen(payloads, topics)
	}
	if w.chance(25) {
		w.overlapping(topics)
	}
	f["payloads"], f["topics"] = payloads, topics
	if w.chance(40) {
		f["events"] = w.events()
	}
	if w.chance(40) {
		f["server"] = w.server()
	}
	if w.chance(20) {
		f["x-vet-ignore"] = object{"MQX106": "meant */", "MQX103": w.text()}
		f["x-anything"] = []any{nil, 1, object{"a": w.text()}}
	}
	source, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		panic(err)
	}
	return bytes.ReplaceAll(source, []byte("\ufeff"), []byte(`\ufeff`)) // YAML wants it escaped, JSON does not
}

func (w *author) authSection() object {
	auth := object{}
	kinds := []string{"password", "anonymous", "mtls", "jwt", "scram-sha-256", "scram-sha-512", "enhanced"}
	w.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for _, kind := range kinds[:1+w.IntN(3)] {
		a := object{"method": kind}
		switch kind {
		case "jwt":
			a["algorithms"] = []string{"ES256", "EdDSA"}
			a["in"] = w.pick("user", "password")
			if w.chance(70) {
				a["claims"] = object{"tenant": "string", w.pick("sub", "string", "type", "level"): w.pick("string", "integer", "boolean", "number")}
			}
		case "mtls":
			if w.chance(60) {
				a["client_id"] = w.pick("subject.cn", "san.dns", "fingerprint")
			}
		case "enhanced":
			a["name"] = "GS2-KRB5"
		}
		if w.chance(20) {
			a["description"] = w.text()
		}
		auth[w.name(&w.auth)] = a
	}
	return auth
}

func (w *author) payload(name string) object {
	p := object{}
	kind := "object"
	switch w.IntN(12) {
	case 0:
		kind = w.pick("string", "integer", "number", "boolean", "array")
	case 1:
		kind = "union"
	case 2:
		kind = "text"
	case 3:
		kind = "raw"
	}
	w.kinds[name] = kind
	switch kind {
	case "text":
		p["encoding"] = "text"
		p["schema"] = w.scalar(w.pick("string", "integer", "number", "boolean"))
		return p
	case "raw":
		p["encoding"] = "raw"
		return p
	case "union":
		p["schema"] = w.union(2)
	case "object":
		if w.chance(10) {
			p["schema"] = object{"type": "object", "properties": object{"deep": w.deep()}}
			break
		}
		w.defs = w.chance(40)
		s := w.schema(kind, 3)
		if w.defs {
			s["$defs"] = w.definitions()
		}
		p["schema"], w.defs = s, false
	default:
		p["schema"] = w.schema(kind, 3)
	}
	if w.chance(25) {
		p["encoding"] = w.pick("json", "msgpack", "cbor")
	}
	if w.chance(20) {
		p["description"] = w.text()
	}
	return p
}

// any returns a random schema.
func (w *author) any(depth int) object {
	switch n := w.IntN(16); {
	case n > 13:
		return w.reference()
	case n == 0 && len(w.payloads) > 0:
		return object{"$ref": "#/payloads/" + w.payloads[w.IntN(len(w.payloads))]}
	case n == 1 && depth > 0:
		return w.union(depth - 1)
	case n == 2:
		return w.enum()
	case n == 3 && !w.standard:
		return w.own()
	case depth <= 0 || n < 9:
		return w.scalar(w.pick("string", "integer", "number", "boolean"))
	case n < 11:
		return w.schema("array", depth-1)
	}
	return w.schema("object", depth-1)
}

func (w *author) own() object {
	return w.pickObject(
		object{"type": "string", "x-go-type": "net/netip.Addr"},
		object{"type": "integer", "x-go-type": "math/big.Int"},
		object{"x-go-type": "encoding/json.RawMessage"},
	)
}

func (w *author) pickObject(list ...object) object { return list[w.IntN(len(list))] }

func (w *author) enum() object {
	e := w.pickObject(
		object{"enum": []any{"a", "b c", "", "type", "A", "`\"\\"}},
		object{"type": "integer", "enum": []any{1, -1, 0, 1000}},
		object{"type": "number", "enum": []any{0.5, 1, -2.25}},
		object{"type": []string{"string", "null"}, "enum": []any{"on", "off", nil}},
		object{"const": "only"}, object{"const": 3}, object{"const": true},
		object{"enum": []any{"on", "off", "*/"}, "x-go-names": object{"on": "TurnedOn", "*/": "Odd"}},
		object{"enum": []any{1, 2}, "x-go-names": object{"1": "First"}, "description": w.text()},
	)
	return e
}

func (w *author) scalar(kind string) object {
	s := object{"type": kind}
	switch kind {
	case "string":
		switch w.IntN(5) {
		case 0:
			s["minLength"], s["maxLength"] = 1, 9
		case 1:
			s["pattern"] = "^[a-z`\"\\\\]+$"
		case 2, 3:
			s["format"] = w.pick("date-time", "date", "time", "duration", "uuid", "byte", "ipv4", "ipv6", "uri", "email")
		}
	case "integer":
		if w.chance(50) {
			s["format"] = w.pick("int32", "int64", "uint32", "uint64")
		}
		if w.chance(50) {
			s["minimum"], s["exclusiveMaximum"] = 0, 100
		}
		if w.chance(20) {
			s["multipleOf"] = 5
		}
	case "number":
		if w.chance(50) {
			s["format"] = w.pick("float", "double")
		}
		if w.chance(50) {
			s["exclusiveMinimum"], s["maximum"] = -0.5, 1e3
		}
		if w.chance(20) {
			s["multipleOf"] = 0.01
		}
	}
	if w.chance(15) {
		s["type"] = []string{kind, "null"}
	}
	w.annotate(s)
	return s
}

func (w *author) annotate(s object) {
	if w.chance(15) {
		s["description"] = w.text()
	}
	if w.chance(5) {
		s["deprecated"] = true
	}
	if w.chance(5) {
		s["readOnly"] = true
	}
}

func (w *author) schema(kind string, depth int) object {
	switch kind {
	case "object":
		return w.object(depth)
	case "array":
		return w.array(depth)
	}
	return w.scalar(kind)
}

func (w *author) object(depth int) object {
	s := object{"type": "object"}
	properties, names, required := object{}, []string(nil), []string{}
	for range w.IntN(5) {
		name := w.name(&names)
		property := w.any(depth)
		properties[name] = property
		switch value := w.fallback(property); {
		case w.chance(50):
			required = append(required, name)
		case w.chance(30) && value != nil:
			property["default"] = value
		}
		if w.chance(5) {
			property["x-go-name"] = fmt.Sprintf("Named%d", len(required))
		}
	}
	if len(properties) > 0 {
		s["properties"], s["required"] = properties, required
	}
	switch w.IntN(6) {
	case 0:
		s["additionalProperties"] = false
	case 1:
		s["additionalProperties"] = w.any(depth - 1)
	}
	if w.chance(10) && len(w.payloads) > 0 {
		return object{"allOf": []any{s, object{"type": "object", "properties": object{"extra": w.any(0)}}}}
	}
	w.annotate(s)
	return s
}

func (w *author) array(depth int) object {
	s := object{"type": "array"}
	if w.chance(20) {
		s["prefixItems"] = []any{w.any(depth - 1), w.any(depth - 1)}
		if w.chance(50) {
			s["minItems"] = 1 + w.IntN(2)
		}
		if w.chance(50) {
			s["items"] = w.any(depth - 1)
		} else if w.chance(50) {
			s["items"] = false
		}
		return s
	}
	s["items"] = w.any(depth - 1)
	if w.chance(30) {
		s["minItems"], s["maxItems"] = 1, 9
	}
	if w.chance(20) {
		s["uniqueItems"] = true
	}
	return s
}

func (w *author) union(depth int) object {
	word := w.pick("oneOf", "anyOf")
	var variants []any
	if w.chance(40) { // told apart by a property
		for i := range 2 + w.IntN(2) {
			o := w.object(depth - 1)
			if o["allOf"] != nil {
				o = object{"type": "object"}
			}
			properties, _ := o["properties"].(object)
			if properties == nil {
				properties = object{}
			}
			required, _ := o["required"].([]string)
			properties["kind"] = object{"const": fmt.Sprint("k", i)}
			if !contains(required, "kind") {
				required = append(required, "kind")
			}
			o["properties"], o["required"] = properties, required
			variants = append(variants, o)
		}
		return object{word: variants}
	}
	kinds := []string{"string", "integer", "boolean", "array", "object"}
	w.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for _, kind := range kinds[:2+w.IntN(2)] {
		variants = append(variants, w.schema(kind, depth-1))
	}
	if w.chance(20) {
		variants = append(variants, object{"type": "null"})
	}
	return object{word: variants}
}

func (w *author) topic(number int) object {
	levels := []string{fmt.Sprintf("t%d", number)}
	params, names := object{}, []string(nil)
	for range w.IntN(4) {
		if w.chance(30) {
			levels = append(levels, w.pick("a", "b", "string", "$x", "ä", "`\""))
			continue
		}
		name := strings.NewReplacer("-", "_").Replace(w.name(&names))
		levels = append(levels, "{"+name+"}")
		params[name] = w.param()
	}
	if w.chance(15) {
		levels = append(levels, "{tail...}")
	}
	t := object{"pattern": strings.Join(levels, "/")}
	if len(params) > 0 && w.chance(70) {
		t["params"] = params
	}
	side := w.IntN(3)
	if side != 0 {
		t["publish"] = w.direction(true)
	}
	if side != 1 {
		t["subscribe"] = w.direction(false)
	}
	if w.chance(20) {
		t["description"] = w.text()
	}
	return t
}

func (w *author) param() object {
	p := object{}
	switch w.IntN(7) {
	case 0:
		p["schema"] = object{"type": "integer", "format": w.pick("int32", "uint64"), "maximum": 99}
	case 1:
		p["schema"] = object{"type": "string", "format": "uuid"}
	case 2:
		p["schema"] = object{"type": "boolean"}
	case 3:
		p["schema"] = object{"enum": []any{"a", "b"}}
	case 4:
		p["schema"] = object{"type": "string", "pattern": "^[a-z]+$"}
	case 5:
		p["is"] = "client_id"
	}
	return p
}

func (w *author) direction(publish bool) object {
	d := object{"qos": w.IntN(3)}
	if w.chance(60) {
		d["auth"] = w.auth[:1+w.IntN(len(w.auth))]
	} else {
		d["auth"] = w.auth
	}
	switch n := len(w.payloads); {
	case n > 1 && w.chance(15):
		d["payload"] = object{"by": w.pick("content_type", "user_property.kind"), "map": object{"a/b": w.payloads[0], "c*/": w.payloads[1]}}
	case n > 0 && w.chance(85):
		d["payload"] = w.payloads[w.IntN(n)]
	}
	switch {
	case publish:
		d["retain"] = w.pick("allowed", "forbidden", "required")
		d["relay"] = w.chance(50)
	case w.chance(20):
		d["expiry"] = "10m"
	}
	return d
}

// replies gives some topics a reply.
func (w *author) replies(topics object) {
	for _, name := range w.topics {
		t := topics[name].(object)
		if t["subscribe"] == nil || !w.chance(30) {
			continue
		}
		answer := name + "_answer"
		if topics[answer] != nil {
			continue
		}
		a := object{"pattern": "answer/" + t["pattern"].(string), "publish": w.direction(true)}
		if t["params"] != nil {
			a["params"] = t["params"]
		}
		t["reply"] = answer
		topics[answer] = a
	}
}

func (w *author) events() object {
	events, names := object{}, []string(nil)
	if w.chance(30) && len(w.topics) > 0 {
		events[w.topics[0]] = object{"schema": w.object(1)}
	}
	for range w.IntN(3) {
		name := w.name(&names)
		switch {
		case events[name] != nil:
		case len(w.payloads) > 0 && w.chance(40):
			events[name] = object{"payload": w.payloads[w.IntN(len(w.payloads))], "description": w.text()}
		default:
			events[name] = object{"schema": w.object(2)}
		}
	}
	return events
}

func (w *author) server() object {
	s := object{"unmatched": w.pick("reject", "relay", "handle")}
	if w.chance(50) {
		s["versions"] = []string{"3.1.1", "5"}
	}
	if w.chance(50) {
		s["limits"] = object{"packet": "64KiB", "inflight": 20, "queue": 100, "keep_alive": "2m", "session_expiry": "24h"}
	}
	if w.chance(30) {
		s["rates"] = object{"connect": "200/s", "publish": "50/s", "bytes": "64KiB/s"}
	}
	if w.chance(30) {
		s["refused_v3"] = w.pick("acknowledge", "close")
	}
	return s
}
