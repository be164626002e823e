package link

import (
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
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

// warn logs what was refused to the client. Of refusals that a client can bring
// about as often as it likes, by what it writes alone, only some have a line.
func (l *Link) warn(line string, err error, args ...any) {
	var seldom *limit.Seldom
	switch err {
	case errLongFilter, errLongName:
		seldom = &l.host.long
	case errManySubscriptions:
		seldom = &l.host.many
	}
	if seldom != nil {
		held, ok := seldom.Allow(time.Now(), logEvery)
		if !ok {
			return
		}
		args = append(args, "more", held)
	}
	l.host.Log.Warn(line, append([]any{"client", l.clientID, "method", l.identity.Method, "code", asRefusal(err).Code.String(), "reason", reason(err)}, args...)...)
}

// shown is the beginning of a topic name or filter, as the log has it.
func shown[T string | []byte](text T) string {
	const most = 256
	if len(text) <= most {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:most]), "") + "..."
}
