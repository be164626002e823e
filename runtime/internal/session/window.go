package session

import (
	"slices"
	"sort"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// inflight is one outbound QoS 1 or 2 message between its PUBLISH and the
// acknowledgement that ends it.
type inflight struct {
	pub      *Publication // nil once released: only the PUBREL is still owed
	name     string       // the topic name, once pub is nil
	ids      []uint32
	group    Group // of a shared subscription; nil: none
	id       uint16
	qos      mqtt.QoS
	retain   bool
	released bool // PUBREC has come, PUBREL has been sent
	owed     bool // to be sent again on the present connection, when its quota allows
	waited   bool // it came from the queue
	done     bool
}

// window is the inflight messages in the order in which they were first sent,
// which is the order of a resend [MQTT-4.6.0-1]. Packet identifiers are given
// in turn, and never past that of the oldest message: so it is the order of
// the identifiers too, counted from the oldest.
type window struct {
	items  []inflight
	head   int            // items before it are done
	active int            // items that are not done
	bytes  int            // what the publications in flight cost
	held   *limit.Account // counts them; nil: nobody does
	last   uint16
}

// full reports whether no packet identifier is left: the client has
// acknowledged 65,534 messages, but not the one before them.
func (w *window) full() bool {
	return w.active > 0 && following(w.last) == w.items[w.head].id
}

func following(id uint16) uint16 {
	if id == 65535 {
		return 1
	}
	return id + 1
}

// add appends a message under the next packet identifier. The window is not
// full.
func (w *window) add(f inflight) *inflight {
	w.last = following(w.last)
	f.id = w.last
	if len(w.items) == cap(w.items) && w.active <= len(w.items)/2 {
		// One message that is never acknowledged must not keep all later ones.
		w.items = slices.DeleteFunc(w.items, func(f inflight) bool { return f.done })
		w.head = 0
	}
	w.count(&f, 1)
	w.items = append(w.items, f)
	w.active++
	w.bytes += f.pub.size()
	return &w.items[len(w.items)-1]
}

// find returns the message in flight under id, nil without one.
func (w *window) find(id uint16) *inflight {
	if w.active == 0 {
		return nil
	}
	items := w.items[w.head:]
	first := items[0].id
	i := int(id - first) // right, unless identifiers began anew or something was taken out
	if i >= len(items) || items[i].id != id {
		i = sort.Search(len(items), func(i int) bool { return items[i].id-first >= id-first })
	}
	if i == len(items) || items[i].id != id || items[i].done {
		return nil
	}
	return &items[i]
}

// forget drops the message of f, of which nothing but the PUBREL is owed.
func (w *window) forget(f *inflight) {
	if f.pub != nil {
		w.count(f, -1)
		w.bytes -= f.pub.size()
		f.name = f.pub.Name
	}
	f.pub, f.ids, f.group = nil, nil, nil
}

// remove ends the flow of f.
func (w *window) remove(f *inflight) {
	w.forget(f)
	f.done = true
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

// each visits the messages in flight in order, until visit says no. visit may
// not add or remove.
func (w *window) each(visit func(f *inflight) (more bool)) {
	for i := w.head; i < len(w.items); i++ {
		if !w.items[i].done && !visit(&w.items[i]) {
			return
		}
	}
}
