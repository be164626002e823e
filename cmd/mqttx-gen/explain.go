package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

func newExplain(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "say what a code such as MQX021 means, with a wrong and a right example",
		Long:  "explain says what the code of a diagnostic means, with a wrong and a right example. Without a code it lists them all.",
		Args:  arguments(0, 1, "one code, such as MQX021"),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return c.explain(fullCode(args[0]))
			}
			for _, code := range report.Codes() {
				doc, _ := report.Explain(code)
				c.say("%s  %s", code, doc.Title)
			}
			for _, code := range breaking.Codes() {
				doc, _ := breaking.Explain(code)
				c.say("%s  %s", code, doc.Title)
			}
			return nil
		},
	}
}

func (c *console) explain(code string) error {
	var doc fmt.Stringer
	doc, ok := report.Explain(code)
	if !ok {
		doc, ok = breaking.Explain(code)
	}
	if !ok {
		return usageError("explain: there is no code %q; `mqttx-gen explain` lists them", code)
	}
	_, err := fmt.Fprintln(c.out, strings.TrimRight(doc.String(), "\n"))
	return err
}

// fullCode is the code that is meant by "mqx021", or by "21".
func fullCode(text string) string {
	if n, err := strconv.Atoi(text); err == nil {
		return fmt.Sprintf("MQX%03d", n)
	}
	return strings.ToUpper(text)
}
