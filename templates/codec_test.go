package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// methods returns the methods that are printed for codecs: "Reading.decode".
func methods(t *testing.T, p *Package) []string {
	t.Helper()
	needed, called := operations(p)
	pr := &printer{Package: p, declared: declared(p), needed: needed, called: called, patterns: patterns(p, needed)}
	f := newFile(p)
	pr.printCodecs(f)
	source, err := render(f)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^func \(v \*?(\w+)\) (\w+)`).FindAllStringSubmatch(string(source), -1) {
		list = append(list, m[1]+"."+m[2])
	}
	slices.Sort(list)
	return list
}

// TestOnlyWhatIsUsed looks for methods that nothing calls, and for those that are needed.
func TestOnlyWhatIsUsed(t *testing.T) {
	checked := func() *Schema { return between(number(), "0", "1") }
	point := &Payload{Name: "Point", GoName: "Point", Definition: true, Schema: objectOf("Point", required("x", "X", checked()))}
	other := &Payload{Name: "Other", GoName: "Other", Definition: true, Schema: objectOf("Other", required("s", "S", &Schema{Kind: String, Pattern: "^x$"}))}
	claims := &Payload{Name: "app", GoName: "AppClaims", Schema: objectOf("AppClaims", required("at", "At", refTo(point)))}
	event := &Payload{Name: "ready", GoName: "Ready", Definition: true, Schema: objectOf("Ready", required("o", "O", refTo(other)))}
	set := &Payload{Name: "Set", GoName: "Set", Schema: unique(&Schema{Kind: Array, GoType: "Set", Items: refTo(other)})}
	remote := &Payload{Name: "Frame", GoName: "Frame", Encoding: Protobuf, Message: Type{Prefix: "*", Path: "example.com/fleetv1", Package: "fleetv1", Name: "Frame"}}
	auth := []*AuthMethod{{Name: "app", GoName: "App", Kind: AuthJWT, Claims: claims}}
	for _, tt := range []struct {
		payloads []*Payload
		want     string
	}{
		{[]*Payload{event, other}, ""},
		{[]*Payload{claims, point}, "AppClaims.DecodePayload AppClaims.check Point.check Point.decode"},
		{[]*Payload{remote}, ""},
		{[]*Payload{set, event, other}, "Other.check Other.decode Other.encode Set.AppendPayload Set.DecodePayload Set.check Set.decode Set.encode"},
	} {
		p := &Package{Name: "x", Path: "example.com/x", Auth: auth, Payloads: tt.payloads}
		if got := strings.Join(methods(t, p), " "); got != tt.want {
			t.Errorf("printed %s\nwant    %s", got, tt.want)
		}
	}
	p := &Package{Payloads: []*Payload{event, other}}
	needed, _ := operations(p)
	if got := patterns(p, needed); len(got) != 0 {
		t.Errorf("patterns that nothing checks: %q", got)
	}
	claims.Schema = objectOf("AppClaims", required("items", "Items", unique(listOf(refTo(point)))))
	p = &Package{Name: "x", Path: "example.com/x", Auth: auth, Payloads: []*Payload{claims, point}}
	if got := methods(t, p); !slices.Contains(got, "Point.encode") || slices.Contains(got, "AppClaims.encode") {
		t.Errorf("printed %s: a check that items differ writes them", got)
	}
}

// TestLimitsInDocs says in words what a schema asks.
func TestLimitsInDocs(t *testing.T) {
	for want, s := range map[string]*Schema{
		"0 to 1, a multiple of 0.1":               multiple(between(number(), "0", "1"), "0.1"),
		"at most 3 items, all different":          unique(&Schema{Kind: Array, Items: text(), MaxItems: ptr(3)}),
		"a URI, may be null":                      orNull(formatted(URI)),
		"at most 20 characters, an email address": {Kind: String, Format: Email, MaxLength: ptr(20)},
		"": text(),
	} {
		if got := limits(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	s := withDefault(between(integer(Int64), "1", "9"), "5")
	s.ReadOnly = true
	if got := strings.Join(fieldDoc(s, "X is it."), "|"); got != "X is it (1 to 9, 5 if left out, read only)." {
		t.Error(got)
	}
}
