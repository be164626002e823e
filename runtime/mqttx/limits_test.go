package mqttx_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// from is a connection in memory that has an address.
type from struct {
	net.Conn
	addr net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.addr }

// crowd connects clients from addresses to a server in memory.
type crowd struct {
	t   *testing.T
	srv *mqttx.Server
	log *lines
}

func newCrowd(t *testing.T, h *hooks, l mqttx.Limits) *crowd {
	c := &crowd{t: t, log: &lines{}}
	c.srv = newServer(t, h, mqttx.Options{Limits: l, Logger: slog.New(slog.NewTextHandler(c.log, nil))})
	mqttxtest.Start(t, c.srv) // ends it
	return c
}

// dial opens a connection that comes from an IP address.
func (c *crowd) dial(ip string) net.Conn {
	client, server := net.Pipe()
	go c.srv.ServeConn(from{server, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 4711))})
	return client
}

func (c *crowd) connect(ip string, o mqttxtest.Options) (*mqttxtest.Client, error) {
	client, err := mqttxtest.NewClient(c.dial(ip), o)
	if err == nil {
		c.t.Cleanup(client.Close)
	}
	return client, err
}

// in connects a client that has to be let in.
func (c *crowd) in(ip string, o mqttxtest.Options) *mqttxtest.Client {
	c.t.Helper()
	client, err := c.connect(ip, o)
	if err != nil {
		c.t.Fatalf("%s is not let in: %v", ip, err)
	}
	return client
}

// shut checks that a connection is closed without a word.
func (c *crowd) shut(ip string) {
	c.t.Helper()
	nc := c.dial(ip)
	defer func() { _ = nc.Close() }()
	_ = nc.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := nc.Read(make([]byte, 1)); n > 0 || !strings.Contains(fmt.Sprint(err), "EOF") {
		c.t.Errorf("%s is not closed at once: %d bytes, %v", ip, n, err)
	}
}

// refused checks that a CONNECT is refused with a code.
func (c *crowd) refused(ip string, o mqttxtest.Options, code mqtt.ReasonCode) {
	c.t.Helper()
	_, err := c.connect(ip, o)
	var r *mqtt.Refusal
	if !errors.As(err, &r) || r.Code != code {
		c.t.Errorf("%s is refused with %v, want %v", ip, err, code)
	}
}

// logged checks how many lines of the log have a text. The line of a connection's end may come after the client has
// seen it.
func (c *crowd) logged(text string, want int) {
	c.t.Helper()
	for ctx := wait(c.t); strings.Count(c.log.String(), text) < want && ctx.Err() == nil; {
		time.Sleep(time.Millisecond)
	}
	if n := strings.Count(c.log.String(), text); n != want {
		c.t.Errorf("%d lines say %q, want %d:\n%s", n, text, want, c.log)
	}
}

// virtual runs f with a crowd in virtual time.
func virtual(t *testing.T, h *hooks, l mqttx.Limits, f func(c *crowd)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newCrowd(t, h, l)) })
}

func TestConnections(t *testing.T) {
	virtual(t, &hooks{}, mqttx.Limits{Connections: 3}, func(c *crowd) {
		var clients []*mqttxtest.Client
		for i := range 3 {
			clients = append(clients, c.in(fmt.Sprint("192.0.2.", i), mqttxtest.Options{}))
		}
		for range 50 {
			c.shut("192.0.2.9")
		}
		c.shut("127.0.0.1") // file descriptors are what counts
		_ = clients[0].Disconnect()
		synctest.Wait()
		c.in("192.0.2.9", mqttxtest.Options{})
		c.shut("192.0.2.9")
		if s := c.srv.Stats(); s.TooManyConnections != 52 || s.ConnectErrors != 52 || s.Connections != 3 {
			c.t.Errorf("%+v", s)
		}
		c.logged("Limits.Connections", 1) // a flood cannot fill the disk
		time.Sleep(10 * time.Second)
		c.shut("192.0.2.9")
		c.logged("more=51", 1)
	})
}

