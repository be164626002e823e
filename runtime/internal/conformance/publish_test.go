package conformance

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func TestPublish(t *testing.T) { play(t, publish) }

// listen is the beginning of scripts in which l hears everything.
const listen = `
		l on clean=0 expiry=1000 receive=100
		l: SUBSCRIBE #,2
		l< SUBACK id=1 codes=02
`

var publish = []row{
	bad("P1", "QoS 3", "", "81", `36 [ "t" 0001 {[]} ]`),
	bad("P1", "DUP with QoS 0", "311 5", "81", `38 [ "t" {[]} ]`),
	bad("P1", "topic name with +", "", "90", `30 [ "a/+" {[]} ]`),
	bad("P1", "topic name with #", "", "90", `30 [ "#" {[]} ]`),
	bad("P1", "empty topic name without alias", "5", "82", `30 [ "" [] ]`),

	bad("P2", "alias above the maximum", "5", "94", `30 [ "t" [ 23 000B ] ]`),
	bad("P2", "alias that is unknown", "5", "82", `30 [ "" [ 23 0001 ] ]`),
	{line: "P2", name: "aliases in", versions: "5", script: listen + `
		a on
		a: PUBLISH t alias=10 msg=1
		l< PUBLISH t msg=1
		a: PUBLISH alias=10 msg=2
		l< PUBLISH t msg=2
		a: PUBLISH u alias=10 msg=3
		l< PUBLISH u msg=3
		a: PUBLISH alias=10 msg=4
		l< PUBLISH u msg=4
		a: PUBLISH secret alias=9 q=1 id=1
		a< PUBACK id=1 code=87
		a: PUBLISH alias=9 q=1 id=2
		a< PUBACK id=2 code=87
		a cut
		a on
		a: PUBLISH alias=10
		a refused 82`},
	{line: "P2", name: "alias that is unknown beside one that is known", versions: "5", script: listen + `
		a on
		a: PUBLISH t alias=1 msg=1
		l< PUBLISH t msg=1
		a: PUBLISH alias=2 msg=2
		a refused 82`},
	{line: "P2", name: "aliases in do not outlive the connection of a session", versions: "5", script: listen + `
		a on clean=0 expiry=100
		a: PUBLISH t alias=1 msg=1
		l< PUBLISH t msg=1
		a cut
		a: CONNECT id=a clean=0
		a< CONNACK session
		a: PUBLISH u msg=2
		l< PUBLISH u msg=2
		a: PUBLISH alias=1 msg=3
		a refused 82`},
	{line: "P2", name: "no alias goes to who allows none", versions: "5", script: listen + `
		a on
		a: PUBLISH t msg=1
		a: PUBLISH t msg=2
		l< PUBLISH t msg=1
		l< PUBLISH t msg=2`},

	{line: "P2", name: "aliases out", versions: "5", script: `
		l on aliases=1
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		a on
		a: PUBLISH long/topic msg=1
		l< PUBLISH long/topic alias=1 msg=1
		a: PUBLISH long/topic msg=2
		l< PUBLISH alias=1 msg=2
		a: PUBLISH other/topic msg=3
		l< PUBLISH other/topic msg=3
		l cut
		l on aliases=1
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		a: PUBLISH long/topic msg=4
		l< PUBLISH long/topic alias=1 msg=4`},
	{line: "P2", name: "a message that is dropped leaves no hole", versions: "5", script: `
		l on aliases=5 max=50
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		a on
		a: PUBLISH long/topic size=50
		a: PUBLISH long/topic msg=1
		l< PUBLISH long/topic alias=1 msg=1
		a: PUBLISH long/topic size=50
		a: PUBLISH long/topic msg=2
		l< PUBLISH alias=1 msg=2`},
	{line: "P2", name: "resends after aliases", versions: "5", script: `
		l on aliases=5 clean=0 expiry=100
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		l: PUBLISH long/topic q=1 id=1 msg=1
		l< PUBLISH long/topic q=1 id=1 alias=1 msg=1
		l< PUBACK id=1
		l: PUBLISH long/topic q=1 id=2 msg=2
		l< PUBLISH q=1 id=2 alias=1 msg=2
		l< PUBACK id=2
		l cut
		l: CONNECT id=l clean=0
		l< CONNACK session
		l< PUBLISH long/topic q=1 id=1 dup msg=1
		l< PUBLISH long/topic q=1 id=2 dup msg=2`},

	{line: "P3", name: "retained", script: listen + `
		a on
		a: PUBLISH t retain msg=1
		a: PUBLISH t retain q=1 id=1 msg=2
		a< PUBACK id=1
		a: PUBLISH u retain msg=u
		l< PUBLISH t msg=1
		l< PUBLISH t q=1 id=1 msg=2
		l< PUBLISH u msg=u
		b on
		b: SUBSCRIBE t,2
		b< SUBACK id=1 codes=02
		b< PUBLISH t q=1 id=1 retain msg=2
		a: PUBLISH t
		c on
		c: SUBSCRIBE t,0
		c< SUBACK id=1 codes=00
		c< PUBLISH t retain msg=2
		b< PUBLISH t
		l< PUBLISH t
		a: PUBLISH t retain
		b< PUBLISH t
		c< PUBLISH t
		l< PUBLISH t
		d on
		d: SUBSCRIBE +,1
		d< SUBACK id=1 codes=01
		d< PUBLISH u retain msg=u`},
	{line: "P3", name: "Retain As Published", versions: "5", script: `
		a on
		a: SUBSCRIBE t,0p
		a< SUBACK id=1 codes=00
		a: PUBLISH t retain msg=1
		a< PUBLISH t retain msg=1
		a: PUBLISH t msg=2
		a< PUBLISH t msg=2`},
	{line: "P3", name: "retained messages keep their properties", versions: "5", script: `
		a on
		a: PUBLISH t retain utf8 type=text response=r correlation=c user=k:v expiry=100 msg=1
		wait 40s
		b on
		b: SUBSCRIBE t,0
		b< SUBACK id=1 codes=00
		b< PUBLISH t retain utf8 type=text response=r correlation=c user=k:v expiry=60 msg=1
		wait 61s
		c on
		c: SUBSCRIBE t,0
		c< SUBACK id=1 codes=00`},

	{line: "P4", name: "message expiry", versions: "5", script: `
		l on clean=0 expiry=1000
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		l: DISCONNECT
		l< closed
		a on
		a: PUBLISH t q=1 id=1 expiry=10 msg=short
		a< PUBACK id=1
		a: PUBLISH t q=1 id=2 expiry=100 msg=long
		a< PUBACK id=2
		a: PUBLISH t q=1 id=3 msg=for-ever
		a< PUBACK id=3
		wait 30s
		l: CONNECT id=l clean=0
		l< CONNACK session
		l< PUBLISH t q=1 id=1 expiry=70 msg=long
		l< PUBLISH t q=1 id=2 msg=for-ever`},
	{line: "P4", name: "expiry of 0 and 1", versions: "5", script: listen + `
		a on
		a: PUBLISH t q=1 id=1 expiry=1 msg=x
		a< PUBACK id=1
		l< PUBLISH t q=1 id=1 expiry=1 msg=x
		l: DISCONNECT
		l< closed
		a: PUBLISH t q=1 id=2 expiry=0 msg=y
		a< PUBACK id=2
		a: PUBLISH u retain q=1 id=3 expiry=0 msg=y
		a< PUBACK id=3
		b on
		b: SUBSCRIBE u,0
		b< SUBACK id=1 codes=00
		l: CONNECT id=l clean=0
		l< CONNACK session
		l< PUBLISH t q=1 id=1 dup expiry=1 msg=x`},

	{line: "P5", name: "properties reach the subscriber", versions: "5", script: listen + `
		a on
		a: PUBLISH t utf8 type=text/plain response=re/ply correlation=id user=k:v user=a:b msg=x
		l< PUBLISH t utf8 type=text/plain response=re/ply correlation=id user=k:v user=a:b msg=x
		m: CONNECT v=311 id=m
		m< CONNACK
		m: SUBSCRIBE t,0
		m< SUBACK id=1 codes=00
		a: PUBLISH t utf8 type=text/plain user=k:v msg=x
		m< PUBLISH t msg=x
		l< PUBLISH t utf8 type=text/plain user=k:v msg=x`},
	bad("P5", "response topic with a wildcard", "5", "90", `30 [ "t" [ 08 "a/#" ] ]`),

	bad("P6", "subscription identifier of a client", "5", "82", `30 [ "t" [ 0B 01 ] ]`),
	{line: "P6", name: "DUP is not passed on", script: listen + `
		a on
		a: PUBLISH t q=1 id=1 dup msg=x
		a< PUBACK id=1
		l< PUBLISH t q=1 id=1 msg=x`},

	{line: "P7", name: "the lower QoS", script: `
		a on
		a: SUBSCRIBE 0,0 1,1 2,2
		a< SUBACK id=1 codes=00,01,02
		b on
		b: PUBLISH 0 q=2 id=1
		b< PUBREC id=1
		a< PUBLISH 0
		b: PUBLISH 1 q=2 id=2
		b< PUBREC id=2
		a< PUBLISH 1 q=1 id=1
		b: PUBLISH 2 q=1 id=3
		b< PUBACK id=3
		a< PUBLISH 2 q=1 id=2
		b: PUBLISH 2
		a< PUBLISH 2`},

	{line: "P8", name: "above the Receive Maximum", versions: "5", options: mqttx.Options{ReceiveMaximum: 2}, script: `
		a on
		a: PUBLISH t q=2 id=1
		a< PUBREC id=1
		a: PUBLISH t q=2 id=2
		a< PUBREC id=2
		a: PUBREL id=1
		a< PUBCOMP id=1
		a: PUBLISH t q=2 id=4
		a< PUBREC id=4
		a: PUBLISH t q=2 id=5
		a refused 93`},
	{line: "P8", name: "above our Maximum Packet Size", options: mqttx.Options{MaxPacketSize: 100}, script: `
		a on
		a: PUBLISH t size=90
		b on
		b: PUBLISH t size=100
		b refused 95`},
	{line: "P8", name: "QoS 1 and 2 count together", versions: "5", options: mqttx.Options{ReceiveMaximum: 2}, script: `
		a on
		a: PUBLISH t q=2 id=1
		a< PUBREC id=1
		a: PUBLISH t q=1 id=2
		a< PUBACK id=2
		a: PUBLISH t q=2 id=3
		a< PUBREC id=3
		a: PUBLISH t q=1 id=4
		a refused 93`},
	{line: "P8", name: "the Receive Maximum starts anew with each connection", versions: "5", options: mqttx.Options{ReceiveMaximum: 2}, script: `
		a on clean=0 expiry=100
		a: PUBLISH t q=2 id=1
		a< PUBREC id=1
		a: PUBLISH t q=2 id=2
		a< PUBREC id=2
		a cut
		b: CONNECT id=a clean=0 expiry=100
		b< CONNACK session
		b: PUBLISH t q=2 id=3
		b< PUBREC id=3
		b: PUBREL id=1
		b< PUBCOMP id=1
		b: PUBLISH t q=2 id=4
		b< PUBREC id=4
		b: PUBLISH t q=2 id=5
		b refused 93`},
	{line: "P8", name: "above the client's Maximum Packet Size", versions: "5", script: `
		l on max=50 clean=0 expiry=100
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		a on
		a: PUBLISH t q=1 id=1 size=100
		a< PUBACK id=1
		a: PUBLISH t size=100
		a: PUBLISH t q=1 id=2 size=41
		a< PUBACK id=2
		l< PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		a: PUBLISH t q=1 id=3 size=43
		a< PUBACK id=3`},

	{line: "P8", name: "what was sent or queued obeys the new Maximum Packet Size", versions: "5", script: `
		l on clean=0 expiry=100
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		a on
		a: PUBLISH t q=1 id=1 size=60
		a< PUBACK id=1
		l< PUBLISH t q=1 id=1 msg=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
		a: PUBLISH t q=1 id=2 msg=2
		a< PUBACK id=2
		l< PUBLISH t q=1 id=2 msg=2
		l cut
		a: PUBLISH t q=1 id=3 size=60
		a< PUBACK id=3
		a: PUBLISH t q=1 id=4 msg=4
		a< PUBACK id=4
		l: CONNECT id=l clean=0 max=50
		l< CONNACK session
		l< PUBLISH t q=1 id=2 dup msg=2
		l< PUBLISH t q=1 id=3 msg=4`},
	{line: "P9", name: "not authorised", script: listen + `
		a on
		a: PUBLISH secret
		a: PUBLISH secret q=1 id=1
		3| a< PUBACK id=1
		5| a< PUBACK id=1 code=87
		a: PUBLISH secret q=2 id=2
		3| a< PUBREC id=2
		5| a< PUBREC id=2 code=87
		5| a: PUBREL id=2
		5| a< PUBCOMP id=2 code=92`},
	{line: "P9", name: "not authorised, closed by policy", versions: "31 311", options: mqttx.Options{CloseOnRefusal: new(true)}, script: `
		a on
		a: PUBLISH secret q=1 id=1
		a< closed`},
}
