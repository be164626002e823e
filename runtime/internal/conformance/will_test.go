package conformance

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func TestWill(t *testing.T) { play(t, wills) }

// hear is the beginning of scripts in which l hears the wills of the others.
const hear = `
		l: CONNECT id=l
		l< CONNACK
		l: SUBSCRIBE w/#,2
		l< SUBACK id=1 codes=02
`

var wills = []row{
	{line: "W1", name: "network loss", script: hear + `
		a on will=w/a willmsg=x willq=1
		a cut
		l< PUBLISH w/a q=1 id=1 msg=x`},
	{line: "W1", name: "keep-alive timeout", script: hear + `
		a on will=w/a willmsg=x keep=5
		wait 12s
		l< PUBLISH w/a msg=x
		a refused 8D`},
	{line: "W1", name: "protocol error", script: hear + `
		a on will=w/a willmsg=x
		a: CONNECT
		a refused 82
		l< PUBLISH w/a msg=x`},
	{line: "W1", name: "malformed packet", script: hear + `
		a on will=w/a willmsg=x
		a: 36 [ "t" 0001 {[]} ]
		a refused 81
		l< PUBLISH w/a msg=x`},
	{line: "W1", name: "DISCONNECT", script: hear + `
		a on will=w/a willmsg=x
		a: DISCONNECT
		a< closed`},
	{line: "W1", name: "DISCONNECT with will", versions: "5", script: hear + `
		a on will=w/a willmsg=4
		a: DISCONNECT code=04
		a< closed
		l< PUBLISH w/a msg=4
		a on will=w/a willmsg=80
		a: DISCONNECT code=80
		a< closed
		l< PUBLISH w/a msg=80`},
	{line: "W1", name: "retained", script: `
		a on will=w/a willmsg=x willretain
		a cut
		l on
		l: SUBSCRIBE w/#,2
		l< SUBACK id=1 codes=02
		l< PUBLISH w/a retain msg=x`},
	{line: "W1", name: "once", script: hear + `
		a on will=w/a willmsg=x clean=0 expiry=10
		a cut
		l< PUBLISH w/a msg=x
		wait 100s
		a: CONNECT id=a
		a< CONNACK
		a cut`},
	{line: "W1", name: "the client itself gets it on its next connection", versions: "311 5", script: `
		a on clean=0 expiry=100 will=w/a willmsg=x willq=1
		a: SUBSCRIBE w/#,1
		a< SUBACK id=1 codes=01
		a cut
		a: CONNECT id=a clean=0 expiry=100
		a< CONNACK session
		a< PUBLISH w/a q=1 id=1 msg=x`},
	{line: "W1", name: "taken over, the client gets it on its new connection", versions: "311 5", script: `
		a: CONNECT id=x clean=0 expiry=100 will=w/a willmsg=x willq=1
		a< CONNACK
		a: SUBSCRIBE w/#,1
		a< SUBACK id=1 codes=01
		b: CONNECT id=x clean=0 expiry=100
		a refused 8E
		b< CONNACK session
		b< PUBLISH w/a q=1 id=1 msg=x`},
	{line: "W1", name: "another member of a shared subscription gets it", script: `
		a on will=w willmsg=x
		a: SUBSCRIBE $share/g/w,0
		a< SUBACK id=1 codes=00
		b on will=w willmsg=y
		b: SUBSCRIBE $share/g/w,0
		b< SUBACK id=1 codes=00
		b cut
		a< PUBLISH w msg=y
		c on will=w willmsg=z
		c: SUBSCRIBE $share/g/w,0
		c< SUBACK id=1 codes=00
		c cut
		a< PUBLISH w msg=z
		c on will=w willmsg=z
		c: SUBSCRIBE $share/g/w,0
		c< SUBACK id=1 codes=00
		c cut
		a< PUBLISH w msg=z`},

	{line: "W2", name: "properties go along", versions: "5", script: hear + `
		a on will=w/a willmsg=x willexpiry=30 utf8 type=text response=r correlation=c user=k:v
		a cut
		l< PUBLISH w/a expiry=30 utf8 type=text response=r correlation=c user=k:v msg=x`},
	{line: "W2", name: "delay", versions: "5", script: hear + `
		a on will=w/a willmsg=x delay=30 expiry=100
		a cut
		wait 28s
		l: PINGREQ
		l< PINGRESP
		wait 5s
		l< PUBLISH w/a msg=x
		wait 200s`},
	{line: "W2", name: "the session ends before the delay", versions: "5", script: hear + `
		a on will=w/a willmsg=x delay=1000 expiry=10
		a cut
		wait 14s
		l< PUBLISH w/a msg=x
		wait 2000s`},
	{line: "W2", name: "a resumed session cancels it", versions: "5", script: hear + `
		a on will=w/a willmsg=x delay=30 expiry=100
		a cut
		wait 20s
		a: CONNECT id=a clean=0 expiry=100
		a< CONNACK session
		wait 500s`},
	{line: "W2", name: "DISCONNECT with will, delayed", versions: "5", script: hear + `
		a on will=w/a willmsg=x delay=30 expiry=100
		a: DISCONNECT code=04
		a< closed
		wait 28s
		l: PINGREQ
		l< PINGRESP
		wait 5s
		l< PUBLISH w/a msg=x`},
	{line: "W2", name: "taking over a session that goes on", versions: "5", script: hear + `
		a: CONNECT id=x will=w/a willmsg=x delay=30 expiry=100
		a< CONNACK
		b: CONNECT id=x clean=0 expiry=100
		a refused 8E
		b< CONNACK session
		wait 200s`},
	{line: "W2", name: "access is checked at CONNECT", script: hear + `
		a: CONNECT id=a will=secret/w willmsg=x
		3| a< CONNACK code=05
		5| a< CONNACK code=87
		a< closed`},
	{line: "W2", name: "Maximum QoS and retain are checked at CONNECT", options: mqttx.Options{Capabilities: mqttx.Capabilities{MaxQoS: 1, NoRetain: true}}, script: `
		a: CONNECT id=a will=w willq=2
		3| a< CONNACK code=05
		5| a< CONNACK code=9B
		a< closed
		b: CONNECT id=b will=w willretain
		3| b< CONNACK code=05
		5| b< CONNACK code=9A
		b< closed`},
}
