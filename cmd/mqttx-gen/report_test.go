package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestFormats compares every format of findings with testdata/report.txtar: files that begin with a command are what it
// prints, the others are there when it runs. -update writes the archive.
func TestFormats(t *testing.T) {
	golden := filepath.Join("testdata", "report.txtar")
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(golden)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITHUB_WORKSPACE", "")
	t.Chdir(t.TempDir())
	ran := 0
	for i, f := range archive.Files {
		if !strings.HasPrefix(f.Name, "mqttx-gen ") {
			if err := os.MkdirAll(filepath.Dir(f.Name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f.Name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		ran++
		var out bytes.Buffer
		run(strings.Fields(f.Name)[1:], &out, &out)
		got := strings.ReplaceAll(out.String(), `"version": "`+gen.Version()+`"`, `"version": "VERSION"`)
		if *update {
			archive.Files[i].Data = []byte(got)
		} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
		if strings.Contains(f.Name, "sarif") {
			checkSARIF(t, out.Bytes())
		}
	}
	if ran < 6 {
		t.Errorf("only %d commands", ran)
	}
	if *update {
		if err := os.WriteFile(absolute, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// sarifShape is what the standard says of the parts of a log that are printed here (SARIF 2.1.0, 3.13 to 3.52).
const sarifShape = `{
	"type": "object", "required": ["version", "runs"], "additionalProperties": false,
	"properties": {
		"$schema": {"type": "string", "pattern": "^https://"}, "version": {"const": "2.1.0"},
		"runs": {"type": "array", "minItems": 1, "items": {
			"type": "object", "required": ["tool", "results"], "additionalProperties": false,
			"properties": {
				"columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
				"tool": {"type": "object", "required": ["driver"], "additionalProperties": false, "properties": {"driver": {
					"type": "object", "required": ["name"], "additionalProperties": false,
					"properties": {
						"name": {"type": "string"}, "version": {"type": "string"}, "informationUri": {"type": "string", "pattern": "^https://"},
						"rules": {"type": "array", "uniqueItems": true, "items": {
							"type": "object", "required": ["id"], "additionalProperties": false,
							"properties": {
								"id": {"type": "string", "minLength": 1}, "shortDescription": {"$ref": "#/$defs/text"}, "fullDescription": {"$ref": "#/$defs/text"},
								"help": {"$ref": "#/$defs/text"},
								"defaultConfiguration": {"type": "object", "additionalProperties": false, "properties": {"level": {"$ref": "#/$defs/level"}}}
							}
						}}
					}
				}}},
				"results": {"type": "array", "items": {
					"type": "object", "required": ["message"], "additionalProperties": false,
					"properties": {
						"ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1}, "level": {"$ref": "#/$defs/level"}, "message": {"$ref": "#/$defs/text"},
						"locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
						"relatedLocations": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/location"}}
					}
				}}
			}
		}}
	},
	"$defs": {
		"level": {"enum": ["none", "note", "warning", "error"]},
		"text": {"type": "object", "required": ["text"], "additionalProperties": false, "properties": {"text": {"type": "string", "minLength": 1}}},
		"location": {
			"type": "object", "additionalProperties": false, "properties": {
				"id": {"type": "integer", "minimum": -1}, "message": {"$ref": "#/$defs/text"},
				"physicalLocation": {"type": "object", "required": ["artifactLocation"], "additionalProperties": false, "properties": {
					"artifactLocation": {"type": "object", "additionalProperties": false, "properties": {"uri": {"type": "string", "format": "uri-reference"}}},
					"region": {
						"type": "object", "required": ["startLine"], "additionalProperties": false,
						"properties": {"startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1}, "endColumn": {"type": "integer", "minimum": 1}}
					}
				}}
			}
		}
	}
}`

// checkSARIF holds a log to the shape, and its rules to being those of its results.
func checkSARIF(t *testing.T, log []byte) {
	t.Helper()
	shape, err := jsonschema.UnmarshalJSON(strings.NewReader(sarifShape))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", shape); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
	if err != nil {
		t.Fatalf("%v:\n%s", err, log)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	var typed sarifDocument
	if err := json.Unmarshal(log, &typed); err != nil {
		t.Fatal(err)
	}
	for _, r := range typed.Runs[0].Results {
		if rule := typed.Runs[0].Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID {
			t.Errorf("rule %d is %s, not %s", r.RuleIndex, rule.ID, r.RuleID)
		}
	}
}

func TestGitHubEscapes(t *testing.T) {
	t.Setenv("GITHUB_WORKSPACE", t.TempDir())
	f := finding{Severity: severityError, File: "a,b:c%.go", Line: 3, Column: 5, Message: "50% of\r\nit::", Hint: "mend"}
	var out bytes.Buffer
	if err := printGitHub(&out, results([]any{f, "no place"})); err != nil {
		t.Fatal(err)
	}
	if want := "::error file=a%2Cb%3Ac%25.go,line=3,col=5::50%25 of%0D%0Ait::%0Amend\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	t.Chdir(os.Getenv("GITHUB_WORKSPACE"))
	if err := os.Mkdir("shop", 0o777); err != nil {
		t.Fatal(err)
	}
	t.Chdir("shop")
	if got := gitHubPath("mqttx.yaml"); got != "shop/mqttx.yaml" {
		t.Errorf("in a folder of the checkout: %s", got)
	}
	if got := gitHubPath("../../mqttx.yaml"); got != "../../mqttx.yaml" {
		t.Errorf("outside: %s", got)
	}
}

func TestSARIFPlaces(t *testing.T) {
	for file, want := range map[string]string{
		"mqttx.yaml": "mqttx.yaml", "my specs/ä.yaml": "my%20specs/%C3%A4.yaml", "../a.yaml": "../a.yaml", "/tmp/a b.yaml": "file:///tmp/a%20b.yaml", "a:b.yaml": "./a:b.yaml",
	} {
		if got := sarifURI(file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
	log := sarifLog(results([]any{finding{Severity: severityWarning, File: "handler.go", Message: "gone"}}))
	text, err := json.Marshal(log)
	if err != nil {
		t.Fatal(err)
	}
	checkSARIF(t, text)
	if r := log.Runs[0].Results[0]; r.RuleID != goRule || r.Locations[0].Physical.Region != nil {
		t.Errorf("%s", text)
	}
}
