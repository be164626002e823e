package websocket_test

import (
	"context"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/websocket"
)

// One server listens everywhere: sessions and retained messages are the same for all of its clients.
func ExampleListen() {
	serve := func(ctx context.Context, srv *mqttx.Server) error {
		config, err := mqttx.TLSFiles{Cert: "server.pem", Key: "server.key", ClientCA: "devices.pem"}.Config() // read again when they change
		if err != nil {
			return err
		}
		return srv.ListenAndServe(ctx,
			mqttx.TCP("127.0.0.1:1883"),
			mqttx.TLS(":8883", config),
			websocket.Listen(":8084", websocket.Options{TLS: config, Origins: []string{"https://shop.example"}}),
			mqttx.Unix("/run/shop.sock"),
		)
	}
	_ = serve
}
