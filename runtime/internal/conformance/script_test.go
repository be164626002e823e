package conformance

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// row is one exchange between raw clients and a server. Its script has a step
// in each line:
//
//	a on clean=0 expiry=9       client a connects with this, named a, and is let in
//	a: CONNECT id=x clean=0     client a sends a packet, on a new connection where it has none
//	a: 82 [ 0001 {[]} "t" 03 ]  or bytes, in the notation of mqttxtest
//	a< SUBACK id=1 codes=80     a has received this, and nothing before it
//	a< closed                   the server has closed the connection of a
//	a refused 82                the same, in 5.0 after a DISCONNECT with the code
//	a cut                       the network of a fails
//	wait 10s                    time goes on
//	server down                 the server shuts down
//
// A step that begins with 3|, 31|, 311| or 5| is of these versions only. At the
// end no client has anything that was not expected. Nothing ever waits: what
// has not happened when all is at rest does not happen by itself.
type row struct {
	line     string // of the checklist, see lines_test.go
	name     string
	versions string // such as "311 5"; "": all
	options  mqttx.Options
	script   string
}

var allVersions = map[string]mqtt.Version{"31": mqtt.V31, "311": mqtt.V311, "5": mqtt.V5}

// play runs each row in each of its versions.
func play(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		versions := strings.Fields(r.versions)
		if r.versions == "" {
			versions = []string{"31", "311", "5"}
		}
		t.Run(r.name, func(t *testing.T) {
			for _, v := range versions {
				t.Run(v, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { newStage(t, v, r.options).play(r.script) })
				})
			}
		})
	}
}

// stage is what a script is played on.
type stage struct {
	t       *testing.T
	label   string // of the version
	version mqtt.Version
	server  *mqttx.Server
	net     *mqttxtest.Net
	actors  map[string]*actor
	good    [2]*mqttxtest.Client // publish to each other
	highest mqtt.QoS             // that the server takes
	down    bool
}

// actor is one raw client of a script.
type actor struct {
	raw     *mqttxtest.Raw
	inbox   []mqttxtest.Received
	version mqtt.Version
	over    bool // cut, or seen to be closed
}

// rules is the user code of the server: everybody may do everything, but for
// the user "mallory" and the topics below "secret".
type rules struct{}

func (rules) Authenticate(_ context.Context, c *mqttx.Connect) error {
	if c.UserName == "mallory" {
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "not you")
	}
	return nil
}

// Exchange knows two methods of enhanced authentication: STEPS, whose client
// says 1 and 3, and ONCE.
func (rules) Exchange(_ context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	switch method := c.AuthMethod; {
	case method == "ONCE", method == "STEPS" && string(data) == "3":
		c.Identity.User = "user"
		if method == "ONCE" {
			return mqttx.Done(nil), nil
		}
		return mqttx.Done([]byte("done")), nil
	case method == "STEPS" && string(data) == "1":
		return mqttx.Continue([]byte("2")), nil
	case method == "STEPS":
		return mqttx.AuthStep{}, mqttx.Refuse(mqttx.NotAuthorized, "wrong")
	}
	return mqttx.AuthStep{}, mqttx.Refuse(mqttx.BadAuthenticationMethod, "unknown")
}

func (rules) Publish(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
	if strings.HasPrefix(m.Topic, "secret") {
		return mqttx.Route{}, mqttx.Refuse(mqttx.NotAuthorized, "keep out of what is secret, whoever you are")
	}
	return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
}

func (r rules) CheckWill(ctx context.Context, m *mqttx.Message) error {
	_, err := r.Publish(ctx, m)
	return err
}

func (rules) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	if strings.HasPrefix(s.Filter, "secret") {
		return 0, mqttx.Refuse(mqttx.NotAuthorized, "keep out of what is secret, whoever you are")
	}
	return s.QoS, nil
}

func newStage(t *testing.T, version string, o mqttx.Options) *stage {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	if o.MaxKeepAlive == 0 {
		o.MaxKeepAlive = -1
	}
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return rules{} }, o)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{
		t: t, label: version, version: allVersions[version], server: srv, net: mqttxtest.Start(t, srv), actors: map[string]*actor{},
		highest: mqtt.QoS2,
	}
	if n := o.Capabilities.MaxQoS; n != 0 {
		s.highest = mqtt.QoS(max(n, 0))
	}
	for i, v := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		s.good[i] = s.net.Connect(mqttxtest.Options{ClientID: fmt.Sprint("good-", i), Version: v})
		if _, err := s.good[i].Subscribe(t.Context(), fmt.Sprint("$good/", i), mqtt.QoS2); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stage) play(script string) {
	s.t.Helper()
	for line := range strings.Lines(script) {
		line, ok := s.applies(strings.TrimSpace(line))
		if !ok || line == "" {
			continue
		}
		if err := s.step(line); err != nil {
			s.t.Fatalf("%s\n%v", line, err)
		}
		synctest.Wait()
	}
	for name, a := range s.actors {
		if err := a.atRest(); err != nil {
			s.t.Errorf("at the end, %s: %v", name, err)
		}
	}
	s.goesOn()
}

