package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

// cutGit takes "git:REVISION" apart.
func cutGit(against string) (rev string, ok bool) { return strings.CutPrefix(against, "git:") }

// readRevision reads the spec at path, or at another path that rev names ("main:api/mqttx.yaml"), as it was in a commit.
// What it may take in is put into a folder of its own for that time; the work tree is not touched.
func readRevision(rev, specPath string) (*version, error) {
	rev, inside, named := strings.Cut(rev, ":")
	abs, err := filepath.Abs(specPath)
	if err != nil {
		return nil, fmt.Errorf("breaking: %w", err)
	}
	g := gitAt(filepath.Dir(abs))
	prefix, err := g.output("rev-parse", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("breaking: -against git:%s: %s is in no git repository: %w", rev, gen.ShortPath(filepath.Dir(abs)), err)
	}
	if !named {
		inside = strings.TrimSpace(string(prefix)) + filepath.Base(abs)
	}
	if _, err := g.output("rev-parse", "--verify", "--quiet", rev+"^{commit}"); err != nil || rev == "" || rev[0] == '-' {
		return nil, fmt.Errorf("breaking: -against git:%s: there is no such revision; `git log` and `git branch` show those that there are", rev)
	}
	dir, err := os.MkdirTemp("", "mqttx-gen-")
	if err != nil {
		return nil, fmt.Errorf("breaking: %w", err)
	}
	v, err := g.parse(rev, path.Clean(inside), dir)
	return v, errors.Join(err, os.RemoveAll(dir))
}

// parse puts what a spec may take in into dir, and reads it there.
func (g gitAt) parse(rev, inside, dir string) (*version, error) {
	names, err := g.specFiles(rev, inside)
	if err != nil {
		return nil, err
	}
	name := rev + ":" + inside
	if !slices.Contains(names, inside) {
		return nil, fmt.Errorf("breaking: there is no %s; git:%s:PATH compares with a spec of another name", name, rev)
	}
	if err := g.extract(rev, names, dir); err != nil {
		return nil, err
	}
	place := filepath.Join(dir, filepath.FromSlash(inside))
	file, source, err := gen.Parse(place)
	if err == nil {
		messages, err := gen.Messages(place, file)
		if err == nil {
			return &version{file, name, source, messages}, nil
		}
		return nil, fmt.Errorf("breaking: %s: %w", name, err)
	}
	var bad *gen.SpecError
	if !errors.As(err, &bad) {
		return nil, fmt.Errorf("breaking: %s: %w", name, err)
	}
	for i, d := range bad.List {
		if rel, err := filepath.Rel(dir, d.File); err == nil && filepath.IsAbs(d.File) {
			bad.List[i].File = rev + ":" + filepath.ToSlash(rel)
		}
	}
	return nil, bad
}

// specFiles lists the files of a commit that a spec can be made of.
func (g gitAt) specFiles(rev, inside string) ([]string, error) {
	list, err := g.output("ls-tree", "-r", "-z", "--full-tree", "--name-only", rev)
	if err != nil {
		return nil, fmt.Errorf("breaking: list the files of %s: %w", rev, err)
	}
	var names []string
	for name := range strings.SplitSeq(string(list), "\x00") {
		switch ext := path.Ext(name); {
		case strings.Contains(name, "\n"): // cat-file takes one name on each line
		case name == inside, ext == ".yaml", ext == ".yml", ext == ".json", ext == ".proto":
			names = append(names, name)
		}
	}
	return names, nil
}

// extract writes files of a commit into dir.
func (g gitAt) extract(rev string, names []string, dir string) error {
	var in bytes.Buffer
	for _, name := range names {
		in.WriteString(rev + ":" + name + "\n")
	}
	cmd := g.command("cat-file", "--batch")
	cmd.Stdin = &in
	out, err := g.run(cmd)
	if err != nil {
		return fmt.Errorf("breaking: read the files of %s: %w", rev, err)
	}
	for _, name := range names {
		head, rest, _ := bytes.Cut(out, []byte("\n"))
		fields := strings.Fields(string(head)) // name, type, size
		if len(fields) < 3 {
			return fmt.Errorf("breaking: read %s:%s: git says %q", rev, name, head)
		}
		size, err := strconv.Atoi(fields[len(fields)-1])
		if err != nil || size >= len(rest) {
			return fmt.Errorf("breaking: read %s:%s: git says %q", rev, name, head)
		}
		place := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
			return fmt.Errorf("breaking: %w", err)
		}
		if err := os.WriteFile(place, rest[:size], 0o666); err != nil {
			return fmt.Errorf("breaking: %w", err)
		}
		out = rest[size+1:]
	}
	return nil
}

// gitAt runs git in a folder. It only reads.
type gitAt string

func (g gitAt) command(args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = string(g)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0")
	return cmd
}

func (g gitAt) output(args ...string) ([]byte, error) { return g.run(g.command(args...)) }

// run returns what git prints; the error is what it complains of.
func (g gitAt) run(cmd *exec.Cmd) ([]byte, error) {
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		if line == "" {
			return nil, err
		}
		return nil, errors.New(strings.TrimPrefix(line, "fatal: "))
	}
	return out.Bytes(), nil
}
