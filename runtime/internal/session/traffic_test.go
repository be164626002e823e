package session

import (
	"sync"
	"testing"
)

// TestTraffic: nothing is lost, also of kinds that come more than 255 times
// between two folds, and each kind is counted for itself.
func TestTraffic(t *testing.T) {
	var traffic Traffic
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			tally := traffic.Tally()
			for i := range 1000 {
				for first := range 256 {
					tally.Count([]byte{byte(first)})
				}
				if i%300 == 299 {
					tally.Fold(7)
				}
			}
			tally.Fold(0)
		})
	}
	all.Wait()
	c := traffic.Counted()
	if c.Bytes != 40*3*7 {
		t.Errorf("%d bytes", c.Bytes)
	}
	for kind, n := range c.Packets {
		if n != 40*1000*16 {
			t.Errorf("%d packets of type %d", n, kind)
		}
	}
	if c.QoS != [3]int64{40 * 1000 * 8, 40 * 1000 * 4, 40 * 1000 * 4} { // QoS 3 is malformed, and counted with 0
		t.Errorf("PUBLISH by QoS: %v", c.QoS)
	}
}

// TestTallyWithoutTraffic counts nothing, and does not mind.
func TestTallyWithoutTraffic(t *testing.T) {
	var tally Tally
	for range 600 {
		tally.Count([]byte{0x30})
	}
	tally.Count(nil)
	tally.dropped(1)
	tally.Fold(1)
}
