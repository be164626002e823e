package password

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// gate lets some hash at one time, and some more wait, in the order in which
// they came.
type gate struct {
	turns chan struct{}
	most  int64        // who hashes and who waits
	in    atomic.Int64 // of them
}

func newGate(concurrent, queue int) *gate {
	return &gate{turns: make(chan struct{}, concurrent), most: int64(concurrent) + int64(queue)}
}

var errBusy = errors.New("password: too many clients wait for theirs to be verified")

// enter waits for a turn. Whoever gets one must leave.
func (g *gate) enter(ctx context.Context) error {
	if g.in.Add(1) > g.most {
		g.in.Add(-1)
		return fmt.Errorf("%w: %w", errBusy, &mqtt.Refusal{Code: mqtt.ServerBusy})
	}
	select {
	case g.turns <- struct{}{}:
		if ctx.Err() == nil {
			return nil
		}
		<-g.turns
	case <-ctx.Done():
	}
	g.in.Add(-1)
	return fmt.Errorf("password: wait for a turn: %w", context.Cause(ctx))
}

func (g *gate) leave() {
	<-g.turns
	g.in.Add(-1)
}
