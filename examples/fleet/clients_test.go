package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet/fleetv1"
	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
)

func TestMosquittoClients(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	server := clients.Start(t, clients.Build(t, "."), "-password", "secret")
	screen := clients.Subscribe(t, server, "-V", "mqttv5", "-i", "screen", "-q", "1", "-t", "fleet/acme/+/reading")
	for i, version := range []string{"mqttv311", "mqttv5"} {
		t.Run(version, func(t *testing.T) {
			device := fmt.Sprintf("t-%d", i)
			publish := func(password, payload string) (string, error) {
				return clients.Run(t, pub, "-V", version, "-p", server.Port(), "-i", device, "-u", "acme", "-P", password,
					"-q", "1", "-t", "fleet/acme/"+device+"/reading", "-m", payload, "-d")
			}
			good := fmt.Sprintf(`{"temperature":21.5,"battery":%d,"at":"2026-01-02T03:04:05Z"}`, 50+i)
			out, err := publish("secret", good)
			if err != nil {
				t.Fatal(out)
			}
			if got := screen.Next(t); got != "fleet/acme/"+device+"/reading "+good {
				t.Errorf("the screen received %q", got)
			}
			out, _ = publish("secret", `{"temperature":900,"at":"2026-01-02T03:04:05Z"}`)
			if version == "mqttv5" && !strings.Contains(out, "RC:153") { // 0x99
				t.Errorf("a bad payload was answered\n%s", out)
			}
			if out, err = publish("wrong", good); err == nil {
				t.Errorf("a wrong password was taken\n%s", out)
			}
			command := clients.Subscribe(t, server, "-V", version, "-i", device, "-u", "acme", "-P", "secret", "-q", "1",
				"-t", "fleet/acme/"+device+"/command")
			command.Kill()
		})
	}
}

// TestMosquittoRequest: a client asks the server. mosquitto_rr sends a request and waits on its Response Topic.
func TestMosquittoRequest(t *testing.T) {
	rr := clients.Find(t, "mosquitto_rr")
	server := clients.Start(t, clients.Build(t, "."), "-password", "secret")
	for _, version := range []string{"mqttv311", "mqttv5"} {
		out, err := clients.Run(t, rr, "-V", version, "-p", server.Port(), "-i", "t-1", "-u", "acme", "-P", "secret", "-q", "1",
			"-t", "fleet/acme/t-1/config/get", "-e", "fleet/acme/t-1/config", "-m", "how?", "-W", "20")
		if err != nil || out != `{"report_every":"PT30S"}`+"\n" {
			t.Errorf("%s: %v, %q", version, err, out)
		}
	}
}

// TestMosquittoFrame: a frame of protobuf is bytes like any other to a client.
func TestMosquittoFrame(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	server := clients.Start(t, clients.Build(t, "."), "-password", "secret")
	frame, err := proto.Marshal(&fleetv1.Trace{Start: 1767323045, Fixes: []*fleetv1.Fix{{Lat: 52.5, Lon: 13.4}}})
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{string(frame): "RC:0", "no frame": "RC:153"} {
		file := filepath.Join(t.TempDir(), "frame")
		if err := os.WriteFile(file, []byte(payload), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := clients.Run(t, pub, "-V", "5", "-p", server.Port(), "-i", "t-1", "-u", "acme", "-P", "secret", "-d",
			"-q", "1", "-t", "fleet/acme/t-1/trace", "-f", file)
		if !strings.Contains(out, want) {
			t.Errorf("want %s:\n%s", want, out)
		}
	}
}

// TestPahoForPython: a tracker in Python obeys the server, and answers what another program asks over HTTP.
func TestPahoForPython(t *testing.T) {
	python := clients.Python(t)
	web := freeAddress(t)
	server := clients.Start(t, clients.Build(t, "."), "-password", "secret", "-web", web)
	for _, version := range []string{"3.1.1", "5"} {
		out, err := clients.Run(t, python, "testdata/tracker.py", server.Port(), version, "secret", web)
		if err != nil || !strings.HasSuffix(out, "OK\n") {
			t.Errorf("MQTT %s: %v\n%s", version, err, out)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	return nl.Addr().String()
}

func TestCommandLine(t *testing.T) {
	program := clients.Build(t, ".")
	out, err := clients.Run(t, program)
	if err == nil || !strings.Contains(out, "-password") {
		t.Errorf("without a password: %v, %q", err, out)
	}
}
