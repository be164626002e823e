package conformance

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func TestDisconnect(t *testing.T) { play(t, disconnect) }

var disconnect = []row{
	{line: "D1", name: "before CONNACK a CONNACK or nothing", versions: "5", script: `
		a: 10 [ VERSION 03 0000 [] "a" ]
		a< CONNACK code=81
		a< closed
		b: 82 [ 0001 [] "t" 00 ]
		b< closed`},
	{line: "D2", name: "shutting down", script: `
		a on
		server down
		a refused 8B`},
	{line: "D2", name: "taken over", script: `
		a on
		b: CONNECT id=a
		b< CONNACK
		a refused 8E`},
	{line: "D2", name: "nothing was heard", script: `
		a on keep=10
		wait 20s
		a refused 8D`},
	{line: "D2", name: "the quota is exceeded", versions: "5", options: mqttx.Options{Queues: mqttx.Queues{Messages: 1, CloseSlow: true}}, script: `
		a on receive=1
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		b on
		b: PUBLISH t q=1 id=1
		b< PUBACK id=1
		b: PUBLISH t q=1 id=2
		b< PUBACK id=2
		b: PUBLISH t q=1 id=3
		b< PUBACK id=3
		a< PUBLISH t q=1 id=1
		a refused 97`},
	{line: "D2", name: "too large", script: `
		a on
		a: 30 FF FF FF 7F
		a refused 95`},

	{line: "D3", name: "after DISCONNECT nothing is read", script: `
		l on
		l: SUBSCRIBE t,0
		l< SUBACK id=1 codes=00
		a on
		a: E0 00 30 [ "t" {[]} 'x' ]
		a< closed`},
	{line: "D3", name: "short forms", script: `
		a on
		5| a: E0 [ 00 ]
		3| a: E0 00
		a< closed
		b on
		b: PUBACK id=5
		5| b: 40 [ 0005 10 ]
		5| b: 70 [ 0005 92 ]
		5| b: 50 [ 0005 80 ]
		5| b: 62 [ 0005 92 ]
		5| b< PUBCOMP id=5 code=92
		5| b: 40 [ 0005 00 [] ]
		b: PINGREQ
		b< PINGRESP`},
	bad("D3", "AUTH without a method", "5", "82", "F0 00"),
	bad("D3", "AUTH without a method, with properties", "5", "82", "F0 [ 18 [] ]"),
}

// TestServersReasons [D2]: what the program says reaches the client, with the
// Server Reference where the code is one of another server.
func TestServersReasons(t *testing.T) {
	for code, reference := range map[mqtt.ReasonCode]string{
		mqtt.AdministrativeAction: "", mqtt.UseAnotherServer: " server=other:1883", mqtt.ServerMoved: " server=other:1883",
	} {
		eachVersion(t, func(t *testing.T, s *stage) {
			if err := s.send("a", "CONNECT id=a"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			a := s.actors["a"]
			if err := a.expect("CONNACK"); err != nil {
				t.Fatal(err)
			}
			why := mqttx.Refusal{Code: code, Reason: "words", ServerReference: "other:1883"}
			if err := s.server.DisconnectWith("a", why); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			got := a.raw.Pending()
			want := ""
			if s.version == mqtt.V5 {
				want = fmt.Sprintf("[DISCONNECT code=%02X%s reason=words]", byte(code), reference)
			}
			if text := fmt.Sprint(got); text != want && len(got)+len(want) > 0 {
				t.Errorf("%v: got %v, want %s", code, text, want)
			}
			a.raw.ExpectClosed()
			s.goesOn()
		})
	}
}
