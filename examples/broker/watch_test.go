package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
)

// fetch returns the status and the text of a page.
func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	client := http.Client{Timeout: patience}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// TestWatch: the running program says over HTTP and MQTT how it does.
func TestWatch(t *testing.T) {
	sub, pub := clients.Find(t, "mosquitto_sub"), clients.Find(t, "mosquitto_pub")
	web := clients.FreeAddr(t)
	b := clients.Start(t, clients.Build(t, "."), "-http-addr", web, "-sys-interval", "1s")
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready"} {
		if code, text := fetch(t, "http://"+web+path); code != 200 || strings.TrimSpace(text) != want {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	if out, err := clients.Run(t, pub, "-p", b.Port(), "-t", "a", "-m", "x", "-q", "1"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, text := fetch(t, "http://"+web+"/metrics"); !strings.Contains(text, "\nmqttx_received_messages_total{qos=\"1\"} 1\n") {
		t.Errorf("metrics:\n%s", text)
	}
	out, err := clients.Run(t, sub, "-p", b.Port(), "-t", "$SYS/#", "-v", "-C", "48", "-W", "30")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		`version \S+`, `uptime \d+ seconds`, `clients/total \d+`, `clients/connected \d+`, `messages/received \d+`, `messages/sent \d+`, `messages/stored \d+`,
		`bytes/received \d+`, `bytes/sent \d+`, `publish/messages/received 1`, `publish/messages/sent \d+`, `publish/messages/dropped 0`,
		`load/messages/received/1min [\d.]+`, `load/bytes/sent/5min [\d.]+`, `load/publish/received/15min [\d.]+`,
		`retained messages/count \d+`, `subscriptions/count \d+`, `heap/current \d+`,
	} {
		if !regexp.MustCompile(`(?m)^\$SYS/broker/` + want).MatchString(out) {
			t.Errorf("no line matches %s:\n%s", want, out)
		}
	}
}
