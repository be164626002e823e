package breaking

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

const everyone = "every client"

// What the runtime does where a spec says nothing.
const (
	defaultPacket        = 256 << 10
	defaultInflight      = 1024
	defaultQueue         = 1000
	defaultKeepAlive     = 20 * time.Minute
	defaultSessionExpiry = 7 * 24 * time.Hour
)

// server compares what holds for every client.
func (c *comparer) server() {
	old, now := &c.old.Server, &c.now.Server
	if from, to := old.Unmatched, now.Unmatched; from != to && (to == spec.UnmatchedReject || from == spec.UnmatchedRelay) {
		c.changed("MQX210", now.Pos, "server.unmatched", string(from), string(to), "clients that use topic names which no pattern describes")
	}
	if now.RefusedV3 == spec.RefusedClose && old.RefusedV3 != now.RefusedV3 {
		c.changed("MQX217", now.Pos, "server.refused_v3", string(spec.RefusedAcknowledge), string(now.RefusedV3), "3.x clients that publish what is refused")
	}
	every := []string{"3.1", "3.1.1", "5"}
	for _, v := range every {
		if (len(old.Versions) == 0 || slices.Contains(old.Versions, v)) && len(now.Versions) > 0 && !slices.Contains(now.Versions, v) {
			c.changed("MQX216", now.Pos, "version "+v+" of server.versions", "spoken", "refused", "clients of MQTT "+v)
		}
	}
	a, b := old.Limits, now.Limits
	c.limit("packet", a.Packet, b.Packet, defaultPacket, size)
	c.limit("inflight", int64(a.Inflight), int64(b.Inflight), defaultInflight, number)
	c.limit("queue", int64(a.Queue), int64(b.Queue), defaultQueue, number)
	c.limit("keep_alive", int64(a.KeepAlive), int64(b.KeepAlive), int64(defaultKeepAlive), duration)
	c.limit("session_expiry", int64(a.SessionExpiry), int64(b.SessionExpiry), int64(defaultSessionExpiry), duration)
	c.rate("connect", old.Rates.Connect, now.Rates.Connect)
	c.rate("publish", old.Rates.Publish, now.Rates.Publish)
	c.rate("bytes", old.Rates.Bytes, now.Rates.Bytes)
}

// limit compares two limits; where one is left out, the runtime's holds.
func (c *comparer) limit(name string, from, to, standard int64, text func(int64) string) {
	if from == 0 {
		from = standard
	}
	if to == 0 {
		to = standard
	}
	if to < from {
		c.changed("MQX215", c.now.Server.Pos, "server.limits."+name, text(from), text(to), everyone)
	}
}

// rate compares two rates; where one is left out, there is none.
func (c *comparer) rate(name string, from, to float64) {
	if to == 0 || from != 0 && from <= to {
		return
	}
	was := "none"
	if from != 0 {
		was = strconv.FormatFloat(from, 'g', -1, 64) + "/s"
	}
	c.changed("MQX215", c.now.Server.Pos, "server.rates."+name, was, strconv.FormatFloat(to, 'g', -1, 64)+"/s", everyone)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func duration(n int64) string {
	text := time.Duration(n).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func size(n int64) string {
	for _, unit := range []struct {
		n    int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.n && n%unit.n == 0 {
			return fmt.Sprintf("%d%s", n/unit.n, unit.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}
