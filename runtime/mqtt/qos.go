package mqtt

import "strconv"

// QoS is a quality of service: how hard the two ends work for the delivery of a message
// (section 4.3).
type QoS byte

// The three qualities of service.
const (
	QoS0 QoS = 0 // at most once
	QoS1 QoS = 1 // at least once
	QoS2 QoS = 2 // exactly once
)

// Valid reports whether q is 0, 1 or 2 [MQTT-3.3.1-4].
func (q QoS) Valid() bool { return q <= QoS2 }

// String returns "QoS 0", "QoS 1" or "QoS 2".
func (q QoS) String() string { return "QoS " + strconv.Itoa(int(q)) }
