package packet

// headName returns where the topic name is in the head of a PUBLISH.
func headName(head []byte) (from, to int) {
	at := 2
	for head[at-1] >= 0x80 {
		at++
	}
	from = at + 2
	return from, from + (int(head[at])<<8 | int(head[at+1]))
}

// HeadName returns the topic name in a PUBLISH that AppendPublishHead has written: a view.
func HeadName(head []byte) []byte {
	from, to := headName(head)
	return head[from:to]
}

// AppendAliased writes the head of an MQTT 5.0 PUBLISH again, which AppendPublishHead has written without a topic alias for a
// payload of so many bytes: with the alias, and with its topic name only where withName is set [MQTT-3.3.2-12]. So one head
// serves all receivers, and each may have its own alias. Without its name the packet is not longer where that has at least
// five bytes; with it, it is at most [AliasCost] bytes longer.
func AppendAliased(dst, head []byte, payload int, alias uint16, withName bool) []byte {
	from, to := headName(head)
	rest := to // of the head, behind the name: packet identifier, length of the properties, properties
	if head[0]>>qosShift&3 > 0 {
		rest += 2
	}
	at := rest
	for head[at] >= 0x80 {
		at++
	}
	old := head[at+1:]
	props := len(old) + 3
	if !withName {
		from, to = 0, 0
	}
	id := head[rest:rest]
	if head[0]>>qosShift&3 > 0 {
		id = head[rest-2 : rest]
	}
	name := head[from:to]
	dst = append(dst, head[0])
	dst = appendVarint(dst, uint32(2+len(name)+len(id)+sizeVarint(uint32(props))+props+payload))
	dst = appendField(dst, name)
	dst = append(dst, id...)
	dst = appendProp16(appendVarint(dst, uint32(props)), propTopicAlias, alias)
	return append(dst, old...)
}

// AliasCost is how many bytes longer a PUBLISH is at most that sets a topic alias: the property, and a byte more in each of
// two lengths.
const AliasCost = 5

// SetsAlias reports whether an MQTT 5.0 PUBLISH that AppendAliased has written sets a topic alias: later packets count on it.
func SetsAlias(frame []byte) bool {
	from, to := headName(frame)
	if from == to {
		return false
	}
	if frame[0]>>qosShift&3 > 0 {
		to += 2
	}
	for frame[to] >= 0x80 {
		to++
	}
	return frame[to] > 0 && frame[to+1] == propTopicAlias
}
