package payload

import "time"

// The functions of this file are for the packages of other encodings, whose errors are like those of JSON.

// Quote returns a text as errors show it: in quotes, and cut where it is long.
func Quote(text string) string { return shorten(text) }

// Field returns the path of a field of the document: its name, in brackets and quotes where it could be taken for a path.
func Field(name string) string { return field(name) }

// Join puts the path of a value and that of a part of it together.
func Join(path, rest string) string { return join(path, rest) }

// DateTimeText reads a text in the form of RFC 3339.
func DateTimeText(text []byte) (time.Time, bool) { return parseDateTime(text) }
