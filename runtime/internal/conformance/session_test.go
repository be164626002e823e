package conformance

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func TestSession(t *testing.T) { play(t, sessions) }

var sessions = []row{
	{line: "E1", name: "expiry 0", versions: "5", script: `
		a on clean=0
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		a cut
		b on
		b: PUBLISH t q=1 id=1
		b< PUBACK id=1
		a: CONNECT id=a clean=0
		a< CONNACK`},
	{line: "E1", name: "expiry", versions: "5", script: `
		a on expiry=60
		a cut
		wait 58s
		a: CONNECT id=a clean=0 expiry=60
		a< CONNACK session
		a cut
		wait 64s
		a: CONNECT id=a clean=0 expiry=60
		a< CONNACK`},
	{line: "E1", name: "never", versions: "5", options: mqttx.Options{MaxSessionExpiry: 1<<63 - 1}, script: `
		a: CONNECT id=a expiry=4294967295
		a< CONNACK !expiry
		a cut
		wait 10h
		a: CONNECT id=a clean=0
		a< CONNACK session`},
	{line: "E1", name: "DISCONNECT changes it", versions: "5", script: `
		a on expiry=60
		a: DISCONNECT expiry=1000
		a< closed
		wait 500s
		a: CONNECT id=a clean=0 expiry=60
		a< CONNACK session
		a: DISCONNECT expiry=0
		a< closed
		a: CONNECT id=a clean=0 expiry=60
		a< CONNACK`},
	bad("E1", "DISCONNECT raises it from 0", "5", "82", "E0 [ 00 [ 11 00000001 ] ]"),
	{line: "E1", name: "clean session decides", versions: "31 311", script: `
		a on clean=0
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		a: DISCONNECT
		a< closed
		b on
		b: PUBLISH t q=1 id=1 msg=1
		b< PUBACK id=1
		wait 10h
		a: CONNECT id=a clean=0
		31| a< CONNACK
		311| a< CONNACK session
		a< PUBLISH t q=1 id=1 msg=1
		a: PUBACK id=1
		a cut
		a on clean=1
		a cut
		a on clean=0
		b: PUBLISH t q=1 id=2
		b< PUBACK id=2`},

	{line: "E2", name: "while offline", options: mqttx.Options{Queues: mqttx.Queues{Messages: 3}}, script: `
		a: CONNECT id=a clean=0 expiry=1000
		a< CONNACK
		a: SUBSCRIBE t,2
		a< SUBACK id=1 codes=02
		a cut
		b on
		b: PUBLISH t q=2 id=1 msg=1
		b< PUBREC id=1
		b: PUBLISH t msg=0
		b: PUBLISH t q=1 id=2 msg=2
		b< PUBACK id=2
		b: PUBLISH t q=1 id=3 msg=3
		b< PUBACK id=3
		b: PUBLISH t q=1 id=4 msg=4
		b< PUBACK id=4
		a: CONNECT id=a clean=0 expiry=1000
		31| a< CONNACK
		311| a< CONNACK session
		5| a< CONNACK session
		a< PUBLISH t q=2 id=1 msg=1
		a< PUBLISH t q=1 id=2 msg=2
		a< PUBLISH t q=1 id=3 msg=3`},
	{line: "E2", name: "QoS 0 that waited is not kept", versions: "5", script: `
		l on receive=1 clean=0 expiry=100
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		a on
		a: PUBLISH t q=1 id=1 msg=1
		a< PUBACK id=1
		l< PUBLISH t q=1 id=1 msg=1
		a: PUBLISH t q=1 id=2 msg=2
		a< PUBACK id=2
		a: PUBLISH t msg=0
		a: PINGREQ
		a< PINGRESP
		l cut
		l: CONNECT id=l clean=0
		l< CONNACK session
		l< PUBLISH t q=1 id=1 dup msg=1
		l< PUBLISH t q=1 id=2 msg=2
		l: PUBACK id=1
		l: PUBACK id=2`},
	{line: "E2", name: "the oldest is dropped, by policy", options: mqttx.Options{Queues: mqttx.Queues{Messages: 2, DropOldest: true}}, script: `
		a: CONNECT id=a clean=0 expiry=1000
		a< CONNACK
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		a cut
		b on
		b: PUBLISH t q=1 id=1 msg=1
		b< PUBACK id=1
		b: PUBLISH t q=1 id=2 msg=2
		b< PUBACK id=2
		b: PUBLISH t q=1 id=3 msg=3
		b< PUBACK id=3
		a: CONNECT id=a clean=0 expiry=1000
		31| a< CONNACK
		311| a< CONNACK session
		5| a< CONNACK session
		a< PUBLISH t q=1 id=1 msg=2
		a< PUBLISH t q=1 id=2 msg=3`},
	{line: "E2", name: "who is too slow is closed, by policy", versions: "5", options: mqttx.Options{Queues: mqttx.Queues{Messages: 2, CloseSlow: true}}, script: `
		a on receive=1 clean=0 expiry=1000
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		b on
		b: PUBLISH t q=1 id=1 msg=1
		b< PUBACK id=1
		a< PUBLISH t q=1 id=1 msg=1
		b: PUBLISH t q=1 id=2 msg=2
		b< PUBACK id=2
		b: PUBLISH t q=1 id=3 msg=3
		b< PUBACK id=3
		b: PUBLISH t q=1 id=4 msg=4
		b< PUBACK id=4
		a refused 97`},
	{line: "E2", name: "expired while offline", versions: "5", options: mqttx.Options{Queues: mqttx.Queues{Messages: 2}}, script: `
		a on clean=0 expiry=1000
		a: SUBSCRIBE t,2
		a< SUBACK id=1 codes=02
		a cut
		b on
		b: PUBLISH t q=1 id=1 expiry=10 msg=1
		b< PUBACK id=1
		b: PUBLISH t q=1 id=2 expiry=10 msg=2
		b< PUBACK id=2
		wait 20s
		b: PUBLISH t q=1 id=3 msg=3
		b< PUBACK id=3
		a: CONNECT id=a clean=0
		a< CONNACK session
		a< PUBLISH t q=1 id=1 msg=3`},

	{line: "E3", name: "clean start", script: `
		a: CONNECT id=a clean=0 expiry=1000
		a< CONNACK
		a: SUBSCRIBE t,2
		a< SUBACK id=1 codes=02
		a cut
		b on
		b: PUBLISH t q=1 id=1 msg=1
		b< PUBACK id=1
		a: CONNECT id=a clean=1 expiry=1000
		a< CONNACK
		b: PUBLISH t q=1 id=2 msg=2
		b< PUBACK id=2
		a cut
		a: CONNECT id=a clean=0 expiry=1000
		31| a< CONNACK
		311| a< CONNACK
		5| a< CONNACK session`},
}
