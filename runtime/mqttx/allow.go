package mqttx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/listen"
)

// errNoMethods is why a server without auth methods is not reached from other
// machines.
var errNoMethods = errors.New("the server has no auth methods, so everybody who reaches the address could get in: " +
	"name those of its Handler in Options.AuthMethods, or \"anonymous\" there where that is meant; loopback and unix sockets need none")

// Allow is l for clients of some auth methods only, by the names that the spec
// and [Options].AuthMethods have for them:
//
//	mqttx.Allow(mqttx.TCP("127.0.0.1:1883"), fleet.MethodLab),
//	mqttx.Allow(mqttx.TLS(":8883", config), fleet.MethodDevice, fleet.MethodOperator),
//
// A CONNECT that another method decides on is refused with NotAuthorized, one
// with another Authentication Method with BadAuthenticationMethod. Allow may stand
// around any Listener and within [Proxied]. A net.Listener of the program's own
// that stands around what Listen returns must have a method Unwrap() net.Listener:
// without it the server does not see the rule, and Serve returns an error. Connections that the program hands
// to ServeConn itself, as websocket.Handler does, may use all methods.
func Allow(l Listener, methods ...string) Listener {
	methods = slices.Clone(methods)
	return ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		if len(methods) == 0 {
			return nil, errors.New("a listener allows no auth method; name those that it takes")
		}
		nl, err := l.Listen(ctx)
		if err != nil {
			return nil, err
		}
		return listen.NewAllowed(nl, methods), nil
	})
}

// rules says what the server keeps to with connections of nl, and refuses a
// listener that it may not serve.
func (s *Server) rules(nl net.Listener) (listen.Rules, error) {
	rules, known := listen.RulesOf(nl), s.options.AuthMethods
	switch {
	case len(known) == 0 && !rules.Certified && listen.Exposed(nl.Addr()):
		return rules, fmt.Errorf("%v: %w", nl.Addr(), errNoMethods)
	case rules.Methods == nil:
		return rules, nil
	case len(known) == 0:
		return rules, fmt.Errorf("%v allows %s, and the server has no auth methods; name those of its Handler in Options.AuthMethods",
			nl.Addr(), strings.Join(rules.Methods, ", "))
	case len(rules.Methods) == 0:
		return rules, fmt.Errorf("%v allows no auth method: two rules of Allow leave none", nl.Addr())
	}
	for _, m := range rules.Methods {
		if !slices.Contains(known, m) {
			return rules, fmt.Errorf("%v allows auth method %q, which the server does not have; %s", nl.Addr(), m, suggest(m, known))
		}
	}
	return rules, nil
}

// suggest says what was meant by a name that is not known.
func suggest(name string, known []string) string {
	near := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
	if distance(name, near) <= 1+len(name)/4 {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "it has " + strings.Join(known, ", ")
}

// distance is how many letters have to be put in, left out or changed to make b
// of a; case does not count.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, last+1)
		}
	}
	return row[len(b)]
}
