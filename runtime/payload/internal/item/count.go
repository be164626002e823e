package item

// Count returns how many of its arguments are true.
func Count(set []bool) (n int) {
	for _, s := range set {
		if s {
			n++
		}
	}
	return n
}
