package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// valueChecker checks a value written in YAML by a schema, and writes it as JSON. It needs a file whose layouts are right:
// references and unions end.
type valueChecker struct {
	d     *decoder // that reports what is wrong; nil: it is only kept
	label string   // of the schema, for what is reported; "its payload" if empty
	json  strings.Builder
	wrong []misfit
	tried map[attempt]*valueChecker // shared by all that try: else a union in a union would be tried again and again
}

type attempt struct {
	variant *Variant
	node    *yaml.Node
}

// misfit is one thing that is wrong with a value, at its node.
type misfit struct {
	path, message string
	node          *yaml.Node
	said          *Diagnostic
}

// within says it as it is read behind the path of the value around.
func (m misfit) within(path string) string {
	m.path = strings.TrimPrefix(m.path, path)
	return m.String()
}

func (m misfit) String() string {
	if m.path == "" {
		return m.message
	}
	return strings.TrimPrefix(m.path, ".") + ": " + m.message
}

// fail returns the diagnostic, to which a hint may be added.
func (v *valueChecker) fail(n *yaml.Node, path, format string, args ...any) *Diagnostic {
	m := misfit{path, fmt.Sprintf(format, args...), n, new(Diagnostic)}
	if v.d != nil {
		m.said = v.d.Fail("MQX066", v.d.Pos(n), "the example does not fit %s: %s", cmp.Or(v.label, "its payload"), m)
	}
	v.wrong = append(v.wrong, m)
	return m.said
}

func (v *valueChecker) value(s *Schema, n *yaml.Node, path string) {
	n = syntax.Target(n)
	null := s.Nullable
	for s.Kind == KindRef && s.Ref != nil && s.Ref.Schema != nil {
		s = s.Ref.Schema
		null = null || s.Nullable
	}
	if syntax.IsNull(n) && null {
		v.json.WriteString("null")
		return
	}
	switch s.Kind {
	case KindInvalid, KindRef:
		v.json.WriteString("null") // the schema is wrong, which is reported
	case KindUnion:
		v.union(s, n, path)
	case KindAny:
		v.any(n)
	case KindObject:
		v.object(s, n, path)
	case KindArray:
		v.array(s, n, path)
	default:
		v.scalar(s, n, path)
	}
}

func (v *valueChecker) scalar(s *Schema, n *yaml.Node, path string) {
	l, problem, hint := parseLiteral(s.Kind, n)
	if problem == "" {
		problem = fitsLiteral(s, l)
	}
	if problem != "" {
		v.fail(n, path, "%s", problem).Suggestion = hint
		return
	}
	v.json.WriteString(l.JSON)
}

func (v *valueChecker) object(s *Schema, n *yaml.Node, path string) {
	if n.Kind != yaml.MappingNode {
		v.fail(n, path, "%s is not an object", syntax.KindOf(n))
		return
	}
	if s.XGoType != "" {
		s = &Schema{Kind: KindObject}
	}
	seen := map[string]bool{}
	var names []string
	for _, p := range s.Properties {
		names = append(names, p.Name)
	}
	v.json.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := syntax.Target(n.Content[i])
		seen[key.Value] = true
		if i > 0 {
			v.json.WriteByte(',')
		}
		v.json.WriteString(syntax.Quote(key.Value) + ":")
		j := slices.Index(names, key.Value)
		switch {
		case j >= 0:
			v.value(s.Properties[j].Schema, n.Content[i+1], path+"."+key.Value)
		case s.Closed:
			v.fail(key, path, "there is no field %q", key.Value).DidYouMean(key.Value, names)
			seen[report.Nearest(key.Value, names)] = true
		case s.Additional != nil:
			v.value(s.Additional, n.Content[i+1], path+"."+key.Value)
		default:
			v.any(n.Content[i+1])
		}
	}
	v.json.WriteByte('}')
	for _, p := range s.Properties {
		if p.Required && !seen[p.Name] {
			v.fail(n, path, "field %q is missing", p.Name)
		}
	}
}

func (v *valueChecker) array(s *Schema, n *yaml.Node, path string) {
	if n.Kind != yaml.SequenceNode {
		v.fail(n, path, "%s is not a list", syntax.KindOf(n))
		return
	}
	v.length(s, n, path)
	v.json.WriteByte('[')
	first := map[string]int{}
	for i, item := range n.Content {
		if i > 0 {
			v.json.WriteByte(',')
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i < len(s.PrefixItems):
			v.value(s.PrefixItems[i].Schema, item, at)
		case s.Items == nil:
			v.any(item)
		default:
			v.value(s.Items, item, at)
		}
		if !s.UniqueItems {
			continue
		}
		key := canonicalJSON(item)
		if j, twice := first[key]; twice {
			v.fail(item, at, "it is the same as item %d, and items must differ", j)
			continue
		}
		first[key] = i
	}
	v.json.WriteByte(']')
}

func (v *valueChecker) length(s *Schema, n *yaml.Node, path string) {
	switch length := len(n.Content); {
	case s.MinItems != nil && length < s.MinItems.Value:
		v.fail(n, path, "%d items are less than %d", length, s.MinItems.Value)
	case s.MaxItems != nil && length > s.MaxItems.Value:
		v.fail(n, path, "%d items are more than %d", length, s.MaxItems.Value)
	case s.Closed && length > len(s.PrefixItems):
		v.fail(n, path, "%d items are more than %d", length, len(s.PrefixItems))
	}
}

