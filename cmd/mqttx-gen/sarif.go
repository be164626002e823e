package main

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// What follows is the part of SARIF 2.1.0 that is needed here:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifDocument struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"` // never null: that would say that the tool did not run
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string      `json:"id"`
		ShortDescription sarifText   `json:"shortDescription"`
		FullDescription  sarifText   `json:"fullDescription"`
		Help             *sarifText  `json:"help,omitempty"`
		Configuration    sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)

// goRule is the rule of findings in the user's Go code, which have no code.
const goRule = "GO"

// sarifLog makes the log of one run.
func sarifLog(list []result) sarifDocument {
	rules := []sarifRule{}
	out := []sarifResult{}
	for i := range list {
		r := &list[i]
		id := r.Code
		if id == "" {
			id = goRule
		}
		index := slices.IndexFunc(rules, func(rule sarifRule) bool { return rule.ID == id })
		if index < 0 {
			index = len(rules)
			rules = append(rules, newSarifRule(id, r.severity))
		}
		one := sarifResult{
			RuleID: id, RuleIndex: index, Level: r.severity, Message: sarifText{r.text()},
			Locations: []sarifLocation{sarifPlace(r.File, r.Line, r.Column, r.EndColumn)},
		}
		if other := r.related(); other != nil {
			place := sarifPlace(other.File, other.Line, other.Column, other.EndColumn)
			place.ID, place.Message = new(int), &sarifText{other.Message}
			one.Related = []sarifLocation{place}
		}
		out = append(out, one)
	}
	driver := sarifDriver{Name: "mqttx-gen", Version: gen.Version(), InformationURI: "https://" + gen.Module, Rules: rules}
	return sarifDocument{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{{Tool: sarifTool{driver}, ColumnKind: "unicodeCodePoints", Results: out}},
	}
}

// newSarifRule takes the texts of a rule from what explain prints.
func newSarifRule(id, level string) sarifRule {
	rule := sarifRule{ID: id, Configuration: sarifConfig{level}}
	doc, ok := report.Explain(id)
	if !ok {
		rule.ShortDescription.Text = "Go code that does not fit the spec"
		rule.FullDescription.Text = "The user's Go code and the spec have drifted apart."
		return rule
	}
	rule.ShortDescription.Text = doc.Title
	rule.FullDescription.Text = strings.Join(strings.Fields(doc.Meaning), " ")
	rule.Help = &sarifText{doc.String()}
	return rule
}

// sarifPlace is a place in a file. A line of 0 is the whole file.
func sarifPlace(file string, line, column, end int) sarifLocation {
	place := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{sarifURI(file)}}}
	if line > 0 {
		place.Physical.Region = &sarifRegion{StartLine: line, StartColumn: column}
		if end > column {
			place.Physical.Region.EndColumn = end
		}
	}
	return place
}

// sarifURI is relative to where the program runs, if the file lies below.
func sarifURI(file string) string {
	uri := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		uri.Scheme = "file"
		if !strings.HasPrefix(uri.Path, "/") {
			uri.Path = "/" + uri.Path // C:/...
		}
	}
	return uri.String()
}
