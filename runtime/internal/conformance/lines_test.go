package conformance

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write README.md")

// tables are all scripts, by the test that plays them.
var tables = map[string][]row{
	"TestFraming": framing, "TestConnect": connect, "TestTakeover": takeover, "TestPublish": publish, "TestQoS": qos, "TestSubscribe": subscribe,
	"TestWill": wills, "TestSession": sessions, "TestAuth": enhanced, "TestDisconnect": disconnect, "TestOftenWrong": oftenWrong,
}

// line is one demand on a server.
type line struct {
	key   string // what the rows carry
	words string
	// also names tests of other packages, as "room: TestName", and why a part is
	// tested elsewhere or not at all.
	also []string
	open string
}

var checklist = []line{
	{key: "F1", words: "remaining length: four bytes, shortest form; too large is refused before it is buffered; a packet that ends inside a field"},
	{key: "F2", words: "flags of every type; 3.1 ignores them", also: []string{"packet: TestHeaderBad"}},
	{key: "F3", words: "strings: UTF-8, no U+0000, no surrogates, U+FEFF stays, 65,535 bytes"},
	{key: "F4", words: "properties: each once, none of another packet; user properties in order, thousands of them"},
	{key: "F5", words: "limits of values"},
	{key: "F6", words: "packet identifier 0; bytes after the last field"},
	{key: "F7", words: "nothing a client sends harms others: random bytes, many packets in a write",
		also: []string{"TestRandomBytes", "link: FuzzConnection", "packet: FuzzConnect"}},
	{key: "C1", words: "first packet, second CONNECT, CONNECT timeout"},
	{key: "C2", words: "protocol name and level; bridges"},
	{key: "C3", words: "connect flags, will QoS, will topic"},
	{key: "C4", words: "password without user name; binary password and will"},
	{key: "C5", words: "empty client identifier"},
	{key: "C6", words: "what CONNACK states; return codes of 3.x"},
	{key: "C7", words: "session present"},
	{key: "C8", words: "keep-alive", also: []string{"mqttx: TestKeepAlive", "mqttx: TestKeepAliveStandsStillWhileAHandlerRuns"}},
	{key: "C9", words: "Request Problem Information 0"},
	{key: "C10", words: "packets before CONNACK, and after a refusal"},
	{key: "C11", words: "Maximum QoS below 2, retain not available; long client identifiers in 3.1"},
	{key: "T1", words: "taking over", also: []string{"TestThirtyTakeovers", "mqttx: TestTakeoverByManyLeavesOne", "link: TestCatchUp", "link: TestCatchUpEnds", "link: TestTakenOverAfterItsLastPackets"}},
	{key: "P1", words: "QoS 3, DUP with QoS 0, wildcards and empty topic names"},
	{key: "P2", words: "topic aliases, both ways"},
	{key: "P3", words: "retained messages; Retain As Published", also: []string{"mqttx: TestWhatComesLastIsRetained"}},
	{key: "P4", words: "message expiry"},
	{key: "P5", words: "properties reach the subscriber"},
	{key: "P6", words: "Subscription Identifier from a client; DUP is not passed on"},
	{key: "P7", words: "lower QoS of the two; identifiers of all matching subscriptions"},
	{key: "P8", words: "Receive Maximum and Maximum Packet Size, both ways"},
	{key: "P9", words: "not authorised"},
	{key: "Q1", words: "QoS 2 in"},
	{key: "Q2", words: "QoS 2 out"},
	{key: "Q3", words: "order of acknowledgements and messages", also: []string{"TestModel"}},
	{key: "Q4", words: "resend: when, what, in which order", also: []string{"mqttx: TestResumedSession", "TestModel"}},
	{key: "Q5", words: "Receive Maximum of the client; quota", also: []string{"mqttx: TestReceiveMaximumNeverStalls", "TestModel"}},
	{key: "Q6", words: "resends obey the new Receive Maximum"},
	{key: "Q7", words: "reason codes where they are legal; texts that do not fit"},
	{key: "S1", words: "no filter, option bits, a code for each filter"},
	{key: "S2", words: "syntax of filters"},
	{key: "S3", words: "the same filter again; retain handling"},
	{key: "S4", words: "no local; overlapping subscriptions"},
	{key: "S5", words: "shared subscriptions"},
	{key: "S6", words: "UNSUBACK"},
	{key: "S7", words: "which filter matches which name", also: []string{"topic: TestMatch"}},
	{key: "W1", words: "wills: sent once, when", also: []string{"mqttx: TestShutdownSendsWillsFirst", "link: TestCatchUp", "link: TestLastWordsOfWhoHasLeft"}},
	{key: "W2", words: "will delay, properties, checks", also: []string{"broker: TestWillBeforeCleanStart"}},
	{key: "E1", words: "Session Expiry Interval; clean session"},
	{key: "E2", words: "while offline", also: []string{"TestModel"}, open: "a restart of the server: there is no durable store yet"},
	{key: "E3", words: "clean start; expired sessions leave nothing", also: []string{"mqttx: TestSessionExpires"}},
	{key: "A1", words: "enhanced authentication before CONNACK"},
	{key: "A2", words: "re-authentication; AUTH without a method"},
	{key: "D1", words: "malformed packets and protocol errors have their codes: all rows that are refused"},
	{key: "D2", words: "the server's own reasons", also: []string{"TestServersReasons", "mqttx: TestSlowClientIsClosed"}},
	{key: "D3", words: "after DISCONNECT; short forms"},
	{key: "X1", words: "WebSocket", open: "needs sockets: runtime/websocket"},
	{key: "X2", words: "TLS and PROXY protocol", open: "needs sockets: runtime/mqttx"},
	{key: "O1", words: "acknowledgements of the wrong kind; packets of servers"},
	{key: "O2", words: "bytes after the last field, fields without flags, flags, properties without value"},
	{key: "O3", words: "reason codes of another packet"},
	{key: "O4", words: "the reason reaches the client before the close", also: []string{"transport: TestLinger"}},
	{key: "O5", words: "no Session Expiry Interval; taking over a clean session"},
	{key: "O6", words: "will delay and the end of the session; empty will payload and topic"},
	{key: "O7", words: "empty Response Topic, Payload Format 2, will properties"},
	{key: "O8", words: "Maximum Packet Size counts the whole packet", also: []string{"TestPublish/above_the_client's_Maximum_Packet_Size", "mqttx: TestMaximumPacketSizeCountsAll"}},
	{key: "O9", words: "# and the parent level for retained messages"},
	{key: "O10", words: "memory before CONNECT", also: []string{"TestFraming/256_MB_before_CONNECT", "mqttx: TestHostileLengthBeforeConnect"}},
}

