package mqttx

import (
	"errors"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
)

// TestOpenRequests: the number of open requests is bounded, and what ends makes room.
func TestOpenRequests(t *testing.T) {
	var r requests
	var last correlation
	for range openRequests {
		id, _, err := r.add("reply", nil)
		if err != nil {
			t.Fatal(err)
		}
		if id == last {
			t.Fatal("correlation data comes twice")
		}
		last = id
	}
	if _, _, err := r.add("reply", nil); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	r.end(last)
	id, q, err := r.add("reply", nil)
	if err != nil {
		t.Fatal(err)
	}
	m := func(topic string, will bool, data []byte) *Message {
		return &Message{Topic: topic, Will: will, Properties: Properties{CorrelationData: data}}
	}
	for _, wrong := range []*Message{m("other", false, id[:]), m("reply", true, id[:]), m("reply", false, nil), m("reply", false, id[:15]), m("reply", false, last[:])} {
		if r.take(wrong, nil) != nil {
			t.Errorf("%+v is an answer", wrong)
		}
	}
	if r.take(m("reply", false, id[:]), nil) != q || r.take(m("reply", false, id[:]), nil) != nil || r.size() != openRequests-1 {
		t.Error("the answer is taken not once")
	}
	asked, other := new(link.Link), new(link.Link)
	if id, q, err = r.add("reply", asked); err != nil {
		t.Fatal(err)
	}
	if r.take(m("reply", false, id[:]), other) != nil || r.take(m("reply", false, id[:]), asked) != q {
		t.Error("the answer of a client that was not asked is taken")
	}
}
