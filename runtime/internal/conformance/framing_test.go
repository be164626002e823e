package conformance

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// bad is a row in which a client that is let in sends bytes, and is refused
// with a code.
func bad(line, name, versions, code, bytes string) row {
	return row{line: line, name: name, versions: versions, script: "a on\na: " + bytes + "\na refused " + code}
}

func TestFraming(t *testing.T) {
	play(t, framing)
}

var framing = []row{
	bad("F1", "remaining length of five bytes", "", "81", "30 FF FF FF FF 01"),
	bad("F1", "remaining length not in its shortest form", "5", "81", "C0 80 00"),
	bad("F1", "property length not in its shortest form", "5", "81", `30 [ "t" 80 00 ]`),
	bad("F1", "subscription identifier not in its shortest form", "5", "81", `82 [ 0001 [ 0B 81 00 ] "t" 00 ]`),
	{line: "F1", name: "3.x takes a longer form", versions: "31 311", script: `
		a on
		a: C0 80 00
		a< PINGRESP`},
	{line: "F1", name: "declared length above the limit", options: mqttx.Options{MaxPacketSize: 1000}, script: `
		a on
		a: 30 FF FF FF 7F
		a refused 95`},
	{line: "F1", name: "256 MB before CONNECT", versions: "5", script: `
		a: 10 FF FF FF 7F
		a< closed`},
	bad("F1", "PUBLISH ends inside its topic name", "", "81", "30 [ 00 05 'ab' ]"),
	bad("F1", "PUBLISH ends inside its packet identifier", "", "81", `32 [ "t" 00 ]`),
	bad("F1", "PUBLISH ends inside its properties", "5", "81", `30 [ "t" 05 01 ]`),
	bad("F1", "property ends inside its value", "5", "81", `30 [ "t" [ 02 00 00 ] ]`),
	bad("F1", "SUBSCRIBE ends before its options", "", "81", `82 [ 0001 {[]} "t" ]`),
	bad("F1", "UNSUBSCRIBE ends inside its filter", "", "81", `A2 [ 0001 {[]} 00 09 't' ]`),
	bad("F1", "PUBACK of one byte", "", "81", "40 [ 00 ]"),
	{line: "F1", name: "one byte at a time", script: `
		a on
		a: 32
		a: 05
		a: 00
		a: 01
		a: 74
		a: 00
		3| a: 07
		3| a< PUBACK id=7
		5| a: 07
		5| a refused 81`},

	bad("F2", "PUBACK with flags", "311 5", "81", "41 [ 0001 ]"),
	bad("F2", "PUBREC with flags", "311 5", "81", "52 [ 0001 ]"),
	bad("F2", "PUBREL without flags", "311 5", "81", "60 [ 0001 ]"),
	bad("F2", "PUBCOMP with flags", "311 5", "81", "78 [ 0001 ]"),
	bad("F2", "SUBSCRIBE without flags", "311 5", "81", `80 [ 0001 {[]} "t" 00 ]`),
	bad("F2", "UNSUBSCRIBE without flags", "311 5", "81", `A0 [ 0001 {[]} "t" ]`),
	bad("F2", "PINGREQ with flags", "311 5", "81", "C1 00"),
	bad("F2", "DISCONNECT with flags", "311 5", "81", "E1 00"),
	bad("F2", "AUTH with flags", "5", "81", `F1 [ 18 [ 15 "M" ] ]`),
	bad("F2", "AUTH in 3.x", "31 311", "81", "F0 00"),
	bad("F2", "type 0", "", "81", "00 00"),
	{line: "F2", name: "CONNECT with flags", versions: "311", script: `
		a: 11 [ VERSION 02 0000 "a" ]
		a< closed`},
	{line: "F2", name: "CONNECT with flags in 5.0", versions: "5", script: `
		a: 11 [ VERSION 02 0000 [] "a" ]
		a< CONNACK code=81
		a< closed`},
	{line: "F2", name: "3.1 ignores flags and knows DUP", versions: "31", script: `
		a on
		a: 8A [ 0001 "t" 01 ]
		a< SUBACK id=1 codes=01
		a: AA [ 0002 "t" ]
		a< UNSUBACK id=2
		a: 3D [ "u" 0003 ]
		a< PUBREC id=3
		a: 6A [ 0003 ]
		a< PUBCOMP id=3
		a: C1 00
		a< PINGRESP`},

	bad("F3", "topic name is not UTF-8", "", "81", `30 [ 0002 C3 28 {[]} ]`),
	bad("F3", "topic name with U+0000", "", "81", `30 [ 0003 61 00 62 {[]} ]`),
	bad("F3", "topic name with a surrogate", "", "81", `30 [ 0003 ED A0 80 {[]} ]`),
	bad("F3", "topic filter with U+0000", "", "81", `82 [ 0001 {[]} 0001 00 00 ]`),
	bad("F3", "user property with a surrogate", "5", "81", `30 [ "t" [ 26 0003 ED A0 80 "v" ] ]`),
	bad("F3", "empty topic filter", "", "81", `82 [ 0001 {[]} "" 00 ]`),
	bad("F3", "empty topic filter of UNSUBSCRIBE", "", "81", `A2 [ 0001 {[]} "" ]`),
	bad("F3", "empty topic name in 3.x", "31 311", "90", `30 [ "" ]`),
	{line: "F3", name: "U+FEFF is kept", script: `
		a on
		a: SUBSCRIBE ` + "\uFEFF" + `t,0
		a< SUBACK id=1 codes=00
		a: PUBLISH t
		a: PUBLISH ` + "\uFEFF" + `t
		a< PUBLISH "\ufefft"`},
	{line: "F3", name: "a topic name of 65,535 bytes", script: `
		a on
		a: 82 [ 0001 {[]} FFFF 't'*65535 00 ]
		a< SUBACK id=1 codes=00
		a: 30 [ FFFF 't'*65535 {[]} ]
		a< PUBLISH tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt…(65535)`},

	bad("F4", "content type twice", "5", "82", `30 [ "t" [ 03 "a" 03 "a" ] ]`),
	bad("F4", "topic alias twice", "5", "82", `30 [ "t" [ 23 0001 23 0001 ] ]`),
	bad("F4", "subscription identifier twice", "5", "82", `82 [ 0001 [ 0B 01 0B 02 ] "t" 00 ]`),
	bad("F4", "property of another packet", "5", "81", `30 [ "t" [ 11 00000001 ] ]`),
	bad("F4", "unknown property", "5", "81", `30 [ "t" [ 7F 00 ] ]`),
	bad("F4", "property above 63", "5", "81", `30 [ "t" [ 41 00 ] ]`),
	{line: "F4", name: "session expiry twice in CONNECT", versions: "5", script: `
		a: 10 [ VERSION 02 0000 [ 11 00000001 11 00000001 ] "a" ]
		a< CONNACK code=82
		a< closed`},
	{line: "F4", name: "will delay in the properties of CONNECT", versions: "5", script: `
		a: 10 [ VERSION 02 0000 [ 18 00000001 ] "a" ]
		a< CONNACK code=81
		a< closed`},
	{line: "F4", name: "user properties keep order and repeats", versions: "5", script: `
		a on
		a: SUBSCRIBE t,0
		a< SUBACK id=1 codes=00
		a: PUBLISH t user=b:1 user=a:2 user=b:1 user=a:1
		a< PUBLISH t user=b:1 user=a:2 user=b:1 user=a:1`},
	{line: "F4", name: "ten thousand user properties", versions: "5", script: `
		a on
		a: 32 [ "t" 0001 [ ` + repeat(`26 "k" "v"`, 10_000) + ` ] ]
		a< PUBACK id=1`},

	connectBad("F5", "receive maximum 0", "82", "21 0000"),
	connectBad("F5", "maximum packet size 0", "82", "27 00000000"),
	connectBad("F5", "request problem information 2", "82", "17 02"),
	connectBad("F5", "request response information 2", "82", "19 02"),
	bad("F5", "topic alias 0", "5", "94", `30 [ "t" [ 23 0000 ] ]`),
	bad("F5", "subscription identifier 0", "5", "82", `82 [ 0001 [ 0B 00 ] "t" 00 ]`),
	bad("F5", "payload format indicator 2", "5", "82", `30 [ "t" [ 01 02 ] ]`),

	bad("F6", "SUBSCRIBE with packet identifier 0", "", "82", `82 [ 0000 {[]} "t" 00 ]`),
	bad("F6", "UNSUBSCRIBE with packet identifier 0", "", "82", `A2 [ 0000 {[]} "t" ]`),
	bad("F6", "PUBLISH with packet identifier 0", "", "82", `32 [ "t" 0000 {[]} ]`),
	bad("F6", "PUBLISH QoS 2 with packet identifier 0", "", "82", `34 [ "t" 0000 {[]} ]`),
	bad("F6", "PUBACK with packet identifier 0", "", "82", "40 [ 0000 ]"),
	bad("F6", "PUBREC with packet identifier 0", "", "82", "50 [ 0000 ]"),
	bad("F6", "PUBREL with packet identifier 0", "", "82", "62 [ 0000 ]"),
	bad("F6", "PUBCOMP with packet identifier 0", "", "82", "70 [ 0000 ]"),
	bad("F6", "bytes after PUBACK", "", "81", "40 [ 0001 {00 00} FF ]"),
	bad("F6", "bytes after PINGREQ", "", "81", "C0 [ 00 ]"),
	bad("F6", "bytes after DISCONNECT", "", "81", "E0 [ {00 00} 00 ]"),

	{line: "F7", name: "ten thousand packets in one write", script: `
		a on
		b on
		a: SUBSCRIBE t,0
		a< SUBACK id=1 codes=00
		a: ` + repeat(`30 [ "u" {[]} 'x' ]`, 10_000) + ` 30 [ "t" {[]} 'end' ]
		a< PUBLISH t msg=end
		b: PINGREQ
		b< PINGRESP`},
}

// connectBad is a row with a CONNECT of 5.0 whose properties are refused.
func connectBad(line, name, code, props string) row {
	return row{line: line, name: name, versions: "5", script: `
		a: 10 [ VERSION 02 0000 [ ` + props + ` ] "a" ]
		a< CONNACK code=` + code + `
		a< closed`}
}

func repeat(part string, times int) string {
	b := make([]byte, 0, times*(len(part)+1))
	for range times {
		b = append(append(b, part...), ' ')
	}
	return string(b)
}
