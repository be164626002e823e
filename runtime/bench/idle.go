package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// elsewhere is filters whose clients are in a process of their own, so that they
// cost the one that measures nothing.
type elsewhere struct{ filters }

// distant is that process.
type distant struct {
	cmd *exec.Cmd
	in  io.Closer // it ends when this is closed
}

func (e elsewhere) open(ctx context.Context, t *target) (load, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	d := distant{cmd: exec.CommandContext(ctx, self, "-serve", "idle", t.tcp, strconv.Itoa(e.clients), strconv.Itoa(e.each))}
	d.cmd.Stderr = os.Stderr
	if d.in, err = d.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return nil, errors.Join(ctx.Err(), fmt.Errorf("idle clients: %w, said %q", err, said), d.close())
	}
	return d, nil
}

func (d distant) run(time.Time) (int64, error) { return 0, nil }

func (d distant) close() error {
	_ = d.in.Close()
	_ = d.cmd.Wait() // an end by the end of its context is none to report
	return nil
}

// idle is that process: it connects and subscribes its clients, says so, and
// waits for the end of its input.
func idle(args []string) error {
	if len(args) != 3 {
		return errors.New("-serve idle takes an address and two numbers")
	}
	var f filters
	var err1, err2 error
	f.clients, err1 = strconv.Atoi(args[1])
	f.each, err2 = strconv.Atoi(args[2])
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	l, err := f.open(context.Background(), &target{tcp: args[0]})
	if err != nil {
		return err
	}
	fmt.Println("connected")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, l.close())
}
