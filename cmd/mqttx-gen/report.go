package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// diagnostic is a finding in a spec, as -format json prints it.
type diagnostic struct {
	Severity string `json:"severity"`
	spec.Diagnostic
}

// result is what every kind of finding has for the formats of others: github and sarif.
type result struct {
	spec.Diagnostic        // Code is empty for a finding in Go code
	severity        string // severityError or severityWarning
}

func (d diagnostic) result() result { return result{d.Diagnostic, d.Severity} }

func (f finding) result() result {
	return result{spec.Diagnostic{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message, Suggestion: f.Hint}, f.Severity}
}

// results takes what has a place in a file.
func results(report []any) []result {
	var list []result
	for _, r := range report {
		if r, ok := r.(interface{ result() result }); ok {
			list = append(list, r.result())
		}
	}
	return list
}

// text is the message with what to do about it.
func (r *result) text() string {
	if r.Suggestion == "" {
		return r.Message
	}
	return r.Message + "\n" + r.Suggestion
}

// related returns the second place with the name of its file, or nil.
func (r *result) related() *report.Related {
	if r.Related == nil {
		return nil
	}
	other := *r.Related
	if other.File == "" {
		other.File = r.File
	}
	return &other
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printGitHub prints workflow commands, from which GitHub makes annotations:
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func printGitHub(w io.Writer, list []result) error {
	var b strings.Builder
	for i := range list {
		r := &list[i]
		fmt.Fprintf(&b, "::%s file=%s", r.severity, gitHubProperty(gitHubPath(r.File)))
		if r.Line > 0 {
			fmt.Fprintf(&b, ",line=%d,col=%d", r.Line, r.Column)
		}
		if r.EndColumn > r.Column {
			fmt.Fprintf(&b, ",endColumn=%d", r.EndColumn)
		}
		if r.Code != "" {
			fmt.Fprintf(&b, ",title=%s", gitHubProperty(r.Code))
		}
		text := r.text()
		if other := r.related(); other != nil {
			text += fmt.Sprintf("\n%s:%d:%d: %s", gitHubPath(other.File), other.Line, other.Column, other.Message)
		}
		fmt.Fprintf(&b, "::%s\n", gitHubMessage(text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// gitHubPath is a path from the root of the checkout, if the program runs in a workflow.
func gitHubPath(name string) string {
	if root := os.Getenv("GITHUB_WORKSPACE"); root != "" {
		if abs, err := filepath.Abs(name); err == nil {
			if rel, err := filepath.Rel(root, abs); err == nil && filepath.IsLocal(rel) {
				name = rel
			}
		}
	}
	return filepath.ToSlash(name)
}

var (
	gitHubMessages   = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	gitHubProperties = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func gitHubMessage(s string) string  { return gitHubMessages.Replace(s) }
func gitHubProperty(s string) string { return gitHubProperties.Replace(s) }
