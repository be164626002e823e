package spec

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/fileset"
)

// TestNullOfDefinition moves null from a definition to those who refer to it.
func TestNullOfDefinition(t *testing.T) {
	definition := &Payload{Name: "a.json#/$defs/Maybe", Definition: true, Schema: &Schema{Kind: KindString, Nullable: true}}
	alias := &Payload{Name: "a.json#/$defs/Alias", Definition: true, Schema: &Schema{Kind: KindRef, Ref: definition, draft: new(schemaDraft)}}
	field := &Schema{Kind: KindRef, Ref: alias}
	variant := &Variant{Schema: &Schema{Kind: KindRef, Ref: alias, draft: new(schemaDraft)}}
	union := &Schema{Kind: KindUnion, Variants: []*Variant{variant, {Schema: &Schema{Kind: KindInteger}}}}
	whole := &Payload{Name: "Whole", Schema: &Schema{Kind: KindObject, Properties: []*Property{{Name: "a", Schema: field}, {Name: "b", Schema: union}}}}
	d := &decoder{Set: fileset.New("", nil, nil, nil), file: &File{Payloads: []*Payload{whole, definition, alias}}}
	d.settleAll()
	if len(d.Found) > 0 {
		t.Fatal(d.Found[0])
	}
	if !field.Nullable || definition.Schema.Nullable || alias.Schema.Nullable {
		t.Errorf("field %v, definition %v, alias %v", field.Nullable, definition.Schema.Nullable, alias.Schema.Nullable)
	}
	if !union.Nullable || variant.Schema.Nullable || variant.Schema.Ref != definition {
		t.Errorf("union %v, variant %v of %s", union.Nullable, variant.Schema.Nullable, variant.Schema.Ref.Name)
	}
}