func TestConnectionsOfAddress(t *testing.T) {
	virtual(t, &hooks{}, mqttx.Limits{AddressConnections: 2, Connections: 11}, func(c *crowd) {
		first := c.in("192.0.2.1", mqttxtest.Options{})
		c.in("192.0.2.1", mqttxtest.Options{})
		c.shut("192.0.2.1")
		c.shut("::ffff:192.0.2.1")
		c.in("192.0.2.2", mqttxtest.Options{})
		_ = first.Disconnect()
		synctest.Wait()
		c.in("192.0.2.1", mqttxtest.Options{})
		c.shut("192.0.2.1")

		c.in("2001:db8::1", mqttxtest.Options{})
		c.in("2001:db8::2", mqttxtest.Options{})
		c.shut("2001:db8::3")
		c.in("2001:db8:0:1::1", mqttxtest.Options{})
		for range 5 {
			c.in("127.0.0.1", mqttxtest.Options{})
		}
		if n := c.srv.Stats().TooManyOfAddress; n != 4 {
			c.t.Errorf("%d counted", n)
		}
		c.logged("Limits.AddressConnections", 1)
	})
}

func TestConnectionsOfUser(t *testing.T) {
	h := &hooks{authenticate: func(c *mqttx.Connect) error {
		c.Identity = mqttx.Identity{Method: "password", User: c.UserName}
		return nil
	}}
	virtual(t, h, mqttx.Limits{UserConnections: 2}, func(c *crowd) {
		as := func(id, user string) mqttxtest.Options { return mqttxtest.Options{ClientID: id, UserName: user} }
		c.in("192.0.2.1", as("a", "ann"))
		second := c.in("192.0.2.2", as("b", "ann"))
		c.refused("192.0.2.3", as("c", "ann"), mqtt.QuotaExceeded)
		old := as("c", "ann")
		old.Version = mqtt.V311
		c.refused("192.0.2.3", old, mqtt.ServerUnavailable)
		c.in("192.0.2.3", as("c", "bob"))
		for range 5 { // nobody in particular
			c.in("192.0.2.3", mqttxtest.Options{})
		}
		again := c.in("192.0.2.3", as("b", "ann")) // takes over
		<-second.Done()
		synctest.Wait()
		c.refused("192.0.2.3", as("d", "ann"), mqtt.QuotaExceeded)
		_ = again.Disconnect()
		synctest.Wait()
		c.in("192.0.2.3", as("d", "ann"))
		if n := c.srv.Stats().TooManyOfUser; n != 3 {
			c.t.Errorf("%d counted", n)
		}
		c.logged("the user has as many connections", 1)
	})
}

func TestConnectRate(t *testing.T) {
	virtual(t, &hooks{}, mqttx.Limits{ConnectRate: 3, Flaps: 5}, func(c *crowd) {
		for i := range 3 {
			c.in(fmt.Sprint("192.0.2.", i), mqttxtest.Options{})
		}
		for range 10 { // and nobody is banned for it
			c.refused("192.0.2.1", mqttxtest.Options{}, mqtt.ConnectionRateExceeded)
		}
		c.refused("192.0.2.1", mqttxtest.Options{Version: mqtt.V311}, mqtt.ServerUnavailable)
		c.refused("192.0.2.1", mqttxtest.Options{Version: mqtt.V31, ClientID: "old"}, mqtt.ServerUnavailable)
		c.in("127.0.0.1", mqttxtest.Options{})
		time.Sleep(time.Second)
		for range 3 {
			c.in("192.0.2.1", mqttxtest.Options{})
		}
		if n := c.srv.Stats().TooManyConnects; n != 12 {
			c.t.Errorf("%d counted", n)
		}
		c.logged("more clients connect at a time", 1)
	})
}

func TestConnectRateOfAddress(t *testing.T) {
	virtual(t, &hooks{}, mqttx.Limits{AddressConnectRate: 2, ConnectRate: 5, Flaps: 5, Loopback: true}, func(c *crowd) {
		for range 2 {
			c.in("192.0.2.1", mqttxtest.Options{}).Disconnect()
		}
		for range 10 { // which takes nothing from the others, and bans nobody
			c.refused("192.0.2.1", mqttxtest.Options{}, mqtt.ConnectionRateExceeded)
		}
		c.in("192.0.2.2", mqttxtest.Options{})
		c.in("127.0.0.1", mqttxtest.Options{})
		c.in("127.0.0.1", mqttxtest.Options{})
		c.refused("127.0.0.1", mqttxtest.Options{}, mqtt.ConnectionRateExceeded)
		time.Sleep(time.Second)
		c.in("192.0.2.1", mqttxtest.Options{})
	})
}

