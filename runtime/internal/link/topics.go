package link

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

const (
	cachedTopics = 128 // topic names that a link remembers
	cachedBytes  = 256 // the longest name that it remembers
)

// topics is what a link remembers of the topic names that its client publishes
// to: so a name that comes again costs no allocation and no look into the
// broker's tree. Owned by the read loop.
type topics struct {
	last    *known
	names   map[string]*known
	aliases map[uint16]*known
}

// known is one topic name, with the route that was found for it.
type known struct {
	name  string
	route *broker.Route

	checked, long bool // by checkName
}

// lookup returns what is known of name, which the packet's decoder has found
// valid.
func (t *topics) lookup(name []byte) *known {
	if t.last != nil && t.last.name == string(name) {
		return t.last
	}
	k := t.names[string(name)]
	if k == nil {
		k = &known{name: string(name)}
		if len(name) > cachedBytes {
			return k
		}
		if len(t.names) >= cachedTopics {
			clear(t.names)
		}
		if t.names == nil {
			t.names = map[string]*known{}
		}
		t.names[k.name] = k
	}
	t.last = k
	return k
}

var (
	errAliasRange   = &packet.Error{Code: mqtt.TopicAliasInvalid, Reason: "topic alias is above the Topic Alias Maximum [MQTT-3.2.2-17]"}
	errAliasUnknown = &packet.Error{Code: mqtt.ProtocolError, Reason: "topic alias is unknown and the topic name empty"}
)

// resolve returns the topic name that a PUBLISH means. A topic alias holds for
// the connection [MQTT-3.3.2-7].
func (t *topics) resolve(p *packet.Publish, maximum int) (*known, error) {
	if !p.Props.HasAlias {
		return t.lookup(p.Name), nil
	}
	if int(p.Props.Alias) > maximum {
		return nil, errAliasRange
	}
	if len(p.Name) == 0 {
		if k := t.aliases[p.Props.Alias]; k != nil {
			return k, nil
		}
		return nil, errAliasUnknown
	}
	k := t.lookup(p.Name)
	if t.aliases == nil {
		t.aliases = map[uint16]*known{}
	}
	t.aliases[p.Props.Alias] = k
	return k, nil
}
