package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
)

// passwd runs mqttx-gen passwd.
func passwd(t *testing.T, program, password string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, append([]string{"passwd"}, args...)...)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("passwd %v: %v\n%s", args, err, out)
	}
}

// mosquitto_pub ends with the return code of a refused CONNECT.
const (
	badUser3, notAuthorized3 = 4, 5
	badUser5, notAuthorized5 = 0x86, 0x87
)

// publish is mosquitto_pub; it returns its exit code.
func publish(t *testing.T, p *clients.Program, args ...string) int {
	t.Helper()
	out, err := clients.Run(t, clients.Find(t, "mosquitto_pub"), append([]string{"-p", p.Port(), "-t", "a", "-m", "x"}, args...)...)
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	} else if err != nil {
		t.Fatalf("mosquitto_pub: %v\n%s", err, out)
	}
	return 0
}

func TestPasswords(t *testing.T) {
	clients.Find(t, "mosquitto_pub")
	tool, program := clients.Build(t, "../../cmd/mqttx-gen"), clients.Build(t, ".")
	file := filepath.Join(t.TempDir(), "passwords")
	passwd(t, tool, "swordfish", "-create", file, "ann")
	passwd(t, tool, "terces", "-algorithm", "bcrypt", file, "bob")
	if out, err := clients.Run(t, clients.Find(t, "mosquitto_passwd"), "-b", file, "carl", "hunter2"); err != nil {
		t.Fatal(out)
	}
	broker := clients.Start(t, program, "-passwords", file)
	try := func(want3, want5 int, args ...string) {
		t.Helper()
		for version, want := range map[string]int{"mqttv31": want3, "mqttv311": want3, "mqttv5": want5} {
			if got := publish(t, broker, append(args, "-V", version)...); got != want {
				t.Errorf("%v %s: exit code %d, want %d", args, version, got, want)
			}
		}
	}
	for user, password := range map[string]string{"ann": "swordfish", "bob": "terces", "carl": "hunter2"} {
		try(0, 0, "-u", user, "-P", password)
		try(badUser3, badUser5, "-u", user, "-P", password+"x")
		try(badUser3, badUser5, "-u", user)
	}
	try(badUser3, badUser5, "-u", "eve", "-P", "swordfish")
	try(notAuthorized3, notAuthorized5)

	// What has changed counts at once.
	passwd(t, tool, "", "-delete", file, "ann")
	passwd(t, tool, "new", file, "bob")
	broker.Signal(t, syscall.SIGHUP, "SIGHUP: the password file is read")
	try(badUser3, badUser5, "-u", "ann", "-P", "swordfish")
	try(badUser3, badUser5, "-u", "bob", "-P", "terces")
	try(0, 0, "-u", "bob", "-P", "new")

	// What is broken counts not at all.
	if err := os.WriteFile(file, []byte("bob:new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broker.Signal(t, syscall.SIGHUP, "SIGHUP: the passwords that are known stay")
	try(0, 0, "-u", "bob", "-P", "new")
}

func TestAllowAnonymous(t *testing.T) {
	clients.Find(t, "mosquitto_pub")
	tool, program := clients.Build(t, "../../cmd/mqttx-gen"), clients.Build(t, ".")
	file := filepath.Join(t.TempDir(), "passwords")
	passwd(t, tool, "swordfish", "-create", file, "ann")
	broker := clients.Start(t, program, "-passwords", file, "-allow-anonymous")
	for want, args := range map[int][]string{0: nil, badUser5: {"-u", "ann", "-P", "wrong"}} {
		if got := publish(t, broker, append(args, "-V", "mqttv5")...); got != want {
			t.Errorf("%v: exit code %d, want %d", args, got, want)
		}
	}
	if got := publish(t, broker, "-u", "ann", "-P", "swordfish"); got != 0 {
		t.Errorf("exit code %d", got)
	}
}

// TestRefusesToStart: the program ends where it would be open by mistake, or
// has no passwords to look at.
func TestRefusesToStart(t *testing.T) {
	program, dir := clients.Build(t, "."), t.TempDir()
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte("# x\nann:swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"-addr 0.0.0.0:0":                       "give -passwords FILE, which `mqttx-gen passwd -create FILE USER` makes, or -allow-anonymous",
		"-passwords " + filepath.Join(dir, "x"): "-passwords: password file",
		"-passwords " + broken:                  "line 2: user \"ann\": what follows the user is no hash",
	} {
		out, err := clients.Run(t, program, strings.Fields(args)...)
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 || !strings.Contains(out, want) || strings.Contains(out, "swordfish") {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
	}
}