// TestDefaultsLeaveRoom: no address and no user keeps others out, by default; and each limit can be turned off.
func TestDefaultsLeaveRoom(t *testing.T) {
	h := &hooks{authenticate: func(c *mqttx.Connect) error {
		c.Identity = mqttx.Identity{Method: "password", User: c.UserName}
		return nil
	}}
	ann := mqttxtest.Options{UserName: "ann"}
	virtual(t, h, mqttx.Limits{Connections: 10}, func(c *crowd) {
		for i := range 5 {
			c.in(fmt.Sprint("192.0.2.", i), ann)
		}
		c.refused("192.0.2.8", ann, mqtt.QuotaExceeded)
		time.Sleep(5 * time.Second) // that one is gone
		for range 4 {
			c.in("192.0.2.9", mqttxtest.Options{})
		}
		_ = c.dial("192.0.2.9") // has not said CONNECT yet
		synctest.Wait()
		c.shut("192.0.2.9")
		if s := c.srv.Stats(); s.TooManyOfUser != 1 || s.TooManyConnections != 1 {
			c.t.Errorf("%+v", s)
		}
	})
	virtual(t, h, mqttx.Limits{Connections: 10}, func(c *crowd) {
		for range 5 {
			c.in("192.0.2.9", mqttxtest.Options{})
		}
		c.shut("192.0.2.9")
		c.in("192.0.2.1", ann)
		if n := c.srv.Stats().TooManyOfAddress; n != 1 {
			c.t.Errorf("%d counted", n)
		}
	})
	virtual(t, h, mqttx.Limits{Connections: 10, AddressConnections: -1, UserConnections: -1}, func(c *crowd) {
		for range 10 {
			c.in("192.0.2.9", ann)
		}
	})
	each := 500 * runtime.GOMAXPROCS(0)
	for _, test := range []struct {
		limits mqttx.Limits
		least  int64
	}{
		{mqttx.Limits{Connections: -1}, 1},
		{mqttx.Limits{Connections: -1, AddressConnectRate: -1}, 0},
	} {
		virtual(t, h, test.limits, func(c *crowd) {
			for range each + 1 {
				if client, err := c.connect("192.0.2.9", mqttxtest.Options{}); err == nil {
					_ = client.Disconnect()
				}
			}
			if n := c.srv.Stats().TooManyConnects; n != test.least {
				c.t.Errorf("%+v: %d CONNECTs of %d are refused, want %d", test.limits, n, each+1, test.least)
			}
		})
	}
}

// TestBan: what counts as flapping, how often, and for how long.
func TestBan(t *testing.T) {
	h := &hooks{authenticate: func(c *mqttx.Connect) error {
		switch c.UserName {
		case "wrong":
			return mqttx.Refuse(mqtt.BadUserNameOrPassword, "wrong")
		case "busy":
			return mqttx.Refuse(mqtt.ServerBusy, "later")
		}
		return nil
	}}
	user := func(name string) mqttxtest.Options { return mqttxtest.Options{UserName: name} }
	for name, test := range map[string]struct {
		bans bool
		do   func(c *crowd, ip string)
	}{
		"wrong password": {true, func(c *crowd, ip string) { _, _ = c.connect(ip, user("wrong")) }},
		"server is busy": {false, func(c *crowd, ip string) { _, _ = c.connect(ip, user("busy")) }},
		"goodbye":        {false, func(c *crowd, ip string) { _ = c.in(ip, user("")).Disconnect() }},
		"gone": {true, func(c *crowd, ip string) {
			if client, err := c.connect(ip, user("")); err == nil {
				client.Close()
			}
		}},
		"nothing is said": {false, func(c *crowd, ip string) { _ = c.dial(ip).Close() }},
		"no MQTT": {true, func(c *crowd, ip string) {
			nc := c.dial(ip)
			_, _ = nc.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
			_ = nc.Close()
		}},
		"takeover": {true, func(c *crowd, ip string) { c.in(ip, mqttxtest.Options{ClientID: "one"}) }},
		"kicked": {false, func(c *crowd, ip string) {
			c.in(ip, mqttxtest.Options{ClientID: "k"})
			_ = c.srv.Disconnect("k", mqtt.AdministrativeAction)
		}},
		"long life": {false, func(c *crowd, ip string) { client := c.in(ip, user("")); time.Sleep(12 * time.Second); client.Close() }},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, h, mqttx.Limits{Flaps: 5, FlapWindow: 10 * time.Second, BanTime: time.Minute}, func(c *crowd) {
				for range 6 {
					test.do(c, "192.0.2.1")
					synctest.Wait()
				}
				if !test.bans {
					c.in("192.0.2.1", mqttxtest.Options{})
					return
				}
				c.shut("192.0.2.1")
				c.in("192.0.2.2", mqttxtest.Options{})
				time.Sleep(time.Minute - time.Millisecond)
				c.shut("192.0.2.1")
				time.Sleep(time.Millisecond)
				c.in("192.0.2.1", mqttxtest.Options{})
				if s := c.srv.Stats(); s.Bans != 1 || s.Banned < 2 {
					t.Errorf("%+v", s)
				}
				c.logged("address banned", 1)
			})
		})
	}
}

