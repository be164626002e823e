package mqtt

import "strconv"

// Version is the protocol level that a client names in the eighth or tenth byte of its
// CONNECT (section 3.1.2.2). A value that is none of the constants is a level as some
// client sent it, which this server does not speak.
type Version byte

// The protocol levels this server speaks.
const (
	V31  Version = 3 // MQTT 3.1, protocol name "MQIsdp"
	V311 Version = 4 // MQTT 3.1.1, protocol name "MQTT"
	V5   Version = 5 // MQTT 5.0, protocol name "MQTT"
)

// Valid reports whether v is one of the three levels.
func (v Version) Valid() bool { return v >= V31 && v <= V5 }

// String returns the usual name of the version: "3.1", "3.1.1" or "5.0". For another level
// it is "level N".
func (v Version) String() string {
	switch v {
	case V31:
		return "3.1"
	case V311:
		return "3.1.1"
	case V5:
		return "5.0"
	}
	return "level " + strconv.Itoa(int(v))
}
