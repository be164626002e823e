package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Will is the will message in a CONNECT (sections 3.1.2.5 and 3.1.3.2 to 3.1.3.4). Byte slices
// are views.
type Will struct {
	Topic   []byte // topic name
	Payload []byte // may be empty
	QoS     mqtt.QoS
	Retain  bool
	Delay   uint32 // will delay interval in seconds; 0 when absent
	Props   PublishProps
}

// decode reads the parts of the payload that belong to the will, after the flags have been set.
func (w *Will) decode(r *reader, v mqtt.Version) {
	if v >= mqtt.V5 {
		w.decodeProps(r)
	}
	w.Topic = r.name()
	w.Payload = r.binary()
}

func (w *Will) decodeProps(r *reader) {
	props := r.properties(willProperties)
	for props.next() {
		if props.id == propWillDelay {
			w.Delay = props.num
			continue
		}
		w.Props.set(&props)
	}
	w.Props.setViews(&props)
	r.join(&props)
}

// append writes the parts that decode reads. Delay and expiry come from their fields, all
// other properties from Props.Raw.
func (w *Will) append(dst []byte, v mqtt.Version) []byte {
	if v >= mqtt.V5 {
		var at int
		dst, at = openLength(dst)
		if w.Delay != 0 {
			dst = appendProp32(dst, propWillDelay, w.Delay)
		}
		dst = closeLength(w.Props.append(dst), at)
	}
	dst = appendField(dst, w.Topic)
	return appendField(dst, w.Payload)
}
