package spec

import (
	"os"
	"strings"
	"testing"
)

// TestTables holds every key of the language to having a value, a line for people and a place in the README.
func TestTables(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	tables := languageTables()
	names := tableNames()
	type row struct {
		field[struct{}]
		table string
	}
	var fields []row
	for _, table := range tables {
		for _, f := range table.fields {
			fields = append(fields, row{f, table.name})
		}
	}
	for _, f := range fields {
		if f.value == "" || f.doc == "" {
			t.Errorf("%s of %s has no value or no doc", f.name, f.table)
		}
		if forms := parseForms(f.value, names); len(forms) == 1 && forms[0].literal != "" && f.name != "mqttx" && f.name != "encoding" {
			t.Errorf("%s of %s: %q is no form of value.go", f.name, f.table, f.value)
		}
		if key := f.table + "." + f.name; seen[key] {
			t.Errorf("%s stands twice", key)
		} else {
			seen[key] = true
		}
		mentioned := strings.Contains(string(readme), "`"+f.name) || strings.Contains(string(readme), f.name+"`") || strings.Contains(string(readme), f.name+":") || strings.Contains(string(readme), "."+f.name+"`")
		if !mentioned {
			t.Errorf("README.md does not speak of %s of %s", f.name, f.table)
		}
	}
}

func TestGoName(t *testing.T) {
	for name, want := range map[string]string{
		"command_result": "CommandResult", "device-id": "DeviceID", "deviceId": "DeviceID", "Reading": "Reading",
		"URLPath": "URLPath", "ip": "IP", "low battery": "LowBattery", "a": "A", "3d": "3d", "+": "", "x2y": "X2y", "état": "État",
	} {
		if got := GoName(name); got != want {
			t.Errorf("GoName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for _, text := range []string{"0", "-0", "1.50", "1e3", "-1.5E-3", "18446744073709551615", "1e308"} {
		if n, problem := parseNumber(text); problem != "" || n.Text != text {
			t.Errorf("parseNumber(%q): %s", text, problem)
		}
	}
	for _, text := range []string{"", "010", "+5", "1_000", "0x10", ".5", "5.", ".inf", "1e999", "1e9999", "1e-9999", "1e99999", strings.Repeat("9", 200), "NaN"} {
		if n, problem := parseNumber(text); problem == "" {
			t.Errorf("parseNumber(%q) = %s", text, n.Rat)
		}
	}
}
