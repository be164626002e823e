package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// server is a broker that can be started.
type server struct {
	name    string
	has     []string // of what rows need: tls, ws, shared
	ingest  int      // it has handlers that read JSON of so many topics, and is there for such rows only
	path    string   // of its WebSocket
	command func(p ports, keys *keys) *exec.Cmd
}

// ports are where a server shall listen, on 127.0.0.1, and where it may write.
type ports struct {
	tcp, tls, ws string
	dir          string
}

// target is a server that runs, as clients see it.
type target struct {
	tcp, tls, ws string
	path         string
	trust        *tls.Config
}

// servers returns those that are on this machine, ours first. only names some
// of them; empty: all.
func servers(broker string, only []string) ([]server, error) {
	if _, err := os.Stat(broker); err != nil {
		return nil, fmt.Errorf("%w; build it with: make build", err)
	}
	serve, err := ourselves()
	if err != nil {
		return nil, err
	}
	all := []server{
		{name: "mqttx", has: []string{"tls", "ws", "shared"}, path: "/mqtt", command: func(p ports, k *keys) *exec.Cmd {
			return exec.Command(broker, "-log-level", "error", "-max-packet", "2MiB", "-max-subscriptions", "0", "-max-connections", "0", "-addr", "127.0.0.1:"+p.tcp, "-tls-addr", "127.0.0.1:"+p.tls,
				"-cert", k.cert, "-key", k.key, "-ws-addr", "127.0.0.1:"+p.ws)
		}},
		{name: "mosquitto", has: []string{"tls", "ws", "shared"}, path: "/mqtt", command: mosquitto},
		{name: "mochi", has: []string{"tls", "ws", "shared"}, path: "/", command: serve("mochi")},
		{name: "nats", has: []string{"tls", "ws"}, path: "/mqtt", command: serve("nats")},
		{name: "mqttx", ingest: 1, command: serve("ingest")},
		{name: "mochi", ingest: 1, command: serve("mochi-ingest")},
	}
	for _, topics := range []int{10, 600} {
		all = append(all, (&plant{topics: topics}).servers(serve)...)
	}
	if mosquittoPath() == "" {
		fmt.Fprintln(os.Stderr, "bench: mosquitto is not installed; measuring without it")
	}
	return slices.DeleteFunc(all, func(s server) bool {
		return len(only) > 0 && !slices.Contains(only, s.name) || s.name == "mosquitto" && mosquittoPath() == ""
	}), nil
}

// ourselves returns what runs this program as one of the servers of peers.go.
func ourselves() (serve func(name string) func(p ports, k *keys) *exec.Cmd, err error) {
	self, err := os.Executable()
	return func(name string) func(p ports, k *keys) *exec.Cmd {
		return func(p ports, k *keys) *exec.Cmd {
			return exec.Command(self, "-serve", name, p.tcp, p.tls, p.ws, p.dir, k.cert, k.key)
		}
	}, err
}

func mosquittoPath() string {
	for _, name := range []string{"mosquitto", "/usr/sbin/mosquitto"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// mosquitto runs without persistence, and with queues that hold the load.
func mosquitto(p ports, k *keys) *exec.Cmd {
	file := filepath.Join(p.dir, "mosquitto.conf")
	err := os.WriteFile(file, fmt.Appendf(nil, `user root
allow_anonymous true
persistence false
log_dest none
max_queued_messages 0
listener %s 127.0.0.1
listener %s 127.0.0.1
certfile %s
keyfile %s
listener %s 127.0.0.1
protocol websockets
`, p.tcp, p.tls, k.cert, k.key, p.ws), 0o600)
	if err != nil {
		return &exec.Cmd{Err: err}
	}
	return exec.Command(mosquittoPath(), "-c", file)
}

// process is a server that runs.
type process struct {
	target
	cmd    *exec.Cmd
	dir    string
	exited chan error
}

// start runs a server and waits until it answers on every port. Where it does
// not, another program may have taken one of them: it has three tries.
func (s server) start(ctx context.Context, k *keys) (p *process, err error) {
	for range 3 {
		if p, err = s.try(ctx, k); err == nil || ctx.Err() != nil {
			break
		}
	}
	return p, err
}

func (s server) try(ctx context.Context, k *keys) (*process, error) {
	free, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	at := ports{tcp: free[0], tls: free[1], ws: free[2], dir: dir}
	p := &process{cmd: s.command(at, k), dir: dir, exited: make(chan error, 1)}
	p.target = target{tcp: "127.0.0.1:" + at.tcp, tls: "127.0.0.1:" + at.tls, ws: "127.0.0.1:" + at.ws, path: s.path, trust: k.trust}
	var said bytes.Buffer
	p.cmd.Stderr = &said
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() { p.exited <- p.cmd.Wait() }()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := p.probe(ctx, s)
		if err == nil {
			return p, nil
		}
		select {
		case err := <-p.exited:
			return nil, errors.Join(fmt.Errorf("%s has ended: %w\n%s", s.name, err, said.String()), os.RemoveAll(dir))
		default:
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("%s does not serve: %w", s.name, err), p.stop())
		}
	}
}

// freePorts returns ports of 127.0.0.1 that nobody listens on at this moment.
func freePorts(n int) (free []string, err error) {
	for range n {
		nl, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer nl.Close() // all at the end: none is given twice
		_, port, _ := net.SplitHostPort(nl.Addr().String())
		free = append(free, port)
	}
	return free, nil
}

// probe connects in each way that the server has.
func (p *process) probe(ctx context.Context, s server) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, scheme := range append([]string{"tcp"}, s.has...) {
		if scheme == "shared" {
			continue
		}
		c, err := p.dial(ctx, how{id: "probe", scheme: scheme})
		if err == nil {
			err = c.leave()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", scheme, err)
		}
	}
	return nil
}

func (p *process) stop() error {
	_ = p.cmd.Process.Kill()
	<-p.exited // says that it was killed
	return os.RemoveAll(p.dir)
}

// cpu returns the CPU time, user and system, that all threads of the process
// have used.
func (p *process) cpu() (sum time.Duration) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	for _, task := range tasks {
		b, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		ns, _ := strconv.ParseInt(strings.Fields(string(b))[0], 10, 64)
		sum += time.Duration(ns)
	}
	return sum
}

// rss returns the resident memory of the process in bytes.
func (p *process) rss() int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}
