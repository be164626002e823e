package mqttx_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// slow authenticates by a function that takes its time.
type slow struct {
	*hooks
	wait func(ctx context.Context)
}

func (s slow) Authenticate(ctx context.Context, _ *mqttx.Connect) error {
	s.wait(ctx)
	return ctx.Err()
}

func (s slow) Exchange(ctx context.Context, _ *mqttx.Connect, _ []byte) (mqttx.AuthStep, error) {
	s.wait(ctx)
	return mqttx.Done(nil), ctx.Err()
}

// TestSlowAuthentication: the context of an authentication ends with the
// Timeouts.Connect, and the client is cut off also where nobody heeds that.
func TestSlowAuthentication(t *testing.T) {
	for _, method := range []string{"", "slow"} {
		for _, heeds := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				var ended time.Duration
				begin := time.Now()
				h := slow{&hooks{}, func(ctx context.Context) {
					<-ctx.Done()
					ended = time.Since(begin)
					if !heeds {
						<-release
					}
				}}
				srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return h }, mqttx.Options{Timeouts: mqttx.Timeouts{Connect: 5 * time.Second}})
				if err != nil {
					t.Fatal(err)
				}
				_, err = mqttxtest.Start(t, srv).TryConnect(mqttxtest.Options{AuthMethod: method})
				if took := time.Since(begin); err == nil || took > 9*time.Second {
					t.Errorf("after %v: %v", took, err)
				}
				close(release)
				synctest.Wait()
				if ended < 5*time.Second || ended > 6*time.Second || srv.Stats().Connections != 0 || srv.Stats().ConnectTimeouts != 1 {
					t.Errorf("the context ended after %v; %+v", ended, srv.Stats())
				}
			})
		}
	}
}

// TestWriteTimeout: a client that takes no byte is cut off, also where little
// waits for it.
func TestWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{}, mqttx.Options{Timeouts: mqttx.Timeouts{Write: 7 * time.Second}})
		net := mqttxtest.Start(t, srv)
		deaf := net.Dial()
		if _, err := deaf.Write(helloOf(mqtt.V311, "deaf")); err != nil {
			t.Fatal(err)
		}
		readPackets(t, deaf, 1)
		if _, err := deaf.Write(longFilter(mqtt.V311, "flow")); err != nil {
			t.Fatal(err)
		}
		readPackets(t, deaf, 1)
		begin := time.Now()
		publish(t, net.Connect(mqttxtest.Options{}), "flow", "x", mqtt.QoS0)
		for srv.Stats().Connections == 2 {
			if time.Since(begin) > time.Minute {
				t.Fatal("it is served for ever")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if d := time.Since(begin); d < 7*time.Second || d > 12*time.Second {
			t.Errorf("cut off after %v", d)
		}
		if n := srv.Stats().WriteTimeouts; n != 1 {
			t.Errorf("%d are counted", n)
		}
		_ = deaf.Close()
	})
}
