package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
)

func TestMosquittoClients(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	broker := clients.Start(t, clients.Build(t, "."))
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		for qos := range 3 {
			t.Run(fmt.Sprintf("%s/QoS%d", version, qos), func(t *testing.T) {
				name := fmt.Sprintf("shop/%s/%d", version, qos)
				sub := clients.Subscribe(t, broker, "-V", version, "-q", fmt.Sprint(qos), "-t", "shop/+/"+fmt.Sprint(qos))
				for _, payload := range []string{"one", strings.Repeat("long ", 2000)} {
					out, err := clients.Run(t, pub, "-V", version, "-p", broker.Port(), "-q", fmt.Sprint(qos), "-t", name, "-m", payload)
					if err != nil {
						t.Fatalf("mosquitto_pub: %v\n%s", err, out)
					}
					if got := sub.Next(t); got != name+" "+payload {
						t.Errorf("received %.60q", got)
					}
				}
			})
		}
	}
}

func TestMosquittoRetainedAndWill(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	broker := clients.Start(t, clients.Build(t, "."))
	if out, err := clients.Run(t, pub, "-p", broker.Port(), "-r", "-t", "kept/a", "-m", "still here"); err != nil {
		t.Fatal(out)
	}
	sub := clients.Subscribe(t, broker, "-V", "mqttv5", "-t", "kept/#", "-t", "will/#")
	if got := sub.Next(t); got != "kept/a still here" {
		t.Errorf("retained: %q", got)
	}
	mortal := clients.Subscribe(t, broker, "-t", "x", "--will-topic", "will/mortal", "--will-payload", "killed")
	mortal.Kill()
	if got := sub.Next(t); got != "will/mortal killed" {
		t.Errorf("will: %q", got)
	}
}

// TestMosquittoShared: of a group one client gets each message, of all protocol
// versions, and the others' messages when it is gone.
func TestMosquittoShared(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	broker := clients.Start(t, clients.Build(t, "."))
	send := func(payload string) {
		t.Helper()
		if out, err := clients.Run(t, pub, "-V", "mqttv5", "-p", broker.Port(), "-q", "1", "-t", "jobs/a", "-m", payload); err != nil {
			t.Fatal(out)
		}
	}
	all := clients.Subscribe(t, broker, "-V", "mqttv5", "-q", "1", "-t", "jobs/#")
	var group []*clients.Subscriber
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		group = append(group, clients.Subscribe(t, broker, "-V", version, "-q", "1", "-t", "$share/workers/jobs/+"))
	}
	const rounds = 2
	var want []string
	for i := range rounds * len(group) {
		send(fmt.Sprint(i))
		want = append(want, fmt.Sprintf("jobs/a %d", i))
		if got := all.Next(t); got != want[i] {
			t.Errorf("who does not share got %q", got)
		}
	}
	var got []string
	for _, member := range group {
		for range rounds {
			got = append(got, member.Next(t))
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the group got %q", got)
	}
	group[0].Kill()
	group[1].Kill()
	want, got = nil, nil
	for i := range 3 { // one that goes to a dead client first comes later
		send(fmt.Sprint("alone ", i))
		want = append(want, fmt.Sprint("jobs/a alone ", i))
	}
	for range want {
		got = append(got, group[2].Next(t))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the last one got %q", got)
	}
}

// TestMosquittoIdentifiers: mosquitto_sub sees the identifier of its subscription, and no retained message twice.
func TestMosquittoIdentifiers(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	broker := clients.Start(t, clients.Build(t, "."))
	if out, err := clients.Run(t, pub, "-p", broker.Port(), "-q", "1", "-r", "-t", "kept/a", "-m", "kept"); err != nil {
		t.Fatal(out)
	}
	sub := clients.Subscribe(t, broker, "-V", "mqttv5", "-q", "1", "-t", "kept/+", "-D", "subscribe", "subscription-identifier", "42", "-F", "%S %r %p")
	if got := sub.Next(t); got != "42 1 kept" {
		t.Errorf("retained: %q", got)
	}
	if out, err := clients.Run(t, pub, "-p", broker.Port(), "-q", "1", "-t", "kept/a", "-m", "live"); err != nil {
		t.Fatal(out)
	}
	if got := sub.Next(t); got != "42 0 live" {
		t.Errorf("live: %q", got)
	}
}

