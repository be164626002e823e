package main

import (
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
)

func TestMosquittoClients(t *testing.T) {
	pub := clients.Find(t, "mosquitto_pub")
	server := clients.Start(t, clients.Build(t, "."))
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		t.Run(version, func(t *testing.T) {
			room := "room-" + version
			publish := func(topic, payload string) string {
				out, err := clients.Run(t, pub, "-V", version, "-p", server.Port(), "-u", room, "-P", "home", "-q", "1", "-d",
					"-t", "home/"+room+"/"+topic, "-m", payload)
				if err != nil {
					t.Error(out)
				}
				return out
			}
			lamp := clients.Subscribe(t, server, "-V", version, "-u", room, "-P", "home", "-q", "1", "-t", "home/"+room+"/lamp")
			publish("motion", `{"seen":true,"lux":20}`)
			if got := lamp.Next(t); got != "home/"+room+`/lamp {"on":true,"brightness":80}` {
				t.Errorf("the lamp got %q", got)
			}
			publish("temperature", "21.5")
			if out := publish("temperature", "warm"); version == "mqttv5" && !strings.Contains(out, "RC:153") { // 0x99
				t.Errorf("a bad payload was answered\n%s", out)
			}
		})
	}
}

func TestPahoForPython(t *testing.T) {
	python := clients.Python(t)
	server := clients.Start(t, clients.Build(t, "."))
	for _, version := range []string{"3.1.1", "5"} {
		out, err := clients.Run(t, python, "testdata/lamp.py", server.Port(), version)
		if err != nil || !strings.HasSuffix(out, "OK\n") {
			t.Errorf("MQTT %s: %v\n%s", version, err, out)
		}
	}
}
