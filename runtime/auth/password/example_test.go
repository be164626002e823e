package password_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/auth/password"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Handler is one connection, as in a project whose spec has
//
//	auth: {operator: {method: password}}
type Handler struct {
	passwords *password.Verifier // one for all connections
}

func (h *Handler) AuthenticateOperator(ctx context.Context, c *auth.Connect, user string, secret []byte) error {
	return h.passwords.Verify(ctx, user, secret)
}

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "passwords") // mqttx-gen passwd -c passwords ann
	hash, err := password.Hash([]byte("swordfish"), password.Settings{})
	if err != nil {
		panic(err)
	}
	if err := password.Create(file, "ann", hash); err != nil {
		panic(err)
	}

	passwords, err := password.New(password.Config{File: file})
	if err != nil {
		panic(err)
	}
	h := &Handler{passwords}
	fmt.Println(h.AuthenticateOperator(context.Background(), &auth.Connect{}, "ann", []byte("swordfish")))
	err = h.AuthenticateOperator(context.Background(), &auth.Connect{}, "ann", []byte("guess"))
	var refusal *mqtt.Refusal
	fmt.Println(errors.As(err, &refusal), refusal.Code)
	// Output:
	// <nil>
	// true Bad User Name or Password
}
