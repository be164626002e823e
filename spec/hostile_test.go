package spec_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/edit"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

// TestManyOverlaps reads topics of which each overlaps with most others: the list of errors must not grow with their square.
func TestManyOverlaps(t *testing.T) {
	var source strings.Builder
	source.WriteString("topics:\n")
	for i := range 1 << 9 {
		levels := make([]string, 9)
		for bit := range levels {
			levels[bit] = "l"
			if i>>bit&1 == 1 {
				levels[bit] = fmt.Sprintf("{p%d}", bit)
			}
		}
		fmt.Fprintf(&source, "  t%d: {pattern: %q, publish: {}}\n", i, strings.Join(levels, "/"))
	}
	list := diagnose(t, complete(source.String()))
	if n := len(list); n < 1000 || n > 1000+1<<9 || list[0].Code != "MQX061" {
		t.Errorf("%d errors, the first is %s %s", n, list[0].Code, list[0].Message)
	}
}

// many repeats a text with the numbers from 0 in the place of %.
func many(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "%", fmt.Sprint(i)))
	}
	return b.String()
}

// large are specs with much of one thing, right ones and wrong ones.
var large = map[string]func(n int) string{
	"topics": func(n int) string { return "topics:\n" + many(n, "  t%: {pattern: \"a/%/{x}\", publish: {}}\n") },
	"bound": func(n int) string {
		return "topics:\n" + many(n, "  t%: {pattern: \"a/{x}/%\", params: {x: {is: client_id}}, publish: {}}\n")
	},
	"replies": func(n int) string {
		return "topics:\n" + many(n, "  t%: {pattern: \"a/%\", subscribe: {}, reply: r%}\n  r%: {pattern: \"b/%\", publish: {}}\n")
	},
	"params": func(n int) string {
		return "topics:\n  a:\n    pattern: \"a" + many(n, "/{p%}") + "\"\n    params:\n" + many(n, "      p%: {is: client_id}\n") + "    publish: {}\n"
	},
	"auth methods": func(n int) string { return "auth:\n" + many(n, "  a%: {method: password}\n") },
	"properties": func(n int) string {
		return "payloads:\n  P:\n    schema:\n      type: object\n      properties:\n" + many(n, "        p%: {type: integer}\n")
	},
	"enum":    func(n int) string { return "payloads:\n  P: {schema: {enum: [" + many(n, "v%, ") + "]}}\n" },
	"numbers": func(n int) string { return "payloads:\n  P: {schema: {enum: [" + many(n, "%, ") + "]}}\n" },
	"constants": func(n int) string {
		return "payloads:\n  P:\n    schema:\n      oneOf:\n" + many(n, "        - {type: object, required: [k], properties: {k: {const: a%}}}\n")
	},
	"alternatives": func(n int) string {
		return "payloads:\n  P:\n    schema:\n      oneOf:\n" + many(n, "        - {type: object, required: [k%], properties: {k%: {type: integer}}}\n")
	},
	"mapping": func(n int) string {
		return "payloads:\n  P:\n    schema:\n      discriminator: {propertyName: k, mapping: {" + many(n, "m%: A%, ") + "}}\n      oneOf:\n" +
			many(n, "        - {$ref: \"#/payloads/A%\"}\n") + many(n, "  A%: {schema: {type: object, required: [k], properties: {k: {type: string}}}}\n")
	},
	"events":        func(n int) string { return "events:\n" + many(n, "  e%: {schema: {type: integer}}\n") },
	"unknown keys":  func(n int) string { return "topics:\n  a:\n    pattern: a\n    publish: {}\n" + many(n, "    k%: 1\n") },
	"unknown refs":  func(n int) string { return "payloads:\n" + many(n, "  P%: {schema: {$ref: \"#/payloads/Q%\"}}\n") },
	"unknown auth":  func(n int) string { return "topics:\n" + many(n, "  t%: {pattern: \"a/%\", publish: {auth: [b%]}}\n") },
	"a key for all": func(n int) string { return "topics:\n" + many(n, "  t: {pattern: \"a/%\", publish: {}}\n") },
}