// seen are defects that other servers were found to have, and the tests in
// which they would fail.
var seen = []line{
	{words: "a client with Receive Maximum 2 that acknowledges all of 20 messages gets 4", also: []string{"mqttx: TestReceiveMaximumNeverStalls"}},
	{words: "both directions share packet identifiers", also: []string{"TestQoS/each_direction_has_its_own_packet_identifiers"}},
	{words: "QoS 1 lost on reconnect, resent in random order", also: []string{"TestQoS/resend", "mqttx: TestResumedSession", "TestModel"}},
	{words: "of 50 CONNECTs with one client identifier many stay", also: []string{"TestThirtyTakeovers", "mqttx: TestTakeoverByManyLeavesOne", "link: TestTakenOverAfterItsLastPackets"}},
	{words: "a subscriber that stalls holds up its publisher", also: []string{"mqttx: TestSlowSubscriberDelaysNobody"}},
	{words: "CONNACK tells Receive Maximum only", also: []string{"TestConnect/what_the_server_is_able_to"}},
	{words: "access rules see an empty topic name where an alias stands for it", also: []string{"TestPublish/aliases_in"}},
	{words: "will properties are lost", also: []string{"TestWill/properties_go_along"}},
	{words: "expired sessions leave their subscriptions", also: []string{"mqttx: TestSessionExpires"}},
	{words: "no CONNECT timeout", also: []string{"TestConnect/no_CONNECT_in_time", "TestConnect/a_CONNECT_that_trickles"}},
	{words: "a Message Expiry Interval is added", also: []string{"TestPublish/message_expiry"}},
	{words: "an empty message without retain deletes the retained one", also: []string{"TestPublish/retained"}},
	{words: "acknowledgements out of order disconnect", also: []string{"TestQoS/out_of_order"}},
	{words: "sent again on a live connection, after 30 seconds", also: []string{"TestQoS/resend"}},
	{words: "UNSUBACK with a byte too many in 3.1.1", also: []string{"TestSubscribe/UNSUBACK"}},
	{words: "packet identifier 0 is taken", also: []string{"TestFraming/PUBLISH_with_packet_identifier_0"}},
	{words: "sessions are not resumed", also: []string{"TestConnect/session_present"}},
	{words: "Maximum QoS 1 is told where it is 2", also: []string{"TestConnect/what_the_server_is_able_to"}},
	{words: "aliases are limited by Receive Maximum", also: []string{"TestPublish/aliases_in"}},
}

