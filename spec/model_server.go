package spec

import (
	"time"
)

// Unmatched says what becomes of a topic name that no pattern describes.
type Unmatched string

// The values of server.unmatched.
const (
	UnmatchedReject Unmatched = "reject" // refused with 0x90; the default
	UnmatchedRelay  Unmatched = "relay"  // sent on to subscribers
	UnmatchedHandle Unmatched = "handle" // given to HandleUnmatched, never sent on
)

// Server holds defaults of the generated server; what is zero was left out.
type Server struct {
	Pos       Pos
	Unmatched Unmatched
	Versions  []string // of "3.1", "3.1.1", "5"; all of them where left out
	RefusedV3 RefusedV3
	Limits    Limits
	Rates     Rates
}

// RefusedV3 says what a 3.x client gets for a PUBLISH that is refused.
type RefusedV3 string

// The values of server.refused_v3.
const (
	RefusedAcknowledge RefusedV3 = "acknowledge" // the message is acknowledged and dropped; the default
	RefusedClose       RefusedV3 = "close"       // the connection is closed
)

// Limits says how large and how many. What is zero was left out.
type Limits struct {
	Packet        int64         // bytes of a packet that a client sends
	Inflight      int           // messages of QoS 1 and 2 that a client may have open: its Receive Maximum
	Queue         int           // messages that wait for one client
	KeepAlive     time.Duration // the longest, in whole seconds
	SessionExpiry time.Duration // the longest, in whole seconds, or NoSession
}

// NoSession is a Limits.SessionExpiry that was written as 0s: sessions end with their connections.
const NoSession = -time.Second

// Rates says how often, per second. What is zero was left out.
type Rates struct {
	Connect float64 // connections, of all clients together
	Publish float64 // messages of one client
	Bytes   float64 // bytes of one client
}
