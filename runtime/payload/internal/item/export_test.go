package item

// SkipValue reads over any value.
func (d *Decoder) SkipValue() { d.skip() }
