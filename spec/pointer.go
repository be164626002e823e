package spec

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// pointer is a JSON pointer (RFC 6901), taken apart.
type pointer []string

// parsePointer reads the fragment of a URI, behind its #.
func parsePointer(fragment string) (pointer, bool) {
	if text, err := url.PathUnescape(fragment); err == nil {
		fragment = text
	}
	if fragment == "" {
		return nil, true
	}
	rest, ok := strings.CutPrefix(fragment, "/")
	if !ok {
		return nil, false
	}
	p := pointer(strings.Split(rest, "/"))
	for i, token := range p {
		p[i] = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	return p, true
}

// String writes the pointer with # in front.
func (p pointer) String() string {
	var b strings.Builder
	b.WriteByte('#')
	for _, token := range p {
		b.WriteString("/" + strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

// spot is a value in a file, and how to get there.
type spot struct {
	source    *source
	key, node *yaml.Node // the key is the value itself where there is none
	at        pointer    // from the top of the file
}

// step goes one further; false if there is no such value.
func (s spot) step(token string) (spot, bool) {
	next := spot{source: s.source, at: append(s.at[:len(s.at):len(s.at)], token)}
	switch s.node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(s.node.Content); i += 2 {
			if key := syntax.Target(s.node.Content[i]); key.Value == token {
				next.key, next.node = key, syntax.Target(s.node.Content[i+1])
				return next, true
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(s.node.Content) {
			next.node = syntax.Target(s.node.Content[i])
			next.key = next.node
			return next, true
		}
	}
	return spot{}, false
}

// names returns what step could go to.
func (s spot) names() []string {
	var names []string
	if s.node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(s.node.Content); i += 2 {
			names = append(names, syntax.Target(s.node.Content[i]).Value)
		}
	}
	return names
}

// top is the whole of a file.
func (s *source) top() spot { return spot{source: s, key: s.root, node: s.root} }

// outwards returns the values around a node, the innermost first.
func (s *source) outwards(n *yaml.Node) []spot {
	if s.parents == nil {
		s.parents = map[*yaml.Node]*yaml.Node{}
		s.adopt(s.root)
	}
	var way []*yaml.Node // from the top
	for ; n != s.root && n != nil; n = s.parents[n] {
		way = append(way, n)
	}
	slices.Reverse(way)
	at := s.top()
	spots := []spot{at}
	for _, next := range way {
		at = at.child(next)
		spots = append(spots, at)
	}
	slices.Reverse(spots)
	return spots
}

func (s *source) adopt(n *yaml.Node) {
	for _, child := range n.Content {
		s.parents[child] = n
		s.adopt(child)
	}
}

// child goes to a node that lies in s.
func (s spot) child(n *yaml.Node) spot {
	i := slices.Index(s.node.Content, n)
	token := strconv.Itoa(i)
	key := n
	if s.node.Kind == yaml.MappingNode {
		key = syntax.Target(s.node.Content[i&^1])
		token = key.Value
	}
	return spot{source: s.source, key: key, node: n, at: append(s.at[:len(s.at):len(s.at)], token)}
}
