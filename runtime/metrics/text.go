package metrics

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// text writes metric families in the Prometheus text format, version 0.0.4.
type text struct{ b *bytes.Buffer }

// label is a name and a value.
type label struct{ name, value string }

var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	valueEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// family begins a metric family; its samples follow.
func (t text) family(name, kind, help string) {
	t.b.WriteString("# HELP " + name + " " + helpEscapes.Replace(help) + "\n# TYPE " + name + " " + kind + "\n")
}

// sample writes one value.
func (t text) sample(name string, v float64, labels ...label) {
	t.b.WriteString(name)
	for i, l := range labels {
		t.b.WriteByte("{,"[min(i, 1)])
		t.b.WriteString(l.name + `="` + valueEscapes.Replace(strings.ToValidUTF8(l.value, "\uFFFD")) + `"`)
	}
	if len(labels) > 0 {
		t.b.WriteByte('}')
	}
	t.b.WriteByte(' ')
	t.b.WriteString(number(v))
	t.b.WriteByte('\n')
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// single is a family of one sample.
func (t text) single(name, kind, help string, v float64) {
	t.family(name, kind, help)
	t.sample(name, v)
}

// buckets writes the samples of one histogram: bounds are the upper ends of all
// buckets but the last.
func (t text) buckets(name string, bounds []time.Duration, counts []int64, sum time.Duration, labels ...label) {
	total := int64(0)
	for i, n := range counts {
		total += n
		le := "+Inf"
		if i < len(bounds) {
			le = number(bounds[i].Seconds())
		}
		t.sample(name+"_bucket", float64(total), append(labels[:len(labels):len(labels)], label{"le", le})...)
	}
	t.sample(name+"_sum", sum.Seconds(), labels...)
	t.sample(name+"_count", float64(total), labels...)
}
