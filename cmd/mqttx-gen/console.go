package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// console is where a command prints: results to out, what is wrong to err.
type console struct {
	out, err io.Writer

	// flags
	format    string
	maxErrors int
	limits    []*pflag.Flag // -max-errors of each command

	report []any // what every format but text prints at the end
}

// formats are the values of -format.
var formats = []string{"text", "json", "github", "sarif"}

// addFormat adds the flags that say how findings are printed.
func (c *console) addFormat(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.format, "format", "text", "how findings are printed: text, json, github (annotations of its workflows) or sarif")
	cmd.Flags().IntVar(&c.maxErrors, "max-errors", report.MaxErrors, "how many findings are printed for one spec; -1 for all, as every format but text does by default")
	c.limits = append(c.limits, cmd.Flags().Lookup("max-errors"))
}

func (c *console) checkFormat() error {
	if !slices.Contains(formats, c.format) {
		return usageError("unknown -format %q; want one of %s", c.format, strings.Join(formats, ", "))
	}
	return nil
}

// diagnostics prints what is wrong with a spec.
func (c *console) diagnostics(list spec.ErrorList, source []byte) error {
	if c.reports() {
		limited := slices.ContainsFunc(c.limits, func(f *pflag.Flag) bool { return f.Changed })
		if limited && c.maxErrors > 0 && len(list) > c.maxErrors {
			list = list[:c.maxErrors]
		}
		for _, d := range list {
			c.report = append(c.report, diagnostic{d.Severity(), d})
		}
		return nil
	}
	return report.Render(c.err, list, source, report.RenderOptions{Color: colored(c.err), Max: c.maxErrors})
}

// findings prints what is wrong with the user's code.
func (c *console) findings(list []finding) {
	for _, f := range list {
		if c.reports() {
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

// reports says whether what is found is printed at the end, for a program to read.
func (c *console) reports() bool { return c.format != "text" && c.format != "" }

// flush prints the report: nothing, an empty array or a log without results if all is well.
func (c *console) flush() error {
	switch c.format {
	case "json":
		return printJSON(c.out, append([]any{}, c.report...))
	case "github":
		return printGitHub(c.out, results(c.report))
	case "sarif":
		return printJSON(c.out, sarifLog(results(c.report)))
	}
	return nil
}

// say prints a line for people.
func (c *console) say(format string, args ...any) {
	fmt.Fprintf(c.text(), format+"\n", args...)
}

// text is where text for people goes. Where the report is one document, out belongs to it.
func (c *console) text() io.Writer {
	if c.format == "json" || c.format == "sarif" {
		return c.err
	}
	return c.out
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
