package payload

// SkipValue reads over any value.
func (d *Decoder) SkipValue() { d.skip() }
