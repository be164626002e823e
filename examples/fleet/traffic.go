package main

import (
	"context"
	"sync/atomic"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// Traffic counts what clients publish. Safe for use by many goroutines.
type Traffic struct {
	Accepted, Refused, Bytes atomic.Int64
}

// Count is middleware, see mqttx.Options.Use: it stands before the typed
// methods of all topics.
func (t *Traffic) Count(next mqttx.PublishFunc) mqttx.PublishFunc {
	return func(ctx context.Context, c *mqttx.Conn, m *mqttx.Message) (mqttx.Route, error) {
		t.Bytes.Add(int64(len(m.Raw)))
		route, err := next(ctx, c, m)
		if err != nil {
			t.Refused.Add(1)
		} else {
			t.Accepted.Add(1)
		}
		return route, err
	}
}
