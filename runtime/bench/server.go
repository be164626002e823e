package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// server is a broker that can be started.
type server struct {
	name    string
	command func(port string) *exec.Cmd
}

// available returns the brokers that are on this machine, ours first.
func available(broker string) ([]server, error) {
	if _, err := os.Stat(broker); err != nil {
		return nil, fmt.Errorf("%w; build it with: make build", err)
	}
	servers := []server{{"mqttx", func(port string) *exec.Cmd {
		return exec.Command(broker, "-addr", "127.0.0.1:"+port, "-log-level", "error")
	}}}
	mosquitto, err := exec.LookPath("mosquitto")
	if err != nil {
		mosquitto, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: mosquitto is not installed; measuring without it")
		return servers, nil
	}
	return append(servers, server{"mosquitto", func(port string) *exec.Cmd {
		return exec.Command(mosquitto, "-p", port)
	}}), nil
}

// process is a broker that runs.
type process struct {
	cmd  *exec.Cmd
	addr string
}

func (s server) start() (*process, error) {
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := nl.Addr().String()
	_ = nl.Close()
	_, port, _ := net.SplitHostPort(addr)
	p := &process{cmd: s.command(port), addr: addr}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		nc, err := net.Dial("tcp", addr)
		if err == nil {
			_ = nc.Close()
			return p, nil
		}
		if time.Now().After(deadline) {
			p.stop()
			return nil, fmt.Errorf("%s does not listen: %w", s.name, err)
		}
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// cpu returns the CPU time that all threads of the process have used.
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
