//go:build unix

package password

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("root alone gives files away")
	}
	name := write(t, "a:"+otherHash)
	if err := os.Chown(name, 65534, 65533); err != nil {
		t.Skip(err)
	}
	before, _ := os.Stat(name)
	if err := Set(name, "b", otherHash); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	after, _ := f.Stat()
	if owner(before) != owner(after) {
		t.Errorf("owner %s, want %s", owner(after), owner(before))
	}
}

func owner(info fs.FileInfo) string {
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprint(s.Uid, ":", s.Gid)
}
