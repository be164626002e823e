package mqttxtest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"
)

// dial opens the connection of a client: one with a certificate comes by TLS.
func (n *Net) dial(o Options) (net.Conn, error) {
	if o.Certificate == nil {
		return n.Dial(), nil
	}
	n.once.Do(func() {
		n.authority = NewAuthority(n.t)
		n.cert = n.authority.Issue(x509.Certificate{})
	})
	client, server := net.Pipe()
	n.served.Go(func() { n.serveTLS(server) })
	c := tls.Client(client, &tls.Config{
		RootCAs: n.authority.Pool(), ServerName: "localhost", MinVersion: tls.VersionTLS13,
		Certificates: []tls.Certificate{n.authority.Issue(*o.Certificate)},
	})
	_ = c.SetDeadline(time.Now().Add(timeout))
	if err := c.Handshake(); err != nil {
		_ = client.Close()
		return nil, fmt.Errorf("tls handshake of %q: %w", o.ClientID, err)
	}
	return plainClose{c}, nil
}

// serveTLS is ServeConn for a client that shows a certificate.
func (n *Net) serveTLS(nc net.Conn) {
	c := tls.Server(nc, &tls.Config{
		Certificates: []tls.Certificate{n.cert}, ClientCAs: n.authority.Pool(), ClientAuth: tls.RequireAndVerifyClientCert,
		MinVersion: tls.VersionTLS13,
		// A ticket is written when the handshake is over. A pipe holds nothing, so the client, which writes its CONNECT
		// then, and the server would wait for each other.
		SessionTicketsDisabled: true,
	})
	_ = c.SetDeadline(time.Now().Add(timeout))
	if err := c.Handshake(); err != nil {
		_ = nc.Close()
		return
	}
	_ = c.SetDeadline(time.Time{})
	n.server.ServeConn(c)
}

// plainClose closes without the alert that TLS says good-bye with, as a network failure does.
type plainClose struct{ *tls.Conn }

func (c plainClose) Close() error { return c.NetConn().Close() }
