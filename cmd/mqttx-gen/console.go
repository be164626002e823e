package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// console is where a command prints: results to out, what is wrong to err.
type console struct {
	out, err io.Writer

	// flags
	format    string
	maxErrors int

	report []any // what -format json prints at the end
}

// addFormat adds the flags that say how findings are printed.
func (c *console) addFormat(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.format, "format", "text", "how findings are printed: text or json")
	cmd.Flags().IntVar(&c.maxErrors, "max-errors", spec.MaxErrors, "how many findings are printed for one spec; -1 for all")
}

func (c *console) checkFormat() error {
	if c.format != "text" && c.format != "json" {
		return usageError("unknown -format %q; want text or json", c.format)
	}
	return nil
}

// diagnostics prints what is wrong with a spec.
func (c *console) diagnostics(list spec.ErrorList, source []byte) error {
	if c.format == "json" {
		for i := range list {
			c.report = append(c.report, struct {
				Severity string `json:"severity"`
				spec.Diagnostic
			}{list[i].Severity(), list[i]})
		}
		return nil
	}
	return spec.Render(c.err, list, source, spec.RenderOptions{Color: colored(c.err), Max: c.maxErrors})
}

// findings prints what is wrong with the user's code.
func (c *console) findings(list []finding) {
	for _, f := range list {
		if c.format == "json" {
			c.report = append(c.report, f)
			continue
		}
		color := "\x1b[1;33m"
		if f.Severity == severityError {
			color = "\x1b[1;31m"
		}
		place := fmt.Sprintf("%s:%d:%d:", f.File, f.Line, f.Column)
		if !colored(c.err) {
			fmt.Fprintf(c.err, "%s %s: %s\n", place, f.Severity, f.Message)
		} else {
			fmt.Fprintf(c.err, "\x1b[1m%s\x1b[0m %s%s:\x1b[0m %s\n", place, color, f.Severity, f.Message)
		}
		if f.Hint != "" {
			fmt.Fprintf(c.err, "\t%s\n", f.Hint)
		}
	}
}

// flush prints the report of -format json: an array, empty if all is well.
func (c *console) flush() error {
	if c.format != "json" {
		return nil
	}
	if c.report == nil {
		c.report = []any{}
	}
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(c.report)
}

// say prints a line for people. With -format json, out belongs to the report.
func (c *console) say(format string, args ...any) {
	w := c.out
	if c.format == "json" {
		w = c.err
	}
	fmt.Fprintf(w, format+"\n", args...)
}

// colored says whether w is a terminal that wants colours. See https://no-color.org.
func colored(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
