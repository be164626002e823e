package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// show is the demo on the screen: a table that is drawn again and again on a
// terminal, lines elsewhere.
type show struct {
	out      io.Writer
	office   *Office
	terminal bool

	mu sync.Mutex
	// mu guards the following.
	drawn  int      // lines of the table on the terminal
	news   []string // what happened beside the usual
	screen int      // readings that the screen has received
}

func newShow(out io.Writer, o *Office) *show {
	s := &show{out: out, office: o}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		s.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return s
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
		if n := s.office.Board.Calls("HandleReading"); n > 0 {
			fmt.Fprintf(s.out, "%d readings handled, %d relayed to the screen\n", n, s.screen)
		}
		return
	}
	lines := append(s.office.Board.Table(), "", fmt.Sprintf("the screen received %d readings", s.screen))
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
	b := &s.office.Board
	if !s.terminal {
		fmt.Fprintf(s.out, "\n%s\n", strings.Join(b.Table(), "\n"))
	}
	fmt.Fprintf(s.out, "\ndone: %d readings handled, %d relayed to the screen, %d frames of protobuf, %d request answered, %d commands obeyed, %d events, %d payload refused\n",
		b.Calls("HandleReading"), s.screen, b.Calls("HandleTrace"), b.Calls("RequestCommand"), b.Calls("HandleCommandResult"),
		b.Calls("OnFirmwareReady"), s.office.Traffic.Refused.Load())
}
