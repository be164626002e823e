package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
)

func TestMosquittoClients(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	server := clients.Start(t, clients.Build(t, "."), "-password", "secret")
	screen := clients.Subscribe(t, server, "-V", "mqttv5", "-i", "screen", "-q", "1", "-t", "fleet/+/+/reading")
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

func TestPahoForPython(t *testing.T) {
	python := clients.Python(t)
	server := clients.Start(t, clients.Build(t, "."), "-password", "secret")
	for _, version := range []string{"3.1.1", "5"} {
		out, err := clients.Run(t, python, "testdata/tracker.py", server.Port(), version, "secret")
		if err != nil || !strings.HasSuffix(out, "OK\n") {
			t.Errorf("MQTT %s: %v\n%s", version, err, out)
		}
	}
}

func TestCommandLine(t *testing.T) {
	program := clients.Build(t, ".")
	out, err := clients.Run(t, program)
	if err == nil || !strings.Contains(out, "-password") {
		t.Errorf("without a password: %v, %q", err, out)
	}
}
