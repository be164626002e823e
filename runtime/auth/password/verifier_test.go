package password

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func verifier(t testing.TB, c Config) *Verifier {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	v, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// code is the reason code that an error refuses with; 0 for nil.
func code(t testing.TB, err error) mqtt.ReasonCode {
	t.Helper()
	if err == nil {
		return 0
	}
	r, ok := errors.AsType[*mqtt.Refusal](err)
	if !ok || r.Reason != "" {
		t.Fatalf("%v: no refusal, or one that tells the client why", err)
	}
	return r.Code
}

func TestVerify(t *testing.T) {
	v := verifier(t, Config{File: write(t, "# all forms", "a:"+argon2Of, "b:"+bcryptOf, "c:"+sha512Of, "d:"+pbkdf2Of)})
	for range 2 { // the second time they are known
		for _, user := range []string{"a", "b", "c", "d"} {
			if err := v.Verify(t.Context(), user, []byte("secret")); err != nil {
				t.Errorf("%s: %v", user, err)
			}
			for _, wrong := range []string{"Secret", "", "secret\x00", strings.Repeat("x", 100), strings.Repeat("x", 70_000)} {
				if got := code(t, v.Verify(t.Context(), user, []byte(wrong))); got != mqtt.BadUserNameOrPassword {
					t.Errorf("%s, %.10q: %v", user, wrong, got)
				}
			}
		}
		for _, user := range []string{"", "e", "A", "a ", "a:", "# all forms", "a\x00", strings.Repeat("a", 65535)} {
			if got := code(t, v.Verify(t.Context(), user, []byte("secret"))); got != mqtt.BadUserNameOrPassword {
				t.Errorf("%.10q: %v", user, got)
			}
		}
	}
	unknown, wrong := v.Verify(t.Context(), "e", []byte("hunter2")), v.Verify(t.Context(), "a", []byte("hunter2"))
	if unknown.Error() == wrong.Error() || strings.Contains(wrong.Error(), "hunter2") {
		t.Errorf("the log says %v and %v", unknown, wrong)
	}
}

// remembers says whether a pair is in the cache.
func (v *Verifier) remembers(user, password string) bool {
	now := v.current()
	return now.cache.has(now.cache.digest(user, []byte(password)))
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := write(t, "a:"+argon2Of, "c:"+sha512Of)
		v := verifier(t, Config{File: file, Cache: time.Minute})
		for _, password := range []string{"secret", "wrong"} {
			_ = v.Verify(t.Context(), "a", []byte(password))
			_ = v.Verify(t.Context(), "nobody", []byte(password))
		}
		if !v.remembers("a", "secret") || v.remembers("a", "wrong") || v.remembers("nobody", "secret") {
			t.Error("it remembers the wrong ones")
		}
		if v.remembers("as", "ecret") {
			t.Error("user and password run together")
		}
		time.Sleep(time.Minute - 1)
		if err := v.Verify(t.Context(), "a", []byte("secret")); err != nil || !v.remembers("a", "secret") {
			t.Error("it has forgotten too early", err)
		}
		time.Sleep(time.Nanosecond)
		if v.remembers("a", "secret") {
			t.Error("it remembers too long: use does not prolong it")
		}
		off := verifier(t, Config{File: file, Cache: -1})
		_ = off.Verify(t.Context(), "a", []byte("secret"))
		if off.remembers("a", "secret") {
			t.Error("it is not off")
		}
	})
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache(random(32), time.Minute)
	for i := range 5 * maxKnown {
		c.add(digest{byte(i), byte(i >> 8), byte(i >> 16)})
	}
	if n := len(c.newer) + len(c.older); n > 2*maxKnown || n < maxKnown {
		t.Errorf("%d are kept", n)
	}
}

// TestGate: some hash, some wait, the others are refused.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 3)
		var order []int
		var mu sync.Mutex
		release := make(chan struct{})
		for i := range 5 {
			go func() {
				if err := g.enter(t.Context()); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				<-release
				g.leave()
			}()
			synctest.Wait()
		}
		if len(order) != 2 {
			t.Errorf("%d hash at once", len(order))
		}
		if err := g.enter(t.Context()); code(t, err) != mqtt.ServerBusy {
			t.Error(err)
		}
		close(release)
		synctest.Wait()
		if len(order) != 5 || g.in.Load() != 0 {
			t.Errorf("order %v, %d still in", order, g.in.Load())
		}
	})
}

func TestBusy(t *testing.T) {
	v := verifier(t, Config{File: write(t, "a:"+argon2Of, "c:"+sha512Of), Concurrent: 1, Queue: -1})
	if err := v.gate.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"a", "nobody"} {
		if got := code(t, v.Verify(t.Context(), user, []byte("secret"))); got != mqtt.ServerBusy {
			t.Errorf("%s: %v", user, got)
		}
	}
	if err := v.Verify(t.Context(), "c", []byte("secret")); err != nil {
		t.Errorf("a hash that costs nothing waits: %v", err)
	}
	v.gate.leave()
	if err := v.Verify(t.Context(), "a", []byte("secret")); err != nil {
		t.Error(err)
	}
}

func TestContext(t *testing.T) {
	v := verifier(t, Config{File: write(t, "a:"+argon2Of), Concurrent: 1})
	if err := v.gate.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the client has gone")
	done := make(chan error)
	go func() { done <- v.Verify(ctx, "a", []byte("secret")) }()
	cancel(gone)
	if err := <-done; !errors.Is(err, gone) {
		t.Error(err)
	}
	v.gate.leave()
	if err := v.Verify(ctx, "a", []byte("secret")); !errors.Is(err, gone) || v.gate.in.Load() != 0 {
		t.Error(err)
	}
}