// applies takes the version off a line and reports whether it is this one.
func (s *stage) applies(line string) (string, bool) {
	only, rest, ok := strings.Cut(line, "| ")
	if !ok || !slices.Contains([]string{"3", "31", "311", "5"}, only) {
		return line, true
	}
	return rest, only == s.label || only == "3" && s.version < mqtt.V5
}

func (s *stage) step(line string) error {
	if d, ok := strings.CutPrefix(line, "wait "); ok {
		pause, err := time.ParseDuration(d)
		time.Sleep(pause)
		return err
	}
	if line == "server down" {
		s.down = true
		return s.server.Shutdown(context.Background())
	}
	if name, text, ok := strings.Cut(line, " on"); ok && !strings.Contains(name, " ") {
		if err := s.send(name, "CONNECT id="+name+text); err != nil {
			return err
		}
		synctest.Wait()
		return s.actors[name].expect("CONNACK")
	}
	if name, code, ok := strings.Cut(line, " refused "); ok && s.actors[name] != nil {
		return s.actors[name].refused(code)
	}
	if name, ok := strings.CutSuffix(line, " cut"); ok {
		a := s.actors[name]
		a.raw.Close()
		a.over = true
		return nil
	}
	if name, text, ok := strings.Cut(line, ": "); ok {
		return s.send(name, text)
	}
	if name, text, ok := strings.Cut(line, "< "); ok && s.actors[name] != nil {
		return s.actors[name].expect(text)
	}
	return fmt.Errorf("what step is that?")
}

func (s *stage) send(name, text string) error {
	p, err := compose(text, s.version)
	if err != nil {
		return err
	}
	a := s.actors[name]
	if a == nil || a.over {
		v := s.version
		if p.connect != nil {
			v = p.connect.Version
		}
		a = &actor{raw: s.net.Raw(v), version: v}
		s.actors[name] = a
	}
	switch {
	case p.notation:
		a.raw.Send(text)
	case a.version != s.version: // composed for another
		if p, err = compose(text, a.version); err != nil {
			return err
		}
		fallthrough
	default:
		a.raw.Write(p.bytes)
	}
	return nil
}

func (a *actor) expect(text string) error {
	if text == "closed" {
		a.raw.ExpectClosed()
		a.over = true
		return a.atRest()
	}
	a.inbox = append(a.inbox, a.raw.Pending()...)
	if len(a.inbox) == 0 {
		return fmt.Errorf("nothing has arrived (closed: %v)", a.raw.Ended())
	}
	got := a.inbox[0]
	if !got.Is(text) {
		return fmt.Errorf("got %v\n% X", got, got.Bytes)
	}
	a.inbox = a.inbox[1:]
	return nil
}

func (a *actor) refused(code string) error {
	if a.version == mqtt.V5 {
		if err := a.expect("DISCONNECT code=" + code); err != nil {
			return err
		}
	}
	return a.expect("closed")
}

// atRest reports what has arrived and was not expected.
func (a *actor) atRest() error {
	if a.inbox = append(a.inbox, a.raw.Pending()...); len(a.inbox) > 0 {
		return fmt.Errorf("not expected: %v", a.inbox)
	}
	if a.raw.Ended() && !a.over {
		return fmt.Errorf("the server has closed the connection")
	}
	return nil
}

// goesOn checks that the good clients are served as if nothing had happened.
func (s *stage) goesOn() {
	s.t.Helper()
	if s.down {
		return
	}
	for i, c := range s.good {
		for qos := mqtt.QoS0; qos <= s.highest; qos++ {
			other := s.good[1-i]
			if err := c.Publish(s.t.Context(), fmt.Sprint("$good/", 1-i), qos.String(), qos); err != nil {
				s.t.Fatalf("a good client does not go on: %v", err)
			}
			if m, err := other.Receive(s.t.Context()); err != nil || string(m.Raw) != qos.String() || m.QoS != qos {
				s.t.Fatalf("a good client received %+v, %v", m, err)
			}
		}
	}
}

// eachVersion runs a test that is no script in each version, on a stage.
func eachVersion(t *testing.T, test func(t *testing.T, s *stage)) {
	for label := range allVersions {
		t.Run(label, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newStage(t, label, mqttx.Options{})) })
		})
	}
}
