package breaking

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// auth compares who is let in. A method's name is not seen on the wire: what has the same credential is the same method.
func (c *comparer) auth() {
	c.methods = map[string]string{}
	found := make([]*spec.Auth, len(c.old.Auth))
	for i, a := range c.old.Auth {
		found[i] = c.counterpart(a)
		switch b := found[i]; {
		case b == nil:
			c.add(Finding{
				Code: "MQX211", Pos: a.Pos, Gone: true, From: string(a.Method), Breaks: clientsOf(a),
				Message: fmt.Sprintf("auth method %q is gone; it was %s", a.Name, credential(a)),
			})
		default:
			c.methods[a.Name] = b.Name
			c.authMethod(a, b)
		}
	}
	c.authOrder(found)
}

func clientsOf(a *spec.Auth) string { return fmt.Sprintf("clients of auth method %q", a.Name) }

// credential says what a client shows.
func credential(a *spec.Auth) string {
	if a.Exchange != "" {
		return fmt.Sprintf("%s (%s)", a.Method, a.Exchange)
	}
	return string(a.Method)
}

func sameCredential(a, b *spec.Auth) bool { return a.Method == b.Method && a.Exchange == b.Exchange }

// counterpart finds the method of the new spec that decides about the clients of a: of the same credential, or else of the
// same name.
func (c *comparer) counterpart(a *spec.Auth) *spec.Auth {
	var named *spec.Auth
	for _, b := range c.now.Auth {
		if b.Name == a.Name {
			named = b
		}
	}
	if named != nil && sameCredential(a, named) {
		return named
	}
	for _, b := range c.now.Auth {
		taken := slices.ContainsFunc(c.old.Auth, func(o *spec.Auth) bool { return o.Name == b.Name && sameCredential(o, b) })
		if sameCredential(a, b) && !taken {
			return b
		}
	}
	return named
}

// authMethod compares what one method asks of its clients.
func (c *comparer) authMethod(a, b *spec.Auth) {
	what := fmt.Sprintf("auth method %q: ", b.Name)
	if !sameCredential(a, b) {
		c.changed("MQX212", b.Pos, what+"credential", credential(a), credential(b), clientsOf(a))
		return
	}
	if a.In != b.In {
		c.changed("MQX212", b.Pos, what+"field of the token", orWord(a.In, "password"), orWord(b.In, "password"), clientsOf(a))
	}
	if b.ClientID != "" && a.ClientID != b.ClientID {
		c.changed("MQX212", b.Pos, what+"client_id", orWord(string(a.ClientID), "anything"), string(b.ClientID), clientsOf(a))
	}
	var gone []string
	for _, name := range a.Algorithms {
		if !slices.Contains(b.Algorithms, name) {
			gone = append(gone, name)
		}
	}
	if gone != nil {
		c.changed("MQX212", b.Pos, what+"algorithm "+strings.Join(gone, ", "), allowed, "", "clients with such tokens of "+fmt.Sprintf("auth method %q", a.Name))
	}
	c.claims(a, b)
}

// claims compares what tokens have to say.
func (c *comparer) claims(a, b *spec.Auth) {
	if b.Claims == nil {
		return
	}
	from := &spec.Schema{Kind: spec.KindObject}
	if a.Claims != nil {
		from = a.Claims.Schema
	}
	d := newDiffer(false) // tokens hold other claims at all times
	d.compare(from, b.Claims.Schema)
	for _, diff := range d.out {
		c.changed("MQX214", place(diff, false, b.Pos), fmt.Sprintf("auth method %q: claims: %s", b.Name, diff.what), diff.aIs, diff.bIs, clientsOf(a))
	}
}

// authOrder looks for two methods of which a client may show both credentials: the first of them decides alone.
func (c *comparer) authOrder(found []*spec.Auth) {
	for i, a := range c.old.Auth {
		for j, b := range c.old.Auth[i+1:] {
			x, y := found[i], found[i+1+j]
			if x == nil || y == nil || x == y || !both(a, b) || !both(x, y) {
				continue
			}
			if slices.Index(c.now.Auth, x) > slices.Index(c.now.Auth, y) {
				c.changed("MQX213", y.Pos, fmt.Sprintf("the order of auth methods %q and %q", x.Name, y.Name), x.Name+" first", y.Name+" first",
					"clients that show both credentials")
			}
		}
	}
}

// both says whether a client may show the credentials of two methods at once.
func both(a, b *spec.Auth) bool {
	for _, m := range []spec.Method{a.Method, b.Method} {
		if m != spec.MethodPassword && m != spec.MethodMTLS && m != spec.MethodJWT {
			return false
		}
	}
	return true
}
