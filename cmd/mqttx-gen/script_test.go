package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mqttx-gen": main})
}

// TestScripts runs testdata/script. Beside the commands of testscript there are
//
//	code N cmd...     runs a command and wants that exit code
//	remember DIR      notes every file below DIR, with its time
//	unchanged DIR     wants them to be as they were remembered
//	serves CMD...     runs a server with -addr, connects to it, and stops it
//	replace FILE OLD NEW
//	cut FILE TEXT     cuts a file off where a text begins
//	crlf FILE         ends the lines of a file as Windows does
//	eventually FILE PATTERN   waits for a file in which a pattern matches
//
// The go command works without a network, with the caches of whoever runs the test.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   filepath.Join("testdata", "script"),
		Setup: goEnvironment,
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":       wantCode,
			"serves":     serves,
			"replace":    replace,
			"cut":        cut,
			"crlf":       crlf,
			"remember":   remember,
			"unchanged":  unchanged,
			"eventually": eventually,
		},
	})
}

// goEnvironment lets the go command of a script find its caches and nothing else.
func goEnvironment(e *testscript.Env) error {
	e.Values["remembered"] = map[string]map[string]string{} // by folder
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOROOT", "GOPATH").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	dirs := strings.Split(strings.TrimSpace(string(out)), "\n")
	_, file, _, _ := runtime.Caller(0)
	e.Setenv("GOCACHE", strings.TrimSpace(dirs[0]))
	e.Setenv("GOMODCACHE", strings.TrimSpace(dirs[1]))
	e.Setenv("GOROOT", strings.TrimSpace(dirs[2]))
	e.Setenv("GOPATH", strings.TrimSpace(dirs[3]))
	e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
	e.Setenv("GOPROXY", "off")
	e.Setenv("GOFLAGS", "-buildvcs=false")
	e.Setenv("GOTOOLCHAIN", "local")
	e.Setenv("GOWORK", "")
	e.Setenv("REPO", filepath.Dir(filepath.Dir(filepath.Dir(file))))
	return nil
}

func wantCode(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func remembered(ts *testscript.TestScript) map[string]map[string]string {
	return ts.Value("remembered").(map[string]map[string]string)
}

func remember(ts *testscript.TestScript, neg bool, args []string) {
	remembered(ts)[ts.MkAbs(args[0])] = stamps(ts, args[0])
}

// stamps notes the text and the time of every file.
func stamps(ts *testscript.TestScript, dir string) map[string]string {
	files := map[string]string{}
	ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(at)
		files[at] = info.ModTime().Format(time.RFC3339Nano) + "\n" + string(data)
		return err
	}))
	return files
}

func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	before, ok := remembered(ts)[ts.MkAbs(args[0])]
	if !ok {
		ts.Fatalf("%s was not remembered", args[0])
	}
	now := stamps(ts, args[0])
	for _, at := range slices.Sorted(maps.Keys(before)) {
		if now[at] == "" {
			ts.Fatalf("%s is gone", at)
		}
		if now[at] != before[at] {
			ts.Fatalf("%s was written:\n%s", at, now[at])
		}
	}
	for at := range now {
		if before[at] == "" {
			ts.Fatalf("%s is new", at)
		}
	}
}

func replace(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	from, to := unescape(ts, args[1]), unescape(ts, args[2])
	if !strings.Contains(text, from) {
		ts.Fatalf("%s does not hold %q", args[0], from)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, from, to, 1)), 0o666))
}

func cut(ts *testscript.TestScript, neg bool, args []string) {
	text, _, found := strings.Cut(ts.ReadFile(args[0]), unescape(ts, args[1]))
	if !found {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

func unescape(ts *testscript.TestScript, s string) string {
	out, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	ts.Check(err)
	return out
}

func crlf(ts *testscript.TestScript, neg bool, args []string) {
	text := strings.ReplaceAll(ts.ReadFile(args[0]), "\n", "\r\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// eventually looks at a file until it holds what is wanted.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if data, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && want.Match(data) {
			return
		}
	}
	ts.Fatalf("%s does not come to hold %s", args[0], args[1])
}

var listening = regexp.MustCompile(`listening.* addr=(\S+)`)

// serves starts a server on a free port, sends it a CONNECT, reads the CONNACK, and asks the server to stop.
func serves(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command(ts.MkAbs(args[0]), append(args[1:], "-addr", "127.0.0.1:0")...)
	log, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	lines := bufio.NewScanner(log)
	addr := ""
	for addr == "" && lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			addr = m[1]
		}
	}
	nc, err := net.DialTimeout("tcp", addr, 10*time.Second)
	ts.Check(err)
	defer nc.Close()
	ts.Check(nc.SetDeadline(time.Now().Add(10 * time.Second)))
	_, err = nc.Write([]byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02t1"))
	ts.Check(err)
	var ack [4]byte
	_, err = io.ReadFull(nc, ack[:])
	ts.Check(err)
	if ack != [4]byte{0x20, 2, 0, 0} {
		ts.Fatalf("CONNACK is % x", ack)
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	for lines.Scan() { // until it has ended
		ts.Logf("%s", lines.Text())
	}
	ts.Check(cmd.Wait())
}
