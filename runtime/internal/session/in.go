package session

// In is the inbound half of a session: the QoS 2 messages whose PUBREL is
// still to come (MQTT 5.0 section 4.3.3). Owned by the read loop; survives the
// connection. The zero value is ready, and a client that sends no QoS 2
// message owns no map.
type In struct {
	// received has the connection on which each came.
	received   map[uint16]uint32
	connection uint32
	open       int // how many came on this connection
}

// Begin is the start of a connection: what came on those before does not count
// against its Receive Maximum (section 4.9).
func (in *In) Begin() { in.connection, in.open = in.connection+1, 0 }

// Receive notes a QoS 2 PUBLISH and reports whether it is new: a repeated one
// is acknowledged and not delivered again [MQTT-4.3.3-10].
func (in *In) Receive(id uint16) (first bool) {
	if _, ok := in.received[id]; ok {
		return false
	}
	if in.received == nil {
		in.received = make(map[uint16]uint32)
	}
	in.received[id] = in.connection
	in.open++
	return true
}

// Knows reports whether a QoS 2 message of this identifier awaits its PUBREL.
func (in *In) Knows(id uint16) bool {
	_, ok := in.received[id]
	return ok
}

// Release takes the PUBREL and reports whether the identifier was known.
func (in *In) Release(id uint16) bool {
	connection, known := in.received[id]
	if known && connection == in.connection {
		in.open--
	}
	delete(in.received, id)
	return known
}

// Open returns how many QoS 2 messages of this connection await their PUBREL:
// what counts against the Receive Maximum that the server granted.
func (in *In) Open() int { return in.open }
