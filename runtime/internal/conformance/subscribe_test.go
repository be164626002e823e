package conformance

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func TestSubscribe(t *testing.T) { play(t, subscribe) }

var subscribe = []row{
	bad("S1", "SUBSCRIBE without a filter", "", "82", "82 [ 0001 {[]} ]"),
	bad("S1", "UNSUBSCRIBE without a filter", "", "82", "A2 [ 0001 {[]} ]"),
	bad("S1", "reserved option bits", "5", "81", `82 [ 0001 [] "t" 40 ]`),
	bad("S1", "reserved option bit 7", "5", "81", `82 [ 0001 [] "t" 80 ]`),
	bad("S1", "options of 5.0 in 3.1.1", "311", "81", `82 [ 0001 "t" 04 ]`),
	bad("S1", "QoS 3", "", "82", `82 [ 0001 {[]} "t" 03 ]`),
	bad("S1", "retain handling 3", "5", "82", `82 [ 0001 [] "t" 30 ]`),
	{line: "S1", name: "a code for each filter", script: `
		a on
		a: SUBSCRIBE id=9 a,2 secret,1 b/#,0 secret/x,2 c,1
		31| a< SUBACK id=9 codes=02,01,00,02,01
		311| a< SUBACK id=9 codes=02,80,00,80,01
		5| a< SUBACK id=9 codes=02,87,00,87,01
		a: PUBLISH b
		a< PUBLISH b`},

	bad("S2", "# not last", "", "8F", `82 [ 0001 {[]} "a/#/b" 00 ]`),
	bad("S2", "# not alone", "", "8F", `82 [ 0001 {[]} "a/b#" 00 ]`),
	bad("S2", "## ", "", "8F", `82 [ 0001 {[]} "##" 00 ]`),
	bad("S2", "+ not alone", "", "8F", `82 [ 0001 {[]} "a+/b" 00 ]`),
	bad("S2", "+ before text", "", "8F", `82 [ 0001 {[]} "+a" 00 ]`),
	bad("S2", "a wrong filter after a good one", "", "8F", `82 [ 0001 {[]} "ok" 00 "#/" 00 ]`),
	bad("S2", "UNSUBSCRIBE with a wrong filter", "", "8F", `A2 [ 0001 {[]} "a#" ]`),

	{line: "S3", name: "the same filter again", script: `
		a on
		b on
		b: PUBLISH t retain msg=r
		a: SUBSCRIBE t,0
		a< SUBACK id=1 codes=00
		a< PUBLISH t retain msg=r
		a: SUBSCRIBE id=2 t,2
		a< SUBACK id=2 codes=02
		a< PUBLISH t retain msg=r
		b: PUBLISH t q=1 id=1 msg=once
		b< PUBACK id=1
		a< PUBLISH t q=1 id=1 msg=once`},
	{line: "S3", name: "retain handling", versions: "5", script: `
		a on
		b on
		b: PUBLISH t retain msg=r
		a: SUBSCRIBE t,01
		a< SUBACK id=1 codes=00
		a< PUBLISH t retain msg=r
		a: SUBSCRIBE t,11
		a< SUBACK id=1 codes=01
		a: SUBSCRIBE t,02
		a< SUBACK id=1 codes=00
		a: SUBSCRIBE +,02
		a< SUBACK id=1 codes=00
		a: SUBSCRIBE t,0
		a< SUBACK id=1 codes=00
		a< PUBLISH t retain msg=r`},
	{line: "S3", name: "retained messages that are still to come end with their subscription", versions: "5", options: mqttx.Options{Queues: mqttx.Queues{Messages: 1}}, script: `
		b on
		b: PUBLISH t/3 retain msg=x q=1 id=1
		b< PUBACK id=1
		b: PUBLISH t/1 retain msg=x q=1 id=1
		b< PUBACK id=1
		b: PUBLISH t/2 retain msg=x q=1 id=1
		b< PUBACK id=1
		a on receive=1
		a: SUBSCRIBE t/+,1
		a< SUBACK id=1 codes=01
		a< PUBLISH t/1 q=1 id=1 retain msg=x
		a: UNSUBSCRIBE id=1 t/+
		a< UNSUBACK id=1 codes=00
		a: SUBSCRIBE t/+,12
		a< SUBACK id=1 codes=01
		a: PUBACK id=1
		a< PUBLISH t/2 q=1 id=2 retain msg=x
		a: PUBACK id=2`},
	{line: "S3", name: "options are replaced", versions: "5", script: `
		a on
		a: SUBSCRIBE t,0n
		a< SUBACK id=1 codes=00
		a: PUBLISH t msg=1
		a: SUBSCRIBE t,0p
		a< SUBACK id=1 codes=00
		a: PUBLISH t retain msg=2
		a< PUBLISH t retain msg=2`},

	{line: "S4", name: "no local", versions: "5", script: `
		a on
		b on
		a: SUBSCRIBE t,1n u,1
		a< SUBACK id=1 codes=01,01
		a: PUBLISH t msg=own
		b: PUBLISH t msg=other
		a< PUBLISH t msg=other
		a: PUBLISH u msg=own
		a< PUBLISH u msg=own`},
	{line: "S4", name: "overlapping", script: `
		a on
		a: SUBSCRIBE a/+,0 a/#,2 a/b,1
		a< SUBACK id=1 codes=00,02,01
		a: PUBLISH a/b q=2 id=1
		a< PUBLISH a/b q=2 id=1
		a< PUBREC id=1`},

	bad("S5", "no local on a shared subscription", "5", "82", `82 [ 0001 [] "$share/g/t" 04 ]`),
	bad("S5", "share name is empty", "5", "8F", `82 [ 0001 [] "$share//t" 00 ]`),
	bad("S5", "share name with +", "5", "8F", `82 [ 0001 [] "$share/+/t" 00 ]`),
	bad("S5", "share without filter", "5", "8F", `82 [ 0001 [] "$share/g" 00 ]`),
	bad("S5", "share with empty filter", "5", "8F", `82 [ 0001 [] "$share/g/" 00 ]`),

	{line: "S5", name: "one member gets each message", script: `
		a on
		a: SUBSCRIBE $share/g/t/+,1
		a< SUBACK id=1 codes=01
		b on
		b: SUBSCRIBE $share/g/t/+,1
		b< SUBACK id=1 codes=01
		c on
		c: SUBSCRIBE $share/other/t/#,0
		c< SUBACK id=1 codes=00
		c: PUBLISH t/x q=1 id=1 msg=1
		c< PUBLISH t/x msg=1
		c< PUBACK id=1
		c: PUBLISH t/x q=1 id=2 msg=2
		c< PUBLISH t/x msg=2
		c< PUBACK id=2
		b< PUBLISH t/x q=1 id=1 msg=1
		a< PUBLISH t/x q=1 id=1 msg=2
		b: UNSUBSCRIBE id=9 $share/g/t/+
		3| b< UNSUBACK id=9
		5| b< UNSUBACK id=9 codes=00
		c: PUBLISH t/x msg=3
		c< PUBLISH t/x msg=3
		a< PUBLISH t/x msg=3
		c: PUBLISH t/x msg=4
		c< PUBLISH t/x msg=4
		a< PUBLISH t/x msg=4`},
	{line: "S5", name: "what is too large for one member goes to another", versions: "5", script: `
		a on max=30
		a: SUBSCRIBE $share/g/t,1
		a< SUBACK id=1 codes=01
		b on
		b: SUBSCRIBE $share/g/t,1
		b< SUBACK id=1 codes=01
		c on
		c: PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c: PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c: PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c< PUBACK id=1
		c: PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c< PUBACK id=1
		b< PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b< PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b< PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b< PUBLISH t q=1 id=2 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b: DISCONNECT
		b< closed
		c: PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c: PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c< PUBACK id=1`},
	{line: "S5", name: "what is too large for one member goes to another, sticky", versions: "5", options: mqttx.Options{Capabilities: mqttx.Capabilities{StickyShares: true}}, script: `
		a on max=30
		a: SUBSCRIBE $share/g/t,1
		a< SUBACK id=1 codes=01
		b on
		b: SUBSCRIBE $share/g/t,1
		b< SUBACK id=1 codes=01
		c on
		c: PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c: PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c: PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c< PUBACK id=1
		c: PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c< PUBACK id=1
		b< PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b< PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b< PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b< PUBLISH t q=1 id=2 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		b: DISCONNECT
		b< closed
		c: PUBLISH t msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c: PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		c< PUBACK id=1`},
	{line: "S5", name: "no retained messages", script: `
		a on
		a: PUBLISH t retain msg=x
		a: SUBSCRIBE $share/g/t,0 $share/g/#,0
		a< SUBACK id=1 codes=00,00`},
	{line: "S5", name: "a shared and a plain subscription of one client", script: `
		a on
		a: SUBSCRIBE $share/g/t,0 t,0
		a< SUBACK id=1 codes=00,00
		a: PUBLISH t msg=x
		a< PUBLISH t msg=x
		a< PUBLISH t msg=x`},
	{line: "S5", name: "online members come first", script: `
		a: CONNECT id=a clean=0 expiry=100
		a< CONNACK
		a: SUBSCRIBE $share/g/t,1
		a< SUBACK id=1 codes=01
		b: CONNECT id=b clean=0 expiry=100
		b< CONNACK
		b: SUBSCRIBE $share/g/t,1
		b< SUBACK id=1 codes=01
		a cut
		b: PUBLISH t q=1 id=1 msg=1
		b< PUBLISH t q=1 id=1 msg=1
		b< PUBACK id=1
		b: PUBLISH t q=1 id=2 msg=2
		b< PUBLISH t q=1 id=2 msg=2
		b< PUBACK id=2`},
	{line: "S5", name: "unacknowledged and unsent messages go to another member", versions: "5", script: `
		a on receive=1
		a: SUBSCRIBE $share/g/t,1
		a< SUBACK id=1 codes=01
		c on
		c: PUBLISH t q=1 id=1 msg=1
		c< PUBACK id=1
		c: PUBLISH t q=1 id=2 msg=2
		c< PUBACK id=2
		a< PUBLISH t q=1 id=1 msg=1
		b on
		b: SUBSCRIBE $share/g/t,1
		b< SUBACK id=1 codes=01
		a cut
		b< PUBLISH t q=1 id=1 msg=1
		b< PUBLISH t q=1 id=2 msg=2`},
	{line: "S5", name: "a QoS 2 message in delivery stays its own", versions: "311 5", script: `
		a: CONNECT id=a clean=0 expiry=100
		a< CONNACK
		a: SUBSCRIBE $share/g/t,2
		a< SUBACK id=1 codes=02
		b on
		b: PUBLISH t q=2 id=1 msg=1
		b< PUBREC id=1
		a< PUBLISH t q=2 id=1 msg=1
		b: SUBSCRIBE $share/g/t,2
		b< SUBACK id=1 codes=02
		a cut
		a: CONNECT id=a clean=0 expiry=100
		a< CONNACK session
		a< PUBLISH t q=2 id=1 dup msg=1`},
	{line: "S5", name: "one that is refused goes to nobody", versions: "5", script: `
		a on
		a: SUBSCRIBE $share/g/t,1
		a< SUBACK id=1 codes=01
		b on
		b: PUBLISH t q=1 id=1 msg=1
		b< PUBACK id=1
		a< PUBLISH t q=1 id=1 msg=1
		b: SUBSCRIBE $share/g/t,2
		b< SUBACK id=1 codes=02
		a: PUBACK id=1 code=80
		a cut`},

	{line: "S4", name: "overlapping, with options", versions: "5", script: `
		a on
		a: SUBSCRIBE t,0n +,0
		a< SUBACK id=1 codes=00,00
		a: PUBLISH t msg=1
		a< PUBLISH t msg=1
		a: SUBSCRIBE t,0n +,0np
		a< SUBACK id=1 codes=00,00
		a: PUBLISH t retain msg=2
		b on
		b: PUBLISH t retain msg=3
		a< PUBLISH t retain msg=3`},
	{line: "S4", name: "overlapping, no local has no part in own messages", versions: "5", script: `
		a on
		a: SUBSCRIBE t,2np sub=1
		a< SUBACK id=1 codes=02
		a: SUBSCRIBE +,0 sub=2
		a< SUBACK id=1 codes=00
		a: SUBSCRIBE t/#,1 sub=3
		a< SUBACK id=1 codes=01
		a: SUBSCRIBE #,2n sub=4
		a< SUBACK id=1 codes=02
		a: PUBLISH t q=1 id=1 retain msg=1
		a< PUBLISH t q=1 id=1 sub=2 sub=3 msg=1
		a< PUBACK id=1
		b on
		b: PUBLISH t retain msg=2
		a< PUBLISH t retain sub=1 sub=2 sub=3 sub=4 msg=2`},
	{line: "S4", name: "overlapping, with identifiers", versions: "5", script: `
		a on
		a: SUBSCRIBE a/+,0 sub=1
		a< SUBACK id=1 codes=00
		a: SUBSCRIBE a/#,2 sub=268435455
		a< SUBACK id=1 codes=02
		a: SUBSCRIBE a/b,1
		a< SUBACK id=1 codes=01
		a: PUBLISH a/b
		a< PUBLISH a/b sub=1 sub=268435455
		a: PUBLISH a/b/c
		a< PUBLISH a/b/c sub=268435455`},
	{line: "S3", name: "the same filter with another identifier", versions: "5", script: `
		a on
		a: SUBSCRIBE t,0 sub=1
		a< SUBACK id=1 codes=00
		a: SUBSCRIBE t,0 sub=2
		a< SUBACK id=1 codes=00
		a: PUBLISH t
		a< PUBLISH t sub=2
		a: SUBSCRIBE t,0
		a< SUBACK id=1 codes=00
		a: PUBLISH t
		a< PUBLISH t`},
	{line: "P7", name: "identifiers with retained messages and over connections", versions: "5", script: `
		a on clean=0 expiry=100
		a: PUBLISH t retain q=1 id=1 msg=r
		a< PUBACK id=1
		a: SUBSCRIBE t,1 sub=7
		a< SUBACK id=1 codes=01
		a< PUBLISH t q=1 id=1 retain sub=7 msg=r
		a cut
		a: CONNECT id=a clean=0
		a< CONNACK session
		a< PUBLISH t q=1 id=1 dup retain sub=7 msg=r
		a: PUBLISH t
		a< PUBLISH t sub=7`},

	{line: "S6", name: "UNSUBACK", script: `
		a on
		a: SUBSCRIBE t,0 u,0
		a< SUBACK id=1 codes=00,00
		a: UNSUBSCRIBE id=2 t x u
		3| a< UNSUBACK id=2
		5| a< UNSUBACK id=2 codes=00,11,00
		a: PUBLISH t
		a: PUBLISH u`},

	{line: "S7", name: "which filter matches", script: `
		a on
		a: SUBSCRIBE sport/#,0
		a< SUBACK id=1 codes=00
		a: PUBLISH sport
		a< PUBLISH sport
		a: PUBLISH sport/
		a< PUBLISH sport/
		a: PUBLISH sport/a/b
		a< PUBLISH sport/a/b
		a: PUBLISH Sport
		a: PUBLISH sports
		b on
		b: SUBSCRIBE +/+,0
		b< SUBACK id=1 codes=00
		b: PUBLISH /a
		b< PUBLISH /a
		b: PUBLISH a
		b: PUBLISH $x/a
		c on
		c: SUBSCRIBE /+,0
		c< SUBACK id=1 codes=00
		c: PUBLISH /finish
		c< PUBLISH /finish
		b< PUBLISH /finish
		c: PUBLISH finish
		c: PUBLISH /
		c< PUBLISH /
		b< PUBLISH /
		d on
		d: SUBSCRIBE #,0 $x/#,0
		d< SUBACK id=1 codes=00,00
		d: PUBLISH $x
		d< PUBLISH $x
		d: PUBLISH $y`},
}
