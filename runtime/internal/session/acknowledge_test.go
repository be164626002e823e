package session

import (
	"fmt"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestQuota(t *testing.T) {
	d := newDevice(t)
	d.connect(2)
	d.deliver("1 a", "2 b", "1 c", "2 d")
	d.want("1:PUBLISH 1 a", "2:PUBLISH 2 b")
	d.must("PUBACK 9", "PUBREC 9 128", "PUBCOMP 9") // unknown: they free nothing
	d.want()
	d.must("PUBREC 2") // holds its place until PUBCOMP
	d.want("2:PUBREL")
	d.must("PUBACK 1")
	d.want("3:PUBLISH 1 c")
	d.must("PUBACK 1", "PUBACK 1") // once only
	d.want()
	d.must("PUBCOMP 2")
	d.want("4:PUBLISH 2 d")
	d.must("PUBACK 3", "PUBREC 4", "PUBCOMP 4")
	d.want("4:PUBREL")
	if queue, inflight := d.s.Waiting(); queue != 0 || inflight != 0 {
		t.Errorf("%d wait and %d are in flight at the end", queue, inflight)
	}
	d.deliver("1 e", "1 f", "1 g")
	d.want("5:PUBLISH 1 e", "6:PUBLISH 1 f")
}

func TestAcknowledgementsInAnyOrder(t *testing.T) {
	d := newDevice(t)
	d.connect(200) // more than a hundred: no fixed window
	for i := range 200 {
		d.deliver(fmt.Sprintf("1 %d", i))
	}
	d.wire.mu.Lock()
	d.eaten = len(d.wire.got)
	d.wire.mu.Unlock()
	for _, id := range []int{200, 1, 100, 2, 199} {
		d.must(fmt.Sprintf("PUBACK %d", id))
	}
	if _, inflight := d.s.Waiting(); inflight != 195 {
		t.Errorf("%d in flight, want 195", inflight)
	}
	d.deliver("1 x")
	d.want("201:PUBLISH 1 x")
}

func TestPubrec(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("2 a", "2 b")
	d.want("1:PUBLISH 2 a", "2:PUBLISH 2 b")
	d.must("PUBREC 1", "PUBREC 1")
	d.want("1:PUBREL", "1:PUBREL")
	d.must("PUBREC 7")
	d.want("7:PUBREL 92")
	d.must("PUBREC 8 135") // a refusal of what is unknown asks for nothing
	d.must("PUBREC 2 151") // a refusal ends the flow
	d.want()
	if f := d.s.window.find(2); f != nil {
		t.Error("the refused message is in flight still")
	}
	d.must("PUBREC 2")
	d.want("2:PUBREL 92")
	d.must("PUBREC 1 128") // too late: it was released, and is completed by PUBCOMP
	d.want("1:PUBREL")
	d.must("PUBCOMP 1")
	if _, inflight := d.s.Waiting(); inflight != 0 || d.s.quota != 10 {
		t.Errorf("%d in flight, quota %d; want 0 and 10", inflight, d.s.quota)
	}
}

func TestUnknownPubrecIn3(t *testing.T) {
	d := newDevice(t)
	d.version = mqtt.V311
	d.connect(10)
	d.must("PUBREC 7")
	d.want("7:PUBREL")
}

func TestAcknowledgementOfTheWrongKind(t *testing.T) {
	for _, test := range []struct {
		message string
		first   string // is legal
		wrong   string
	}{
		{"1 x", "", "PUBREC 1"},
		{"1 x", "", "PUBREC 1 128"},
		{"1 x", "", "PUBCOMP 1"},
		{"2 x", "", "PUBACK 1"},
		{"2 x", "", "PUBCOMP 1"},
		{"2 x", "PUBREC 1", "PUBACK 1"},
	} {
		d := newDevice(t)
		d.connect(5)
		d.deliver(test.message)
		if test.first != "" {
			d.must(test.first)
		}
		if err := d.acknowledge(test.wrong); err != errWrongAcknowledgement {
			t.Errorf("%s for %q after %q: %v", test.wrong, test.message, test.first, err)
		}
		if _, inflight := d.s.Waiting(); inflight != 1 {
			t.Errorf("%s for %q ended its flow", test.wrong, test.message)
		}
	}
}

func TestResend(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("1 a", "2 b", "2 c", "1 d", "2 e", "1 f")
	d.must("PUBREC 2", "PUBREC 5", "PUBACK 4")
	d.s.Detach()
	d.deliver("1 offline", "0 never", "2 later")

	d.connect(4)
	d.deliver("1 new")
	d.want("2:PUBREL", "5:PUBREL", "1:PUBLISH 1 dup a", "3:PUBLISH 2 dup c")
	d.must("PUBCOMP 5")
	d.want("6:PUBLISH 1 dup f")
	d.must("PUBACK 1", "PUBREC 3", "PUBCOMP 2")
	d.want("7:PUBLISH 1 offline", "3:PUBREL", "8:PUBLISH 2 later")
	d.must("PUBCOMP 3", "PUBACK 6")
	d.want("9:PUBLISH 1 new")
	d.must("PUBACK 7", "PUBREC 8", "PUBACK 9", "PUBCOMP 8")
	d.want("8:PUBREL")
	if queue, inflight := d.s.Waiting(); queue != 0 || inflight != 0 || d.s.quota != 4 {
		t.Errorf("%d wait, %d are in flight, quota %d; want 0, 0 and 4", queue, inflight, d.s.quota)
	}
}

// TestAcknowledgedBeforeItIsSentAgain: the client answers on its new
// connection what it got on the old one, before the quota allows the resend.
func TestAcknowledgedBeforeItIsSentAgain(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("1 a", "2 b", "1 c", "2 d")
	d.s.Detach()
	d.connect(1)
	d.want("1:PUBLISH 1 dup a")
	d.must("PUBACK 3") // holds no place, so it frees none
	d.want()
	d.must("PUBREC 4") // takes a place: it is in delivery on this connection now
	d.want("4:PUBREL")
	d.must("PUBACK 1")
	d.want()
	d.must("PUBCOMP 4")
	d.want("2:PUBLISH 2 dup b")
	d.must("PUBREC 2", "PUBCOMP 2")
	if s := d.s; s.quota != 1 || s.owed != 0 || s.window.active != 0 {
		t.Errorf("quota %d, owed %d, in flight %d; want 1, 0, 0", s.quota, s.owed, s.window.active)
	}
}

func TestNothingIsSentAgainOnALiveConnection(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	d.deliver("1 a", "2 b")
	d.want("1:PUBLISH 1 a", "2:PUBLISH 2 b")
	d.now = d.now.Add(time.Hour)
	d.deliver("1 c")
	d.must("PUBACK 3")
	d.want("3:PUBLISH 1 c")
}

func TestStuckIdentifierIsNeverGivenTwice(t *testing.T) {
	d := newDevice(t)
	d.connect(2)
	d.deliver("1 stuck")
	d.s.window.last = 65000 // as if all in between had come and gone
	for id := 65001; id <= 65535; id++ {
		d.deliver("1 x")
		d.must(fmt.Sprintf("PUBACK %d", id))
	}
	d.box.Flush()
	d.read()
	d.deliver("1 y", "1 z") // only identifier 1 is left, and it is in use
	d.want()
	d.must("PUBACK 1")
	d.want("1:PUBLISH 1 y", "2:PUBLISH 1 z")
}
