package spec

import (
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// serverVersions is the versions of MQTT, oldest first.
var serverVersions = []string{"3.1", "3.1.1", "5"}

// Speaks says whether clients of a version of MQTT ("3.1", "3.1.1", "5") are let in.
func (s *Server) Speaks(version string) bool {
	return len(s.Versions) == 0 || slices.Contains(s.Versions, version)
}

func serverObject() *object[Server] {
	words := []string{string(UnmatchedReject), string(UnmatchedRelay), string(UnmatchedHandle)}
	refused := []string{string(RefusedAcknowledge), string(RefusedClose)}
	under := `it stands under "limits"`
	return &object[Server]{
		fields: []field[Server]{
			{"unmatched", optional, "reject | relay | handle", "what becomes of a topic name that no pattern describes; reject by default", func(d *decoder, s *Server, e entry) {
				if word, ok := d.oneOf(e, words); ok {
					s.Unmatched = Unmatched(word)
				}
			}},
			{"versions", optional, `list of "3.1" | "3.1.1" | "5"`, "the versions of MQTT that are spoken; all by default", (*decoder).serverVersions},
			{"refused_v3", optional, "acknowledge | close", "what a 3.x client gets for a publish that is refused; acknowledge by default", func(d *decoder, s *Server, e entry) {
				if word, ok := d.oneOf(e, refused); ok {
					s.RefusedV3 = RefusedV3(word)
				}
			}},
			{"limits", optional, "object", "how large and how many", func(d *decoder, s *Server, e entry) {
				decodeObject(d, e.value, d.Pos(e.key), "limits of server", limitsObject(), &s.Limits)
			}},
			{"rates", optional, "object", "how often", func(d *decoder, s *Server, e entry) {
				decodeObject(d, e.value, d.Pos(e.key), "rates of server", ratesObject(), &s.Rates)
			}},
		},
		hints: map[string]string{
			"packet": under, "inflight": under, "queue": under, "keep_alive": under, "session_expiry": under,
			"connect": `it stands under "rates"`, "publish": `it stands under "rates"`, "bytes": `it stands under "rates"`,
			"port": "addresses are given to ListenAndServe", "listen": "addresses are given to ListenAndServe", "tls": "certificates are given to ListenAndServe",
		},
	}
}

// The bounds of MQTT: a Remaining Length of four bytes with its header, a Keep Alive of 16 bits and intervals of 32 bits,
// of which the last value means for ever.
const (
	maxPacket   = 268_435_455 + 5
	maxInflight = 65_535
	maxQueue    = 1 << 30
	maxKeep     = 65_535 * time.Second
	maxInterval = (1<<32 - 2) * time.Second
)

func limitsObject() *object[Limits] {
	return &object[Limits]{fields: []field[Limits]{
		{"packet", optional, "size", "the largest packet that a client may send, such as 256KiB", func(d *decoder, l *Limits, e entry) {
			l.Packet, _ = d.size(e, 1, maxPacket)
		}},
		{"inflight", optional, "integer", "how many QoS 1 and 2 messages a client may have open, from 1 to 65535", countField(func(l *Limits) *int { return &l.Inflight }, 1, maxInflight)},
		{"queue", optional, "integer", "how many messages may wait for one client", countField(func(l *Limits) *int { return &l.Queue }, 1, maxQueue)},
		{"keep_alive", optional, "duration", "the longest keep-alive, such as 20m", func(d *decoder, l *Limits, e entry) {
			l.KeepAlive, _ = d.duration(e, time.Second, maxKeep)
		}},
		{"session_expiry", optional, "duration", "how long a session may outlive its connection, such as 168h; 0s: not at all", func(d *decoder, l *Limits, e entry) {
			if t, ok := d.duration(e, 0, maxInterval); ok && t == 0 {
				l.SessionExpiry = NoSession
			} else {
				l.SessionExpiry = t
			}
		}},
	}}
}

func ratesObject() *object[Rates] {
	return &object[Rates]{fields: []field[Rates]{
		{"connect", optional, "rate", "connections of all clients together, such as 200/s", func(d *decoder, r *Rates, e entry) { r.Connect, _ = d.rate(e, false) }},
		{"publish", optional, "rate", "messages of one client, such as 12/min", func(d *decoder, r *Rates, e entry) { r.Publish, _ = d.rate(e, false) }},
		{"bytes", optional, "rate", "bytes of one client, such as 64KiB/s", func(d *decoder, r *Rates, e entry) { r.Bytes, _ = d.rate(e, true) }},
	}}
}

// versionWords is what people write for a version, and what they mean.
var versionWords = map[string]string{"5.0": "5", "v5": "5", "3": "3.1.1", "3.11": "3.1.1", "v3.1.1": "3.1.1", "v3.1": "3.1", "4": "3.1.1", "3.1.0": "3.1"}

func (d *decoder) serverVersions(s *Server, e entry) {
	items, ok := d.items(e, e.what())
	if !ok {
		return
	}
	if len(items) == 0 {
		d.Fail("MQX012", d.Pos(e.value), "%s is empty: no client could connect", e.what()).Hint("leave it out for all versions")
	}
	first := map[string]Pos{}
	for _, item := range items {
		word, pos := item.Value, d.Pos(item)
		earlier, twice := first[word]
		switch {
		case item.Kind != yaml.ScalarNode:
			d.wrongKind(item, pos, "each item of "+e.what(), "a version")
		case twice:
			d.Fail("MQX003", pos, "version %q stands twice in %s", word, e.what()).Also(earlier, "it stands here first")
		case !slices.Contains(serverVersions, word):
			wrong := d.Fail("MQX012", pos, "there is no version %q of MQTT here", word).Hint("known here: %s", strings.Join(serverVersions, ", "))
			if meant := versionWords[strings.ToLower(word)]; meant != "" {
				wrong.Hint("write %q", meant)
			}
		default:
			first[word] = pos
		}
	}
	for _, v := range serverVersions { // in one order, whatever the spec's
		if first[v].Line > 0 {
			s.Versions = append(s.Versions, v)
		}
	}
}
