package fileset

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// Pointer is a JSON pointer (RFC 6901), taken apart.
type Pointer []string

// ParsePointer reads the fragment of a URI, behind its #.
func ParsePointer(fragment string) (Pointer, bool) {
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
	p := Pointer(strings.Split(rest, "/"))
	for i, token := range p {
		p[i] = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	return p, true
}

// String writes the pointer with # in front.
func (p Pointer) String() string {
	var b strings.Builder
	b.WriteByte('#')
	for _, token := range p {
		b.WriteString("/" + strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

// Spot is a value in a file, and how to get there.
type Spot struct {
	Source    *Source
	Key, Node *yaml.Node // the key is the value itself where there is none
	At        Pointer    // from the Top of the file
}

// Step goes one further; false if there is no such value.
func (s Spot) Step(token string) (Spot, bool) {
	next := Spot{Source: s.Source, At: append(s.At[:len(s.At):len(s.At)], token)}
	switch s.Node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(s.Node.Content); i += 2 {
			if key := syntax.Target(s.Node.Content[i]); key.Value == token {
				next.Key, next.Node = key, syntax.Target(s.Node.Content[i+1])
				return next, true
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(s.Node.Content) {
			next.Node = syntax.Target(s.Node.Content[i])
			next.Key = next.Node
			return next, true
		}
	}
	return Spot{}, false
}

// Names returns what Step could go to.
func (s Spot) Names() []string {
	var names []string
	if s.Node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(s.Node.Content); i += 2 {
			names = append(names, syntax.Target(s.Node.Content[i]).Value)
		}
	}
	return names
}

// Top is the whole of a file.
func (s *Source) Top() Spot { return Spot{Source: s, Key: s.Root, Node: s.Root} }

// Outwards returns the values around a node, the innermost first.
func (s *Source) Outwards(n *yaml.Node) []Spot {
	if s.Parents == nil {
		s.Parents = map[*yaml.Node]*yaml.Node{}
		s.adopt(s.Root)
	}
	var way []*yaml.Node // from the Top
	for ; n != s.Root && n != nil; n = s.Parents[n] {
		way = append(way, n)
	}
	slices.Reverse(way)
	at := s.Top()
	spots := []Spot{at}
	for _, next := range way {
		at = at.child(next)
		spots = append(spots, at)
	}
	slices.Reverse(spots)
	return spots
}

func (s *Source) adopt(n *yaml.Node) {
	for _, child := range n.Content {
		s.Parents[child] = n
		s.adopt(child)
	}
}

// child goes to a node that lies in s.
func (s Spot) child(n *yaml.Node) Spot {
	i := slices.Index(s.Node.Content, n)
	token := strconv.Itoa(i)
	key := n
	if s.Node.Kind == yaml.MappingNode {
		key = syntax.Target(s.Node.Content[i&^1])
		token = key.Value
	}
	return Spot{Source: s.Source, Key: key, Node: n, At: append(s.At[:len(s.At):len(s.At)], token)}
}

// String is the place for messages: "schemas/command.json#/$defs/Point".
func (s Spot) String() string {
	if len(s.At) == 0 {
		return s.Source.PosFile()
	}
	return s.Source.PosFile() + s.At.String()
}
