package transport

import (
	"io"
	"net"
	"testing"
)

// TestRaceDetectorSeesWhatIsSentAndReceived: who reads a message comes after who wrote it. It fails under the race
// detector alone.
func TestRaceDetectorSeesWhatIsSentAndReceived(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		var there, back int
		f := &frames{t: t}
		f.each = func(int) bool {
			back = there + 1
			_, err := c.Write([][]byte{{1}}, 0)
			if err != nil {
				t.Error(err)
			}
			return false
		}
		done := start(func() error { return f.receive(c) })
		there = 1
		if _, err := peer.Write(appendFrame(nil, 0, header)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(peer, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if back != 2 {
			t.Errorf("back: %d", back)
		}
		peer.Close()
		<-done
	})
}
