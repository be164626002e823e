package gen

import (
	"fmt"
	"go/types"
	"strings"
)

// index lists what Go code can use of one version of the generated package.
type index struct {
	byKey map[string]entry
	keys  map[types.Object]string
}

type entry struct {
	what string // "field Battery of Reading"
	typ  string
}

func newIndex(p *types.Package) *index {
	x := &index{byKey: map[string]entry{}, keys: map[types.Object]string{}}
	if p == nil {
		return x
	}
	for _, name := range p.Scope().Names() {
		obj := p.Scope().Lookup(name)
		switch obj := obj.(type) {
		case *types.TypeName:
			x.add(obj, name, "type "+name, "declared")
			x.addType(obj, name)
		case *types.Const:
			x.add(obj, name, "constant "+name, typeText(obj))
		case *types.Func:
			x.add(obj, name, "function "+name, typeText(obj))
		case *types.Var:
			x.add(obj, name, "variable "+name, typeText(obj))
		}
	}
	return x
}

func (x *index) add(obj types.Object, key, what, typ string) {
	x.byKey[key] = entry{what, typ}
	x.keys[obj] = key
}

func (x *index) addType(obj *types.TypeName, name string) {
	switch t := obj.Type().Underlying().(type) {
	case *types.Struct:
		for f := range t.Fields() {
			x.add(f, name+"."+f.Name(), "field "+f.Name()+" of "+name, typeText(f))
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			x.add(m, name+"."+m.Name(), "method "+m.Name()+" of "+name, typeText(m))
		}
	}
	if named, ok := obj.Type().(*types.Named); ok {
		for m := range named.Methods() {
			x.add(m, name+"."+m.Name(), "method "+m.Name()+" of "+name, typeText(m))
		}
	}
}

// typeText writes the type of an object as the generated package does.
func typeText(obj types.Object) string {
	text := types.TypeString(obj.Type(), func(p *types.Package) string {
		if p == obj.Pkg() {
			return ""
		}
		return p.Name()
	})
	return strings.TrimPrefix(text, "func")
}

// changeOf says what became of an object of this version in the next; "" if it is the same.
func (x *index) changeOf(obj types.Object, next *index) string {
	key := x.keys[obj]
	was, ok := x.byKey[key]
	if !ok {
		return ""
	}
	now, there := next.byKey[key]
	switch {
	case there && now.typ == was.typ:
		return ""
	case there:
		return fmt.Sprintf("%s was %s and is %s now", was.what, was.typ, now.typ)
	}
	text := fmt.Sprintf("%s was %s and is gone", was.what, was.typ)
	if fresh := x.fresh(key, next); len(fresh) > 0 {
		text += "; new there: " + strings.Join(fresh, ", ")
	}
	return text
}

// fresh names the fields that a struct has only in the next version.
func (x *index) fresh(key string, next *index) []string {
	typ, _, field := strings.Cut(key, ".")
	if !field {
		return nil
	}
	var list []string
	for _, k := range sortedKeys(next.byKey) {
		name, ok := strings.CutPrefix(k, typ+".")
		if _, old := x.byKey[k]; ok && !old && strings.HasPrefix(next.byKey[k].what, "field ") {
			list = append(list, name)
		}
	}
	return list
}
