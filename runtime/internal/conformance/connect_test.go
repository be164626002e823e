package conformance

import (
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func TestConnect(t *testing.T) { play(t, connect) }

func TestTakeover(t *testing.T) { play(t, takeover) }

var connect = []row{
	{line: "C1", name: "first packet is not CONNECT", script: "a: PINGREQ\na< closed\nb: PUBLISH t\nb< closed\nc: AUTH method=M\nc< closed"},
	bad("C1", "second CONNECT", "", "82", `10 [ VERSION 02 0000 {[]} "a" ]`),
	{line: "C1", name: "no CONNECT in time", options: mqttx.Options{Timeouts: mqttx.Timeouts{Connect: 5 * time.Second}}, script: `
		a: 10
		b: 10 [ VERSION 02 0000 {[]} "b" ]
		b< CONNACK
		wait 8s
		a< closed`},
	{line: "C1", name: "a CONNECT that trickles", options: mqttx.Options{Timeouts: mqttx.Timeouts{Connect: 5 * time.Second}}, script: `
		a: 10 20 00
		wait 2s
		a: 04
		wait 2s
		a: 4D
		wait 4s
		a< closed`},

	{line: "C2", name: "wrong protocol name", versions: "5", script: `
		a: 10 [ "MQTX" 05 02 0000 [] "a" ]
		a< closed
		b: 'GET / HTTP/1.1' 0D 0A 0D 0A
		b< closed`},
	{line: "C2", name: "levels below 5", versions: "311", script: `
		a: 10 [ "MQTT" 02 02 0000 "a" ]
		a< CONNACK code=01
		a< closed
		b: 10 [ "MQTT" 03 02 0000 "a" ]
		b< CONNACK code=01
		b< closed
		c: 10 [ "MQIsdp" 04 02 0000 "a" ]
		c< CONNACK code=01
		c< closed`},
	{line: "C2", name: "bridges", versions: "311", script: `
		a: 10 [ "MQTT" 84 02 0000 "a" ]
		a< CONNACK code=01
		a< closed
		b: 10 [ "MQIsdp" 83 02 0000 "a" ]
		b< CONNACK code=01
		b< closed`},
	{line: "C2", name: "levels above 5", versions: "5", script: `
		a: 10 [ "MQTT" 06 02 0000 [] "a" ]
		a< CONNACK code=84
		a< closed`},
	{line: "C2", name: "a version that is turned off", versions: "31 311", options: mqttx.Options{Versions: []mqtt.Version{mqtt.V5, mqtt.V311}}, script: `
		311| a on
		31| a: CONNECT
		31| a< CONNACK code=01
		31| a< closed`},

	connectFlags("reserved flag", "311 5", "03", `"a"`),
	connectFlags("will QoS without will", "311 5", "0A", `"a"`),
	connectFlags("will retain without will", "311 5", "22", `"a"`),
	connectFlags("will QoS 3", "", "1E", `"a" {[]} "w" "x"`),
	connectFlags("a payload that is missing", "", "06", `"a" {[]} "w"`),
	connectFlags("user name without its flag", "", "02", `"a" "user"`),
	connectFlags("password without its flag", "", "82", `"a" "user" "password"`),
	connectFlags("user name that is missing", "311 5", "82", `"a"`),
	{line: "C3", name: "3.1 ignores the reserved flag", versions: "31", script: `
		a: 10 [ VERSION 03 0000 "a" ]
		a< CONNACK`},
	{line: "C3", name: "will topic with wildcards", script: `
		a: CONNECT will=a/+ willmsg=x
		5| a< CONNACK code=90
		a< closed
		b: CONNECT will=# willmsg=x
		5| b< CONNACK code=90
		b< closed`},

	connectFlags("password without user name", "311", "42", `"a" "password"`),
	{line: "C4", name: "password without user name in 5.0", versions: "5", script: `
		a: CONNECT password=x
		a< CONNACK`},
	{line: "C4", name: "password and will payload are binary", script: `
		a: 10 [ VERSION C6 0000 {[]} "a" {[]} "w" 0003 00 C3 28 "user" 0002 00 FF ]
		a< CONNACK
		b on
		b: SUBSCRIBE w,0
		b< SUBACK id=1 codes=00
		a cut
		b< PUBLISH w msg="\x00\xc3("`},

	{line: "C5", name: "empty client identifier in 5.0", versions: "5", script: `
		a: 10 [ VERSION 02 0000 [] "" ]
		a< CONNACK !session
		b: 10 [ VERSION 00 0000 [] "" ]
		b< CONNACK !session`},
	{line: "C5", name: "empty client identifier in 3.x", versions: "31 311", script: `
		a: 10 [ VERSION 02 0000 "" ]
		311| a< CONNACK
		31| a< CONNACK code=02
		31| a< closed
		b: 10 [ VERSION 00 0000 "" ]
		b< CONNACK code=02
		b< closed`},

	{line: "C6", name: "what the server is able to", versions: "5",
		options: mqttx.Options{ReceiveMaximum: 7, MaxPacketSize: 5000, TopicAliasMaximum: 3, MaxKeepAlive: time.Minute, MaxSessionExpiry: time.Hour}, script: `
		a: CONNECT keep=100 expiry=7200
		a< CONNACK receive=7 max=5000 aliases=3 keep=60 expiry=3600
		b: CONNECT id=b keep=30 expiry=60
		b< CONNACK !keep !expiry !maxqos !id
		c: CONNECT id=c
		c< CONNACK keep=60
		d: CONNECT id=d expiry=4294967295
		d< CONNACK expiry=3600`},
	{line: "C6", name: "return codes of 3.x", versions: "31 311", script: `
		a: CONNECT username=mallory password=x
		a< CONNACK code=04
		a< closed
		b on username=bob password=x`},
	{line: "C6", name: "a refusal in 5.0", versions: "5", script: `
		a: CONNECT username=mallory password=x
		a< CONNACK code=86
		a< closed`},

	{line: "C7", name: "session present", script: `
		a: CONNECT id=a clean=0 expiry=100
		a< CONNACK
		a cut
		a: CONNECT id=a clean=0 expiry=100
		31| a< CONNACK
		311| a< CONNACK session
		5| a< CONNACK session
		a: DISCONNECT
		a< closed
		a: CONNECT id=a clean=0 username=mallory
		3| a< CONNACK code=04
		5| a< CONNACK code=86
		a< closed
		a: CONNECT id=a clean=1
		a< CONNACK`},

	{line: "C8", name: "keep-alive", script: `
		a on keep=10 will=w willmsg=lost
		b on
		b: SUBSCRIBE w,0
		b< SUBACK id=1 codes=00
		wait 14s
		a: PINGREQ
		a< PINGRESP
		wait 14s
		a: PUBLISH t
		wait 14s
		a: PINGREQ
		a< PINGRESP
		wait 18s
		a refused 8D
		b< PUBLISH w msg=lost`},
	{line: "C8", name: "keep-alive 0", script: `
		a on
		wait 10h
		a: PINGREQ
		a< PINGRESP`},
	{line: "C8", name: "half a packet is something received", script: `
		a on keep=10
		wait 14s
		a: 30 05
		wait 7s
		a: 00
		wait 5s
		a: 01 74
		wait 1s
		a: 00 02
		wait 14s
		a: PINGREQ
		a< PINGRESP
		wait 18s
		a refused 8D`},
	{line: "C8", name: "a packet that trickles", script: `
		a on keep=10
		wait 14s
		a: 30 FF 07
		wait 7s
		a: 00
		wait 7s
		a: 01
		wait 7s
		a: 74
		wait 7s
		a: 01
		wait 7s
		a refused 8D`},
	{line: "C8", name: "a packet that comes slowly", script: `
		a on keep=10
		a: 30 80 C0 02
		wait 13s
		a: 00
		wait 13s
		a: 01
		wait 13s
		a: 74
		wait 13s
		5| a: 00
		3| a: 74
		a cut`},

	{line: "C9", name: "no reason strings unless they are wanted", versions: "5", script: `
		a on problem=0
		a: 32 [ "secret" 0001 [] ]
		a< PUBACK id=1 code=87 !reason
		a: SUBSCRIBE secret,1
		a< SUBACK id=1 codes=87 !reason
		b on problem=1
		b: 32 [ "secret" 0001 [] ]
		b< PUBACK id=1 code=87 reason="keep out of what is secret, whoever you are"`},

	{line: "C10", name: "packets that come with the CONNECT", script: `
		a: 10 [ VERSION 02 0000 {[]} "a" ] 82 [ 0001 {[]} "t" 00 ] 30 [ "t" {[]} 'x' ] C0 00
		a< CONNACK
		a< SUBACK id=1 codes=00
		a< PUBLISH t msg=x
		a< PINGRESP`},
	{line: "C10", name: "packets that come with a refused CONNECT", script: `
		b on
		b: SUBSCRIBE t,0
		b< SUBACK id=1 codes=00
		a: 10 [ VERSION 82 0000 {[]} "a" "mallory" ] 30 [ "t" {[]} 'x' ] C0 00
		3| a< CONNACK code=04
		5| a< CONNACK code=86
		a< closed`},
	{line: "C11", name: "Maximum QoS 1", options: mqttx.Options{Capabilities: mqttx.Capabilities{MaxQoS: 1}}, script: `
		a: CONNECT id=a
		3| a< CONNACK
		5| a< CONNACK maxqos=1
		a: SUBSCRIBE t,2
		a< SUBACK id=1 codes=01
		a: PUBLISH t q=1 id=1
		a< PUBLISH t q=1 id=1
		a< PUBACK id=1
		a: PUBLISH t q=2 id=2
		a refused 9B`},
	{line: "C11", name: "no retained messages", options: mqttx.Options{Capabilities: mqttx.Capabilities{NoRetain: true}}, script: `
		a: CONNECT id=a
		3| a< CONNACK
		5| a< CONNACK noretain
		a: PUBLISH t retain q=1 id=1
		a refused 9A`},
	{line: "C11", name: "subscriptions that are not offered", versions: "5", options: mqttx.Options{Capabilities: mqttx.Capabilities{NoWildcards: true, NoSharedSubscriptions: true, NoSubscriptionIDs: true}}, script: `
		a: CONNECT id=a
		a< CONNACK nowildcards noshared nosubids
		a: SUBSCRIBE t,1 +,1 $share/g/t,1
		a< SUBACK id=1 codes=01,A2,9E`},
	{line: "C6", name: "nothing is withheld by default", versions: "5", script: `
		a: CONNECT id=a
		a< CONNACK !noshared !nosubids !nowildcards !noretain !maxqos`},
	{line: "C11", name: "a client identifier above 23 bytes in 3.1", versions: "31", script: `
		a: CONNECT id=123456789012345678901234567890
		a< CONNACK`},
}

func connectFlags(name, versions, flags, payload string) row {
	line := "C3"
	if name == "password without user name" {
		line = "C4"
	}
	return row{line: line, name: name, versions: versions, script: `
		a: 10 [ VERSION ` + flags + ` 0000 {[]} ` + payload + ` ]
		5| a< CONNACK code=81
		a< closed`}
}

var takeover = []row{
	{line: "T1", name: "the old connection is told", script: `
		a: CONNECT id=x
		a< CONNACK
		b: CONNECT id=x
		a refused 8E
		b< CONNACK
		b: PINGREQ
		b< PINGRESP`},
	{line: "T1", name: "not before the new one is authorised", script: `
		a: CONNECT id=x
		a< CONNACK
		b: CONNECT id=x username=mallory
		3| b< CONNACK code=04
		5| b< CONNACK code=86
		b< closed
		a: PINGREQ
		a< PINGRESP`},
	{line: "T1", name: "its will is sent", script: `
		c on
		c: SUBSCRIBE w,0
		c< SUBACK id=1 codes=00
		a: CONNECT id=x will=w willmsg=gone
		a< CONNACK
		b: CONNECT id=x
		a refused 8E
		b< CONNACK
		c< PUBLISH w msg=gone`},
	{line: "T1", name: "the session moves whole", script: `
		a: CONNECT id=x clean=0 expiry=100
		a< CONNACK
		a: SUBSCRIBE t,1
		a< SUBACK id=1 codes=01
		c on
		c: PUBLISH t q=1 id=1 msg=first
		c< PUBACK id=1
		a< PUBLISH t q=1 id=1 msg=first
		b: CONNECT id=x clean=0 expiry=100
		a refused 8E
		31| b< CONNACK
		311| b< CONNACK session
		5| b< CONNACK session
		b< PUBLISH t q=1 id=1 dup msg=first
		c: PUBLISH t q=1 id=2 msg=second
		c< PUBACK id=2
		b< PUBLISH t q=1 id=2 msg=second`},
	{line: "T1", name: "from version to version", script: `
		a: CONNECT id=x clean=0 expiry=100
		a< CONNACK
		a: SUBSCRIBE t,2
		a< SUBACK id=1 codes=02
		a cut
		c on
		c: PUBLISH t q=2 id=1 msg=first
		c< PUBREC id=1
		b: CONNECT v=5 id=x clean=0 expiry=100
		b< CONNACK session
		b< PUBLISH t q=2 id=1 msg=first
		b: PUBREC id=1
		b< PUBREL id=1
		d: CONNECT v=311 id=x clean=0
		b refused 8E
		d< CONNACK session
		d< PUBREL id=1
		d: PUBCOMP id=1`},
}

// TestThirtyTakeovers [T1]: of thirty that come at once, one is left.
func TestThirtyTakeovers(t *testing.T) {
	eachVersion(t, func(t *testing.T, s *stage) {
		var all []*actor
		for range 30 {
			a := &actor{raw: s.net.Raw(s.version), version: s.version}
			all = append(all, a)
		}
		for _, a := range all {
			go a.raw.Send(`10 [ VERSION 02 0000 {[]} "x" ]`)
		}
		alive := 0
		time.Sleep(time.Second)
		for _, a := range all {
			a.raw.Pending()
			if !a.raw.Ended() {
				alive++
			}
		}
		if alive != 1 {
			t.Errorf("%d connections are alive", alive)
		}
		s.goesOn()
	})
}
