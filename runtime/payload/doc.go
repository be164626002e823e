// Package payload reads and writes the JSON of application messages: it is what generated codecs call. It has a lexer,
// [Decoder], functions that append values to a byte slice, the errors of schema checks, and [Opt] for optional fields.
//
// The grammar is that of RFC 8259, strictly. Beyond it: strings are valid UTF-8, and their escapes too; the names of an
// object's fields are distinct; nesting goes to [MaxDepth]; 1.0 and 1e2 are integers; integers of 64 bits are exact.
//
// Nothing here reflects, and reading allocates for strings and arrays only. An error names the place in the document,
// such as "points[3].lat: 95 is more than 90"; the path is worked out only once there is an error.
package payload
