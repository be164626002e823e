package mqttxtest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestNotation(t *testing.T) {
	for s, want := range map[string]string{
		"":                         "",
		"10 0aFF":                  "\x10\x0a\xff",
		`'ab' "ab"`:                "ab\x00\x02ab",
		"30[ 'x'*200 ]":            "\x30\xc8\x01" + strings.Repeat("x", 200),
		"30 [ {[ 01 01 ]} 02 ] 03": "\x30\x04\x02\x01\x01\x02\x03",
		"[]*2":                     "\x00\x00",
		"VERSION":                  "\x00\x04MQTT\x05",
	} {
		if got, err := parse(s, mqtt.V5); err != nil || string(got) != want {
			t.Errorf("%s is % X, %v; want % X", s, got, err, want)
		}
	}
	if got, _ := parse("{ 01 } VERSION", mqtt.V31); string(got) != "\x00\x06MQIsdp\x03" {
		t.Errorf("in 3.1: % X", got)
	}
	for s, want := range map[string]string{
		"1":      `"1" is not hexadecimal`,
		"xyz":    `"xyz" is not hexadecimal`,
		"[ 00":   "] is missing",
		"00 } 1": "} too many",
		"'ab":    "' is missing",
		"00*":    "no number after *",
	} {
		if _, err := parse(s, mqtt.V5); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", s, err, want)
		}
	}
}

func TestReceivedSaysThePacket(t *testing.T) {
	for notation, want := range map[string]string{
		"20 [ 01 00 [] ]": "CONNACK session receive=65535",
		`20 [ 00 87 [ 12 "x" 13 0005 22 000A 1F "no way" ] ]`:           `CONNACK code=87 receive=65535 aliases=10 keep=5 id=x reason="no way"`,
		`3B [ "a/b" 0007 [ 01 01 02 0000000A 0B 03 26 "k" "v" ] 'hi' ]`: "PUBLISH a/b q=1 id=7 dup retain expiry=10 utf8 sub=3 user=k:v msg=hi",
		"40 [ 0001 10 ]":              "PUBACK id=1 code=10",
		"62 [ 0001 ]":                 "PUBREL id=1",
		"90 [ 0001 [] 01 80 ]":        "SUBACK id=1 codes=01,80",
		"B0 [ 0001 [] 11 ]":           "UNSUBACK id=1 codes=11",
		"D0 00":                       "PINGRESP",
		"E0 [ 8E ]":                   "DISCONNECT code=8E",
		`F0 [ 18 [ 15 "M" 16 "d" ] ]`: "AUTH code=18 method=M data=d",
		"D1 00":                       "PINGRESP that is not legal: reserved flags of the fixed header are wrong [MQTT-2.1.3-1]",
		"90 [ 0001 [] 03 ]":           "SUBACK that is not legal: reason code does not belong to this packet",
	} {
		b, err := parse(notation, mqtt.V5)
		if err != nil {
			t.Fatal(err)
		}
		h, _, _ := packet.ParseHeader(b)
		r := Received{Header: h, Bytes: b, Version: mqtt.V5}
		if got := r.String(); got != want || !strings.Contains(got, "not legal") && !r.Is(want) {
			t.Errorf("%s is %s, want %s", notation, got, want)
		}
	}
	ack := Received{Header: packet.Header{Type: packet.TypeConnack, Length: 3, Size: 2}, Bytes: []byte{0x20, 3, 1, 0, 0}, Version: mqtt.V5}
	for text, want := range map[string]bool{
		"CONNACK session": true, "CONNACK": false, "CONNACK session !max": true, "CONNACK session max=5": false, "CONNACK session !receive": false, "PUBACK": false,
	} {
		if ack.Is(text) != want {
			t.Errorf("%v is %s: %v", ack, text, !want)
		}
	}
}

func TestRaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw := Start(t, script(echo)).Raw(mqtt.V5)
		raw.ExpectNothing()
		raw.SendPacket(&packet.Connect{Version: mqtt.V5})
		raw.ExpectBytes("20 [ 00 00 [] ]")
		raw.Send(`32 [ "a" 0001 [] 'x' ] C0 00`)
		raw.ExpectPacket("PUBLISH a q=1 id=1 msg=x")
		if _, body := raw.Expect(packet.TypePuback); !bytes.Equal(body, []byte{0, 1}) {
			t.Errorf("body % X", body)
		}
		if all := raw.Pending(); len(all) != 1 || all[0].String() != "PINGRESP" {
			t.Errorf("pending: %v", all)
		}
		raw.Send("E0 00")
		raw.ExpectClosed()
	})
}

// failing notes what a test is told, and ends it as a test would.
type failing struct {
	testing.TB
	text string
}

func (f *failing) Helper() {}

func (f *failing) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

func (f *failing) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	panic(f)
}

// TestRawSaysWhatIsWrong: what was wanted and what came, both in words and in bytes.
func TestRawSaysWhatIsWrong(t *testing.T) {
	for want, wrong := range map[string]func(r *Raw){
		"want PUBACK, got\nPINGRESP\nD0 00":               func(r *Raw) { r.Send("C0 00"); r.Expect(packet.TypePuback) },
		"want\nPUBACK id=1\ngot\nPINGRESP\nD0 00":         func(r *Raw) { r.Send("C0 00"); r.ExpectPacket("PUBACK id=1") },
		"want\nPUBACK id=1\n40 02 00 01\ngot\nPINGRESP\n": func(r *Raw) { r.Send("C0 00"); r.ExpectBytes("40 02 00 01") },
		"want PUBACK: nothing has arrived":                func(r *Raw) { r.Expect(packet.TypePuback) },
		"want PUBACK id=1: connection has ended":          func(r *Raw) { r.Send("E0 00"); r.ExpectPacket("PUBACK id=1") },
		"want the end of the connection: nothing":         func(r *Raw) { r.ExpectClosed() },
		"want the end of the connection, got\nPINGRESP":   func(r *Raw) { r.Send("C0 00"); r.ExpectClosed() },
		"want nothing, got\nPINGRESP":                     func(r *Raw) { r.Send("C0 00"); r.ExpectNothing() },
		"want nothing, but the server has closed":         func(r *Raw) { r.Send("E0 00"); r.ExpectNothing() },
		`send: "zz" is not hexadecimal in "zz"`:           func(r *Raw) { r.Send("zz") },
	} {
		synctest.Test(t, func(t *testing.T) {
			raw := Start(t, script(echo)).Raw(mqtt.V5)
			raw.SendPacket(&packet.Connect{Version: mqtt.V5})
			raw.Expect(packet.TypeConnack)
			f := &failing{TB: t}
			raw.t = f
			defer func() {
				if recover() != f || !strings.Contains(f.text, want) {
					t.Errorf("told %q, want %q", f.text, want)
				}
			}()
			wrong(raw)
		})
	}
}