// TestBanSparesTheMany: whose address has many clients that are well has more bad ends until it is banned.
func TestBanSparesTheMany(t *testing.T) {
	h := &hooks{authenticate: func(c *mqttx.Connect) error {
		if c.UserName == "wrong" {
			return mqttx.Refuse(mqtt.BadUserNameOrPassword, "wrong")
		}
		return nil
	}}
	virtual(t, h, mqttx.Limits{Flaps: 5}, func(c *crowd) {
		ends := func(n int) {
			for range n {
				_, _ = c.connect("192.0.2.1", mqttxtest.Options{UserName: "wrong"})
			}
			synctest.Wait()
		}
		var well []*mqttxtest.Client
		for range 10 {
			well = append(well, c.in("192.0.2.1", mqttxtest.Options{}))
		}
		_ = c.dial("192.0.2.1") // says nothing, and vouches for nothing
		ends(4)
		time.Sleep(30 * time.Second) // by then they have lasted
		for range 10 {
			well = append(well, c.in("192.0.2.1", mqttxtest.Options{})) // these have not
		}
		ends(14)
		c.in("192.0.2.1", mqttxtest.Options{}).Disconnect()
		ends(1)
		c.shut("192.0.2.1")
		if n := c.srv.Stats().Bans; n != 1 {
			c.t.Errorf("%d bans", n)
		}
		time.Sleep(time.Minute)
		for _, client := range well {
			_ = client.Disconnect()
		}
		synctest.Wait()
		ends(4)
		c.in("192.0.2.1", mqttxtest.Options{}).Disconnect()
		ends(1)
		c.shut("192.0.2.1")
	})
}

// TestBanExemptsThisMachine, unless Loopback is set; and it can be turned off.
func TestBanExemptsThisMachine(t *testing.T) {
	h := &hooks{authenticate: func(*mqttx.Connect) error { return mqttx.Refuse(mqtt.NotAuthorized, "no") }}
	for _, test := range []struct {
		limits mqttx.Limits
		ip     string
		bans   bool
	}{
		{mqttx.Limits{}, "127.0.0.1", false},
		{mqttx.Limits{Loopback: true}, "127.0.0.1", true},
		{mqttx.Limits{}, "192.0.2.1", true}, // by default
		{mqttx.Limits{Flaps: -1}, "192.0.2.1", false},
		{mqttx.Limits{BanTime: -1}, "192.0.2.1", false},
	} {
		virtual(t, h, test.limits, func(c *crowd) {
			for range 20 {
				_, _ = c.connect(test.ip, mqttxtest.Options{})
			}
			synctest.Wait()
			if bans := c.srv.Stats().Bans == 1; bans != test.bans {
				t.Errorf("%+v, %s: banned %v", test.limits, test.ip, bans)
			}
		})
	}
}

// TestLimitsAtTheHandshake: who is one too many, or banned, does not even get a
// TLS handshake; and handshakes that hang count.
func TestLimitsAtTheHandshake(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{DNSNames: []string{"localhost"}})}}
	log := &lines{}
	srv := newServer(t, &hooks{}, mqttx.Options{
		Limits: mqttx.Limits{AddressConnections: 2, Flaps: 3, Loopback: true},
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	addr := open(t, srv, around(mqttx.TLS("127.0.0.1:0", config))).String()
	dial := func() net.Conn {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return nc
	}
	closed := func(nc net.Conn) {
		t.Helper()
		_ = nc.SetReadDeadline(time.Now().Add(5 * time.Second))
		var timeout net.Error
		if _, err := nc.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("the connection is not closed: %v", err)
		}
		_ = nc.Close()
	}
	first, second := dial(), dial() // which say nothing
	closed(dial())
	if n := srv.Stats().TooManyOfAddress; n != 1 {
		t.Errorf("%d counted", n)
	}
	_ = first.Close()
	_ = second.Close()
	eventually(t, func() bool { return srv.Stats().ConnectErrors == 3 })

	through, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"})
	good := client(t, through, err, mqttxtest.Options{})
	for range 3 {
		nc := dial()
		if _, err := nc.Write([]byte("this is no TLS at all\r\n")); err != nil {
			t.Fatal(err)
		}
		closed(nc)
	}
	eventually(t, func() bool { return srv.Stats().Bans == 1 })
	closed(dial())
	if s := srv.Stats(); s.Banned != 1 || s.Connections != 1 {
		t.Errorf("%+v", s)
	}
	publish(t, good, "a", "still here", 1)
}

