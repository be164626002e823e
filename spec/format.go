package spec

import "slices"

// formats is the formats of each kind.
var formats = map[Kind][]string{
	KindString: {
		string(FormatDateTime), string(FormatDate), string(FormatTime), string(FormatDuration), string(FormatUUID), string(FormatByte),
		string(FormatIPv4), string(FormatIPv6), string(FormatURI), string(FormatEmail),
	},
	KindInteger: {string(FormatInt32), string(FormatInt64), string(FormatUint32), string(FormatUint64)},
	KindNumber:  {string(FormatFloat), string(FormatDouble)},
}

func (d *decoder) formatKeyword(s *schemaDraft, e entry) {
	for _, kind := range []Kind{KindString, KindInteger, KindNumber} {
		if kind != s.Kind && slices.Contains(formats[kind], e.value.Value) {
			d.Fail("MQX044", d.Pos(e.value), "format %q does not belong to type %s, in schema %s", e.value.Value, s.Kind, s.Path).
				Hint("%q belongs to type %s", e.value.Value, kind)
			return
		}
	}
	if instead, ok := foreignFormats[e.value.Value]; ok {
		d.Fail("MQX050", d.Pos(e.value), "format %q is not supported, in schema %s", e.value.Value, s.Path).Hint("%s", instead)
		return
	}
	if word, ok := d.oneOf(e, formats[s.Kind]); ok {
		s.Format = Format(word)
	}
}
