package splice

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// marker starts the comment that ties a method to a topic, an auth method or an event of the spec.
const marker = "//mqttx:"

// orphans finds the methods that are tied to nothing: those with a //mqttx: comment that nothing asks for, those that take
// a type which is gone, and those that look as if they were for an auth method.
func (h *handler) orphans(missing []Method) []Orphan {
	wanted := map[string]bool{}
	for _, m := range append(append([]Method(nil), h.target.Methods...), h.target.Optional...) {
		wanted[m.Name] = true
	}
	var found []Orphan
	for _, m := range h.methods {
		name := m.decl.Name.Name
		if wanted[name] {
			continue
		}
		kind, key := marked(m.decl.Doc)
		switch {
		case kind != "":
		case h.takesGone(m):
			kind = topicKind
		case h.likeAuth(m) && h.nearest(name, missing) == "" && h.ofOtherKind(name) == nil:
			kind = authKind
		default:
			continue
		}
		found = append(found, Orphan{
			Method: name, Kind: kind, Key: key, Pos: m.pos, End: h.pkg.position(m.decl.End()).Line,
			Like: h.nearest(name, missing), Served: h.serving(kind, key),
		})
	}
	return pair(found, missing)
}

// pair takes the only missing method of a kind for the new name of the only orphan of that kind.
func pair(orphans []Orphan, missing []Method) []Orphan {
	for _, kind := range []string{topicKind, authKind, eventKind} {
		at, of := -1, 0
		for i, o := range orphans {
			if o.Kind == kind && o.Served == "" {
				at, of = i, of+1
			}
		}
		fit := slices.DeleteFunc(slices.Clone(missing), func(m Method) bool { return !strings.HasPrefix(m.Marker, kind+" ") })
		if of == 1 && len(fit) == 1 {
			orphans[at].Like = fit[0].Name
		}
	}
	return orphans
}

// serving names the method of the interface that is for a key of the spec; "" if the spec does not have it.
func (h *handler) serving(kind, key string) string {
	for _, m := range h.target.Methods {
		if key != "" && m.Marker == kind+" "+key {
			return m.Name
		}
	}
	return ""
}

// The kinds of a marker.
const (
	topicKind = "topic"
	authKind  = "auth"
	eventKind = "event"
)

// marked reads kind and key from a //mqttx:topic, //mqttx:auth or //mqttx:event comment.
func marked(doc *ast.CommentGroup) (kind, key string) {
	if doc == nil {
		return "", ""
	}
	for _, c := range doc.List {
		rest, ok := strings.CutPrefix(strings.TrimRight(c.Text, " \t\r"), marker)
		kind, key, _ = strings.Cut(rest, " ")
		if ok && (kind == topicKind || kind == authKind || kind == eventKind) && key != "" {
			return kind, strings.TrimSpace(key)
		}
	}
	return "", ""
}

// likeAuth says whether m has a name and a signature such as methods for auth methods have.
func (h *handler) likeAuth(m *method) bool {
	return strings.HasPrefix(m.decl.Name.Name, "Authenticate") && slices.ContainsFunc(h.target.Methods, func(want Method) bool {
		return strings.HasPrefix(want.Marker, authKind+" ") && h.sameList(m.in, m.decl.Type.Params, want.paramTypes()) == same
	})
}

// takesGone says whether a parameter of m is a generated type that is gone.
func (h *handler) takesGone(m *method) bool {
	if h.target.Gone == nil {
		return false
	}
	gen := h.target.Interface
	for _, f := range m.decl.Type.Params.List {
		switch t := typeName(f.Type).(type) {
		case *ast.SelectorExpr:
			base, ok := t.X.(*ast.Ident)
			if ok && m.in.pathOf(base.Name, gen) == gen.Path && h.target.Gone(t.Sel.Name) {
				return true
			}
		case *ast.Ident:
			here := gen.Path == h.target.Path || importedAs(m.in.file, gen.Path, ".")
			if here && h.scope[t.Name] == nil && h.target.Gone(t.Name) {
				return true
			}
		}
	}
	return false
}

// nearMisses finds methods whose name is almost that of one which is missing or optional. The first breaks nothing,
// since a stub is added; the second would never be called, which nothing else would tell.
func (h *handler) nearMisses(missing []Method, orphans []Orphan) []Problem {
	skip := map[string]bool{}
	for _, m := range append(append([]Method(nil), h.target.Methods...), h.target.Optional...) {
		skip[m.Name] = true
	}
	for _, o := range orphans {
		skip[o.Method] = true
	}
	var out []Problem
	for _, m := range h.methods {
		name := m.decl.Name.Name
		if skip[name] {
			continue
		}
		if want := h.ofOtherKind(name); want != nil {
			out = append(out, Problem{
				Pos: m.pos, Severity: Warning,
				Message: fmt.Sprintf("%s is never called: auth method %q asks %s", name, strings.TrimPrefix(want.Marker, authKind+" "), want.Name),
				Hint:    "wanted: func " + h.wantedSignature(m.in, *want),
			})
		} else if like := h.nearest(name, missing); like != "" {
			out = append(out, Problem{
				Pos: m.pos, Severity: Warning,
				Message: fmt.Sprintf("%s is never called", name),
				Hint:    fmt.Sprintf("did you mean %s? A stub of that name was added", like),
			})
		} else if like := h.nearOptional(name); like != "" {
			out = append(out, Problem{
				Pos: m.pos, Severity: Error,
				Message: fmt.Sprintf("%s is never called", name),
				Hint:    fmt.Sprintf("did you mean %s?", like),
			})
		}
	}
	return out
}

// authPrefixes begin the names of methods for auth methods, one for each kind of exchange.
var authPrefixes = []string{"Authenticate", "Scram", "Auth"}

// ofOtherKind returns the method of the interface that is for the auth method which a name speaks of, where that one authenticates
// in another way: ScramMeter for AuthenticateMeter.
func (h *handler) ofOtherKind(name string) *Method {
	for i, want := range h.target.Methods {
		if !strings.HasPrefix(want.Marker, authKind+" ") {
			continue
		}
		for _, prefix := range authPrefixes {
			rest, ok := strings.CutPrefix(want.Name, prefix)
			if !ok {
				continue
			}
			if slices.ContainsFunc(authPrefixes, func(other string) bool { return strings.EqualFold(name, other+rest) }) {
				return &h.target.Methods[i]
			}
			break
		}
	}
	return nil
}

// nearOptional looks for an optional method that the handler does not have yet and that name misses by one letter or
// by upper and lower case.
func (h *handler) nearOptional(name string) string {
	for _, m := range h.target.Optional {
		if have, _ := h.method(m.Name); have != nil {
			continue
		}
		if strings.EqualFold(name, m.Name) || h.distance(name, m.Name) == 1 {
			return m.Name
		}
	}
	return ""
}

// nearest returns the method that name most likely stands for: the same letters in upper or lower case, or at most
// two letters added, left out, changed or swapped.
func (h *handler) nearest(name string, list []Method) string {
	best, at := "", 3
	for _, m := range list {
		d := h.distance(name, m.Name)
		if strings.EqualFold(name, m.Name) {
			d = 0
		}
		if d < at {
			best, at = m.Name, d
		}
	}
	return best
}

// distance asks the Target; without an answer, no two names are near each other.
func (h *handler) distance(a, b string) int {
	if h.target.Distance == nil {
		return len(a) + len(b)
	}
	return h.target.Distance(a, b)
}