// TestProxyIsNotLimited: the clients behind a proxy are, by their addresses.
func TestProxyIsNotLimited(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{Limits: mqttx.Limits{AddressConnections: 1, Flaps: 3, Loopback: true}})
	addr := open(t, srv, mqttx.Proxied(mqttx.TCP("127.0.0.1:0"), netip.MustParsePrefix("127.0.0.0/8"))).String()
	dial := func(header string) net.Conn {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = nc.Close() })
		_, _ = nc.Write([]byte(header))
		return nc
	}
	through := func(ip string) (*mqttxtest.Client, error) {
		nc := dial(fmt.Sprintf("PROXY TCP4 %s 192.0.2.99 4711 1883\r\n", ip))
		c, err := mqttxtest.NewClient(nc, mqttxtest.Options{})
		if err == nil {
			t.Cleanup(c.Close)
		}
		return c, err
	}
	dial("PROXY") // whose rest takes its time
	for range 3 {
		dial("this is no header of a proxy, and of nothing else\r\n")
	}
	eventually(t, func() bool { return srv.Stats().ConnectErrors == 3 })
	client(t, dial("PROXY UNKNOWN\r\n"), nil, mqttxtest.Options{}) // of the proxy's own
	for i := range 5 {
		if _, err := through(fmt.Sprint("198.51.100.", i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := through("198.51.100.1"); err == nil || srv.Stats().TooManyOfAddress != 1 {
		t.Errorf("a second client of an address: %v", err)
	}
}

// TestManyComeAndGo: the counts are right however connections end.
func TestManyComeAndGo(t *testing.T) {
	c := newCrowd(t, &hooks{}, mqttx.Limits{Connections: 50, AddressConnections: 10, Flaps: -1})
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			client, err := mqttxtest.NewClient(c.dial(fmt.Sprint("192.0.2.", i%7)), mqttxtest.Options{})
			if err != nil {
				return
			}
			if i%2 == 0 {
				_ = client.Disconnect()
			}
			client.Close()
		})
	}
	wg.Wait()
	eventually(t, func() bool { return c.srv.Stats().Connections == 0 })
	for i := range 50 {
		c.in(fmt.Sprint("192.0.2.", i%5), mqttxtest.Options{})
	}
	c.shut("192.0.2.6")
	for i := range 5 {
		c.shut(fmt.Sprint("192.0.2.", i))
	}
}

func TestBadLimits(t *testing.T) {
	for _, l := range []mqttx.Limits{
		{ConnectRate: math.NaN()}, {AddressConnectRate: math.Inf(1)}, {PublishRate: 1e-9}, {ByteRate: 1e13},
	} {
		_, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return &hooks{} }, mqttx.Options{Limits: l})
		if err == nil || !strings.Contains(err.Error(), "new server: option Limits.") {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

// TestExemptIsTold: whoever sets a rate and tries it out on one machine is told.
func TestExemptIsTold(t *testing.T) {
	for want, l := range map[bool]mqttx.Limits{true: {PublishRate: 1}, false: {PublishRate: 1, Loopback: true}} {
		log := &lines{}
		srv := newServer(t, &hooks{}, mqttx.Options{Limits: l, Logger: slog.New(slog.NewTextHandler(log, nil))})
		open(t, srv, mqttx.TCP("127.0.0.1:0"))
		eventually(t, func() bool { return strings.Contains(log.String(), "listening") })
		if want {
			eventually(t, func() bool { return strings.Contains(log.String(), "do not hold for clients of this machine") })
		} else if strings.Contains(log.String(), "do not hold") {
			t.Error("it is told though it is not so")
		}
	}
}
