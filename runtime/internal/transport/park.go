package transport

// Park ends reading without an end of the connection: the calling goroutine, which is the reading one, gives c up, and
// resume is called once, on a goroutine of its own that is the reading one from then on, when bytes, an end or an error
// arrive, at a Wake, and at a CutOff. Meanwhile nobody reads, no goroutine waits, and writing goes on as ever.
//
// False: c is not parked, and the caller goes on reading; another time it may be. That is so where something waits to
// be read or to be done, perhaps in a protocol between the socket and us: there the last Receive must have waited for
// the socket when Wake ended it. And it is so where CanPark says no.
//
// Whoever parked must not touch what the reading goroutine owns after true: the next one may be at it already.
func (c *Conn) Park(resume func()) bool {
	if !c.empty() {
		return false
	}
	c.first = nil
	c.state.And(^uint32(stateDue))
	c.resume = resume
	if !c.register() { // after it an event may set stateDue
		return false
	}
	for {
		s := c.state.Load()
		if s&(stateWoken|stateCut|stateBroken|stateDue) != 0 {
			c.unregister()
			return false
		}
		// Whoever sets one of these bits later finds stateParked beside it, and unparks.
		if c.state.CompareAndSwap(s, s|stateParked) {
			return true
		}
	}
}

// empty reports whether nothing is known to be unread on this side of the socket.
func (c *Conn) empty() bool {
	switch {
	case c.in.buf != nil:
		return false
	case c.raw == nil:
		return c.waited
	default:
		return c.raw.pending == nil && c.raw.ended == nil // else it has to be reported, and comes no second time
	}
}

// Parked reports whether no goroutine reads, at this moment.
func (c *Conn) Parked() bool { return c.state.Load()&stateParked != 0 }

// unpark starts the reading goroutine of a parked connection. Of many that call it at a time, one does.
func (c *Conn) unpark() {
	if c.state.And(^uint32(stateParked))&stateParked != 0 {
		go c.takeUp()
	}
}

// takeUp is the beginning of a reading goroutine.
func (c *Conn) takeUp() {
	c.unregister()
	c.resume()
}