// TestManyAtOnce: clients of one user hash once for each turn, all get in, and
// every wrong one is refused.
func TestManyAtOnce(t *testing.T) {
	v := verifier(t, Config{File: write(t, "a:"+argon2Of, "b:"+bcryptOf), Queue: 1000})
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			password, want := "secret", mqtt.ReasonCode(0)
			if i%2 == 1 {
				password, want = fmt.Sprint("wrong", i%10), mqtt.BadUserNameOrPassword
			}
			if got := code(t, v.Verify(t.Context(), []string{"a", "b"}[i/2%2], []byte(password))); got != want {
				t.Errorf("%s: %v", password, got)
			}
		})
	}
	all.Wait()
	if n := v.gate.in.Load(); n != 0 {
		t.Errorf("%d have not left", n)
	}
}

// TestOneAccount: of many clients of one user that come at once, one hashes, and
// nobody is told that the server is busy.
func TestOneAccount(t *testing.T) {
	for _, cached := range []time.Duration{0, -1} {
		v := verifier(t, Config{File: write(t, "a:"+argon2Of), Concurrent: 1, Queue: -1, Cache: cached})
		if err := v.gate.enter(t.Context()); err != nil { // nobody has a turn until all are there
			t.Fatal(err)
		}
		d := v.now.cache.digest("a", []byte("secret"))
		held := &flight{done: make(chan struct{}), err: errPanic}
		v.now.cache.running[d] = held
		var all, begun sync.WaitGroup
		begun.Add(100)
		for range 100 {
			all.Go(func() {
				begun.Done()
				if err := v.Verify(t.Context(), "a", []byte("secret")); err != nil {
					t.Error(err)
				}
			})
		}
		begun.Wait()
		v.gate.leave()
		v.now.cache.mu.Lock()
		delete(v.now.cache.running, d)
		v.now.cache.mu.Unlock()
		close(held.done)
		all.Wait()
		if n := len(v.now.cache.running); n != 0 {
			t.Errorf("%d are still verified", n)
		}
	}
}

// TestReload looks at a file that changes while clients connect.
func TestReload(t *testing.T) {
	var log bytes.Buffer
	file := write(t, "a:"+argon2Of)
	synctest.Test(t, func(t *testing.T) {
		v := verifier(t, Config{File: file, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		try := func(user, password string, want bool) {
			t.Helper()
			time.Sleep(time.Second)
			if err := v.Verify(t.Context(), user, []byte(password)); (err == nil) != want {
				t.Errorf("%s: %v, log %s", user, err, log.String())
			}
		}
		logged := func(want ...string) {
			t.Helper()
			lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
			log.Reset()
			if len(want) == 0 && lines[0] == "" {
				return
			}
			if len(lines) != len(want) {
				t.Fatalf("logged %q, want %q", lines, want)
			}
			for i := range want {
				if !strings.Contains(lines[i], want[i]) || strings.Contains(lines[i], "$") || strings.Contains(lines[i], "swordfish") {
					t.Errorf("logged %q, want %q", lines[i], want[i])
				}
			}
		}
		try("a", "secret", true)
		try("b", "secret", false)
		logged()
		rewrite(t, file, "b:"+sha512Of, "c:"+sha512Of)
		try("b", "secret", true)
		try("a", "secret", false) // though it was known
		logged("has been read again")
		rewrite(t, file, "b:"+sha512Of, "c:swordfish")
		try("b", "secret", true)
		try("c", "secret", true)
		logged("cannot be used; the passwords that are known stay")
		if err := v.Reload(); err == nil || !strings.Contains(err.Error(), "line 2: user \"c\"") {
			t.Error(err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		try("b", "secret", true)
		try("b", "secret", true)
		logged("no such file")
		rewrite(t, file, "a:"+argon2Of, "b:"+strings.Replace(sha512Of, "zx7c", "zx7d", 1))
		try("a", "secret", true)
		try("b", "secret", false)
		logged("users=2")
	})
}

// TestReloadOfTheSameSize: what has changed in the same moment, to the same
// length, is seen.
func TestReloadOfTheSameSize(t *testing.T) {
	file := write(t, "a:"+argon2Of)
	v := verifier(t, Config{File: file, Reload: 1})
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, file, "b:"+argon2Of)
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(t.Context(), "b", []byte("secret")); err != nil {
		t.Error(err)
	}
}

// TestReloadKeepsTheCache where nothing has changed.
func TestReloadKeepsTheCache(t *testing.T) {
	v := verifier(t, Config{File: write(t, "a:"+argon2Of), Reload: time.Hour})
	_ = v.Verify(t.Context(), "a", []byte("secret"))
	if err := v.Reload(); err != nil || !v.remembers("a", "secret") {
		t.Error("it has forgotten", err)
	}
	rewrite(t, v.config.File, "a:"+otherHash)
	if err := v.Reload(); err != nil || v.remembers("a", "secret") {
		t.Error("it remembers what was changed", err)
	}
}

func TestBadConfig(t *testing.T) {
	file := write(t)
	for want, c := range map[string]Config{
		"field File is empty":     {},
		"field Reload is -1ns":    {File: file, Reload: -1},
		"field Concurrent is -1;": {File: file, Concurrent: -1},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
