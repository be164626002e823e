package jwt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// ring holds the keys of one auth method. It has no goroutine but the one that
// fetches, while it does: who verifies a token looks whether it is time to.
type ring struct {
	method     string
	algorithms []string
	config     Config

	mu sync.Mutex
	// mu guards the following.
	files   map[string]stamped
	fetched []key         // of URL
	all     []key         // what tokens are tried on; replaced, never changed
	looked  time.Time     // when the last look ended
	wait    time.Duration // until the next, after failures
	failing bool          // so that a failure is logged once
	busy    chan struct{} // closed when the look that goes on has ended; nil for none
}

// stamped is what a file held, and by what one sees that it has changed.
type stamped struct {
	changed time.Time
	size    int64
	keys    []key
}

// load reads what must be there at the start, and begins to fetch the rest.
func (r *ring) load() error {
	for i, k := range r.config.Keys {
		own := key{Key: k}
		if err := own.check(); err != nil {
			return fmt.Errorf("field Keys[%d]: %w", i, err)
		}
	}
	files, err := r.readFiles(nil)
	if err != nil {
		return err
	}
	r.files = files
	r.gather()
	r.looked = time.Now()
	if r.config.URL != "" {
		r.begin()
		return nil
	}
	if !slices.ContainsFunc(r.all, func(k key) bool { return slices.ContainsFunc(r.algorithms, k.fits) }) {
		return fmt.Errorf("none of the keys is for %v, the algorithms of the spec", r.algorithms)
	}
	return nil
}

// gather puts the keys of all places together. mu is held, or nobody else knows r.
func (r *ring) gather() {
	var all []key
	for _, k := range r.config.Keys {
		all = append(all, key{Key: k})
	}
	for _, name := range r.config.Files {
		all = append(all, r.files[name].keys...)
	}
	r.all = append(all, r.fetched...)
}

// keys returns the keys to try on a token. Where they are old they are looked
// at again, first if they are very old or never were there.
func (r *ring) keys(ctx context.Context) []key {
	r.mu.Lock()
	age := time.Since(r.looked)
	due := r.config.Reload
	if r.failing {
		due = r.wait
	}
	if age >= due && r.busy == nil && (r.config.URL != "" || len(r.config.Files) > 0) {
		r.begin()
	}
	busy, all := r.busy, r.all
	first := r.config.URL != "" && r.fetched == nil
	r.mu.Unlock()
	if busy == nil || !first && age < 2*r.config.Reload {
		return all
	}
	return r.after(ctx, busy)
}

// newer looks again for a key that a token names and nobody knows: at most
// every 10 seconds, however many such tokens come.
func (r *ring) newer(ctx context.Context) []key {
	r.mu.Lock()
	if r.busy == nil && time.Since(r.looked) >= max(retryAfter, r.wait) {
		r.begin()
	}
	busy, all := r.busy, r.all
	r.mu.Unlock()
	if busy == nil {
		return all
	}
	return r.after(ctx, busy)
}

// after waits for the look that goes on.
func (r *ring) after(ctx context.Context, busy chan struct{}) []key {
	select {
	case <-busy:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

// begin has a goroutine look at files and URL. mu is held, or nobody else knows r.
func (r *ring) begin() {
	busy := make(chan struct{})
	r.busy = busy
	before := r.files
	go func() {
		files, err := r.readFiles(before)
		var fetched []key
		if r.config.URL != "" {
			var failed error
			fetched, failed = r.fetch()
			err = errors.Join(err, failed)
		}
		r.end(files, fetched, err)
		close(busy)
	}()
}

// end takes what a look has found. What it could not read stays as it was.
func (r *ring) end(files map[string]stamped, fetched []key, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy, r.looked, r.files = nil, time.Now(), files
	if fetched != nil {
		r.fetched = fetched
	}
	before := r.all
	r.gather()
	if r.config.KeysRemoved != nil && slices.ContainsFunc(before, func(k key) bool { return !slices.ContainsFunc(r.all, (&k).same) }) {
		go r.removed()
	}
	switch {
	case err != nil:
		r.wait = min(max(2*r.wait, retryAfter), max(r.config.Reload, retryAfter))
		if !r.failing {
			r.config.Logger.Warn("keys of tokens cannot be loaded; those that are known stay", "method", r.method, "keys", len(r.all), "error", err)
		}
	case r.failing:
		r.wait = 0
		r.config.Logger.Info("keys of tokens are loaded again", "method", r.method, "keys", len(r.all))
	}
	r.failing = err != nil
}

// removed calls the user's function, and survives its panic.
func (r *ring) removed() {
	defer func() {
		if p := recover(); p != nil {
			r.config.Logger.Error("KeysRemoved panicked", "method", r.method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	r.config.KeysRemoved()
}

// readFiles reads the files that have changed. With an error it returns those
// that could be read, and before for the others.
func (r *ring) readFiles(before map[string]stamped) (map[string]stamped, error) {
	files := map[string]stamped{}
	var errs []error
	for _, name := range r.config.Files {
		old := before[name]
		file, err := readFile(name, old)
		if err != nil {
			errs = append(errs, fmt.Errorf("key file %s: %w", name, err))
			file = old
		}
		files[name] = file
	}
	return files, errors.Join(errs...)
}

func readFile(name string, old stamped) (stamped, error) {
	f, err := os.Open(name) // #nosec G304 -- the program says which files hold its keys
	if err != nil {
		return old, errors.Unwrap(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return old, errors.Unwrap(err)
	}
	if old.keys != nil && info.ModTime().Equal(old.changed) && info.Size() == old.size {
		return old, nil
	}
	data, err := readAtMost(f)
	if err != nil {
		return old, err
	}
	keys, err := parseKeys(data)
	return stamped{info.ModTime(), info.Size(), keys}, err
}

func readAtMost(from io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is longer than %d bytes", maxFile)
	}
	return data, err
}

func (r *ring) fetch() ([]key, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchWithin)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.config.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	q.Header.Set("Accept", "application/jwk-set+json, application/json")
	answer, err := r.config.Client.Do(q)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch keys from %s: the answer is %s", q.URL.Redacted(), answer.Status)
	}
	data, err := readAtMost(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("fetch keys from %s: %w", q.URL.Redacted(), err)
	}
	keys, err := parseKeys(data)
	if err != nil {
		return nil, fmt.Errorf("fetch keys from %s: %w", q.URL.Redacted(), err)
	}
	return keys, nil
}
