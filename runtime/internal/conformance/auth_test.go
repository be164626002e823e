package conformance

import "testing"

func TestAuth(t *testing.T) { play(t, enhanced) }

var enhanced = []row{
	{line: "A1", name: "a method that is unknown", versions: "5", script: `
		a: CONNECT method=NONE data=x
		a< CONNACK code=8C
		a< closed`},
	bad("A2", "AUTH without a method in CONNECT", "5", "82", `F0 [ 19 [ 15 "M" ] ]`),
	bad("A2", "authentication continues where it never began", "5", "82", `F0 [ 18 [ 15 "M" 16 "d" ] ]`),
	bad("A2", "AUTH with success from a client", "5", "82", `F0 [ 00 [ 15 "M" ] ]`),
	{line: "A2", name: "data without a method in CONNECT", versions: "5", script: `
		a: 10 [ VERSION 02 0000 [ 16 "d" ] "a" ]
		a< CONNACK code=82
		a< closed`},
	{line: "A1", name: "several steps", versions: "5", script: `
		a: CONNECT id=a method=STEPS data=1
		a< AUTH code=18 method=STEPS data=2
		a: AUTH code=18 method=STEPS data=3
		a< CONNACK method=STEPS data=done
		a: PINGREQ
		a< PINGRESP`},
	{line: "A1", name: "at once", versions: "5", script: `
		a: CONNECT id=a method=ONCE data=x
		a< CONNACK method=ONCE !data`},
	{line: "A1", name: "refused", versions: "5", script: `
		a: CONNECT id=a method=STEPS data=1
		a< AUTH code=18 method=STEPS data=2
		a: AUTH code=18 method=STEPS data=4
		a< CONNACK code=87
		a< closed`},
	{line: "A1", name: "only AUTH or DISCONNECT until CONNACK", versions: "5", script: `
		l on
		l: SUBSCRIBE t,0
		l< SUBACK id=1 codes=00
		a: CONNECT id=a method=STEPS data=1
		a< AUTH code=18 method=STEPS data=2
		a: PUBLISH t
		a< CONNACK code=82
		a< closed
		b: CONNECT id=b method=STEPS data=1
		b< AUTH code=18 method=STEPS data=2
		b: DISCONNECT
		b< closed`},
	{line: "A1", name: "another method than that of CONNECT", versions: "5", script: `
		a: CONNECT id=a method=STEPS data=1
		a< AUTH code=18 method=STEPS data=2
		a: AUTH code=18 method=ONCE data=3
		a< CONNACK code=82
		a< closed`},
	{line: "A1", name: "a client that never answers", versions: "5", script: `
		a: CONNECT id=a method=STEPS data=1
		a< AUTH code=18 method=STEPS data=2
		wait 13s
		a< closed`},
	{line: "A2", name: "re-authentication", versions: "5", script: `
		a: CONNECT id=a method=STEPS data=1
		a< AUTH code=18 method=STEPS data=2
		a: AUTH code=18 method=STEPS data=3
		a< CONNACK method=STEPS data=done
		a: AUTH code=19 method=STEPS data=1
		a< AUTH code=18 method=STEPS data=2
		a: PUBLISH t q=1 id=1
		a< PUBACK id=1
		a: AUTH code=18 method=STEPS data=3
		a< AUTH method=STEPS data=done
		a: PINGREQ
		a< PINGRESP
		a: AUTH code=19 method=ONCE
		a refused 82`},
	{line: "A2", name: "re-authentication that fails", versions: "5", script: `
		a: CONNECT id=a method=STEPS data=3
		a< CONNACK method=STEPS data=done
		a: AUTH code=19 method=STEPS data=4
		a refused 87`},
	{line: "A2", name: "AUTH that nobody asked for", versions: "5", script: `
		a: CONNECT id=a method=STEPS data=3
		a< CONNACK method=STEPS data=done
		a: AUTH code=18 method=STEPS data=3
		a refused 82`},
}
