package transport

import (
	"bytes"
	"io"
	"testing"
)

// TestReceiveNow reads what has arrived, on every carrier, and does not wait for more.
func TestReceiveNow(t *testing.T) {
	for _, carrier := range carriers {
		t.Run(carrier.name, func(t *testing.T) {
			server, client := carrier.pair(t)
			if !onSocket(server) {
				t.Skip("it holds nothing")
			}
			defer client.Close()
			c := New(server)
			defer c.Close()
			var got []byte
			take := func(b []byte) (int, int, bool) { got = append(got, b...); return len(b), 0, false }
			if err := c.ReceiveNow(take); err != nil || len(got) > 0 {
				t.Fatalf("of an idle connection: %q, %v", got, err)
			}
			c.ClearWake()
			want := bytes.Repeat([]byte("0123456789"), 500)
			wrote := start(func() error { _, err := client.Write(want); return err })
			for len(got) < len(want) {
				if err := c.ReceiveNow(take); err != nil {
					t.Fatal(err)
				}
				c.ClearWake()
			}
			if err := returned(t, wrote); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("received %d bytes, want %d; %v", len(got), len(want), err)
			}
			client.Close()
			var err error
			for err == nil {
				err = c.ReceiveNow(take)
				c.ClearWake()
			}
			if err != io.EOF {
				t.Errorf("at the end: %v", err)
			}
		})
	}
}
