// Package clients runs the examples' programs and real MQTT clients against
// them, for the examples' tests: mosquitto_pub, mosquitto_sub and Paho for
// Python.
package clients

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every program that a test starts.
const patience = 60 * time.Second

// Find returns the path of a program that a test needs. Without it the test is
// skipped, but for CI, where it fails.
func Find(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed, and CI must test with it", program)
	}
	t.Skipf("%s is not installed (Debian: mosquitto-clients, python3-paho-mqtt)", program)
	return ""
}

// Python returns the path of the system's Python, which has Paho.
func Python(t testing.TB) string {
	t.Helper()
	python := Find(t, "/usr/bin/python3")
	if out, err := exec.Command(python, "-c", "import paho.mqtt.client").CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("Paho for Python is not installed, and CI must test with it: %s", out)
		}
		t.Skip("Paho for Python is not installed (Debian: python3-paho-mqtt)")
	}
	return python
}

// Node returns the path of Node.js, which finds MQTT.js in the folder mqttjs.
func Node(t testing.TB, mqttjs string) string {
	t.Helper()
	node := Find(t, "node")
	if _, err := os.Stat(filepath.Join(mqttjs, "node_modules", "mqtt")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("MQTT.js is not installed, and CI must test with it: %v", err)
		}
		t.Skipf("MQTT.js is not installed (npm ci, in %s)", mqttjs)
	}
	return node
}

// FreeAddr returns a loopback address that nobody listens on.
func FreeAddr(t testing.TB) string {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	return nl.Addr().String()
}

// Build compiles the package in dir and returns the program.
func Build(t testing.TB, dir string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// Program is an example that runs.
type Program struct {
	Addr string
	cmd  *exec.Cmd
	mu   sync.Mutex
	log  bytes.Buffer  // guarded by mu; complete when ended is closed
	more chan struct{} // has one after a line of log
	// ended is closed when the program has ended; err is how.
	ended chan struct{}
	err   error
}

// Start starts an example with -addr on a free port, and waits until it
// listens. It is stopped by SIGTERM when the test ends, and must then exit 0.
func Start(t testing.TB, program string, args ...string) *Program {
	t.Helper()
	p := &Program{Addr: FreeAddr(t), ended: make(chan struct{}), more: make(chan struct{}, 1)}
	p.cmd = exec.Command(program, append([]string{"-addr", p.Addr}, args...)...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan struct{})
	go p.follow(stderr, listening)
	t.Cleanup(func() { p.stop(t) })
	select {
	case <-listening:
	case <-p.ended:
		t.Fatalf("the program ended: %v\n%s", p.err, p.log.String())
	case <-time.After(patience):
		t.Fatal("the program does not listen")
	}
	return p
}

// follow keeps what the program logs, and reports the line that says that it
// listens.
func (p *Program) follow(stderr io.Reader, listening chan<- struct{}) {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		p.mu.Lock()
		fmt.Fprintln(&p.log, lines.Text())
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
		if listening != nil && strings.Contains(lines.Text(), "listening ") {
			close(listening)
			listening = nil
		}
	}
	p.err = p.cmd.Wait()
	close(p.ended)
}

// Signal sends the program a signal, and waits until it logs what is wanted.
func (p *Program) Signal(t testing.TB, signal os.Signal, want string) {
	t.Helper()
	p.mu.Lock()
	before := p.log.Len()
	p.mu.Unlock()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	for late := time.After(patience); ; {
		p.mu.Lock()
		found := strings.Contains(string(p.log.Bytes()[before:]), want)
		p.mu.Unlock()
		if found {
			return
		}
		select {
		case <-p.more:
		case <-p.ended:
			t.Fatalf("after %v the program ended: %v", signal, p.err)
		case <-late:
			t.Fatalf("after %v the program does not log %q", signal, want)
		}
	}
}

func (p *Program) stop(t testing.TB) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		if p.err != nil {
			t.Errorf("after SIGTERM: %v", p.err)
		}
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		t.Error("the program does not end after SIGTERM")
		<-p.ended
	}
	if t.Failed() {
		t.Logf("log of the program:\n%s", p.log.String())
	}
}

// Port returns the port that the program listens on.
func (p *Program) Port() string {
	_, port, _ := net.SplitHostPort(p.Addr)
	return port
}

// Run runs a client to its end and returns what it printed.
func Run(t testing.TB, program string, args ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	return string(b), err
}

// Subscriber is mosquitto_sub, under way.
type Subscriber struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

// Subscribe starts mosquitto_sub and waits until it is subscribed. It prints a
// line for each message: topic, a space, payload.
func Subscribe(t testing.TB, p *Program, args ...string) *Subscriber {
	t.Helper()
	path := Find(t, "mosquitto_sub")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	// -d prints the packets, so that the SUBACK can be waited for.
	// stdbuf, because mosquitto_sub keeps lines back where its output is a pipe.
	args = append([]string{"-oL", path, "-p", p.Port(), "-d", "-v"}, args...)
	cmd := exec.CommandContext(ctx, Find(t, "stdbuf"), args...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &Subscriber{cmd: cmd, out: bufio.NewScanner(stdout)}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for s.out.Scan() {
		if strings.HasPrefix(s.out.Text(), "Subscribed") {
			return s
		}
	}
	t.Fatal("mosquitto_sub is not subscribed")
	return nil
}

// Kill ends it without a DISCONNECT.
func (s *Subscriber) Kill() { _ = s.cmd.Process.Kill() }

// Next returns the next line that is a message.
func (s *Subscriber) Next(t testing.TB) string {
	t.Helper()
	for s.out.Scan() {
		line := s.out.Text()
		if !strings.HasPrefix(line, "Client ") && !strings.HasPrefix(line, "Subscribed") {
			return line
		}
	}
	t.Fatalf("mosquitto_sub ended: %v", s.out.Err())
	return ""
}
