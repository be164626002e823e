package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	nats "github.com/nats-io/nats-server/v2/server"
)

// serve runs one of the servers that are Go modules in this process, which is
// one of its own, until it is killed.
func serve(name string, args []string) error {
	if name == "idle" {
		return idle(args)
	}
	if len(args) != 6 {
		return fmt.Errorf("-serve %s takes three ports, a folder, a certificate and a key", name)
	}
	at := ports{tcp: args[0], tls: args[1], ws: args[2], dir: args[3]}
	pair, err := tls.LoadX509KeyPair(args[4], args[5])
	if err != nil {
		return err
	}
	topics := 0
	secure := &tls.Config{Certificates: []tls.Certificate{pair}}
	if n, ok := strings.CutPrefix(name, "mochi-plant-"); ok {
		name = "mochi-plant"
		topics, _ = strconv.Atoi(n)
	}
	switch name {
	case "mochi":
		err = serveMochi(at, secure)
	case "mochi-ingest":
		err = serveMochi(at, secure, &typed{})
	case "mochi-plant":
		err = serveMochi(at, secure, newTable(topics))
	case "nats":
		err = serveNATS(at, secure)
	case "gate", "gate-cache":
		err = serveGate(at, args[4], secure, name == "gate-cache")
	case "ingest":
		err = serveIngest(at)
	default:
		err = errors.New("no such server")
	}
	if err != nil {
		return err
	}
	select {}
}

func serveMochi(at ports, secure *tls.Config, hooks ...mochi.Hook) error {
	capabilities := mochi.NewDefaultServerCapabilities()
	capabilities.MaximumInflight = 8192
	s := mochi.New(&mochi.Options{
		Capabilities: capabilities,
		Logger:       slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err := s.AddHook(new(auth.AllowHook), nil); err != nil {
		return err
	}
	for _, h := range hooks {
		if err := s.AddHook(h, nil); err != nil {
			return err
		}
	}
	for _, l := range []listeners.Listener{
		listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:" + at.tcp}),
		listeners.NewTCP(listeners.Config{ID: "tls", Address: "127.0.0.1:" + at.tls, TLSConfig: secure}),
		listeners.NewWebsocket(listeners.Config{ID: "ws", Address: "127.0.0.1:" + at.ws}),
	} {
		if err := s.AddListener(l); err != nil {
			return err
		}
	}
	return s.Serve()
}

// typed is what a user of mochi writes to get typed values: a hook that parses
// topic and payload.
type typed struct {
	mochi.HookBase
	sum float64
}

type measurement struct {
	Temperature float64 `json:"temperature"`
	Humidity    int     `json:"humidity"`
	Battery     int     `json:"battery"`
}

func (*typed) ID() string { return "typed" }

func (*typed) Provides(b byte) bool { return b == mochi.OnPublish }

func (h *typed) OnPublish(_ *mochi.Client, p packets.Packet) (packets.Packet, error) {
	_, rest, _ := bytes.Cut([]byte(p.TopicName), []byte{'/'})
	if _, kind, ok := bytes.Cut(rest, []byte{'/'}); !ok || string(kind) != "reading" {
		return p, packets.ErrRejectPacket
	}
	var m measurement
	if err := json.Unmarshal(p.Payload, &m); err != nil {
		return p, packets.ErrRejectPacket
	}
	h.sum += m.Temperature
	return p, nil
}

func serveNATS(at ports, secure *tls.Config) error {
	port := func(s string) int { n, _ := strconv.Atoi(s); return n }
	o := &nats.Options{
		ServerName: "bench", Host: "127.0.0.1", Port: nats.RANDOM_PORT, JetStream: true, StoreDir: at.dir, NoSigs: true,
		MQTT:      nats.MQTTOpts{Host: "127.0.0.1", Port: port(at.tcp)},
		Websocket: nats.WebsocketOpts{Host: "127.0.0.1", Port: port(at.ws), NoTLS: true},
	}
	if _, err := start(o); err != nil {
		return err
	}
	// A server has one MQTT listener: a second one serves TLS.
	return errors.Join(os.Mkdir(at.dir+"/tls", 0o700), func() error {
		_, err := start(&nats.Options{
			ServerName: "bench-tls", Host: "127.0.0.1", Port: nats.RANDOM_PORT, JetStream: true, StoreDir: at.dir + "/tls", NoSigs: true,
			MQTT: nats.MQTTOpts{Host: "127.0.0.1", Port: port(at.tls), TLSConfig: secure},
		})
		return err
	}())
}

func start(o *nats.Options) (*nats.Server, error) {
	s, err := nats.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(15 * time.Second) {
		return nil, errors.New("nats-server is not ready")
	}
	return s, nil
}
