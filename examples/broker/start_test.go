package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"path/filepath"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/examples/internal/clients"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// broker is the program with listeners of all kinds.
type broker struct {
	*clients.Program
	tlsAddr, webAddr, wssAddr, socket string
	ca, cert, key                     string // cert and key are a client's
}

func startAll(t *testing.T) *broker {
	t.Helper()
	program, dir := clients.Build(t, "."), t.TempDir()
	ca := mqttxtest.NewAuthority(t)
	b := &broker{tlsAddr: clients.FreeAddr(t), webAddr: clients.FreeAddr(t), wssAddr: clients.FreeAddr(t), socket: filepath.Join(dir, "mqtt.sock"), ca: ca.WriteFile(dir, "ca")}
	cert, key := ca.WriteFiles(dir, "server", ca.Issue(x509.Certificate{}))
	b.cert, b.key = ca.WriteFiles(dir, "client", ca.Issue(x509.Certificate{Subject: pkix.Name{CommonName: "client"}}))
	b.Program = clients.Start(t, program, "-max-packet", "2MiB", "-tls-addr", b.tlsAddr, "-unix", b.socket,
		"-ws-addr", b.webAddr, "-wss-addr", b.wssAddr, "-cert", cert, "-key", key, "-client-ca", b.ca)
	return b
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}
