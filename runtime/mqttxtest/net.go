// Package mqttxtest runs MQTT servers in memory and talks to them, for tests,
// as net/http/httptest does for HTTP:
//
//	srv, err := fleet.NewServer(newHandler, fleet.Options{})
//	...
//	net := mqttxtest.Start(t, srv)
//	device := net.Connect(mqttxtest.Options{ClientID: "t-17"})
//	err = device.Publish(ctx, "fleet/acme/t-17/reading", `{"temperature":21.5}`, mqtt.QoS1)
//
// A [Client] behaves: it answers what it receives and gives messages to who asks;
// [Receive] decodes their payloads into the types of a generated package. A
// [Raw] connection says and sees every byte.
//
// A client of an auth method mtls says what stands in its certificate; an
// authority that the server trusts signs it:
//
//	meter := net.Connect(mqttxtest.Options{
//		ClientID:    "w-1",
//		Certificate: &x509.Certificate{Subject: pkix.Name{CommonName: "w-1", Organization: []string{"acme"}}},
//	})
//
// # Virtual time
//
// No socket is involved, so a whole server fits into a bubble of testing/synctest.
// There time stands still while anybody has something to do, and jumps when
// nobody has: a day takes microseconds, and keep-alive, session expiry, will
// delay and message expiry are tested to the second. Start the server inside:
//
//	synctest.Test(t, func(t *testing.T) {
//		net := mqttxtest.Start(t, newServer())
//		sensor := net.Connect(mqttxtest.Options{ClientID: "sensor", SessionExpiry: time.Hour})
//		sensor.Close()
//		time.Sleep(2 * time.Hour) // the session is gone
//		...
//	})
//
// A server counts in whole seconds, and a timeout may come up to two seconds
// late. synctest.Wait lets everything settle without time passing: whatever
// has not happened then does not happen by itself.
package mqttxtest

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"
)

// Server is the part of a server that this package uses. *mqttx.Server has it,
// and so have the servers of generated packages.
type Server interface {
	ServeConn(nc net.Conn)
	Shutdown(ctx context.Context) error
}

// Net is a network in memory with one server. Safe for use by many goroutines.
type Net struct {
	t      testing.TB
	server Server
	served sync.WaitGroup

	once sync.Once // for the following, which clients with certificates need
	// authority signs their certificates, and that of the server, cert.
	authority *Authority
	cert      tls.Certificate
}

// Start serves srv in memory until the test and its subtests have ended. Then
// it is shut down, and the test fails where that takes more than 10 seconds.
func Start(t testing.TB, srv Server) *Net {
	n := &Net{t: t, server: srv}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("mqttxtest: %v", err)
			return
		}
		n.served.Wait()
	})
	return n
}

// Dial opens a connection to the server and leaves the talking to the caller.
func (n *Net) Dial() net.Conn {
	client, server := net.Pipe()
	n.served.Go(func() { n.server.ServeConn(server) })
	return client
}

// Connect connects a client, which is closed when the test ends. The test
// fails at once where the server does not let it in: see TryConnect.
func (n *Net) Connect(o Options) *Client {
	n.t.Helper()
	c, err := n.TryConnect(o)
	if err != nil {
		n.t.Fatalf("mqttxtest: %v", err)
	}
	return c
}

// TryConnect connects a client, which is closed when the test ends. A refusal
// is a *mqtt.Refusal with the code of the CONNACK.
func (n *Net) TryConnect(o Options) (*Client, error) {
	n.t.Helper()
	nc, err := n.dial(o)
	if err != nil {
		return nil, err
	}
	c, err := NewClient(nc, o)
	if err == nil {
		n.t.Cleanup(c.Close)
	}
	return c, err
}
