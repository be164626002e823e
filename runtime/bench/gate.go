package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/jwt"
	"github.com/mqttx-gen/mqttx-gen/runtime/auth/password"
	"github.com/mqttx-gen/mqttx-gen/runtime/auth/scram"
	"github.com/mqttx-gen/mqttx-gen/runtime/bench/login"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// Gate lets clients of every auth method in.
type Gate struct {
	passwords    *password.Verifier
	meter, vault mqttx.ScramCredentials
}

// serveGate runs a server with every auth method of login/mqttx.yaml, which
// remembers passwords that were right, or hashes each time. Passwords and keys lie where the certificate does.
func serveGate(at ports, certificate string, secure *tls.Config, cache bool) error {
	dir := filepath.Dir(certificate)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	config := password.Config{File: filepath.Join(dir, "passwords"), Logger: log}
	if !cache {
		config.Cache = -1
	}
	passwords, err := password.New(config)
	if err != nil {
		return err
	}
	g := &Gate{passwords: passwords}
	if g.meter, err = scram.NewCredentials(scram.SHA256, secret, 4096); err != nil {
		return err
	}
	if g.vault, err = scram.NewCredentials(scram.SHA512, secret, 4096); err != nil {
		return err
	}
	pem, err := os.ReadFile(certificate)
	if err != nil {
		return err
	}
	secure.ClientAuth, secure.ClientCAs = tls.VerifyClientCertIfGiven, x509.NewCertPool()
	secure.ClientCAs.AppendCertsFromPEM(pem)
	s, err := login.NewServer(func(*login.Conn) login.Handler { return g }, login.Options{
		Options: mqttx.Options{Logger: log}, App: jwt.Config{Files: []string{filepath.Join(dir, "keys.json")}, Logger: log},
	})
	if err != nil {
		return err
	}
	go func() {
		err := s.ListenAndServe(context.Background(), mqttx.TCP("127.0.0.1:"+at.tcp), mqttx.TLS("127.0.0.1:"+at.tls, secure))
		log.Error("the server has ended", "error", err)
		os.Exit(1)
	}()
	return nil
}

//mqttx:auth machine
func (g *Gate) AuthenticateMachine(context.Context, *mqttx.Connect, mqttx.Certificate) error {
	return nil
}

//mqttx:auth clerk
func (g *Gate) AuthenticateClerk(ctx context.Context, _ *mqttx.Connect, user string, word []byte) error {
	return g.passwords.Verify(ctx, user, word)
}

//mqttx:auth app
func (g *Gate) AuthenticateApp(context.Context, *mqttx.Connect) error { return nil }

//mqttx:auth meter
func (g *Gate) ScramMeter(context.Context, *mqttx.Connect, string) (mqttx.ScramCredentials, error) {
	return g.meter, nil
}

//mqttx:auth vault
func (g *Gate) ScramVault(context.Context, *mqttx.Connect, string) (mqttx.ScramCredentials, error) {
	return g.vault, nil
}

// AuthBadge asks once, and takes every answer.
//
//mqttx:auth badge
func (g *Gate) AuthBadge(_ context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	if string(data) == "hello" {
		return mqttx.Continue([]byte("who?")), nil
	}
	c.Identity.User = string(data)
	return mqttx.Done(nil), nil
}

//mqttx:auth visitor
func (g *Gate) AuthenticateVisitor(context.Context, *mqttx.Connect) error { return nil }

//mqttx:topic state
func (g *Gate) HandleState(context.Context, *login.StateMessage) error { return nil }
