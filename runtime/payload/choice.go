package payload

import "bytes"

// FieldText returns the value of a field of a JSON object as text: that of a string without its quotes, of any other value
// as it is written. It reads no further than that field. The bytes are valid for as long as document is.
func FieldText(document []byte, field string) ([]byte, error) {
	var d Decoder
	d.Reset(document)
	for name := d.Object(); name != nil; name = d.Next() {
		if string(name) != field {
			d.skip()
			continue
		}
		quoted := d.token() == '"'
		start := d.pos
		d.skip()
		if d.err != nil {
			return nil, d.err
		}
		switch value := document[start:d.pos]; {
		case !quoted:
			return value, nil
		case bytes.IndexByte(value, '\\') < 0:
			return value[1 : len(value)-1], nil
		default:
			return []byte(unquote(value)), nil
		}
	}
	if d.err != nil {
		return nil, d.err
	}
	return nil, &Error{field, "is missing"}
}
