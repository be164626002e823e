package spec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// TestJSONSchema compares schema.json with what the tables say now. -update writes it.
func TestJSONSchema(t *testing.T) {
	if *update {
		if err := os.WriteFile("schema.json", spec.JSONSchema(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("schema.json")
	if err != nil || !bytes.Equal(have, spec.JSONSchema()) {
		t.Errorf("schema.json is out of date; run go test ./spec -run TestJSONSchema -update (%v)", err)
	}
}

// languageSchema compiles the schema of a spec, or of a file that one includes.
func languageSchema(t testing.TB, fragment string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(spec.JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mqttx.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mqttx.json" + fragment)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plainValue turns YAML into the values that package jsonschema takes.
func plainValue(t testing.TB, source []byte) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(source, &n); err != nil {
		t.Fatal(err)
	}
	return nodeValue(t, &n)
}

func nodeValue(t testing.TB, n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return nodeValue(t, n.Content[0])
	case yaml.AliasNode:
		return nodeValue(t, n.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = nodeValue(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, nodeValue(t, item))
		}
		return list
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}

// validSpecs is every spec of the repository that is right, by where it stands.
func validSpecs(t *testing.T) map[string]string {
	t.Helper()
	specs := map[string]string{}
	for _, pattern := range []string{
		"testdata/valid/*.yaml", "../examples/*/mqttx.yaml", "../templates/scaffold/files/*/mqttx.yaml.txt", "../cmd/mqttx-gen/internal/gen/testdata/*.yaml",
	} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files, %v", pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			specs[name] = strings.ReplaceAll(string(data), "{{.Name}}", "shop")
		}
	}
	for _, code := range report.Codes() {
		doc, _ := report.Explain(code)
		specs[code] = complete(doc.Right)
	}
	for _, name := range []string{"README.md", "../README.md"} {
		readme, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(readme, -1) {
			if !bytes.HasPrefix(m[1], []byte("# schemas/")) {
				specs[fmt.Sprintf("%s:%d", name, i)] = complete(string(m[1]))
			}
		}
	}
	return specs
}

func TestJSONSchemaOfValid(t *testing.T) {
	schema := languageSchema(t, "")
	for name, source := range validSpecs(t) {
		if err := schema.Validate(plainValue(t, []byte(source))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	fragment := languageSchema(t, "#/$defs/fragment")
	for source, ok := range map[string]bool{
		"topics: {a: {pattern: a, publish: {}}}\n": true, "mqttx: 1\ninclude: [a.yaml]\nx-a: 1\n": true,
		"go: {package: a}\n": false, "topics: {a: {patern: a}}\n": false, "server: {}\n": false,
	} {
		if err := fragment.Validate(plainValue(t, []byte(source))); (err == nil) != ok {
			t.Errorf("fragment %s: %v", source, err)
		}
	}
}

// TestJSONSchemaOfInvalid holds the schema to refusing every golden spec with an error of structure.
func TestJSONSchemaOfInvalid(t *testing.T) {
	schema := languageSchema(t, "")
	structural := []string{"MQX010", "MQX011", "MQX021"}
	// The schema cannot know these: what has no package and no folder, and tags of YAML.
	beyond := []string{"no_package.txtar", "merge.txtar", "syntax_ref.txtar"}
	names, err := filepath.Glob("testdata/invalid/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source := archive.Files[0].Data
		_, _, err = spec.ParseFiles("mqttx.yaml", source, filesOf(archive.Files[1:]))
		var list spec.ErrorList
		if !errors.As(err, &list) {
			t.Fatal(err)
		}
		wrong := slices.ContainsFunc(list, func(d spec.Diagnostic) bool {
			return d.File == "mqttx.yaml" && slices.Contains(structural, d.Code)
		})
		if !wrong || slices.Contains(beyond, filepath.Base(name)) {
			continue
		}
		refused++
		if schema.Validate(plainValue(t, source)) == nil {
			t.Errorf("%s is valid", name)
		}
	}
	if refused < 5 {
		t.Errorf("only %d specs", refused)
	}
}

// TestJSONSchemaKnowsKeys adds a key to every object of valid specs, one at a time: where Parse finds it unknown, the
// schema must refuse it.
func TestJSONSchemaKnowsKeys(t *testing.T) {
	schema := languageSchema(t, "")
	data, err := os.ReadFile("testdata/valid/fleet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	root := plainValue(t, data)
	refused, allowed := 0, 0
	var visit func(v any)
	visit = func(v any) {
		if list, ok := v.([]any); ok {
			for _, item := range list {
				visit(item)
			}
		}
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		object["unknown"] = json.Number("5")
		source, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		_, err = spec.Parse("f", source)
		unknown := err != nil && strings.Contains(err.Error(), `unknown field "unknown"`)
		if valid := schema.Validate(root) == nil; unknown && valid {
			t.Errorf("an unknown key is valid: %v", err)
		}
		if unknown {
			refused++
		} else {
			allowed++
		}
		delete(object, "unknown")
		for _, item := range object {
			visit(item)
		}
	}
	visit(root)
	if refused < 30 || allowed == 0 {
		t.Errorf("%d refused, %d allowed", refused, allowed)
	}
}
