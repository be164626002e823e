package conformance

import "testing"

func TestOftenWrong(t *testing.T) { play(t, oftenWrong) }

// acknowledge is a row in which a client answers a message of a QoS with bytes
// that are wrong for it.
func acknowledge(name, qos, versions, bytes string) row {
	return row{line: "O1", name: name, versions: versions, script: `
		a on
		a: SUBSCRIBE t,2
		a< SUBACK id=1 codes=02
		b on
		b: PUBLISH t id=9 q=` + qos + `
		` + map[string]string{"1": "b< PUBACK id=9", "2": "b< PUBREC id=9"}[qos] + `
		a< PUBLISH t id=1 q=` + qos + `
		a: ` + bytes + `
		a refused 82`}
}

var oftenWrong = []row{
	acknowledge("PUBACK for QoS 2", "2", "", "PUBACK id=1"),
	acknowledge("PUBREC for QoS 1", "1", "", "PUBREC id=1"),
	acknowledge("PUBCOMP for QoS 1", "1", "", "PUBCOMP id=1"),
	acknowledge("PUBCOMP before PUBREC", "2", "", "PUBCOMP id=1"),
	acknowledge("PUBACK with a code of SUBACK", "1", "5", "40 [ 0001 01 ]"),
	acknowledge("PUBREC with a code of PUBREL", "2", "5", "50 [ 0001 92 ]"),
	bad("O1", "CONNACK from a client", "", "82", "20 [ 00 00 {[]} ]"),
	bad("O1", "SUBACK from a client", "", "82", "90 [ 0001 {[]} 00 ]"),
	bad("O1", "UNSUBACK from a client", "", "82", "B0 [ 0001 {[] 00} ]"),
	bad("O1", "PINGRESP from a client", "", "82", "D0 00"),

	bad("O2", "bytes after the last field of UNSUBSCRIBE", "", "81", `A2 [ 0001 {[]} "t" 00 ]`),
	bad("O2", "property without its value", "5", "81", `30 [ "t" [ 01 ] ]`),
	bad("O2", "user property without its value", "5", "81", `30 [ "t" [ 26 "k" ] ]`),
	bad("O2", "PUBCOMP with flags", "311 5", "81", "72 [ 0001 ]"),

	bad("O3", "DISCONNECT with a code of servers", "5", "82", "E0 [ 8E ]"),
	bad("O3", "DISCONNECT with a code that does not exist", "5", "82", "E0 [ 03 ]"),
	bad("O3", "PUBREL with a code of PUBACK", "5", "82", "62 [ 0001 10 ]"),
	bad("O3", "DISCONNECT with a server reference", "5", "82", `E0 [ 00 [ 1C "x" ] ]`),

	{line: "O5", name: "no Session Expiry Interval", versions: "5", script: `
		a on clean=0
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		a: DISCONNECT
		a< closed
		a: CONNECT id=a clean=0
		a< CONNACK
		a: CONNECT id=a clean=0
		a refused 82`},
	{line: "O5", name: "taking over a clean session", script: `
		a: CONNECT id=x
		a< CONNACK
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		b: CONNECT id=x clean=0 expiry=100
		a refused 8E
		b< CONNACK
		c on
		c: PUBLISH t`},

	{line: "O6", name: "a clean start ends the session and sends the delayed will", versions: "5", script: hear + `
		a on will=w/a willmsg=x delay=1000 expiry=2000
		a cut
		wait 10s
		a: CONNECT id=a
		a< CONNACK
		l< PUBLISH w/a msg=x
		wait 3000s`},
	{line: "O6", name: "a will without session is not delayed", versions: "5", script: hear + `
		a on will=w/a willmsg=x delay=1000
		a cut
		l< PUBLISH w/a msg=x`},
	{line: "O6", name: "empty will payload", script: hear + `
		a on will=w/a
		a cut
		l< PUBLISH w/a`},
	{line: "O6", name: "empty will topic", script: `
		a: 10 [ VERSION 06 0000 {[]} "a" {[]} "" "x" ]
		5| a< CONNACK code=90
		a< closed`},

	bad("O7", "empty response topic", "5", "90", `30 [ "t" [ 08 "" ] ]`),
	{line: "O7", name: "payload format 2 of a will", versions: "5", script: `
		a: 10 [ VERSION 06 0000 [] "a" [ 01 02 ] "w" "x" ]
		a< CONNACK code=82
		a< closed`},

	{line: "O7", name: "all properties of a delayed will", versions: "5", script: hear + `
		a on will=w/a willmsg=x delay=10 expiry=100 willexpiry=30 utf8 type=text response=r correlation=c user=k:v user=a:b
		a cut
		wait 13s
		l< PUBLISH w/a expiry=30 utf8 type=text response=r correlation=c user=k:v user=a:b msg=x`},
	{line: "O7", name: "empty response topic of a will", versions: "5", script: `
		a: 10 [ VERSION 06 0000 [] "a" [ 08 "" ] "w" "x" ]
		a< CONNACK code=90
		a< closed`},

	{line: "O9", name: "# matches the parent level for retained messages", script: `
		a on
		a: PUBLISH sport retain msg=x
		a: SUBSCRIBE sport/#,0
		a< SUBACK id=1 codes=00
		a< PUBLISH sport retain msg=x`},
}
