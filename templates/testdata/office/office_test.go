package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

const item = "item/6ba7b810-9dad-11d1-80b4-00c04fd430c8/"

// expect compares what handlers were called with.
func (f *office) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := f.take(); !slices.Equal(got, want) {
		t.Errorf("handlers got %q\nwant %q", got, want)
	}
}

func TestEvents(t *testing.T) {
	both(t, func(t *testing.T, v mqtt.Version) {
		f := open(t, false, Options{})
		c := f.staff(v, "d1")
		ctx := wait(t)
		if err := f.SendDoorOpened(ctx, "d1", DoorOpened{Door: "west"}); err != nil {
			t.Error(err)
		}
		if err := f.SendReorder(ctx, "d1", Order{Item: "tea"}); err != nil {
			t.Error(err)
		}
		if err := f.Send("d1", "anything"); err != nil { // its handler has no HandleInfo: a line in the log
			t.Error(err)
		}
		if err := c.Ping(ctx); err != nil {
			t.Error(err)
		}
		f.expect(t, "door west", "reorder tea")
		if err := f.SendDoorOpened(ctx, "d1", DoorOpened{}); err == nil || err.Error() != `send event door_opened: door: "" is shorter than 1 character` {
			t.Error(err)
		}
		if err := f.SendDoorOpened(ctx, "nobody", DoorOpened{Door: "x"}); !errors.Is(err, mqttx.ErrNotConnected) {
			t.Error(err)
		}
		done, cancel := context.WithCancel(ctx)
		cancel()
		if err := f.SendDoorOpened(done, "d1", DoorOpened{Door: "x"}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestEventsBusy: while a handler runs, events queue up to a bound.
func TestEventsBusy(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	hold := func(next mqttx.PublishFunc) mqttx.PublishFunc {
		return func(ctx context.Context, c *mqttx.Conn, m *mqttx.Message) (mqttx.Route, error) {
			close(entered)
			<-release
			return next(ctx, c, m)
		}
	}
	f := open(t, true, Options{Options: mqttx.Options{Use: []func(mqttx.PublishFunc) mqttx.PublishFunc{hold}}})
	c := f.staff(mqtt.V5, "d1")
	ctx := wait(t)
	if err := c.Publish(ctx, item+"x", "", 0); err != nil {
		t.Fatal(err)
	}
	<-entered
	sent := 0
	for ; sent < 1000; sent++ {
		if err := f.SendReorder(ctx, "d1", Order{Item: "x"}); err != nil {
			if !errors.Is(err, mqttx.ErrBusy) {
				t.Error(err)
			}
			break
		}
	}
	close(release)
	if err := c.Ping(ctx); err != nil {
		t.Error(err)
	}
	if lines := f.take(); sent != 256 || len(lines) != sent+2 { // and connected, item
		t.Errorf("%d sent, %d calls", sent, len(lines))
	}
}

func TestChoice(t *testing.T) {
	f := open(t, false, Options{Options: mqttx.Options{}})
	c := f.staff(mqtt.V5, "d1")
	ctx := wait(t)
	user := func(value string) mqtt.Properties {
		return mqtt.Properties{User: []mqtt.UserProperty{{Key: "kind", Value: value}}}
	}
	note, alarm := `{"kind":"note","text":"hi"}`, `{"level":2,"k\u0069nd":"al\u0061rm"}`
	for _, tt := range []struct {
		name, payload string
		props         mqtt.Properties
		code          mqtt.ReasonCode
		call          string
	}{
		{"news/a", note, mqtt.Properties{ContentType: "text/note"}, 0, "news note hi"},
		{"news/a", alarm, mqtt.Properties{ContentType: "text/alarm"}, 0, "news alarm 2"},
		{"news/a", note, mqtt.Properties{ContentType: "text/alarm"}, mqtt.PayloadFormatInvalid, ""},
		{"news/a", note, mqtt.Properties{ContentType: "text/x"}, mqtt.PayloadFormatInvalid, ""},
		{"news/a", note, mqtt.Properties{}, mqtt.PayloadFormatInvalid, ""},
		{"log/a", note, user("n"), 0, "log note hi"},
		{"log/a", alarm, user(`a%"`), 0, "log alarm 2"},
		{"log/a", alarm, user("%d"), mqtt.PayloadFormatInvalid, ""},
		{"log/a", alarm, mqtt.Properties{}, mqtt.PayloadFormatInvalid, ""},
		{"mail/d1", note, mqtt.Properties{}, 0, "mail note hi"},
		{"mail/d1", alarm, mqtt.Properties{}, 0, "mail alarm 2"},
		{"mail/d1", `{"kind":"other"}`, mqtt.Properties{}, mqtt.PayloadFormatInvalid, ""},
		{"mail/d1", `{"kind":7}`, mqtt.Properties{}, mqtt.PayloadFormatInvalid, ""},
		{"mail/d1", `{}`, mqtt.Properties{}, mqtt.PayloadFormatInvalid, ""},
		{"mail/d1", `{"kind":`, mqtt.Properties{}, mqtt.PayloadFormatInvalid, ""},
		{"mail/d1", `{"kind":"note","kind":"alarm","level":1,"text":"x"}`, mqtt.Properties{}, mqtt.PayloadFormatInvalid, ""},
		{"mail/d2", note, mqtt.Properties{}, mqtt.NotAuthorized, ""},
	} {
		err := c.PublishMessage(ctx, &mqtt.Message{Topic: tt.name, Raw: []byte(tt.payload), Properties: tt.props, QoS: 1})
		if code(err) != tt.code || (err == nil) != (tt.code == 0) {
			t.Errorf("%s %s %+v: %v", tt.name, tt.payload, tt.props, err)
		}
		want := []string{tt.call}
		if tt.call == "" {
			want = nil
		}
		f.expect(t, want...)
	}
}

func TestPublishChoice(t *testing.T) {
	f := open(t, false, Options{})
	c := f.staff(mqtt.V5, "d1")
	ctx := wait(t)
	for _, filter := range []string{"news/+", "log/+", "mail/d1"} {
		if _, err := c.Subscribe(ctx, filter, 2); err != nil {
			t.Fatal(err)
		}
	}
	other := mqttx.WithProperties(mqttx.Properties{ContentType: "text/alarm", ResponseTopic: "r"})
	for _, err := range []error{
		f.PublishNewsNote(ctx, NewsTopic{"a"}, Note{Text: "1"}, other),
		f.PublishLogAlarm(ctx, LogTopic{"a"}, Alarm{Level: 2}),
		f.PublishMailNote(ctx, MailTopic{"d1"}, Note{Text: "3"}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	news, logged, mail := must(c.Receive(ctx))(t), must(c.Receive(ctx))(t), must(c.Receive(ctx))(t)
	if p := news.Properties; p.ContentType != "text/note" || p.ResponseTopic != "r" || news.QoS != 2 {
		t.Errorf("news %+v", news)
	}
	if u := logged.Properties.User; len(u) != 1 || u[0] != (mqtt.UserProperty{Key: "kind", Value: `a%"`}) {
		t.Errorf("log %+v", logged)
	}
	if string(mail.Raw) != `{"kind":"note","text":"3"}` || mail.Properties.ContentType != "" {
		t.Errorf("mail %+v", mail)
	}
}

func TestCased(t *testing.T) {
	_, err := cased{raw(`{"kind":"alarm"}`), "kind", "note"}.AppendPayload([]byte("before"))
	if err == nil || err.Error() != `kind: is "alarm"; this method is for "note"` {
		t.Error(err)
	}
	b, err := cased{raw(`{"kind":"note"}`), "kind", "note"}.AppendPayload([]byte("before"))
	if err != nil || string(b) != `before{"kind":"note"}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestOptional(t *testing.T) {
	both(t, func(t *testing.T, v mqtt.Version) {
		f := open(t, true, Options{})
		c := f.staff(v, "d1")
		ctx := wait(t)
		f.expect(t, "connected")

		subscribe := func(filter string, want mqtt.QoS, refused bool, calls ...string) {
			t.Helper()
			qos, err := c.Subscribe(ctx, filter, 2)
			if (err != nil) != refused || !refused && qos != want {
				t.Errorf("%s: QoS %d, %v", filter, qos, err)
			}
			f.expect(t, calls...)
		}
		subscribe("news/a", 2, false, "subscribe news news/a QoS 2 {Value:a Any:false}")
		subscribe("news/+", 2, false, "subscribe news news/+ QoS 2 {Value: Any:true}")
		subscribe("news/secret", 0, true, "subscribe news news/secret QoS 2 {Value:secret Any:false}")
		subscribe("+/secret", 0, true) // reaches desk and mail of others: nobody is asked
		subscribe(item+"a/b", 0, false, "subscribe item "+item+"a/b QoS 1 {Value:6ba7b810-9dad-11d1-80b4-00c04fd430c8 Any:false} {Value:a/b Any:false}")
		subscribe("item/+/a/#", 0, false, "subscribe item item/+/a/# QoS 1 {Value: Any:true} {Value: Any:true}")
		subscribe("filter/x/+", 2, false, "subscribe filter QoS 2 {Value:x Any:false} {Value: Any:true}")
		subscribe("log/a", 2, false)
		subscribe("nothing/#", 2, false) // open to all: unmatched is relay

		for _, filter := range []string{"log/a", "log/b", "news/+", "news/a"} {
			if err := c.Unsubscribe(ctx, filter); err != nil {
				t.Error(err)
			}
		}
		f.expect(t, "unsubscribed log/a", "unsubscribed news/+", "unsubscribed news/a")

		if err := f.PublishFilter(ctx, FilterTopic{"x", "y"}, []byte("1"), mqttx.WithQoS(1)); err != nil {
			t.Error(err)
		}
		if err := f.PublishFilter(ctx, FilterTopic{"x", "y"}, []byte("2")); err != nil {
			t.Error(err)
		}
		must(c.Receive(ctx))(t)
		must(c.Receive(ctx))(t)
		var acknowledged []string
		for len(acknowledged) < 2 { // PUBACK and PUBCOMP come by themselves
			if err := c.Ping(ctx); err != nil {
				t.Fatal(err)
			}
			acknowledged = append(acknowledged, f.take()...)
		}
		slices.Sort(acknowledged)
		if want := []string{"acknowledged filter/x/y QoS 1 Success", "acknowledged filter/x/y QoS 2 Success"}; !slices.Equal(acknowledged, want) {
			t.Errorf("%q", acknowledged)
		}
		clear := func(name string) error {
			return c.PublishMessage(ctx, &mqtt.Message{Topic: name, Retain: true, QoS: 1})
		}
		if err := errors.Join(clear("news/a"), clear(item+"x")); err != nil {
			t.Error(err)
		}
		f.expect(t, "cleared a", "cleared item x")
		if err := f.Send("d1", 7); err != nil {
			t.Error(err)
		}
		_ = c.Ping(ctx)
		f.expect(t, "info 7")
		if err := clear(item + "locked"); err == nil || v == mqtt.V5 && code(err) != mqtt.QuotaExceeded {
			t.Errorf("%v: %v", v, err) // 3.1.1 is closed: the spec says refused_v3: close
		}
	})
}

func TestAcknowledged(t *testing.T) {
	f := open(t, true, Options{})
	c := f.net.Connect(mqttxtest.Options{ClientID: "kiosk", HoldAcks: true})
	ctx := wait(t)
	if _, err := c.Subscribe(ctx, "log/a", 1); err != nil {
		t.Fatal(err)
	}
	f.take()
	if err := f.PublishLogNote(ctx, LogTopic{"a"}, Note{}); err != nil {
		t.Fatal(err)
	}
	m := must(c.Receive(ctx))(t)
	_ = c.Ping(ctx)
	f.expect(t)
	if err := c.Acknowledge(m); err != nil {
		t.Fatal(err)
	}
	_ = c.Ping(ctx)
	f.expect(t, "acknowledged log/a QoS 1 Success")
	if err := c.Acknowledge(m); err != nil { // again: it is none any more
		t.Fatal(err)
	}
	_ = c.Ping(ctx)
	f.expect(t)
}

// TestBare: a handler without the optional methods gets what the spec says.
func TestBare(t *testing.T) {
	f := open(t, false, Options{})
	c := f.staff(mqtt.V5, "d1")
	ctx := wait(t)
	if qos, err := c.Subscribe(ctx, "news/secret", 2); err != nil || qos != 2 {
		t.Error(qos, err)
	}
	if err := c.PublishMessage(ctx, &mqtt.Message{Topic: "news/a", Retain: true, QoS: 1}); err != nil {
		t.Error(err)
	}
	if err := c.Unsubscribe(ctx, "news/secret"); err != nil {
		t.Error(err)
	}
	f.expect(t)
}

// TestUnmatchedRelay: names that no topic describes go from client to client.
func TestUnmatchedRelay(t *testing.T) {
	both(t, func(t *testing.T, v mqtt.Version) {
		f := open(t, false, Options{})
		a, b := f.staff(v, "d1"), f.kiosk(v)
		ctx := wait(t)
		if qos, err := b.Subscribe(ctx, "else/#", 2); err != nil || qos != 2 {
			t.Fatal(qos, err)
		}
		if err := a.Publish(ctx, "else/where", "free", 2); err != nil {
			t.Fatal(err)
		}
		if m := must(b.Receive(ctx))(t); m.Topic != "else/where" || string(m.Raw) != "free" || m.QoS != 2 {
			t.Errorf("%+v", m)
		}
		for _, filter := range []string{"#", "desk/#", "+/d1/order", "mail/+"} { // reach topics that are not the client's
			if _, err := b.Subscribe(ctx, filter, 0); err == nil {
				t.Errorf("%s is granted", filter)
			}
		}
	})
}

func TestMiddleware(t *testing.T) {
	f := &journal{}
	wrap := func(name string) func(mqttx.PublishFunc) mqttx.PublishFunc {
		return func(next mqttx.PublishFunc) mqttx.PublishFunc {
			return func(ctx context.Context, c *mqttx.Conn, m *mqttx.Message) (mqttx.Route, error) {
				if name == "second" && m.Topic == "log/stop" {
					return mqttx.Route{}, mqttx.Refuse(mqttx.Banned, "stop")
				}
				_ = f.note("%s %s %s", name, c.ClientID(), m.Topic)
				r, err := next(ctx, c, m)
				_ = f.note("%s %v %v", name, err == nil && r.Relay, code(err))
				return r, err
			}
		}
	}
	o := open(t, false, Options{Options: mqttx.Options{Use: []func(mqttx.PublishFunc) mqttx.PublishFunc{wrap("first"), wrap("second")}}})
	c := o.staff(mqtt.V5, "d1")
	ctx := wait(t)
	props := mqtt.Properties{User: []mqtt.UserProperty{{Key: "kind", Value: "n"}}}
	if err := c.PublishMessage(ctx, &mqtt.Message{Topic: "log/a", Raw: []byte(`{"kind":"note","text":"x"}`), QoS: 1, Properties: props}); err != nil {
		t.Error(err)
	}
	if err := c.Publish(ctx, "mail/d2", "{}", 1); code(err) != mqtt.NotAuthorized {
		t.Error(err)
	}
	if err := c.Publish(ctx, "log/stop", "{}", 1); code(err) == 0 {
		t.Error("the middleware refuses")
	}
	want := []string{
		"first d1 log/a", "second d1 log/a", "second true Success", "first true Success",
		"first d1 mail/d2", "second d1 mail/d2", "second false Not authorized", "first false Not authorized",
		"first d1 log/stop", "first false Banned",
	}
	if got := f.take(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	o.expect(t, "log note x")
}

// TestDefaults: the spec's settings hold where the code has none.
func TestDefaults(t *testing.T) {
	f := open(t, false, Options{})
	if _, err := f.net.TryConnect(mqttxtest.Options{Version: mqtt.V31, ClientID: "x"}); err == nil {
		t.Error("3.1 is spoken, which the spec leaves out")
	}
	ctx := wait(t)
	c := f.kiosk(mqtt.V5)
	_ = c.Publish(ctx, "else", strings.Repeat("x", 1<<16), 0) // perhaps it is refused before all of it is sent
	<-c.Done()
	if code(c.Err()) != mqtt.PacketTooLarge {
		t.Error(c.Err())
	}
	old := f.kiosk(mqtt.V311)
	if err := old.Publish(ctx, "mail/x", "{}", 1); err == nil {
		t.Error("a refused PUBLISH of 3.1.1 does not close")
	}
	f = open(t, false, Options{Options: mqttx.Options{Versions: []mqttx.Version{mqttx.V31}, MaxPacketSize: 1 << 20}})
	old = f.kiosk(mqtt.V31)
	if err := old.Publish(ctx, "else", strings.Repeat("x", 1<<16), 1); err != nil {
		t.Error(err)
	}
}

func TestExpiry(t *testing.T) {
	f := open(t, false, Options{})
	d1 := f.desk(t, mqtt.V5, "d1")
	ctx := wait(t)
	for _, tt := range []struct {
		opts []mqttx.PublishOption
		most time.Duration
	}{{nil, 10 * time.Minute}, {[]mqttx.PublishOption{mqttx.WithExpiry(time.Minute)}, time.Minute}} {
		if err := f.PublishOrder(ctx, OrderTopic{"d1"}, Order{Item: "x"}, tt.opts...); err != nil {
			t.Fatal(err)
		}
		p := must(d1.Receive(ctx))(t).Properties
		if !p.HasMessageExpiry || p.MessageExpiry > tt.most || p.MessageExpiry < tt.most/2 {
			t.Errorf("expires %v after %v, want %v", p.HasMessageExpiry, p.MessageExpiry, tt.most)
		}
	}
}

// TestAttacks: names that would reach other clients' topics do not come in.
func TestAttacks(t *testing.T) {
	both(t, func(t *testing.T, v mqtt.Version) {
		f := open(t, false, Options{})
		for _, bad := range []string{"+", "#", "a/b", "/", "a+"} {
			for _, o := range []mqttxtest.Options{
				{Version: v, ClientID: bad, UserName: "ok", Password: "secret"},
				{Version: v, ClientID: "ok", UserName: bad, Password: "secret"},
			} {
				if _, err := f.net.TryConnect(o); err == nil {
					t.Errorf("%+v is let in", o)
				}
			}
			if v == mqtt.V5 { // nothing of a kiosk is bound
				f.net.Connect(mqttxtest.Options{Version: v, ClientID: bad}).Close()
			}
		}
	})
	for i, in := range []mqttx.Connect{
		{ClientID: "", HasUserName: true, UserName: "ok", HasPassword: true, Password: []byte("secret")},
		{ClientID: "ok", HasUserName: true, HasPassword: true, Password: []byte("secret")},
		{ClientID: "ok", HasPassword: true, Password: []byte("secret")},
		{ClientID: "a\x00", HasUserName: true, UserName: "ok", Password: []byte("secret")},
	} {
		c := &connection{handler: &bare{}}
		if err := c.Authenticate(t.Context(), &in); code(err) == 0 {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestTopic(t *testing.T) {
	got, err := ParseItemTopic(item + "a/b")
	if err != nil || fmt.Sprint(got.ID) != "6ba7b810-9dad-11d1-80b4-00c04fd430c8" || got.String() != item+"a/b" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := ParseItemTopic(strings.ToUpper(item) + "a"); err == nil {
		t.Error("a name of another topic is taken")
	}
}
