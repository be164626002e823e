package conformance

import "testing"

func TestQoS(t *testing.T) { play(t, qos) }

var qos = []row{
	{line: "Q1", name: "QoS 2 in", script: listen + `
		a on
		a: PUBLISH t q=2 id=1 msg=1
		a< PUBREC id=1
		l< PUBLISH t q=2 id=1 msg=1
		a: PUBLISH t q=2 id=1 dup msg=1
		a< PUBREC id=1
		a: PUBREL id=1
		a< PUBCOMP id=1
		a: PUBLISH t q=2 id=1 msg=2
		a< PUBREC id=1
		l< PUBLISH t q=2 id=2 msg=2
		a: PUBREL id=9
		3| a< PUBCOMP id=9
		5| a< PUBCOMP id=9 code=92`},
	{line: "Q1", name: "QoS 2 in, over two connections", script: listen + `
		a on clean=0 expiry=100
		a: PUBLISH t q=2 id=1 msg=1
		a< PUBREC id=1
		l< PUBLISH t q=2 id=1 msg=1
		a cut
		a: CONNECT id=a clean=0 expiry=100
		31| a< CONNACK
		311| a< CONNACK session
		5| a< CONNACK session
		a: PUBLISH t q=2 id=1 dup msg=1
		a< PUBREC id=1
		a: PUBREL id=1
		a< PUBCOMP id=1`},

	{line: "Q2", name: "QoS 2 out", script: listen + `
		a on
		a: PUBLISH t q=2 id=7 msg=1
		a< PUBREC id=7
		l< PUBLISH t q=2 id=1 msg=1
		l: PUBREC id=1
		l< PUBREL id=1
		l: PUBREC id=1
		l< PUBREL id=1
		l: PUBCOMP id=1
		l: PUBCOMP id=1
		l: PUBREC id=1
		3| l< PUBREL id=1
		5| l< PUBREL id=1 code=92`},
	{line: "Q2", name: "each direction has its own packet identifiers", script: `
		a on
		a: SUBSCRIBE t,2
		a< SUBACK id=1 codes=02
		a: PUBLISH t q=2 id=1 msg=x
		a< PUBLISH t q=2 id=1 msg=x
		a< PUBREC id=1
		a: PUBREC id=1
		a< PUBREL id=1
		a: PUBREL id=1
		a< PUBCOMP id=1
		a: PUBCOMP id=1
		a: PUBLISH t q=1 id=1 msg=y
		a< PUBLISH t q=1 id=2 msg=y
		a< PUBACK id=1
		a: PUBACK id=2`},
	{line: "Q2", name: "PUBREC that refuses", versions: "5", script: `
		l on receive=1
		l: SUBSCRIBE #,2
		l< SUBACK id=1 codes=02
		a on
		a: PUBLISH t q=2 id=7 msg=1
		a< PUBREC id=7
		l< PUBLISH t q=2 id=1 msg=1
		a: PUBLISH t q=2 id=8 msg=2
		a< PUBREC id=8
		l: PUBREC id=1 code=97
		l< PUBLISH t q=2 id=2 msg=2`},

	{line: "Q3", name: "acknowledgements in the order of the packets", script: `
		a on
		a: 32 [ "t" 0005 {[]} ] 34 [ "t" 0003 {[]} ] 32 [ "t" 0004 {[]} ] 62 [ 0003 ] 82 [ 0009 {[]} "u" 00 ] 34 [ "t" 0001 {[]} ]
		a< PUBACK id=5
		a< PUBREC id=3
		a< PUBACK id=4
		a< PUBCOMP id=3
		a< SUBACK id=9 codes=00
		a< PUBREC id=1`},

	{line: "Q4", name: "resend", script: listen + `
		a on
		a: PUBLISH t q=1 id=1 msg=1
		a< PUBACK id=1
		a: PUBLISH t q=2 id=2 msg=2
		a< PUBREC id=2
		a: PUBLISH t q=2 id=3 msg=3
		a< PUBREC id=3
		a: PUBLISH t q=1 id=4 msg=4
		a< PUBACK id=4
		a: PUBLISH t q=0 msg=0
		l< PUBLISH t q=1 id=1 msg=1
		l< PUBLISH t q=2 id=2 msg=2
		l< PUBLISH t q=2 id=3 msg=3
		l< PUBLISH t q=1 id=4 msg=4
		l< PUBLISH t msg=0
		l: PUBREC id=2
		l< PUBREL id=2
		wait 10m
		l cut
		a: PUBLISH t q=1 id=5 msg=5
		a< PUBACK id=5
		l: CONNECT id=l clean=0 expiry=100
		31| l< CONNACK
		311| l< CONNACK session
		5| l< CONNACK session
		l< PUBREL id=2
		l< PUBLISH t q=1 id=1 dup msg=1
		l< PUBLISH t q=2 id=3 dup msg=3
		l< PUBLISH t q=1 id=4 dup msg=4
		l< PUBLISH t q=1 id=5 msg=5`},

	{line: "Q5", name: "receive maximum", versions: "5", script: `
		l on receive=2
		l: SUBSCRIBE #,2
		l< SUBACK id=1 codes=02
		a on
		a: PUBLISH t q=1 id=1 msg=1
		a< PUBACK id=1
		a: PUBLISH t q=2 id=2 msg=2
		a< PUBREC id=2
		a: PUBLISH t q=1 id=3 msg=3
		a< PUBACK id=3
		a: PUBLISH t q=1 id=4 msg=4
		a< PUBACK id=4
		l< PUBLISH t q=1 id=1 msg=1
		l< PUBLISH t q=2 id=2 msg=2
		l: PUBACK id=99
		l: PUBCOMP id=98
		l: PUBREC id=2
		l< PUBREL id=2
		l: PUBACK id=1
		l< PUBLISH t q=1 id=3 msg=3
		l: PUBACK id=1
		l: PUBCOMP id=2
		l< PUBLISH t q=1 id=4 msg=4`},
	{line: "Q5", name: "out of order", versions: "5", script: `
		l on receive=3
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		l: PUBLISH t q=1 id=1 msg=1
		l< PUBLISH t q=1 id=1 msg=1
		l< PUBACK id=1
		l: PUBLISH t q=1 id=1 msg=2
		l< PUBLISH t q=1 id=2 msg=2
		l< PUBACK id=1
		l: PUBACK id=2
		l: PUBACK id=1
		l: PUBLISH t q=1 id=1 msg=3
		l< PUBLISH t q=1 id=3 msg=3
		l< PUBACK id=1`},
	{line: "Q5", name: "receive maximum of a new connection", versions: "5", script: `
		l on receive=1 clean=0 expiry=100
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		a on
		a: PUBLISH t q=1 id=1 msg=1
		a< PUBACK id=1
		l< PUBLISH t q=1 id=1 msg=1
		l cut
		l: CONNECT id=l receive=3 clean=0 expiry=100
		l< CONNACK session
		l< PUBLISH t q=1 id=1 dup msg=1
		a: PUBLISH t q=1 id=2 msg=2
		a< PUBACK id=2
		a: PUBLISH t q=1 id=3 msg=3
		a< PUBACK id=3
		a: PUBLISH t q=1 id=4 msg=4
		a< PUBACK id=4
		l< PUBLISH t q=1 id=2 msg=2
		l< PUBLISH t q=1 id=3 msg=3`},

	{line: "Q6", name: "an open PUBREL takes a place on the next connection", versions: "5", script: `
		l on receive=1 clean=0 expiry=100
		l: SUBSCRIBE #,2
		l< SUBACK id=1 codes=02
		a on
		a: PUBLISH t q=2 id=1 msg=1
		a< PUBREC id=1
		l< PUBLISH t q=2 id=1 msg=1
		l: PUBREC id=1
		l< PUBREL id=1
		l cut
		a: PUBLISH t q=1 id=2 msg=2
		a< PUBACK id=2
		l: CONNECT id=l clean=0 receive=1
		l< CONNACK session
		l< PUBREL id=1
		l: PINGREQ
		l< PINGRESP
		l: PUBCOMP id=1
		l< PUBLISH t q=1 id=2 msg=2`},
	{line: "Q6", name: "resends obey the new receive maximum", versions: "5", script: `
		l on clean=0 expiry=100
		l: SUBSCRIBE #,1
		l< SUBACK id=1 codes=01
		l: PUBLISH t q=1 id=1 msg=1
		l< PUBLISH t q=1 id=1 msg=1
		l< PUBACK id=1
		l: PUBLISH t q=1 id=1 msg=2
		l< PUBLISH t q=1 id=2 msg=2
		l< PUBACK id=1
		l cut
		l: CONNECT id=l receive=1 clean=0 expiry=100
		l< CONNACK session
		l< PUBLISH t q=1 id=1 dup msg=1
		l: PUBACK id=1
		l< PUBLISH t q=1 id=2 dup msg=2`},

	{line: "Q7", name: "reasons that do not fit are left out", versions: "5", script: `
		a on max=40
		a: 32 [ "secret" 0001 [] ]
		a< PUBACK id=1 code=87 !reason
		a: 82 [ 0001 [] "secret" 00 ]
		a< SUBACK id=1 codes=87 !reason
		a: 30 [ "+" [] ]
		a< DISCONNECT code=90 !reason
		a< closed`},
}