// union checks a value by the variant that its discriminator names, or by all of them.
func (v *valueChecker) union(s *Schema, n *yaml.Node, path string) {
	if s.Discriminator != "" {
		v.discriminated(s, n, path)
		return
	}
	var fit []*Variant
	for _, variant := range s.Variants {
		if len(v.try(variant, n, path).wrong) == 0 {
			fit = append(fit, variant)
		}
	}
	switch {
	case len(fit) == 0:
		v.noneFits(s, n, path)
		return
	case len(fit) > 1 && !s.AnyOf:
		v.fail(n, path, "it fits %s and %s, and must fit one of them", s.labelOf(fit[0]), s.labelOf(fit[1]))
	}
	v.json.WriteString(v.try(fit[0], n, path).json.String())
}

// noneFits says why no alternative fits. Where only one is for values of this kind, that one was meant: what is wrong with
// it is told at its place.
func (v *valueChecker) noneFits(s *Schema, n *yaml.Node, path string) {
	var meant []*Variant
	for _, variant := range s.Variants {
		if takesKind(variant.Schema.Follow(), n) {
			meant = append(meant, variant)
		}
	}
	if len(meant) == 1 {
		for _, m := range v.try(meant[0], n, path).wrong {
			v.fail(m.node, m.path, "%s", m.message).Suggestion = m.said.Suggestion
		}
		return
	}
	var why, names []string
	for _, variant := range meant {
		why = append(why, s.labelOf(variant)+": "+v.try(variant, n, path).wrong[0].within(path))
	}
	for _, variant := range s.Variants {
		names = append(names, s.labelOf(variant))
	}
	if len(meant) == 0 {
		v.fail(n, path, "%s is none of %s", syntax.KindOf(n), strings.Join(names, ", "))
		return
	}
	v.fail(n, path, "none of the alternatives fits (%s)", strings.Join(why, "; "))
}

// takesKind says whether a value of the kind of n could fit a schema.
func takesKind(s *Schema, n *yaml.Node) bool {
	if s == nil || s.Kind == KindUnion || s.Kind == KindAny {
		return true
	}
	switch n.Kind {
	case yaml.MappingNode:
		return s.Kind == KindObject
	case yaml.SequenceNode:
		return s.Kind == KindArray
	}
	kind := scalarKind(n)
	return kind == s.Kind || kind == KindInteger && s.Kind == KindNumber || kind == KindNumber && s.Kind == KindInteger
}

// try checks a value by one variant, and reports nothing.
func (v *valueChecker) try(variant *Variant, n *yaml.Node, path string) *valueChecker {
	if v.tried == nil {
		v.tried = map[attempt]*valueChecker{}
	}
	key := attempt{variant, n}
	if v.tried[key] == nil {
		one := &valueChecker{tried: v.tried}
		one.value(variant.Schema, n, path)
		v.tried[key] = one
	}
	return v.tried[key]
}

// labelOf names a variant for people, by what no other variant is called: its payload, its title, its kind, or its number.
func (s *Schema) labelOf(v *Variant) string {
	label := v.Schema.label()
	same := slices.ContainsFunc(s.Variants, func(other *Variant) bool { return other != v && other.Schema.label() == label })
	if same {
		return fmt.Sprintf("alternative %d", slices.Index(s.Variants, v)+1)
	}
	return label
}

// label is what a schema is called, though others may be called so too.
func (s *Schema) label() string {
	switch {
	case s.Kind == KindRef && s.Ref != nil:
		return s.Ref.Name
	case s.Title != "":
		return s.Title
	case s.draft != nil && s.draft.goName != "":
		return s.draft.goName
	}
	return s.Kind.String()
}

func (v *valueChecker) discriminated(s *Schema, n *yaml.Node, path string) {
	if n.Kind != yaml.MappingNode {
		v.fail(n, path, "%s is not an object", syntax.KindOf(n))
		return
	}
	var values []string
	for _, variant := range s.Variants {
		values = append(values, variant.Values...)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if syntax.Target(n.Content[i]).Value != s.Discriminator {
			continue
		}
		text := syntax.Target(n.Content[i+1])
		for _, variant := range s.Variants {
			if scalarKind(text) == KindString && slices.Contains(variant.Values, text.Value) {
				v.value(variant.Schema, n, path)
				return
			}
		}
		v.fail(text, path+"."+s.Discriminator, "%s is none of %s", syntax.KindOf(text), strings.Join(values, ", ")).DidYouMean(text.Value, values)
		return
	}
	v.fail(n, path, "field %q is missing", s.Discriminator)
}

// any writes a value that no schema describes.
func (v *valueChecker) any(n *yaml.Node) {
	n = syntax.Target(n)
	switch n.Kind {
	case yaml.MappingNode:
		v.object(&Schema{Kind: KindObject}, n, "")
	case yaml.SequenceNode:
		v.array(&Schema{Kind: KindArray}, n, "")
	default:
		l, problem, _ := parseLiteral(scalarKind(n), n)
		if problem == "" && l.JSON != "" {
			v.json.WriteString(l.JSON)
			return
		}
		v.json.WriteString("null")
	}
}

// canonicalJSON writes a value so that two that are the same in JSON are the same text.
func canonicalJSON(n *yaml.Node) string {
	n = syntax.Target(n)
	switch n.Kind {
	case yaml.MappingNode:
		var fields []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			fields = append(fields, syntax.Quote(syntax.Target(n.Content[i]).Value)+":"+canonicalJSON(n.Content[i+1]))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ",") + "}"
	case yaml.SequenceNode:
		items := make([]string, len(n.Content))
		for i, item := range n.Content {
			items[i] = canonicalJSON(item)
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	l, problem, _ := parseLiteral(scalarKind(n), n)
	switch {
	case problem != "":
		return syntax.Quote(n.Value)
	case l.Num != nil:
		return l.Num.Rat.RatString()
	case l.JSON == "":
		return "null"
	}
	return l.JSON
}
