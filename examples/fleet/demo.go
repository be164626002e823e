package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

const trackers = 5

// runDemo starts the server on a free port of this machine, lets trackers talk
// to it over TCP for a while, and shows which typed method got what.
func runDemo(ctx context.Context, out io.Writer, d time.Duration) error {
	office := &Office{Password: rand.Text()}
	srv, err := office.NewServer(mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving := make(chan error, 1)
	go func() { serving <- srv.Serve(ctx, nl) }()
	fmt.Fprintf(out, "fleet serves on %s for %v; %d trackers publish over TCP\n\n", nl.Addr(), d, trackers)

	s := newShow(out, &office.Board)
	running, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	err = s.play(running, nl.Addr().String(), office.Password)
	down, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	err = errors.Join(err, srv.Shutdown(down))
	if e := <-serving; !errors.Is(e, mqttx.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	s.end()
	if err != nil || ctx.Err() != nil {
		return err
	}
	return s.check()
}

// show is the demo on the screen: a table that is drawn again and again on a
// terminal, lines elsewhere.
type show struct {
	out      io.Writer
	board    *Board
	terminal bool

	mu sync.Mutex
	// mu guards the following.
	drawn  int      // lines of the table on the terminal
	news   []string // what happened beside the usual
	screen int      // readings that the screen has received
}

func newShow(out io.Writer, b *Board) *show {
	s := &show{out: out, board: b}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		s.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return s
}

// play runs the trackers and a screen until ctx ends.
func (s *show) play(ctx context.Context, addr, password string) error {
	var wg sync.WaitGroup
	errs := make(chan error, trackers+1)
	start := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil && ctx.Err() == nil {
				errs <- err
			}
		})
	}
	start(func() error { return s.watch(ctx, addr) })
	for i := range trackers {
		t := &tracker{name: fmt.Sprintf("t-%d", i+1), tenant: "acme", show: s}
		t.battery.Store(int64(90 - 17*i))
		start(func() error { return t.run(ctx, addr, password) })
	}
	pause := time.Second
	if s.terminal {
		pause = 200 * time.Millisecond
	}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		s.draw()
		select {
		case <-ticker.C:
		case <-ctx.Done():
		case err := <-errs:
			return err
		}
	}
	wg.Wait()
	return nil
}

// watch is a screen on the wall: an anonymous client that sees all readings.
func (s *show) watch(ctx context.Context, addr string) error {
	c, err := dial(addr, mqttxtest.Options{ClientID: "screen"})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Subscribe(ctx, "fleet/+/+/reading", mqttx.QoS1); err != nil {
		return err
	}
	for {
		if _, err := c.Receive(ctx); err != nil {
			return err
		}
		s.mu.Lock()
		s.screen++
		s.mu.Unlock()
	}
}

func dial(addr string, o mqttxtest.Options) (*mqttxtest.Client, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return mqttxtest.NewClient(nc, o)
}

// tell notes something beside the usual.
func (s *show) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	s.news = append(s.news, line)
	if !s.terminal {
		fmt.Fprintln(s.out, line)
	}
}

// draw shows the present state.
func (s *show) draw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.terminal {
		if sum := s.board.Summary(); sum != "" {
			fmt.Fprintf(s.out, "%s; screen got %d\n", sum, s.screen)
		}
		return
	}
	lines := append(s.board.Table(), "", fmt.Sprintf("the screen received %d readings", s.screen))
	lines = append(lines, s.news...)
	var b strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn)
	}
	for _, l := range lines {
		b.WriteString(l + "\x1b[K\n")
	}
	s.drawn = len(lines)
	_, _ = io.WriteString(s.out, b.String())
}

func (s *show) end() {
	s.draw()
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "\ndone: %d readings handled, %d relayed to the screen, %d commands answered, %d payload refused\n",
		s.board.Calls("HandleReading"), s.screen, s.board.Calls("HandleCommandResult"), s.count("refused"))
}

// count returns how many of the news hold a word. mu is held.
func (s *show) count(word string) (n int) {
	for _, line := range s.news {
		if strings.Contains(line, word) {
			n++
		}
	}
	return n
}

// check fails where the demo has not shown what it is for.
func (s *show) check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.board.Calls("HandleReading") == 0 || s.screen == 0:
		return errors.New("demo: no reading arrived")
	case s.board.Calls("HandleCommandResult") == 0:
		return errors.New("demo: no command was answered")
	case s.count("refused") == 0:
		return errors.New("demo: no payload was refused")
	}
	return nil
}
