package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

// attempts is how often generate starts again when files change under it.
const attempts = 3

// work is what one spec comes to: the generated package, and the user's handler beside it.
type work struct {
	*gen.Output
	handler  *splice.Report
	findings []finding

	broken, checked bool // lines of the user's code do not compile with the package; whether that is known
}

// build works out in memory what one spec comes to.
func build(path string) (*work, error) {
	out, err := gen.Build(path)
	if err != nil {
		return nil, err
	}
	report, err := splice.Plan(target(out))
	if err != nil {
		return nil, err
	}
	broken, checked := brokenFindings(out, report)
	return &work{out, report, findings(out, report, broken), len(broken) > 0, checked}, nil
}

// buildAll builds every spec. The errors of all that are at fault are joined.
func buildAll(paths []string) ([]*work, error) {
	var all []*work
	var failed []error
	owner := map[string]string{}
	for _, path := range paths {
		w, err := build(path)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if other := owner[w.Out]; other != "" {
			failed = append(failed, fmt.Errorf("%s and %s both generate into %s; give each its own folder under go: out", other, path, w.Out))
			continue
		}
		owner[w.Out] = path
		all = append(all, w)
	}
	return all, errors.Join(failed...)
}

// generate builds all specs and then writes what has changed. With an error nothing on disk is other than before. When a
// file changes while it works, it reads again and starts over.
func generate(paths []string, write func([]gen.Change) error) ([]*work, error) {
	for try := 1; ; try++ {
		all, err := buildAll(paths)
		if err != nil {
			return nil, err
		}
		var changes []gen.Change
		for _, w := range all {
			changes = append(changes, w.changes()...)
		}
		err = write(changes)
		if err == nil {
			return all, noteBroken(all)
		}
		if !errors.Is(err, gen.ErrStale) || try == attempts {
			return nil, err
		}
	}
}

// noteBroken notes what is broken, so that the next run tells of it too.
func noteBroken(all []*work) error {
	for _, w := range all {
		if !w.checked {
			continue
		}
		if err := w.Remember(w.broken); err != nil {
			return err
		}
	}
	return nil
}

// changes lists the files that are written or removed, the user's last.
func (w *work) changes() []gen.Change {
	list := slices.Clone(w.Changes)
	if e := w.handler.Edit; e != nil {
		list = append(list, gen.Change{Path: e.Path, Old: e.Old, New: e.New})
	}
	return list
}

// failed says whether the user's code has to be mended.
func (w *work) failed() bool {
	return slices.ContainsFunc(w.findings, func(f finding) bool { return f.Severity == severityError })
}

// summary says on one line what was done, for example
// "fleet: 3 written, 4 unchanged, 1 removed (41ms); handler.go: added HandleAlarm (line 74)".
func (w *work) summary(took time.Duration) string {
	var counts []string
	for _, c := range []struct {
		n    int
		what string
	}{{w.Written, "written"}, {w.Unchanged, "unchanged"}, {w.Removed, "removed"}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	line := fmt.Sprintf("%s: %s (%dms)", w.Model.Name, strings.Join(counts, ", "), took.Milliseconds())
	if len(w.handler.Added) == 0 {
		return line
	}
	const told = 10
	var added []string
	for _, a := range w.handler.Added[:min(told, len(w.handler.Added))] {
		added = append(added, fmt.Sprintf("%s (line %d)", a.Method, a.Line))
	}
	if more := len(w.handler.Added) - told; more > 0 {
		last := w.handler.Added[len(w.handler.Added)-1]
		added = append(added, fmt.Sprintf("and %d more down to %s (line %d)", more, last.Method, last.Line))
	}
	return fmt.Sprintf("%s; %s: added %s", line, gen.ShortPath(w.handler.Edit.Path), strings.Join(added, ", "))
}
