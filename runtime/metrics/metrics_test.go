package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/metrics"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// user lets everyone in but mallory; topic a is number 1, b number 2.
type user struct{ gone func() }

func (user) Authenticate(_ context.Context, c *mqttx.Connect) error {
	if c.UserName == "mallory" {
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "no")
	}
	return nil
}

func (user) Publish(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
	to := mqttx.Route{Relay: true, MaxQoS: 2, Topic: int(m.Topic[0]-'a') + 1}
	switch string(m.Raw) {
	case "rights":
		return to, mqttx.Refuse(mqttx.NotAuthorized, "no")
	case "payload":
		return to, mqttx.Refuse(mqttx.PayloadFormatInvalid, "no")
	case "name":
		return to, mqttx.Refuse(mqttx.TopicNameInvalid, "no")
	case "handler":
		return to, mqttx.Handled(mqttx.Refuse(mqttx.NotAuthorized, "the handler says so"))
	}
	return to, nil
}

func (u user) Disconnected(context.Context, error) {
	if u.gone != nil {
		u.gone()
	}
}

func (user) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) { return s.QoS, nil }

func newServer(t *testing.T, o mqttx.Options, gone ...func()) *mqttx.Server {
	var u user
	if len(gone) > 0 {
		u.gone = gone[0]
	}
	o.Logger = slog.New(slog.DiscardHandler)
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return u }, o)
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// samples are the values of a text, by name and labels as they are written.
type samples map[string]float64

var (
	headLine   = regexp.MustCompile(`^# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)$`)
	sampleLine = regexp.MustCompile(`^([a-z][a-z0-9_]*)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (\S+)$`)
	labelPair  = regexp.MustCompile(`([a-z]+)="((?:[^"\\]|\\.)*)"`)
)

