package main

import (
	"cmp"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestLogins lets clients in by each auth method, and none whose secret is wrong.
func TestLogins(t *testing.T) {
	m, _ := started(t, "mochi")
	c, err := newCredentials(m.keys)
	if err != nil {
		t.Fatal(err)
	}
	serve, err := ourselves()
	if err != nil {
		t.Fatal(err)
	}
	wrong := &credentials{tokens: map[string]string{}, scram: map[string]*scram.Client{}, machine: c.machine}
	for algorithm, signed := range c.tokens {
		wrong.tokens[algorithm] = signed[:strings.LastIndexByte(signed, '.')] + ".AAAA"
	}
	wrong.scram["SCRAM-SHA-256"], _ = scram.SHA256.NewClient("ann", "wrong", "")
	wrong.scram["SCRAM-SHA-512"], _ = scram.SHA512.NewClient("ann", "wrong", "")
	for _, way := range ways {
		if way.name == "password, bcrypt of cost 12" || way.name == "password, argon2id of 64 MiB, 3 passes" {
			continue // slow on purpose
		}
		t.Run(way.name, func(t *testing.T) {
			name := cmp.Or(way.server, "gate")
			s := server{name: name, has: []string{"tls"}, command: serve(name)}
			load := entering{way: way, idle: 2, credentials: c, pings: &recorder{}}
			if _, err := m.measure(t.Context(), s, row{load: load}); err != nil {
				t.Fatal(err)
			}
			if len(load.pings.all) == 0 {
				t.Error("nobody has pinged")
			}
			kind, _, _ := strings.Cut(way.name, ",")
			if kind == "anonymous" || kind == "mtls" || kind == "enhanced" {
				return
			}
			load.credentials, load.options = wrong, func(_ *credentials, client int) mqttxtest.Options {
				o := way.options(wrong, client)
				if o.UserName != "" {
					o.Password += "x"
				}
				return o
			}
			if _, err := m.measure(t.Context(), s, row{load: load}); err == nil || !strings.Contains(err.Error(), ": refuse: ") {
				t.Errorf("with a wrong secret: %v", err)
			}
		})
	}
}
