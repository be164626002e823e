// Package item is what MessagePack and CBOR have in common: a document is one item, and each item begins with a head that
// says its kind and how long it is, or how many items lie in it. The packages msgpack and cbor give it their heads.
package item

// Kind is the kind of an item.
type Kind uint8

// The kinds of items.
const (
	Invalid   Kind = iota // no item begins like this
	Short                 // the document ends within the head
	Uint                  // Head.N
	Negative              // -1 - Head.N
	Float32               // the bits of a float64 in Head.N, which came as 32 bits or fewer
	Float64               // the bits of a float64 in Head.N
	Bool                  // Head.N is 1 for true
	Null                  // also undefined
	Text                  // of Head.N bytes
	Bytes                 // of Head.N bytes
	Array                 // of Head.N items
	Map                   // of Head.N pairs of items
	Tag                   // Head.N is its number; the item that it belongs to follows
	Extension             // of Head.N bytes; Head.Type is its type
	End                   // of an item whose length its head did not tell
)

// Head is the beginning of an item. It has no more than four fields: so it travels in registers.
type Head struct {
	Kind Kind
	Type int8 // of an Extension; Open for a Text, Bytes, Array or Map
	Size int  // of the head itself, in bytes
	N    uint64
}

// Open as the Type of a head says that its length is not told: chunks, items or pairs follow until End.
const Open = 1

func (h Head) open() bool { return h.Type == Open }

// Format is what tells encodings apart.
type Format struct {
	Name string // for errors: "CBOR"
	Head func(b []byte) Head

	// Texts shorter than Shorts have a head of one byte, which is Short and their length. Most names are that short.
	Short, Shorts byte
}

// Number returns the n bytes behind the first of b as a number, most significant byte first; not ok if they are not there.
func Number(b []byte, n int) (u uint64, ok bool) {
	if len(b) <= n {
		return 0, false
	}
	for _, c := range b[1 : 1+n] {
		u = u<<8 | uint64(c)
	}
	return u, true
}
