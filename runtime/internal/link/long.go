package link

import (
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Reasons to refuse what is well formed and costs too much.
var (
	errLongFilter        = &packet.Error{Code: mqtt.TopicFilterInvalid, Reason: "the topic filter is longer, or has more levels, than the server takes"}
	errLongName          = &packet.Error{Code: mqtt.TopicNameInvalid, Reason: "the topic name is longer, or has more levels, than the server takes"}
	errManySubscriptions = &packet.Error{Code: mqtt.QuotaExceeded, Reason: "the client has as many subscriptions as one may have"}
)

// tooLong reports whether a topic name or filter is longer than clients may
// write.
func (s *Settings) tooLong(text string) bool {
	return s.TopicBytes > 0 && len(text) > s.TopicBytes || s.TopicLevels > 0 && strings.Count(text, "/") >= s.TopicLevels
}

// checkName refuses a topic name that is too long.
func (l *Link) checkName(k *known) error {
	if !k.checked {
		k.checked, k.long = true, l.host.Settings.tooLong(k.name)
	}
	if !k.long {
		return nil
	}
	l.host.Counters.TopicsTooLong.Add(1)
	return errLongName
}

// checkSubscription refuses a filter that is too long, or one too many. key is
// the filter as the client writes it.
func (l *Link) checkSubscription(filter, key string) error {
	s := &l.host.Settings
	switch {
	case s.tooLong(filter):
		l.host.Counters.TopicsTooLong.Add(1)
		return errLongFilter
	case s.Subscriptions > 0 && !l.member.MaySubscribe(key, s.Subscriptions):
		l.host.Counters.TooManySubscriptions.Add(1)
		return errManySubscriptions
	}
	return nil
}

// warn logs what was refused to the client, which can bring that about as often
// as it likes: some of it only, for what it writes alone fewer lines than for
// what user code has judged.
func (l *Link) warn(line string, err error, args ...any) {
	var held int
	var ok bool
	switch now := time.Now(); err {
	case errLongFilter, errLongName:
		held, ok = l.host.long.Allow(now, logEvery)
	case errManySubscriptions:
		held, ok = l.host.many.Allow(now, logEvery)
	case errMemoryPublish:
		held, ok = l.host.scarce.full.Allow(now, logEvery)
	case errRetainedFull:
		held, ok = l.host.full.Allow(now, logEvery)
	case errSessions:
		held, ok = l.host.sessions.Allow(now, logEvery)
	default:
		if l.refusals == nil {
			l.refusals = &refusals{}
		}
		held, ok = l.refusals.allow(now)
	}
	if !ok {
		return
	}
	if held > 0 {
		args = append(args, "more", held)
	}
	l.host.Log.Warn(line, append([]any{"client", shown(l.clientID), "method", shown(l.identity.Method), "code", asRefusal(err).Code.String(), "reason", reason(err)}, args...)...)
}

// refusalLines is how many refusals of one client have a line of the log within
// logEvery.
const refusalLines = 10

// refusals are those of one client that were logged of late, and were not.
type refusals struct {
	since       time.Time
	lines, held int
}

// allow reports whether one more may have a line now, and how many had none
// before.
func (r *refusals) allow(now time.Time) (held int, ok bool) {
	if now.Sub(r.since) >= logEvery {
		held, *r = r.held, refusals{since: now}
	}
	if r.lines == refusalLines {
		r.held++
		return 0, false
	}
	r.lines++
	return held, true
}

// shown is the beginning of a topic name or filter, as the log has it.
func shown[T string | []byte](text T) string {
	const most = 256
	if len(text) <= most {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:most]), "") + "..."
}