// read is a strict reader of the text format: HELP, then TYPE, then the samples
// of the family, which comes once; no sample twice; buckets grow and end with
// the count.
func read(text string) (samples, error) {
	found, families := samples{}, map[string]bool{}
	family, kind := "", ""
	buckets := map[string]float64{}
	if !strings.HasSuffix(text, "\n") {
		return nil, errors.New("no newline at the end")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if m := headLine.FindStringSubmatch(line); m != nil {
			switch {
			case m[1] == "HELP" && families[m[2]]:
				return nil, fmt.Errorf("%s comes twice", m[2])
			case m[1] == "HELP":
				family, kind = m[2], ""
				families[family] = true
			case m[2] != family || kind != "":
				return nil, fmt.Errorf("TYPE out of place: %s", line)
			default:
				kind = m[3]
			}
			if kind == "counter" && !strings.HasSuffix(family, "_total") {
				return nil, fmt.Errorf("counter %s does not end with _total", family)
			}
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("not well formed: %s", line)
		}
		v, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, err
		}
		base := m[1]
		if kind == "histogram" {
			base = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(base, "_bucket"), "_sum"), "_count")
		}
		if _, twice := found[m[1]+m[2]]; twice || base != family || kind == "" {
			return nil, fmt.Errorf("twice, or not of family %s: %s", family, line)
		}
		found[m[1]+m[2]] = v
		if kind != "histogram" {
			continue
		}
		series, le := m[2], ""
		if strings.HasSuffix(m[1], "_bucket") {
			pairs := labelPair.FindAllStringSubmatch(m[2], -1)
			if last := pairs[len(pairs)-1]; last[1] == "le" {
				le = last[2]
			}
			series = strings.Replace(m[2], `,le="`+le+`"`, "", 1)
			if _, err := strconv.ParseFloat(le, 64); err != nil || v < buckets[series] {
				return nil, fmt.Errorf("bucket: %s", line)
			}
			buckets[series] = v
		}
		if strings.HasSuffix(m[1], "_count") && v != buckets[series] {
			return nil, fmt.Errorf("the count is not that of the buckets: %s", line)
		}
	}
	return found, nil
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// TestMetrics holds the numbers against what clients did.
func TestMetrics(t *testing.T) {
	srv := newServer(t, mqttx.Options{Topics: []string{"first", "second \"x\"\\\n"}, HandlerTimes: true, Limits: mqttx.Limits{Memory: 4 << 20}})
	n := mqttxtest.Start(t, srv)
	if _, err := n.TryConnect(mqttxtest.Options{ClientID: "m", UserName: "mallory"}); err == nil {
		t.Fatal("let in")
	}
	c := n.Connect(mqttxtest.Options{ClientID: "c"})
	if _, err := c.Subscribe(t.Context(), "b/#", 1); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		if err := c.Publish(t.Context(), "a/x", "fine", 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, what := range []string{"rights", "payload", "name", "handler", "handler"} {
		if err := c.Publish(t.Context(), "a/x", what, 2); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
	if err := c.Publish(t.Context(), "b/x", "relayed", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	for srv.Stats().Inflight > 0 { // the client acknowledges at its own pace
		runtime.Gosched()
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := get(t, metrics.Handler(srv), "/metrics")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	got, err := read(w.Body.String())
	if err != nil {
		t.Fatal(err)
	}
	const second = `second \"x\"\\\n`
	for name, want := range map[string]float64{
		"mqttx_connections": 1, "mqttx_sessions": 1, "mqttx_subscriptions": 1, "mqttx_connects_total": 1, "mqttx_connect_errors_total": 1,
		`mqttx_connects_refused_total{code="0x86",reason="Bad User Name or Password"}`: 1,
		`mqttx_publishes_refused_total{code="0x87",reason="Not authorized"}`:           3,
		`mqttx_received_messages_total{qos="0"}`:                                       0,
		`mqttx_received_messages_total{qos="1"}`:                                       301,
		`mqttx_received_messages_total{qos="2"}`:                                       5,
		`mqttx_received_packets_total{type="PUBLISH"}`:                                 306,
		`mqttx_received_packets_total{type="CONNECT"}`:                                 2,
		`mqttx_received_packets_total{type="PUBACK"}`:                                  1,
		`mqttx_sent_packets_total{type="CONNACK"}`:                                     2,
		`mqttx_sent_packets_total{type="PUBACK"}`:                                      301,
		`mqttx_sent_packets_total{type="PUBREC"}`:                                      5,
		`mqttx_sent_packets_total{type="PINGRESP"}`:                                    1,
		`mqttx_sent_messages_total{qos="1"}`:                                           1,
		`mqttx_dropped_messages_total{cause="full"}`:                                   0,
		`mqttx_dropped_messages_total{cause="memory"}`:                                 0,
		`mqttx_limited_total{limit="memory_paused"}`:                                   0,
		`mqttx_limited_total{limit="memory_shed"}`:                                     0,
		`mqttx_memory_level`:                                                           0,
		`mqttx_memory_limit_bytes`:                                                     4 << 20,
		`mqttx_inflight_messages`:                                                      0,
		`mqttx_topic_received_total{topic="first"}`:                                    305,
		`mqttx_topic_received_total{topic="` + second + `"}`:                           1,
		`mqttx_topic_refused_total{topic="first",cause="rights"}`:                      1,
		`mqttx_topic_refused_total{topic="first",cause="payload"}`:                     1,
		`mqttx_topic_refused_total{topic="first",cause="name"}`:                        1,
		`mqttx_topic_refused_total{topic="first",cause="handler"}`:                     2,
		`mqttx_topic_handler_seconds_count{topic="first"}`:                             302,
		`mqttx_topic_handler_seconds_bucket{topic="` + second + `",le="+Inf"}`:         1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", name, v, ok, want)
		}
	}
	for _, name := range []string{"mqttx_received_bytes_total", "mqttx_sent_bytes_total", "go_goroutines", "go_memstats_alloc_bytes"} {
		if !(got[name] > 0) || math.IsInf(got[name], 0) {
			t.Errorf("%s is %v", name, got[name])
		}
	}
}

// TestStatsWithoutTopics: a program without generated code has no families of
// topics, and none of them stands there empty.
func TestStatsWithoutTopics(t *testing.T) {
	var b bytes.Buffer
	metrics.Write(&b, newServer(t, mqttx.Options{}).Stats())
	if _, err := read(b.String()); err != nil || strings.Contains(b.String(), "mqttx_topic_r") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestReady: not before it listens, and not from the beginning of Shutdown on,
// also while a connection still ends.
func TestReady(t *testing.T) {
	var srv *mqttx.Server
	ending := 0
	srv = newServer(t, mqttx.Options{}, func() { ending = get(t, metrics.Handler(srv), "/readyz").Code })
	h := metrics.Handler(srv)
	want := func(when string, ready int) {
		t.Helper()
		if w := get(t, h, "/readyz"); w.Code != ready {
			t.Errorf("%s: /readyz says %d %s", when, w.Code, w.Body)
		}
		if w := get(t, h, "/healthz"); w.Code != 200 {
			t.Errorf("%s: /healthz says %d", when, w.Code)
		}
	}
	want("before it listens", 503)
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(t.Context(), nl) }()
	nc, err := net.Dial("tcp", nl.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c, err := mqttxtest.NewClient(nc, mqttxtest.Options{ClientID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	want("while it serves", 200)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	want("after Shutdown", 503)
	if ending != 503 {
		t.Errorf("/readyz says %d while connections end", ending)
	}
	<-c.Done()
	if err := <-served; !errors.Is(err, mqttx.ErrServerClosed) {
		t.Error(err)
	}
}
