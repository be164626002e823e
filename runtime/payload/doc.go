// Package payload reads and writes the JSON of application messages: it is what generated codecs call. It has a lexer,
// [Decoder], functions that append values to a byte slice, the errors of schema checks, [Opt] for optional fields, [Null]
// for values that may be null, and the types of formats that the standard library has none for.
//
// The grammar is that of RFC 8259, strictly. Beyond it: strings are valid UTF-8, and their escapes too; the names of an
// object's fields are distinct; nesting goes to [MaxDepth]; 1.0 and 1e2 are integers; integers of 64 bits are exact.
//
// Nothing here reflects, and reading allocates for strings and arrays only. An error names the place in the document,
// such as "points[3].lat: 95 is more than 90"; the path is worked out only once there is an error.
//
// Two items of an array with uniqueItems are equal if they are once they have been read: the same time in two zones is
// there twice, and so are objects that differ only in fields that their schema does not name.
package payload
