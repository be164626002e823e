//go:build unix

package transport

import (
	"net"
	"testing"
)

// TestOrderForTheRaceDetector: what one side did before it wrote has happened before what the other does when it has
// read that, also in the eyes of the race detector: else tests of servers over sockets would report what is no race.
func TestOrderForTheRaceDetector(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		var said, heard int
		answered := start(func() error {
			return c.Receive(func(b []byte) (used, want int, leave bool) {
				heard = said
				_, _ = c.Write([][]byte{b}, 0)
				return len(b), 0, true
			})
		})
		said = 1
		if _, err := peer.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		if _, err := peer.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if heard != 1 {
			t.Errorf("heard %d", heard)
		}
		if err := returned(t, answered); err != nil {
			t.Error(err)
		}
	})
}
