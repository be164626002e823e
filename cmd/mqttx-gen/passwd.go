package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/password"
)

// passwd is what the command line of passwd says.
type passwd struct {
	file, user            string
	create, remove, piped bool
	algorithm             string
	in                    *os.File
	ask                   io.Writer
}

var algorithms = []string{password.Argon2id, password.Bcrypt}

func newPasswd(c *console) *cobra.Command {
	p := &passwd{in: os.Stdin, ask: c.err}
	cmd := &cobra.Command{
		Use:   "passwd FILE USER",
		Short: "set or delete the password of a user in a password file",
		Long: `passwd sets the password of a user in a file that runtime/auth/password verifies passwords against, and examples/broker with
-passwords. A user who is not in the file is added; all other lines stay as they are. The file is replaced as a whole, and
servers that use it take it up within a second, without a restart.

The password is asked for, twice, and not shown. Where standard input is no terminal, it is the one line that is read there. It
is no argument: other users of the machine could see it, and the shell would keep it.

Files of mosquitto_passwd are taken too, and may hold hashes of both.`,
		Example: `  mqttx-gen passwd -c passwords ann         makes the file, which its owner alone may read
  mqttx-gen passwd passwords bob            adds bob, or changes his password
  mqttx-gen passwd -D passwords bob         deletes him
  mqttx-gen passwd passwords ann < secret   reads the password from a file`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				return usageError("passwd: the password is no argument, where others could see it; it is asked for, or read from standard input")
			}
			return arguments(2, 2, "a password file and a user")(cmd, args)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			p.file, p.user = args[0], args[1]
			if err := p.check(); err != nil {
				return err
			}
			did, err := p.run()
			if err == nil {
				c.say("%s: %s", p.file, did)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&p.create, "create", "c", false, "make the file, which must not be there yet")
	flags.BoolVarP(&p.remove, "delete", "D", false, "delete the user")
	flags.StringVar(&p.algorithm, "algorithm", password.Argon2id, "how the password is hashed: argon2id or bcrypt")
	flags.BoolVar(&p.piped, "stdin", false, "read one line from standard input, even where it is a terminal")
	_ = cmd.RegisterFlagCompletionFunc("algorithm", cobra.FixedCompletions(algorithms, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// check finds what is wrong before a password is asked for.
func (p *passwd) check() error {
	if p.create && p.remove {
		return usageError("passwd: -create and -delete do not go together")
	}
	if p.algorithm != password.Argon2id && p.algorithm != password.Bcrypt {
		return usageError("passwd: unknown -algorithm %q; want argon2id or bcrypt", p.algorithm)
	}
	if err := password.CheckUser(p.user); err != nil {
		return usageError("passwd: %w", err)
	}
	_, err := os.Stat(p.file)
	switch {
	case p.create && err == nil:
		return fmt.Errorf("password file %s is there already; leave out -create to add to it", p.file)
	case p.create:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no password file %s; -create makes it", p.file)
	}
	return password.Check(p.file)
}

func (p *passwd) run() (did string, err error) {
	if p.remove {
		return fmt.Sprintf("user %q is deleted", p.user), password.Delete(p.file, p.user)
	}
	secret, err := p.secret()
	if err != nil {
		return "", err
	}
	hash, err := password.Hash(secret, password.Settings{Algorithm: p.algorithm})
	if err != nil {
		return "", err
	}
	write := password.Set
	if p.create {
		write = password.Create
	}
	return fmt.Sprintf("the password of user %q is set", p.user), write(p.file, p.user, hash)
}

// secret reads the password: twice from a terminal, else one line.
func (p *passwd) secret() ([]byte, error) {
	fd := int(p.in.Fd())
	if p.piped || !term.IsTerminal(fd) {
		return readLine(p.in)
	}
	first, err := p.prompt(fd, fmt.Sprintf("Password of %s: ", p.user))
	if err != nil {
		return nil, err
	}
	second, err := p.prompt(fd, "Once more: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

// prompt reads a line that the terminal does not show. Ctrl-C gives the terminal back as it was.
func (p *passwd) prompt(fd int, text string) ([]byte, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return nil, fmt.Errorf("ask for the password: %w", err)
	}
	stop, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	defer func() { signal.Stop(stop); close(done) }()
	go func() {
		select {
		case <-stop:
			_ = term.Restore(fd, before)
			fmt.Fprintln(p.ask)
			os.Exit(exitWrong)
		case <-done:
		}
	}()
	fmt.Fprint(p.ask, text)
	line, err := term.ReadPassword(fd)
	fmt.Fprintln(p.ask)
	if err != nil {
		return nil, fmt.Errorf("ask for the password: %w", err)
	}
	return line, nil
}

// readLine reads the only line that there is.
func readLine(in io.Reader) ([]byte, error) {
	const most = 64 << 10 // more than a CONNECT holds
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	if len(data) > most || len(rest) > 0 {
		return nil, errors.New("read the password: standard input has more than one line; give the password once, on a line of its own")
	}
	return bytes.TrimSuffix(line, []byte("\r")), nil
}
