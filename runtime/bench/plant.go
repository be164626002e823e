package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// plant is the servers of a spec with so many topics: ours is generated and
// built when it is first asked for, mochi's is a hook with a table.
type plant struct {
	topics int
	binary string
	failed error
}

// servers returns both.
func (p *plant) servers(serve func(name string) func(p ports, k *keys) *exec.Cmd) []server {
	return []server{
		{name: "mqttx", ingest: p.topics, command: func(at ports, k *keys) *exec.Cmd {
			if p.binary == "" && p.failed == nil {
				p.binary, p.failed = p.build(filepath.Join(k.dir, fmt.Sprint(p.topics, "-topics")))
			}
			return &exec.Cmd{Path: p.binary, Args: []string{p.binary, "127.0.0.1:" + at.tcp}, Err: p.failed}
		}},
		{name: "mochi", ingest: p.topics, command: serve(fmt.Sprint("mochi-plant-", p.topics))},
	}
}

// topicName is the name of one of the topics, for one client.
func topicName(topic, client int) string { return fmt.Sprintf("plant/%03d/d%d/reading", topic, client) }

const plantSpec = `mqttx: 1
go: {package: plant}
auth:
  anyone: {method: anonymous}
payloads:
  Reading:
    schema:
      type: object
      required: [temperature, humidity, battery]
      properties:
        temperature: {type: number}
        humidity: {type: integer, minimum: 0, maximum: 100}
        battery: {type: integer, minimum: 0, maximum: 100}
topics:
`

const plantMain = `package main

import (
	"context"
	"log/slog"
	"os"

	"bench/plant"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// Handler takes readings.
type Handler struct{}

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := plant.NewServer(func(*plant.Conn) plant.Handler { return &Handler{} }, plant.Options{Options: mqttx.Options{Logger: log}})
	if err == nil {
		err = s.ListenAndServe(context.Background(), mqttx.TCP(os.Args[1]))
	}
	log.Error("the server has ended", "error", err)
	os.Exit(1)
}
`

// build makes a project of its own, as a user would, and compiles it.
func (p *plant) build(dir string) (binary string, err error) {
	root, err := output("", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/mqttx-gen/mqttx-gen")
	if err != nil {
		return "", err
	}
	root = strings.TrimSpace(root)
	var spec strings.Builder
	spec.WriteString(plantSpec)
	for i := range p.topics {
		fmt.Fprintf(&spec, "  reading%03d: {pattern: %q, publish: {payload: Reading, auth: [anyone]}}\n", i, fmt.Sprintf("plant/%03d/{device}/reading", i))
	}
	mod := "module bench\n\ngo 1.26.0\n\nrequire github.com/mqttx-gen/mqttx-gen v0.0.0\n\nreplace github.com/mqttx-gen/mqttx-gen => " + root + "\n"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for name, text := range map[string]string{"mqttx.yaml": spec.String(), "go.mod": mod, "handler.go": plantMain} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	generator := filepath.Join(dir, "mqttx-gen")
	if _, err := output(root, "go", "build", "-o", generator, "./cmd/mqttx-gen"); err != nil {
		return "", err
	}
	if _, err := output(dir, generator, "generate"); err != nil {
		return "", err
	}
	// Its stubs refuse all they get; these take it.
	handler, err := os.ReadFile(filepath.Join(dir, "handler.go"))
	if err != nil {
		return "", err
	}
	taking := strings.ReplaceAll(string(handler), "return mqttx.ErrNotImplemented", "return nil")
	if n := strings.Count(taking, "return nil"); n < p.topics {
		return "", fmt.Errorf("%d of %d handlers take what they get", n, p.topics)
	}
	if err := os.WriteFile(filepath.Join(dir, "handler.go"), []byte(taking), 0o600); err != nil {
		return "", err
	}
	binary = filepath.Join(dir, "server")
	_, err = output(dir, "go", "build", "-o", binary, ".")
	return binary, err
}

// output runs a command, and says what it said where it fails.
func output(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off")
	b, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, exit.Stderr)
	}
	return string(b), err
}

// table is what a user of mochi writes for many topics: a hook that looks the
// topic up and decodes what belongs there.
type table struct {
	mochi.HookBase
	topics map[string]func(device string, payload []byte) error
	sum    float64
}

func newTable(topics int) *table {
	t := &table{topics: map[string]func(string, []byte) error{}}
	for i := range topics {
		t.topics[fmt.Sprintf("%03d", i)] = func(_ string, payload []byte) error {
			var m measurement
			if err := json.Unmarshal(payload, &m); err != nil {
				return err
			}
			t.sum += m.Temperature
			return nil
		}
	}
	return t
}

func (*table) ID() string { return "table" }

func (*table) Provides(b byte) bool { return b == mochi.OnPublish }

func (t *table) OnPublish(_ *mochi.Client, p packets.Packet) (packets.Packet, error) {
	levels := strings.Split(p.TopicName, "/")
	if len(levels) != 4 || levels[0] != "plant" || levels[3] != "reading" {
		return p, packets.ErrRejectPacket
	}
	take := t.topics[levels[1]]
	if take == nil || take(levels[2], p.Payload) != nil {
		return p, packets.ErrRejectPacket
	}
	return p, nil
}
