package conformance

import (
	"flag"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// checks is how many random programs are run; -rapid.checks says another.
const checks = "1500"

// TestModel runs random programs against a server and the reference, and
// shrinks the program for which they differ.
func TestModel(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = flag.Set("rapid.checks", checks)
	}
	_ = flag.Set("rapid.nofailfile", "true")
	program := rapid.SliceOfN(rapid.Custom(drawOp), 10, 60)
	rapid.Check(t, func(rt *rapid.T) {
		ops := program.Draw(rt, "program")
		var err error
		synctest.Test(t, func(t *testing.T) { err = run(t, ops) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// op is one step of a program.
type op struct {
	kind    string
	client  int
	clean   bool
	keep    bool // the session outlives the connection
	version mqtt.Version
	filter  string // or topic name
	qos     mqtt.QoS
	retain  bool
	n       int // which, how many
}

// expiry is what keep means: 45 s in 5.0; in 3.x clean session decides.
func (o op) expiry() time.Duration {
	switch {
	case o.version == mqtt.V5 && o.keep:
		return 45 * time.Second
	case o.version != mqtt.V5 && !o.clean:
		return 7 * 24 * time.Hour
	}
	return 0
}

// receive is the Receive Maximum of the client.
func (o op) receive() int {
	if o.version == mqtt.V5 {
		return 1 + o.n%3
	}
	return 64 // 3.x has none; the server has this
}

func (o op) String() string {
	switch o.kind {
	case "connect":
		return fmt.Sprintf("client %d connects: %v clean=%v expiry=%v receive=%d", o.client, o.version, o.clean, o.expiry(), o.receive())
	case "subscribe":
		return fmt.Sprintf("client %d subscribes to %s, %v", o.client, o.filter, o.qos)
	case "unsubscribe":
		return fmt.Sprintf("client %d unsubscribes from %s", o.client, o.filter)
	case "publish":
		return fmt.Sprintf("publisher %d publishes to %s, %v retain=%v empty=%v", o.publisher(), o.topic(), o.qos, o.retain, o.empty())
	case "acknowledge":
		return fmt.Sprintf("client %d acknowledges open message %d", o.client, o.n)
	case "wait":
		return fmt.Sprintf("wait %v", o.pause())
	}
	return fmt.Sprintf("client %d: %s", o.client, o.kind)
}

// publisher is which of the two publishes.
func (o op) publisher() int { return o.client % 2 }

func (o op) topic() string { return []string{"a", "b"}[o.n%2] }

// empty says that a retained message removes the one before.
func (o op) empty() bool { return o.retain && o.n < 2 }

// pause is short, or longer than sessions of 5.0 last.
func (o op) pause() time.Duration { return []time.Duration{10, 10, 100}[o.n%3] * time.Second }

func drawOp(t *rapid.T) op {
	kinds := []string{
		"nothing", // what steps shrink to
		"publish", "publish", "publish", "publish", "publish", "acknowledge", "acknowledge", "acknowledge", "connect", "connect", "connect",
		"subscribe", "subscribe", "cut", "disconnect", "wait", "unsubscribe",
	}
	return op{
		kind:    rapid.SampledFrom(kinds).Draw(t, "kind"),
		client:  rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2}).Draw(t, "client"),
		clean:   rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "clean"),
		keep:    rapid.SampledFrom([]bool{true, true, true, false}).Draw(t, "keep"),
		version: rapid.SampledFrom([]mqtt.Version{mqtt.V5, mqtt.V5, mqtt.V311, mqtt.V31}).Draw(t, "version"),
		filter:  rapid.SampledFrom([]string{"a", "b", "+"}).Draw(t, "filter"),
		qos:     rapid.SampledFrom([]mqtt.QoS{mqtt.QoS1, mqtt.QoS2, mqtt.QoS1, mqtt.QoS2, mqtt.QoS0}).Draw(t, "qos"),
		retain:  rapid.Bool().Draw(t, "retain"),
		n:       rapid.IntRange(0, 9).Draw(t, "n"),
	}
}

// world is a server, the raw connections of the reference's clients, and their
// publishers.
type world struct {
	stage *stage
	ref   reference
	raws  [3]*mqttxtest.Raw
	pubs  [2]*mqttxtest.Client
	seq   int
}

// run returns where server and reference differ.
func run(t *testing.T, ops []op) error {
	w := &world{stage: newStage(t, "5", mqttx.Options{})}
	for i := range w.pubs {
		w.pubs[i] = w.stage.net.Connect(mqttxtest.Options{ClientID: fmt.Sprint("publisher-", i)})
	}
	for i, o := range ops {
		if err := w.step(t, o); err != nil {
			return fmt.Errorf("%v: %w\n%s", o, err, listing(ops[:i+1]))
		}
	}
	if left := w.leave(t); left != 0 {
		return fmt.Errorf("%d bytes are held for nobody\n%s", left, listing(ops))
	}
	return nil
}

// leave ends all sessions and retained messages, and returns how many bytes the
// server holds afterwards.
func (w *world) leave(t *testing.T) int64 {
	for i, raw := range w.raws {
		if raw != nil {
			raw.Close()
		}
		_ = w.stage.net.Connect(mqttxtest.Options{ClientID: fmt.Sprint("client-", i)}).Disconnect() // a clean start
	}
	for _, name := range []string{"a", "b"} {
		if err := w.stage.server.Publish(t.Context(), name, nil, mqttx.Retain()); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
	return w.stage.server.Stats().Memory
}

func listing(ops []op) string {
	var s strings.Builder
	for _, o := range ops {
		if o.kind == "nothing" {
			continue
		}
		fmt.Fprintf(&s, "\t%v\n", o)
	}
	return s.String()
}

func (w *world) step(t *testing.T, o op) error {
	c, raw := &w.ref.clients[o.client], w.raws[o.client]
	switch o.kind {
	case "connect":
		p := packet.Connect{Version: o.version, CleanStart: o.clean, ClientID: []byte(fmt.Sprint("client-", o.client))}
		p.Props = packet.ConnectProps{
			RequestProblem: true, SessionExpiry: uint32(o.expiry() / time.Second), HasSessionExpiry: o.keep, ReceiveMaximum: uint16(o.receive()),
		}
		if o.retain { // nobody subscribes to it, but it counts until it is sent or given up
			p.HasWill, p.Will.Topic, p.Will.Payload = true, []byte("will/of"), make([]byte, 100*o.n)
			p.Will.Delay = uint32(o.n%3) * 30
		}
		w.raws[o.client] = w.stage.net.Raw(o.version)
		w.raws[o.client].SendPacket(&p)
		c.connect(o)
	case "wait":
		time.Sleep(o.pause())
		w.ref.pass(o.pause())
	case "publish":
		if err := w.publish(t, o); err != nil {
			return err
		}
	default:
		if c.online {
			w.act(c, raw, o)
		}
	}
	synctest.Wait()
	for i := range w.raws {
		if err := w.compare(i); err != nil {
			return fmt.Errorf("client %d: %w", i, err)
		}
	}
	return nil
}

// publish sends the next message of one of the publishers.
func (w *world) publish(t *testing.T, o op) error {
	w.seq++
	m := refMessage{name: o.topic(), payload: strconv.Itoa(w.seq), qos: o.qos}
	if o.empty() {
		m.payload = ""
	}
	w.ref.publish(m, o.retain)
	return w.pubs[o.publisher()].PublishMessage(t.Context(), &mqtt.Message{Topic: m.name, Raw: []byte(m.payload), QoS: m.qos, Retain: o.retain})
}

// act is what a client does that is connected.
func (w *world) act(c *refClient, raw *mqttxtest.Raw, o op) {
	switch o.kind {
	case "subscribe":
		w.ref.subscribe(c, o.filter, o.qos)
		raw.SendPacket(&packet.Subscribe{PacketID: 1, Filters: []packet.Filter{{Filter: []byte(o.filter), QoS: o.qos}}})
	case "unsubscribe":
		code := " codes=11"
		if _, ok := c.subs[o.filter]; ok {
			code = " codes=00"
		}
		if c.version != mqtt.V5 {
			code = ""
		}
		delete(c.subs, o.filter)
		c.expect(nil, "UNSUBACK%s", code)
		raw.SendPacket(&packet.Unsubscribe{PacketID: 1, Filters: [][]byte{[]byte(o.filter)}})
	case "acknowledge":
		if open := c.open(); len(open) > 0 {
			d := open[o.n%len(open)]
			p, _ := compose(fmt.Sprintf("%s id=%d", c.acknowledge(d), d.id), c.version)
			raw.Write(p.bytes)
		}
	case "disconnect":
		raw.SendPacket(&packet.Disconnect{})
		c.detach()
	case "cut":
		raw.Close()
		c.detach()
	}
}

var packetID = regexp.MustCompile(` id=(\d+)`)

// compare holds what a client has received in this step against the reference.
func (w *world) compare(i int) error {
	c, raw := &w.ref.clients[i], w.raws[i]
	if raw == nil || !c.online {
		return nil
	}
	for _, got := range raw.Pending() {
		text := got.String()
		if id := packetID.FindStringSubmatch(text); id == nil {
			if err := c.arrived(text); err != nil {
				return err
			}
			continue
		} else if err := c.arrivedInOrder(got, packetID.ReplaceAllString(text, ""), id[1]); err != nil {
			return err
		}
	}
	if len(c.want) > 0 {
		return fmt.Errorf("%s has not arrived", c.want[0].text)
	}
	for payload, n := range c.must {
		if n > 0 {
			return fmt.Errorf("QoS 0 message %s has not arrived", payload)
		}
	}
	if raw.Ended() {
		return fmt.Errorf("the server has closed the connection")
	}
	return nil
}

// arrived takes a CONNACK, or a QoS 0 message.
func (c *refClient) arrived(text string) error {
	if strings.HasPrefix(text, "CONNACK") {
		session := ""
		if strings.Contains(text, " session") {
			session = " session"
		}
		return c.next("CONNACK" + session)
	}
	_, payload, _ := strings.Cut(text, "msg=")
	switch {
	case c.must[payload] > 0:
		c.must[payload]--
	case c.maybe[payload] > 0:
		c.maybe[payload]--
	default:
		return fmt.Errorf("not expected: %s", text)
	}
	return nil
}

// arrivedInOrder takes a packet with a packet identifier.
func (c *refClient) arrivedInOrder(got mqttxtest.Received, text, number string) error {
	id, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return err
	}
	if len(c.want) == 0 {
		return fmt.Errorf("not expected: %v", got)
	}
	d := c.want[0].d
	if err := c.next(text); err != nil || d == nil {
		return err
	}
	if d.id == 0 {
		for _, other := range c.out {
			if other.id == uint16(id) {
				return fmt.Errorf("packet identifier is in use: %v", got)
			}
		}
		d.id = uint16(id)
	}
	if d.id != uint16(id) {
		return fmt.Errorf("%v has another packet identifier than before, %d", got, d.id)
	}
	return nil
}

func (c *refClient) next(text string) error {
	if len(c.want) == 0 || c.want[0].text != text {
		return fmt.Errorf("got %s, want %v", text, c.want)
	}
	c.want = c.want[1:]
	return nil
}
