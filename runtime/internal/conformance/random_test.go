package conformance

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestRandomBytes [F7]: noise, before and after CONNECT, ends its connection at
// worst.
func TestRandomBytes(t *testing.T) {
	eachVersion(t, func(t *testing.T, s *stage) {
		random := rand.New(rand.NewPCG(4, 7))
		for i := range 200 {
			raw := s.net.Raw([]mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}[i%3])
			if i%4 > 0 {
				raw.Send(`10 [ VERSION 02 0000 {[]} "x" ]`)
			}
			b := make([]byte, 1+random.IntN(300))
			for j := range b {
				b[j] = byte(random.Uint32())
			}
			if i%2 > 0 { // something that looks like packets
				for j := 0; j+2 < len(b); j += 2 + int(b[j+1]) {
					b[j+1] %= 20
				}
			}
			raw.Write(b)
			synctest.Wait()
			raw.Close()
		}
		s.goesOn()
	})
}
