package conformance

import "testing"

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
}
