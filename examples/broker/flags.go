package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/websocket"
)

// settings are what the command line says.
type settings struct {
	addrs, tlsAddrs, wsAddrs, wssAddrs, sockets list
	files                                       mqttx.TLSFiles
	trusted                                     prefixes
	options                                     mqttx.Options
	level                                       slog.Level
	version                                     bool
	passwords                                   string // file
	anonymous                                   bool   // also where others reach it
	httpAddr                                    string
}

const usage = `An MQTT broker whose clients may publish and subscribe to everything. It speaks
MQTT 3.1, 3.1.1 and 5.0.

usage: broker [flags]

Listeners; each flag may be given again for one more:
  -addr ADDRESS         TCP, such as 127.0.0.1:1883, which is the default where
                        no listener is named; port 0 takes a free one
  -tls-addr ADDRESS     TLS, with -cert and -key
  -ws-addr ADDRESS      WebSocket
  -wss-addr ADDRESS     WebSocket over TLS, with -cert and -key
  -unix PATH            unix socket

Who may connect; on loopback and unix sockets everyone, unless there are
passwords, and elsewhere one of these or -client-ca must be given:
  -passwords FILE       users and passwords, as mqttx-gen passwd and
                        mosquitto_passwd write them; read again when it changes,
                        and at SIGHUP
  -allow-anonymous      clients that send neither user name nor password too

Certificates, in PEM files, which are read again when they change:
  -cert FILE            certificate chain of the server
  -key FILE             its private key
  -client-ca FILE       authorities of clients, which must then have certificates

  -proxy-protocol[=LIST]
                        the PROXY protocol, version 1 or 2, comes first on all
                        listeners, and from these addresses only, such as
                        10.0.0.0/8,192.0.2.7; without a list from loopback

Limits:
  -max-packet SIZE      largest packet that clients may send (256KiB)
  -receive-max N        QoS 2 messages that a client may have open (1024)
  -alias-max N          topic aliases each way; 0 for none (10)
  -session-expiry-max D how long sessions outlive their connections, such as
                        168h; 0 not at all (none: as long as clients ask)
  -keep-alive-max D     keep-alive that clients get at most; 0 for no cap (20m)
  -max-qos N            highest quality of service: 0, 1 or 2 (2)
  -retain=BOOL          retained messages are kept (true)
  -max-connections N    connections in all; 0 for no limit (nine tenths of the
                        file descriptors that the process may open)
  -max-connections-per-address N
                        connections of one address; 0 for no limit (half of
                        -max-connections)
  -max-subscriptions N  subscriptions of one client; 0 for no limit (1000)
  -memory SIZE          what all clients may hold together: messages that wait
                        or are retained, and what waits for sockets; 0 for no
                        limit (half of GOMEMLIMIT, or of the machine)
  -max-sessions N       sessions that outlive their connections; 0 for no limit
                        (100000)
  -max-retained N       retained messages; 0 for no limit (100000)
  -max-retained-bytes SIZE
                        what they may take; 0 for no limit (256MiB)
  -connect-rate RATE    clients that connect, such as 200/s; 0 for no limit, here
                        and below (1000/s for each processor)
  -connect-rate-per-address RATE
                        those of one address (500/s for each processor)
  -publish-rate RATE    messages of one client, such as 50/s or 12/min (100000/s)
  -byte-rate RATE       bytes of one client, such as 64KiB/s (128MiB/s)
  -close-fast           close clients that are faster, which are slowed down
                        otherwise
  -limit-loopback       rates, and limits of one address, hold for clients of
                        this machine, too

Watching it:
  -http-addr ADDRESS    /metrics for Prometheus, /healthz and /readyz over HTTP,
                        such as 127.0.0.1:9090; they ask nobody who they are
  -sys-interval D       publish $SYS/broker/... every D, such as 10s (not at all)
  -log-level LEVEL      debug, info, warn or error (info)
  -version              print the version and stop
  -help                 print this and stop
`

// parse reads the command line. Help goes to out.
func parse(args []string, out io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("broker", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed by main, once
	flags.Usage = func() {}
	flags.Var(&s.addrs, "addr", "")
	flags.Var(&s.tlsAddrs, "tls-addr", "")
	flags.Var(&s.wsAddrs, "ws-addr", "")
	flags.Var(&s.wssAddrs, "wss-addr", "")
	flags.Var(&s.sockets, "unix", "")
	flags.StringVar(&s.files.Cert, "cert", "", "")
	flags.StringVar(&s.files.Key, "key", "", "")
	flags.StringVar(&s.files.ClientCA, "client-ca", "", "")
	flags.Var(&s.trusted, "proxy-protocol", "")
	flags.StringVar(&s.httpAddr, "http-addr", "", "")
	flags.DurationVar(&s.options.Sys.Interval, "sys-interval", 0, "")
	flags.BoolVar(&s.version, "version", false, "")
	flags.Func("passwords", "", func(v string) error {
		if v == "" {
			return fmt.Errorf("it is empty; name a password file")
		}
		s.passwords = v
		return nil
	})
	flags.BoolVar(&s.anonymous, "allow-anonymous", false, "")
	flags.Func("log-level", "", func(v string) error {
		if s.level.UnmarshalText([]byte(v)) != nil {
			return fmt.Errorf("write debug, info, warn or error")
		}
		return nil
	})
	s.limits(flags)
	limitFlags(flags, &s.options.Limits)
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w; see broker -help", err)
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q; see broker -help (-proxy-protocol and -retain take their values after =)", flags.Arg(0))
	}
	return s, nil
}

