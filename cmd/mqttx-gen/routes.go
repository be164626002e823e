package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

func newRoutes(c *console) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "routes [spec file or folder]",
		Short: "list the topics: pattern, who may use them, payload and Go method",
		Long: `routes lists the topics of a spec: for each direction who may use it, what it carries, and the Go method that
gets it (publish) or sends it (subscribe).

  mqttx-gen routes
  mqttx-gen routes -json | jq '.[].filter'`,
		Args: arguments(0, 1, "at most one spec"),
		RunE: func(_ *cobra.Command, args []string) error {
			file, _, err := gen.Parse(specPaths(args)[0])
			if err != nil {
				return c.failed(err)
			}
			if asJSON {
				return c.routesJSON(routesOf(file))
			}
			c.routesText(routesOf(file))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: an array with one object for each direction of a topic")
	return cmd
}

// route is one direction of a topic.
type route struct {
	Topic     string            `json:"topic"`
	Pattern   string            `json:"pattern"`
	Filter    string            `json:"filter"`
	Direction string            `json:"direction"` // "publish" or "subscribe", from the client's side
	Auth      []string          `json:"auth"`
	Bound     map[string]string `json:"bound"`   // parameter -> source, by auth method where they differ: "device: client_id"
	Payload   string            `json:"payload"` // "raw" for bytes
	Encoding  string            `json:"encoding"`
	Payloads  []string          `json:"payloads,omitempty"` // several: VALUE=PAYLOAD
	QoS       byte              `json:"qos"`
	Retain    string            `json:"retain,omitempty"`
	Relay     bool              `json:"relay"`
	Expiry    string            `json:"expiry,omitempty"`
	Reply     string            `json:"reply,omitempty"`
	Methods   []string          `json:"methods"` // of Go
	File      string            `json:"file"`
	Line      int               `json:"line"`
}

func routesOf(f *spec.File) []route {
	list := []route{}
	for _, t := range f.Topics {
		if t.Publish != nil {
			list = append(list, newRoute(f, t, t.Publish, "publish"))
		}
		if t.Subscribe != nil {
			list = append(list, newRoute(f, t, t.Subscribe, "subscribe"))
		}
	}
	return list
}

func newRoute(f *spec.File, t *spec.Topic, d *spec.Direction, direction string) route {
	r := route{
		Topic: t.Name, Pattern: t.Pattern.String(), Filter: t.Pattern.Filter(), Direction: direction,
		Auth: d.Auth, Bound: map[string]string{}, QoS: d.QoS, Relay: d.Relay, File: f.Name, Line: t.Pos.Line,
	}
	if t.Pos.File != "" {
		r.File = t.Pos.File
	}
	verb := "Publish"
	if direction == "publish" {
		verb, r.Retain = "Handle", string(d.Retain)
	} else if t.Reply != nil {
		r.Reply = t.Reply.Name
	}
	if d.Expiry > 0 {
		r.Expiry = asWritten(d.Expiry)
	}
	for _, p := range t.Params {
		if b := bound(p, d); b != "" {
			r.Bound[p.Name] = b
		}
	}
	r.payload(t, d.Payload, verb)
	return r
}

// asWritten returns a time of whole seconds as a spec has it: 10m, not 10m0s.
func asWritten(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// payload fills in what a direction carries, and the methods that follow from it.
func (r *route) payload(t *spec.Topic, ref *spec.PayloadRef, verb string) {
	add := func(suffix string) {
		r.Methods = append(r.Methods, verb+t.GoName+suffix)
		if r.Reply != "" {
			r.Methods = append(r.Methods, "Request"+t.GoName+suffix)
		}
	}
	switch {
	case ref.Choice != nil:
		by := string(ref.Choice.By)
		if ref.Choice.Key != "" {
			by += "." + ref.Choice.Key
		}
		r.Payload = "by " + by
		for _, one := range ref.Choice.Cases {
			r.Payloads = append(r.Payloads, one.Value+"="+one.Payload.Name)
			add(one.GoName)
		}
		return
	case ref.Raw():
		r.Payload, r.Encoding = "raw", "raw"
	default:
		r.Payload, r.Encoding = ref.Payload.Name, string(ref.Payload.Encoding)
		if r.Encoding == "" {
			r.Encoding = string(spec.EncodingJSON)
		}
	}
	add("")
}

// bound says what a parameter has to equal: one source for all who are let in, or one for each that is bound.
func bound(p *spec.Param, d *spec.Direction) string {
	var parts []string
	sources := map[spec.Source]bool{}
	for _, name := range d.Auth {
		s := p.Bindings[name]
		sources[s] = true
		if s != "" {
			parts = append(parts, name+": "+string(s))
		}
	}
	if len(sources) == 1 && len(parts) > 0 {
		return string(p.Bindings[d.Auth[0]])
	}
	return strings.Join(parts, ", ")
}

func (c *console) routesJSON(list []route) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}

// routesWidth is how wide the table is where its words allow it.
const routesWidth = 100

// routesText prints one line for each topic, and one below it for each direction: a table of all would be too wide.
func (c *console) routesText(list []route) {
	wide := [3]int{}
	for _, r := range list {
		wide[0] = max(wide[0], len(r.Direction))
		wide[1] = max(wide[1], len(r.carried()))
		wide[2] = max(wide[2], len(strings.Join(r.Methods, " ")))
	}
	for i, r := range list {
		if i == 0 || list[i-1].Topic != r.Topic {
			c.say("%s  %s", r.Topic, r.Pattern)
			c.routeBound(list[i:], r.Topic)
		}
		line := fmt.Sprintf("  %-*s  %-*s  %-*s", wide[0], r.Direction, wide[1], r.carried(), wide[2], strings.Join(r.Methods, " "))
		who := strings.Join(r.Auth, ", ")
		if len(line)+2+len(who) > routesWidth {
			c.say("%s\n      %s", strings.TrimRight(line, " "), who)
			continue
		}
		c.say("%s", strings.TrimRight(line+"  "+who, " "))
	}
}

// routeBound prints what the parameters of a topic have to equal: once, if that is the same in both directions.
func (c *console) routeBound(list []route, topic string) {
	first := list[0].bounds()
	if len(list) < 2 || list[1].Topic != topic || list[1].bounds() == first {
		if first != "" {
			c.say("  %s", first)
		}
		return
	}
	for _, r := range list[:2] {
		if text := r.bounds(); text != "" {
			c.say("  %s: %s", r.Direction, text)
		}
	}
}

// bounds says what the parameters have to equal, in the order of the pattern.
func (r *route) bounds() string {
	var parts []string
	for _, s := range strings.Split(r.Pattern, "/") {
		name := strings.Trim(s, "{}.")
		if b := r.Bound[name]; b != "" && s != name {
			parts = append(parts, fmt.Sprintf("{%s} is %s", name, b))
		}
	}
	return strings.Join(parts, "; ")
}

// carried says what a direction carries and how.
func (r *route) carried() string {
	text := r.Payload
	if r.Payloads != nil {
		text += ": " + strings.Join(r.Payloads, ", ")
	}
	if r.Encoding != "" && r.Encoding != "raw" && r.Encoding != "json" {
		text += " (" + r.Encoding + ")"
	}
	text += fmt.Sprintf("  qos %d", r.QoS)
	if r.Retain != "" && r.Retain != string(spec.RetainForbidden) {
		text += "  retain " + r.Retain
	}
	if r.Relay {
		text += "  relay"
	}
	if r.Expiry != "" {
		text += "  expiry " + r.Expiry
	}
	if r.Reply != "" {
		text += "  reply " + r.Reply
	}
	return text
}
