package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// Unix listens on a unix socket. A socket file that nobody listens on any more is replaced. mode, where it is not 0, is
// that of the file.
func Unix(ctx context.Context, path string, mode fs.FileMode) (net.Listener, error) {
	if path == "" {
		return nil, errors.New("the path of the unix socket is empty")
	}
	if !strings.HasPrefix(path, "@") { // Linux: it is in no file system
		if err := removeStale(ctx, path); err != nil {
			return nil, err
		}
	}
	nl, err := Socket(ctx, "unix", path)
	if errors.Is(err, syscall.EINVAL) && len(path) > 100 {
		return nil, fmt.Errorf("%w: the path of a unix socket has about 100 bytes at most", err)
	}
	if err != nil || mode == 0 {
		return nl, err
	}
	if err := os.Chmod(path, mode.Perm()); err != nil {
		_ = nl.Close()
		return nil, fmt.Errorf("unix socket: %w", err)
	}
	return nl, nil
}

// removeStale removes the socket file of a program that has gone without doing so.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("unix socket: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("unix socket: %s is there already and is no socket; remove it or choose another path", path)
	}
	var d net.Dialer
	nc, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		_ = nc.Close()
		return fmt.Errorf("unix socket: another program listens on %s; stop it or choose another path", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("unix socket: %w; remove the file or choose another path", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("unix socket: %w", err)
	}
	return nil
}
