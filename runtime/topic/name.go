package topic

import "unicode/utf8"

// MaxBytes is the length of the longest topic name or filter, in bytes of
// UTF-8 [MQTT-4.7.3-3].
const MaxBytes = 65535

// ValidName reports whether name is a topic name: 1 to 65,535 bytes of UTF-8
// without U+0000 and without a wildcard [MQTT-3.3.2-2], [MQTT-4.7.3-1],
// [MQTT-4.7.3-2].
func ValidName[T string | []byte](name T) bool {
	if len(name) == 0 || len(name) > MaxBytes {
		return false
	}
	ascii := true
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == 0 || c == '+' || c == '#':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(string(name))
}

// ValidFilter reports whether filter is a topic filter: 1 to 65,535 bytes of
// UTF-8 without U+0000, where # is the whole last level and + is the whole of
// any level [MQTT-4.7.1-1], [MQTT-4.7.1-2]. A shared subscription's filter is
// judged without its $share/name/ part: see SplitShare.
func ValidFilter[T string | []byte](filter T) bool {
	if len(filter) == 0 || len(filter) > MaxBytes {
		return false
	}
	for i := 0; i < len(filter); i++ {
		switch filter[i] {
		case 0:
			return false
		case '+':
			if !startsLevel(filter, i) || !endsLevel(filter, i) {
				return false
			}
		case '#':
			if !startsLevel(filter, i) || i != len(filter)-1 {
				return false
			}
		}
	}
	return utf8.ValidString(string(filter))
}

func startsLevel[T string | []byte](filter T, i int) bool { return i == 0 || filter[i-1] == '/' }

func endsLevel[T string | []byte](filter T, i int) bool {
	return i == len(filter)-1 || filter[i+1] == '/'
}

// HasWildcard reports whether a valid filter holds + or #.
func HasWildcard(filter string) bool {
	for i := 0; i < len(filter); i++ {
		if filter[i] == '+' || filter[i] == '#' {
			return true
		}
	}
	return false
}

const sharePrefix = "$share/"

// SplitShare takes the filter of a shared subscription apart: "$share/g/a/+"
// gives "g" and "a/+". For any other filter share is empty and rest is the
// filter. ok is false where a filter starts with $share/ and is not well
// formed [MQTT-4.8.2-1], [MQTT-4.8.2-2].
func SplitShare(filter string) (share, rest string, ok bool) {
	if len(filter) < len(sharePrefix) || filter[:len(sharePrefix)] != sharePrefix {
		return "", filter, true
	}
	name := filter[len(sharePrefix):]
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '+', '#':
			return "", "", false
		case '/':
			share, rest = name[:i], name[i+1:]
			return share, rest, share != "" && rest != ""
		}
	}
	return "", "", false
}

// Match reports whether a valid filter matches a valid topic name. A filter
// that starts with a wildcard matches no name that starts with $
// [MQTT-4.7.2-1].
func Match(filter, name string) bool {
	if name[0] == '$' && (filter[0] == '+' || filter[0] == '#') {
		return false
	}
	for {
		f, moreFilter := cutLevel(&filter)
		if f == "#" {
			return true
		}
		n, moreName := cutLevel(&name)
		if f != "+" && f != n {
			return false
		}
		switch {
		case !moreFilter && !moreName:
			return true
		case !moreName:
			return filter == "#" // sport/# matches sport
		case !moreFilter:
			return false
		}
	}
}

// cutLevel takes the first level off s and reports whether levels are left.
func cutLevel(s *string) (level string, more bool) {
	for i := 0; i < len(*s); i++ {
		if (*s)[i] == '/' {
			level, *s = (*s)[:i], (*s)[i+1:]
			return level, true
		}
	}
	level, *s = *s, ""
	return level, false
}