// limits declares the flags whose zero and default differ from those of
// mqttx.Options.
func (s *settings) limits(flags *flag.FlagSet) {
	o := &s.options
	o.MaxSessionExpiry = math.MaxInt64 // no cap
	flags.Func("max-packet", "", func(v string) (err error) {
		o.MaxPacketSize, err = size(v, 268_435_460)
		return err
	})
	flags.Func("receive-max", "", func(v string) (err error) {
		o.ReceiveMaximum, err = number(v, 1, 65_535)
		return err
	})
	flags.Func("alias-max", "", func(v string) error {
		n, err := number(v, 0, 65_535)
		o.TopicAliasMaximum = orNegative(n)
		o.Capabilities.TopicAliases = orNegative(n)
		return err
	})
	flags.Func("session-expiry-max", "", func(v string) error {
		d, err := duration(v, math.MaxInt64)
		o.MaxSessionExpiry = orNegative(d)
		return err
	})
	flags.Func("keep-alive-max", "", func(v string) error {
		d, err := duration(v, 65_535*time.Second)
		o.MaxKeepAlive = orNegative(d)
		return err
	})
	flags.Func("max-qos", "", func(v string) error {
		n, err := number(v, 0, 2)
		o.Capabilities.MaxQoS = orNegative(n)
		return err
	})
	flags.BoolFunc("retain", "", func(v string) error {
		keep, err := strconv.ParseBool(v)
		if err != nil {
			return fmt.Errorf("write -retain=true or -retain=false")
		}
		o.Capabilities.NoRetain = !keep
		return nil
	})
}

// orNegative turns 0, which stands for the default in mqttx.Options, to what
// stands for none there.
func orNegative[T int | time.Duration](n T) T {
	if n == 0 {
		return -1
	}
	return n
}

// listeners makes the listeners that the flags name.
func (s *settings) listeners() (all []mqttx.Listener, err error) {
	web := websocket.Options{Origins: []string{"*"}} // everyone may connect, so all pages may
	secure := web
	switch {
	case s.files.Cert != "" && s.files.Key != "":
		s.files.Logger = s.options.Logger
		if secure.TLS, err = s.files.Config(); err != nil {
			return nil, err
		}
	case s.files.Cert != s.files.Key || s.files.ClientCA != "" || len(s.tlsAddrs)+len(s.wssAddrs) > 0:
		return nil, fmt.Errorf("-tls-addr, -wss-addr, -cert, -key and -client-ca: TLS needs both -cert and -key")
	}
	if len(s.addrs)+len(s.tlsAddrs)+len(s.wsAddrs)+len(s.wssAddrs)+len(s.sockets) == 0 {
		s.addrs = list{"127.0.0.1:1883"}
	}
	if err := s.checkOpen(); err != nil {
		return nil, err
	}
	for _, addr := range s.addrs {
		all = append(all, mqttx.TCP(addr))
	}
	for _, addr := range s.tlsAddrs {
		all = append(all, mqttx.TLS(addr, secure.TLS))
	}
	for _, addr := range s.wsAddrs {
		all = append(all, websocket.Listen(addr, web))
	}
	for _, addr := range s.wssAddrs {
		all = append(all, websocket.Listen(addr, secure))
	}
	for _, path := range s.sockets {
		all = append(all, mqttx.Unix(path))
	}
	if len(s.trusted) > 0 {
		for i, l := range all {
			all[i] = mqttx.Proxied(l, s.trusted...)
		}
	}
	return all, nil
}

// list is the value of a flag that may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(v string) error {
	if v == "" {
		return fmt.Errorf("it is empty")
	}
	*l = append(*l, v)
	return nil
}

// prefixes is the value of -proxy-protocol.
type prefixes []netip.Prefix

func (p *prefixes) String() string { return fmt.Sprint([]netip.Prefix(*p)) }

// IsBoolFlag lets the flag stand without a value.
func (p *prefixes) IsBoolFlag() bool { return true }

func (p *prefixes) Set(v string) error {
	switch v {
	case "true":
		v = "127.0.0.0/8,::1"
	case "false":
		*p = nil
		return nil
	}
	for text := range strings.SplitSeq(v, ",") {
		prefix, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); single == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q is no address such as 192.0.2.7 or 10.0.0.0/8", text)
		}
		*p = append(*p, prefix)
	}
	return nil
}

// units are what sizes may end with.
var units = []struct {
	name string
	n    int
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1000}, {"MB", 1_000_000}, {"B", 1}, {"", 1}}

// size reads a size in bytes.
func size(v string, most int) (int, error) {
	for _, u := range units {
		digits, ok := strings.CutSuffix(v, u.name)
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 && n <= most/u.n {
			return n * u.n, nil
		}
	}
	return 0, fmt.Errorf("write a size such as 256KiB or 1MiB, of %d bytes at most", most)
}

func number(v string, least, most int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("write a number between %d and %d", least, most)
	}
	return n, nil
}

// duration reads a duration in whole seconds; a plain number is seconds.
func duration(v string, most time.Duration) (time.Duration, error) {
	if _, err := strconv.Atoi(v); err == nil {
		v += "s"
	}
	d, err := time.ParseDuration(v)
	switch {
	case err != nil || d < 0 || d%time.Second != 0:
		return 0, fmt.Errorf("write a duration in whole seconds such as 90s, 20m or 168h")
	case d > most:
		return 0, fmt.Errorf("it is more than %v, the most that MQTT can say", most)
	}
	return d, nil
}

// version is that of the module and of the commit, as far as the build knows.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	revision := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" })
	if revision >= 0 {
		v += " " + info.Settings[revision].Value
	}
	return v + " " + info.GoVersion
}