// TestMosquittoRequest: one client asks, another answers, by Response Topic and Correlation Data.
func TestMosquittoRequest(t *testing.T) {
	rr, pub := clients.Find(t, "mosquitto_rr"), clients.Find(t, "mosquitto_pub")
	broker := clients.Start(t, clients.Build(t, "."))
	responder := clients.Subscribe(t, broker, "-V", "mqttv5", "-q", "1", "-t", "ask/#", "-F", "%R %D %p")
	answered := make(chan string, 1)
	go func() {
		out, err := clients.Run(t, rr, "-p", broker.Port(), "-q", "1", "-t", "ask/time", "-e", "answer/1", "-m", "when?",
			"-D", "publish", "correlation-data", "c1", "-W", "20")
		answered <- fmt.Sprint(out, err)
	}()
	if got := responder.Next(t); got != "answer/1 c1 when?" {
		t.Errorf("the request is %q", got)
	}
	if out, err := clients.Run(t, pub, "-V", "mqttv5", "-p", broker.Port(), "-q", "1", "-t", "answer/1", "-m", "now",
		"-D", "publish", "correlation-data", "c1"); err != nil {
		t.Error(out)
	}
	if got := <-answered; got != "now\n<nil>" {
		t.Errorf("mosquitto_rr printed %q", got)
	}
}

func TestPahoForPython(t *testing.T) {
	python := clients.Python(t)
	b := startAll(t)
	for name, more := range map[string][]string{
		b.Port():        nil,
		port(b.webAddr): {"websockets"},
		port(b.tlsAddr): {"tls", b.ca, b.cert, b.key},
	} {
		for _, version := range []string{"3.1.1", "5"} {
			out, err := clients.Run(t, python, append([]string{"../internal/clients/messages.py", name, version}, more...)...)
			if err != nil || !strings.HasSuffix(out, "OK\n") {
				t.Errorf("MQTT %s %v: %v\n%s", version, more, err, out)
			}
		}
	}
}

// TestMQTTjs: over WebSocket, TCP and TLS with a client certificate.
func TestMQTTjs(t *testing.T) {
	const folder = "../internal/clients/mqttjs"
	node := clients.Node(t, folder)
	b := startAll(t)
	for url, more := range map[string][]string{
		"ws://" + b.webAddr + "/mqtt":  nil,
		"wss://" + b.wssAddr + "/mqtt": {b.ca, b.cert, b.key},
		"mqtt://" + b.Addr:             nil,
		"mqtts://" + b.tlsAddr:         {b.ca, b.cert, b.key},
	} {
		for _, version := range []string{"3.1.1", "5"} {
			out, err := clients.Run(t, node, append([]string{folder + "/messages.js", url, version}, more...)...)
			if err != nil || !strings.HasSuffix(out, "OK\n") {
				t.Errorf("%s, MQTT %s: %v\n%s", url, version, err, out)
			}
		}
	}
}

// TestMosquittoOverTLSAndUnix: client certificates, and a subscriber on another transport.
func TestMosquittoOverTLSAndUnix(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	b := startAll(t)
	sub := clients.Subscribe(t, b.Program, "-V", "mqttv5", "-q", "2", "-t", "shop/#")
	send := func(args ...string) error {
		out, err := clients.Run(t, pub, append([]string{"-q", "2", "-t", "shop/a", "-m", "hello"}, args...)...)
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		return err
	}
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		for _, args := range [][]string{
			{"-p", port(b.tlsAddr), "-h", "localhost", "--cafile", b.ca, "--cert", b.cert, "--key", b.key},
			{"--unix", b.socket},
		} {
			if err := send(append(args, "-V", version)...); err != nil {
				t.Errorf("%s %q: %v", version, args, err)
			} else if got := sub.Next(t); got != "shop/a hello" {
				t.Errorf("received %q", got)
			}
		}
	}
	if send("-p", port(b.tlsAddr), "-h", "localhost", "--cafile", b.ca) == nil {
		t.Error("a client without a certificate was let in")
	}
}

func TestBadCommandLines(t *testing.T) {
	program := clients.Build(t, ".")
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	for want, args := range map[string][]string{
		"another program listens on " + nl.Addr().String(): {"-addr", nl.Addr().String()},
		"unexpected argument":                              {"extra"},
		"invalid value":                                    {"-log-level", "loud"},
	} {
		out, err := clients.Run(t, program, args...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v, %q does not say %q", args, err, out, want)
		}
	}
}
