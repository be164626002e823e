package mqttx_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/metrics"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

var quoted = regexp.MustCompile("`([A-Za-z_.]+)`")

// words are what stands in quotes in a cell of a table.
func words(cell string) (all []string) {
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

// tests are the names of all test functions of the runtime.
func tests(t *testing.T) map[string]bool {
	found, begin := map[string]bool{}, regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range begin.FindAllSubmatch(b, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// limitRows are the cells of the table of limits.
func limitRows(t *testing.T) (rows [][]string) {
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "\n## Limits\n")
	_, table, _ := strings.Cut(section, "\n|---|---|---|---|---|\n")
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		rows = append(rows, strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|"))
	}
	if len(rows) < 20 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	return rows
}

// exported is what metrics show of a counter that is 1: all lines that differ.
func exported(counter string) string {
	var s mqttx.Stats
	var without, with bytes.Buffer
	metrics.Write(&without, s)
	reflect.ValueOf(&s).Elem().FieldByName(counter).SetInt(1)
	metrics.Write(&with, s)
	known, lines := map[string]bool{}, ""
	for line := range strings.Lines(without.String()) {
		known[line] = true
	}
	for line := range strings.Lines(with.String()) {
		if !known[line] && strings.HasPrefix(line, "mqttx_") {
			lines += line
		}
	}
	return lines
}

// TestLimitsTable: the table of limits has all of them, each with a counter that
// metrics show under the label that it names, and with tests that exist.
func TestLimitsTable(t *testing.T) {
	there, named := tests(t), map[string]bool{}
	stats := reflect.TypeFor[mqttx.Stats]()
	for _, row := range limitRows(t) {
		if len(row) != 5 {
			t.Fatalf("a row has %d cells: %q", len(row), row)
		}
		for _, cell := range []string{row[0], row[2]} {
			for _, name := range words(cell) {
				named[name] = true
			}
		}
		label, counters := "", 0
		for _, name := range words(row[3]) {
			if _, ok := stats.FieldByName(name); ok {
				counters++
				if label = exported(name); label == "" {
					t.Errorf("%s: metrics do not show %s", row[0], name)
				}
			} else if !strings.Contains(label, `mqttx_limited_total{limit="`+name+`"} 1`) {
				t.Errorf("%s: %s is neither a counter nor the label of the one before", row[0], name)
			}
		}
		if counters == 0 {
			t.Errorf("%s: no counter", row[0])
		}
		for _, name := range words(row[4]) {
			if !there[name] {
				t.Errorf("%s: there is no %s", row[0], name)
			}
		}
		if len(words(row[4])) == 0 {
			t.Errorf("%s: no test", row[0])
		}
	}
	wanted := []string{"MaxPacketSize", "ReceiveMaximum", "MaxKeepAlive", "Timeouts.Handshake", "Timeouts.Connect", "Timeouts.Write"}
	for f := range reflect.TypeFor[mqttx.Queues]().Fields() {
		wanted = append(wanted, "Queues."+f.Name)
	}
	for _, name := range wanted {
		group, field, _ := strings.Cut(name, ".")
		f, ok := reflect.TypeFor[mqttx.Options]().FieldByName(group)
		if ok && field != "" {
			_, ok = f.Type.FieldByName(field)
		}
		if !ok {
			t.Errorf("Options.%s is gone", name)
		}
	}
	for f := range reflect.TypeFor[mqttx.Limits]().Fields() {
		if f.Name != "Loopback" { // exempts clients, and limits nothing
			wanted = append(wanted, f.Name)
		}
	}
	for _, name := range wanted {
		if !named[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
}

// TestLimitsOr: each limit that a generated package says is that of its server.
func TestLimitsOr(t *testing.T) {
	var says mqttx.Limits
	v := reflect.ValueOf(&says).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.CanInt():
			f.SetInt(int64(i + 1))
		case f.CanFloat():
			f.SetFloat(float64(i + 1))
		default:
			f.SetBool(true)
		}
	}
	if got := (mqttx.Options{}).Or(mqttx.Options{Limits: says}).Limits; got != says {
		t.Errorf("%+v\nwant %+v", got, says)
	}
	own := says
	own.Sessions, own.RetainedBytes = -1, 7
	if got := (mqttx.Options{Limits: own}).Or(mqttx.Options{Limits: says}).Limits; got != own {
		t.Errorf("%+v\nwant %+v", got, own)
	}
}
