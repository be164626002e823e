package scram_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"testing"

	xdg "github.com/xdg-go/scram"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/scram"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// gate lets ann in by SCRAM, and nobody else.
type gate struct {
	server *scram.Server
	kept   mqttx.ScramCredentials
	state  scram.Exchange
}

func (h *gate) Authenticate(context.Context, *mqttx.Connect) error {
	return mqttx.Refuse(mqttx.NotAuthorized, "by SCRAM only")
}

func (h *gate) Exchange(_ context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	return h.server.Step(&h.state, c, data, func(user string) (mqttx.ScramCredentials, error) {
		if user != "ann" {
			return mqttx.ScramCredentials{}, errors.New("unknown")
		}
		return h.kept, nil
	})
}

func (h *gate) Publish(context.Context, *mqttx.Message) (mqttx.Route, error) {
	return mqttx.Route{}, nil
}

func (h *gate) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	return s.QoS, nil
}

// serve listens until the test ends.
func serve(t testing.TB, mechanism string, c scram.Config, l mqttx.Listener) string {
	t.Helper()
	s, err := scram.New("meter", c, mechanism)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := scram.NewCredentials(mechanism, "pencil", 4096)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return &gate{server: s, kept: kept} },
		mqttx.Options{AuthMethods: []string{"meter"}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	nl, err := l.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(context.Background(), nl) }()
	t.Cleanup(func() { _ = srv.Shutdown(context.Background()) })
	return nl.Addr().String()
}

var hashes = map[string]xdg.HashGeneratorFcn{scram.SHA256: xdg.SHA256, scram.SHA512: xdg.SHA512}

// login connects over nc, and checks that the server knows the password, too.
func login(nc net.Conn, method string, conversation *xdg.ClientConversation) error {
	first, err := conversation.Step("")
	if err != nil {
		return err
	}
	c, err := mqttxtest.NewClient(nc, mqttxtest.Options{ClientID: "c", AuthMethod: method, AuthData: []byte(first), Answer: func(data []byte) []byte {
		answer, _ := conversation.Step(string(data))
		return []byte(answer)
	}})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = conversation.Step(string(c.AuthData))
	return err
}

// TestChannelBindingOverTLS: the exchange is bound to the TLS connection that it runs over, in versions 1.2 and 1.3.
func TestChannelBindingOverTLS(t *testing.T) {
	ca := mqttxtest.NewAuthority(t)
	for mechanism, hash := range hashes {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			addr := serve(t, mechanism, scram.Config{RequireChannelBinding: true},
				mqttx.TLS("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}}))
			dial := func() *tls.Conn {
				nc, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: ca.Pool(), MaxVersion: version})
				if err != nil {
					t.Fatal(err)
				}
				return nc
			}
			binding := func(nc *tls.Conn) xdg.ChannelBinding {
				state := nc.ConnectionState()
				b, err := xdg.NewTLSExporterBinding(&state)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			for user, password := range map[string]string{"ann": "pencil", "bob": "pencil", "ann ": "pen"} {
				client, err := hash.NewClient(user, password, "")
				if err != nil {
					t.Fatal(err)
				}
				nc, other := dial(), dial()
				if err := login(nc, mechanism+"-PLUS", client.NewConversationWithChannelBinding(binding(nc))); (err == nil) != (user == "ann") {
					t.Errorf("%s, TLS %x, %s: %v", mechanism, version, user, err)
				}
				if err := login(other, mechanism+"-PLUS", client.NewConversationWithChannelBinding(binding(nc))); err == nil {
					t.Errorf("%s, TLS %x, %s is let in by the exchange of another connection", mechanism, version, user)
				}
				if err := login(dial(), mechanism, client.NewConversation()); err == nil {
					t.Errorf("%s, TLS %x, %s is let in without channel binding", mechanism, version, user)
				}
			}
		}
	}
}

// TestUnknownLooksTheSame: what a client sees of an unknown user is what it sees of a wrong password.
func TestUnknownLooksTheSame(t *testing.T) {
	addr := serve(t, scram.SHA256, scram.Config{Iterations: 4096}, mqttx.TCP("127.0.0.1:0"))
	seen := map[string]string{}
	for user, password := range map[string]string{"ann": "pen", "bob": "pencil"} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		client, err := xdg.SHA256.NewClient(user, password, "")
		if err != nil {
			t.Fatal(err)
		}
		r, ok := errors.AsType[*mqtt.Refusal](login(nc, scram.SHA256, client.NewConversation()))
		if !ok {
			t.Fatalf("%s is not refused", user)
		}
		seen[user] = r.Error()
	}
	if seen["ann"] != seen["bob"] {
		t.Errorf("a wrong password: %s; an unknown user: %s", seen["ann"], seen["bob"])
	}
}

// BenchmarkLoginOverTCP is CONNECT to CONNACK over TCP, by several clients at once; the client's part is in it, but for the
// iterations, which it has done before.
func BenchmarkLoginOverTCP(b *testing.B) {
	for mechanism, hash := range hashes {
		b.Run(mechanism, func(b *testing.B) {
			addr := serve(b, mechanism, scram.Config{}, mqttx.TCP("127.0.0.1:0"))
			client, err := hash.NewClient("ann", "pencil", "")
			if err != nil {
				b.Fatal(err)
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					nc, err := net.Dial("tcp", addr)
					if err == nil {
						conversation := client.NewConversation()
						err = login(nc, mechanism, conversation)
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
