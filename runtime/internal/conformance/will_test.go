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