// rooms says where the tests of a room are.
var rooms = map[string]string{
	"conformance": ".", "link": "../link", "packet": "../packet", "session": "../session", "broker": "../broker",
	"transport": "../transport", "mqttx": "../../mqttx", "topic": "../../topic", "websocket": "../../websocket",
}

// TestTable: README.md says of each line which tests hold it, each line has
// one or says why not, and all of them exist.
func TestTable(t *testing.T) {
	known := map[string]bool{}
	for room, dir := range rooms {
		for _, name := range testsIn(t, dir) {
			known[strings.TrimPrefix(room+": "+name, "conformance: ")] = true
		}
	}
	byLine := map[string][]string{}
	for _, test := range slices.Sorted(maps.Keys(tables)) {
		for _, r := range tables[test] {
			name := fmt.Sprintf("%s/%s", test, strings.ReplaceAll(r.name, " ", "_"))
			byLine[r.line] = append(byLine[r.line], name)
			if known[name] {
				t.Errorf("two rows are %s", name)
			}
			known[name] = true
		}
	}
	var text strings.Builder
	text.WriteString(readme)
	for _, l := range checklist {
		fmt.Fprintf(&text, "| %s | %s | %s |\n", l.key, l.words, l.said(t, known, byLine[l.key]))
		delete(byLine, l.key)
	}
	text.WriteString(readmeSeen)
	for _, l := range seen {
		fmt.Fprintf(&text, "| %s | %s |\n", l.words, l.said(t, known, nil))
	}
	for key := range byLine {
		t.Errorf("rows are of line %s, which is not in the list", key)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("README.md"); err != nil || string(got) != text.String() {
		t.Error("README.md is not what the tables say: go test -run TestTable -update")
	}
}

// said returns what README.md says of a line beside its words.
func (l line) said(t *testing.T, known map[string]bool, rows []string) (said string) {
	t.Helper()
	tests := slices.Concat(rows, l.also)
	for _, name := range l.also {
		if !known[name] {
			t.Errorf("%s: there is no test %s", l.words, name)
		}
	}
	switch {
	case len(tests) > 0:
		said = "`" + strings.Join(tests, "`, `") + "` "
	case l.open == "":
		t.Errorf("%s has no test", l.words)
	}
	if l.open != "" {
		said += "*not here: " + l.open + "*"
	}
	return strings.TrimSpace(said)
}

const readme = `# What a server must do, and which test says so

Scripts of raw clients against a server in memory and in virtual time, each in the protocol versions where it applies. After each script
a pair of other clients is still served. ` + "`go test -run 'TestQoS/resend'`" + ` plays one. This table is written by ` + "`go test -run TestTable -update`" + `.

| line | what | tests |
|---|---|---|
`

const readmeSeen = `
## Seen in other servers

Each of these was found in at least one of them.

| defect | tests |
|---|---|
`

// testsIn returns the names of the tests in a directory, without those that it
// has not got: not every room exists in every build.
func testsIn(t *testing.T, dir string) (names []string) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names
}
