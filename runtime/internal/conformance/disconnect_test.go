package conformance

import "testing"

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