// TestLarge reads specs of 300 and of 3,000 things: what it takes must grow with their number, not with its square. That is
// seen by what is allocated; the time is that of this test.
func TestLarge(t *testing.T) {
	allocated := func(source []byte) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if f, err := spec.Parse("mqttx.yaml", source); err == nil {
			vet.Check(f)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	for name, source := range large {
		few, lots := allocated([]byte(complete(source(300)))), allocated([]byte(complete(source(3000))))
		if lots > 25*few && lots > 64<<20 {
			t.Errorf("%s: 300 take %d bytes, 3,000 take %d", name, few, lots)
		}
	}
}

// TestHostile reads what nobody writes by hand: each has to end with errors that name a place, or without any, soon.
func TestHostile(t *testing.T) {
	deep := func(open, inner, end string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	lines := func(n int, text string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat("  ", i) + text + "\n")
		}
		return b.String()
	}
	bomb := "x-0: &a0 [l, o, l]\n"
	for i := 1; i < 30; i++ {
		bomb += fmt.Sprintf("x-%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
	}
	for name, source := range map[string]string{
		"brackets":         "topics: " + deep("[", "", "]", 100_000),
		"braces":           "topics: " + deep("{a: ", "1", "}", 20_000),
		"open brackets":    "topics: " + deep("[", "", "", 100_000),
		"levels":           lines(2000, "a:"),
		"dashes":           "topics:\n  " + strings.Repeat("- ", 20_000) + "a\n",
		"arrays in arrays": "payloads: {P: {schema: " + deep("{type: array, items: ", "{type: string}", "}", 90) + "}}\n",
		"oneOf in oneOf":   "payloads: {P: {schema: " + deep("{oneOf: [{type: string}, ", "{type: integer}", "]}", 40) + "}}\n",
		"allOf in allOf":   "payloads: {P: {schema: " + deep("{allOf: [", "{type: object}", "]}", 45) + "}}\n",
		"billion laughs":   bomb,
		"chain of $ref": "payloads:\n  P0: {schema: {type: string}}\n" + func() (s string) {
			for i := range 2000 {
				s += fmt.Sprintf("  P%d: {schema: {$ref: \"#/payloads/P%d\"}}\n", i+1, i)
			}
			return
		}(),
		"levels of a pattern":  "topics: {a: {pattern: \"" + strings.Repeat("a/", 40_000) + "\", publish: {}}}\n",
		"a long name":          "topics: {" + strings.Repeat("a", 1<<20) + ": {pattern: a, publish: {}}}\n",
		"a long number":        "server: {limits: {packet: " + strings.Repeat("9", 1<<20) + "KiB}}\n",
		"a large exponent":     "payloads: {P: {schema: {type: number, maximum: 1e999999999, multipleOf: 1e-999999999}}}\n",
		"a regular expression": "payloads: {P: {schema: {type: string, pattern: \"" + deep("(", "a", "){1000}", 12) + "\"}}}\n",
		"NUL":                  "topics: {a\x00: {}}\n",
		"not UTF-8":            "topics: {\xff\xfe: {}}\n",
		"UTF-16":               "\xff\xfea\x00:\x00",
		"BOM twice":            "\ufeff\ufeffmqttx: 1\n",
		"CR alone":             "mqttx: 1\rgo: {package: fleet}\rtopics: 1\r",
		"line separators":      "mqttx: 1\u2028go: 1\u0085topics: 1\n",
		"Windows paths":        `payloads: {P: {encoding: protobuf, file: 'C:\x\a.proto', message: A}, Q: {schema: {$ref: 'C:\a.json'}}}` + "\ninclude: ['\\\\host\\share\\*.yaml', 'CON']\n",
		"too large":            strings.Repeat("# a comment of forty characters, or so..\n", 200_000),
		"only blanks":          strings.Repeat(" ", 1<<20),
		"only new lines":       strings.Repeat("\n", 1<<20),
		"a long line":          "topics: {a: {patern: \"" + strings.Repeat("é", 1<<18) + "\"}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(source, "mqttx: 1") && !strings.HasPrefix(source, "\xff") {
				source = complete(source)
			}
			f, err := spec.Parse("mqttx.yaml", []byte(source))
			var list spec.ErrorList
			if err == nil {
				list = vet.Check(f)
			} else if !errors.As(err, &list) || len(list) == 0 {
				t.Fatalf("no list of errors: %v", err)
			}
			var b bytes.Buffer
			if err := report.Render(&b, list, []byte(source), report.RenderOptions{}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if len([]rune(line)) > 1000 {
					t.Errorf("a line of %d characters is printed: %.100s", len([]rune(line)), line)
				}
			}
			_, _ = edit.Format([]byte(source))
			_, _ = edit.Rename([]byte(source), "topic", "a", "b")
		})
	}
}
