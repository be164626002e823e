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
}
