package main

import (
	"crypto/x509"
	"errors"
	"flag"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func TestFlags(t *testing.T) {
	s, err := parse(strings.Fields("-addr :1 -addr :2 -max-packet 2MiB -receive-max 5 -alias-max 0 -session-expiry-max 168h "+
		"-keep-alive-max 90 -max-qos 0 -retain=false -proxy-protocol=10.0.0.0/8,192.0.2.7"), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := s.options
	if len(s.addrs) != 2 || o.MaxPacketSize != 2<<20 || o.ReceiveMaximum != 5 || o.TopicAliasMaximum != -1 ||
		o.Capabilities.TopicAliases != -1 || o.MaxSessionExpiry != 168*time.Hour || o.MaxKeepAlive != 90*time.Second ||
		o.Capabilities.MaxQoS != -1 || !o.Capabilities.NoRetain || len(s.trusted) != 2 {
		t.Errorf("%+v", s)
	}
	if s, err := parse(nil, nil); err != nil || s.options.MaxSessionExpiry != math.MaxInt64 {
		t.Errorf("without flags: %+v, %v", s, err)
	}
	if s, err := parse([]string{"-proxy-protocol"}, nil); err != nil || len(s.trusted) != 2 {
		t.Errorf("-proxy-protocol: %+v, %v", s, err)
	}
}

func TestLimitFlags(t *testing.T) {
	s, err := parse(strings.Fields("-max-connections 0 -max-connections-per-address 20 -max-subscriptions 7 -connect-rate 200 -connect-rate-per-address 0 -publish-rate 12/min "+
		"-byte-rate 64KiB/s -close-fast -limit-loopback -memory 2GiB"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := mqttx.Limits{
		Connections: -1, AddressConnections: 20, Subscriptions: 7, ConnectRate: 200, AddressConnectRate: -1, PublishRate: 0.2, ByteRate: 65536, CloseFast: true, Loopback: true, Memory: 2 << 30,
	}
	if s.options.Limits != want {
		t.Errorf("%+v", s.options.Limits)
	}
}

func TestKeptFlags(t *testing.T) {
	for args, want := range map[string]mqttx.Limits{
		"-max-sessions 5 -max-retained 6 -max-retained-bytes 7MiB": {Sessions: 5, Retained: 6, RetainedBytes: 7 << 20},
		"-max-sessions 0 -max-retained 0 -max-retained-bytes 0":    {Sessions: -1, Retained: -1, RetainedBytes: -1},
		"-connect-rate 0 -publish-rate 0 -byte-rate 0":             {ConnectRate: -1, PublishRate: -1, ByteRate: -1},
		"": {},
	} {
		if s, err := parse(strings.Fields(args), nil); err != nil || s.options.Limits != want {
			t.Errorf("%s: %+v, %v", args, s, err)
		}
	}
}

func TestBadFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-max-packet 1XB":           "flag -max-packet: write a size such as",
		"-max-packet 300MiB":        "flag -max-packet: write a size such as",
		"-receive-max 0":            "flag -receive-max: write a number between 1 and 65535",
		"-publish-rate 5/day":       "flag -publish-rate: write a rate such as 200/s",
		"-connect-rate -1":          "flag -connect-rate: write a rate such as 200/s",
		"-byte-rate fast":           "flag -byte-rate: write a size for each second",
		"-memory much":              "flag -memory: write a size such as 512MiB",
		"-max-connections -1":       "flag -max-connections: write a number",
		"-max-retained many":        "flag -max-retained: write a number",
		"-max-retained-bytes much":  "flag -max-retained-bytes: write a size such as",
		"-max-sessions -1":          "flag -max-sessions: write a number",
		"-max-qos 3":                "flag -max-qos: write a number between 0 and 2",
		"-keep-alive-max 20h":       "flag -keep-alive-max: it is more than",
		"-session-expiry-max 1.5s":  "flag -session-expiry-max: write a duration",
		"-retain=maybe":             "-retain: write -retain=true",
		"-proxy-protocol=localhost": "-proxy-protocol: \"localhost\" is no address",
		"-log-level loud":           "flag -log-level: write debug",
		"-passwords=":               "flag -passwords: it is empty",
	} {
		if _, err := parse(strings.Fields(args), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
	for _, args := range []string{"-cert a", "-tls-addr :1", "-wss-addr :1", "-client-ca a"} {
		s, err := parse(strings.Fields(args), nil)
		if err == nil {
			_, err = s.listeners()
		}
		if err == nil || !strings.Contains(err.Error(), "needs both -cert and -key") {
			t.Errorf("%s: %v", args, err)
		}
	}
	var out strings.Builder
	if _, err := parse([]string{"-help"}, &out); !errors.Is(err, flag.ErrHelp) || out.String() != usage {
		t.Errorf("-help: %v, %q", err, out.String())
	}
}

// TestOpen: nobody opens a broker to other machines without saying so.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	ca := mqttxtest.NewAuthority(t)
	cert, key := ca.WriteFiles(dir, "server", ca.Issue(x509.Certificate{}))
	certs := " -cert " + cert + " -key " + key
	authority := " -client-ca " + ca.WriteFile(dir, "ca")
	for args, flag := range map[string]string{
		"":                     "",
		"-addr 127.0.0.1:1883": "",
		"-addr 127.1.2.3:0":    "",
		"-addr localhost:1883": "",
		"-addr [::1]:1883":     "",
		"-addr [::ffff:127.0.0.1]:1883 -ws-addr localhost:1": "",
		"-unix /tmp/x":                                  "",
		"-addr :1883":                                   "-addr :1883",
		"-addr 0.0.0.0:1883":                            "-addr 0.0.0.0:1883",
		"-addr [::]:1883":                               "-addr [::]:1883",
		"-addr 192.0.2.1:1883":                          "-addr 192.0.2.1:1883",
		"-addr localhost.example.com:1883":              "-addr localhost.example.com:1883",
		"-addr 127.0.0.1:1 -addr :2":                    "-addr :2",
		"-addr localhost:1 -ws-addr :2":                 "-ws-addr :2",
		"-tls-addr :1" + certs:                          "-tls-addr :1",
		"-wss-addr :1" + certs:                          "-wss-addr :1",
		"-tls-addr :1 -wss-addr :2" + certs + authority: "",
		"-addr :1 -tls-addr :2" + certs + authority:     "-addr :1",
		"-addr :1 -allow-anonymous":                     "",
		"-addr :1 -allow-anonymous=false":               "-addr :1",
		"-addr :1 -ws-addr :2 -passwords file":          "",
	} {
		s, err := parse(strings.Fields(args), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.listeners()
		if flag == "" {
			if err != nil {
				t.Errorf("%s: %v", args, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), flag+" lets everybody in") || !strings.Contains(err.Error(), "-passwords FILE") ||
			!strings.Contains(err.Error(), "-allow-anonymous") {
			t.Errorf("%s: %v", args, err)
		}
	}
}
