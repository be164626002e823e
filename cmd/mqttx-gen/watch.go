package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

// watchInterval is how often -watch looks at the files. A change counts when the next look finds no other: editors write
// in several steps.
const watchInterval = 150 * time.Millisecond

// stamp is by what a change of a file shows.
type stamp struct {
	time, size int64 // nanoseconds, bytes
}

// watcher generates when files change.
type watcher struct {
	*console
	paths []string
	fix   bool

	handlers map[string]bool // folders of handlers, as of the last run that knew them
	inputs   []gen.Inputs    // of the specs, as of the last run
}

// watch generates, and again after each change, until it is interrupted.
func (c *console) watch(paths []string, fix bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w := &watcher{console: c, paths: paths, fix: fix, handlers: map[string]bool{}}
	done := w.run()
	c.say("watching; Ctrl-C ends it")
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	seen := done
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now := w.stamps()
		if !maps.Equal(now, done) && maps.Equal(now, seen) {
			done = w.run()
			now = done
		}
		seen = now
	}
}

// run generates once and says what came of it. It returns the stamps of the files that it has taken account of: those of
// before, or of after where it wrote itself.
func (w *watcher) run() map[string]stamp {
	w.inputs = nil
	for _, path := range w.paths {
		w.inputs = append(w.inputs, gen.InputsOf(path))
	}
	start := time.Now().UnixNano()
	before := w.stamps()
	all, err := w.once(w.paths, w.fix)
	var exit *exitError
	if errors.As(err, &exit) {
		err = exit.err
	}
	if err != nil {
		fmt.Fprintf(w.err, "mqttx-gen: %v\n", err)
	}
	for _, one := range all {
		w.handlers[one.Handler.Dir] = true
	}
	for path, after := range w.stamps() {
		_, known := before[path]
		changed, ours := wrote(all, path)
		switch {
		case ours, !known && !changed && after.time < start: // a folder of handlers that was not watched yet
			before[path] = after
		case changed: // by somebody else at the same moment
			delete(before, path)
		}
	}
	return before
}

// wrote says whether a run has written a file, and whether it still holds what was written.
func wrote(all []*work, path string) (changed, ours bool) {
	for _, one := range all {
		for _, change := range one.changes() {
			if change.Path == path {
				data, err := os.ReadFile(path)
				return true, err == nil && bytes.Equal(data, change.New)
			}
		}
	}
	return false, false
}

// stamps notes time and size of every file that counts and is there: the specs, what they refer to, and the Go files of
// handlers.
func (w *watcher) stamps() map[string]stamp {
	found := map[string]stamp{}
	add := func(path string, info fs.FileInfo, err error) {
		if err == nil {
			found[path] = stamp{info.ModTime().UnixNano(), info.Size()}
		}
	}
	for _, in := range w.inputs {
		for _, path := range slices.Concat(in.Files, in.Globs()) {
			info, err := os.Stat(path)
			add(path, info, err)
		}
	}
	for dir := range w.handlers {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_gen.go") {
				continue
			}
			info, err := e.Info()
			add(filepath.Join(dir, e.Name()), info, err)
		}
	}
	return found
}
