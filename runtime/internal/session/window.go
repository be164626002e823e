package session

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// inflight is one outbound QoS 1 or 2 message between its PUBLISH and the
// acknowledgement that ends it.
type inflight struct {
	pub      *Publication // nil once released: only the PUBREL is still owed
	ids      []uint32
	id       uint16
	qos      mqtt.QoS
	retain   bool
	released bool // PUBREC has come, PUBREL has been sent
	owed     bool // to be sent again on the present connection, when its quota allows
	done     bool
}

// window is the inflight messages in the order in which they were first sent,
// which is the order of a resend [MQTT-4.6.0-1].
type window struct {
	items  []inflight
	head   int // items before it are done
	active int // items that are not done
	last   uint16
}

// add appends a message under the next free packet identifier.
func (w *window) add(f inflight) *inflight {
	for {
		w.last++
		if w.last != 0 && w.find(w.last) == nil {
			break
		}
	}
	f.id = w.last
	if w.head > 0 && len(w.items) == cap(w.items) {
		n := copy(w.items, w.items[w.head:])
		clear(w.items[n:])
		w.items, w.head = w.items[:n], 0
	}
	w.items = append(w.items, f)
	w.active++
	return &w.items[len(w.items)-1]
}

// find returns the message in flight under id. Identifiers are given in order,
// so the place is known but for wrap-arounds.
func (w *window) find(id uint16) *inflight {
	if w.active == 0 {
		return nil
	}
	guess := w.head + int(id-w.items[w.head].id)
	if guess < len(w.items) && w.items[guess].id == id && !w.items[guess].done {
		return &w.items[guess]
	}
	for i := w.head; i < len(w.items); i++ {
		if f := &w.items[i]; f.id == id && !f.done {
			return f
		}
	}
	return nil
}

// remove ends the flow of f.
func (w *window) remove(f *inflight) {
	f.done, f.pub, f.ids = true, nil, nil
	w.active--
	for w.head < len(w.items) && w.items[w.head].done {
		w.head++
	}
	if w.head == len(w.items) {
		w.items, w.head = w.items[:0], 0
		if cap(w.items) > 64 { // one burst does not cost memory for ever
			w.items = nil
		}
	}
}

// each visits the messages in flight in order. visit may not add or remove.
func (w *window) each(visit func(f *inflight)) {
	for i := w.head; i < len(w.items); i++ {
		if !w.items[i].done {
			visit(&w.items[i])
		}
	}
}
