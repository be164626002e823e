package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// small is a server whose clients may hold 1 MiB together, and one of them all of
// that.
type small struct{ *crowd }

// scarce runs f in virtual time.
func scarce(t *testing.T, f func(t *testing.T, s small)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{t: t, log: &lines{}}
		c.srv = newServer(t, &hooks{}, mqttx.Options{
			Limits: mqttx.Limits{Memory: mebibyte}, Queues: mqttx.Queues{Messages: 1 << 20, Bytes: 1 << 30},
			Logger: slog.New(slog.NewTextHandler(c.log, nil)),
		})
		mqttxtest.Start(t, c.srv)
		f(t, small{c})
	})
}

// ballast has retained messages take so many percent of the memory, about.
func (s small) ballast(percent int) {
	s.t.Helper()
	const pieces = 20
	for i := range pieces {
		payload := strings.Repeat("x", max(0, mebibyte/100*percent/pieces-416-len("ballast/10")))
		if percent == 0 {
			payload = ""
		}
		if err := s.srv.Publish(s.t.Context(), fmt.Sprint("ballast/", 10+i), []byte(payload), mqttx.Retain()); err != nil {
			s.t.Fatal(err)
		}
	}
	synctest.Wait()
}

// at checks which level the memory is at.
func (s small) at(level int) mqttx.Stats {
	s.t.Helper()
	synctest.Wait()
	st := s.srv.Stats()
	if st.MemoryLevel != level || st.MemoryLimit != mebibyte {
		s.t.Errorf("level %d with %d of %d bytes, want %d", st.MemoryLevel, st.Memory, st.MemoryLimit, level)
	}
	if st.Memory > mebibyte {
		s.t.Errorf("%d bytes of %d are used", st.Memory, st.MemoryLimit)
	}
	return st
}

// away leaves the session of a client behind, which subscribes to filter.
func (s small) away(id, filter string) {
	s.t.Helper()
	c := s.in("192.0.2.1", mqttxtest.Options{ClientID: id, SessionExpiry: time.Hour})
	if _, err := c.Subscribe(s.t.Context(), filter, 1); err != nil {
		s.t.Fatal(err)
	}
	_ = c.Disconnect()
	synctest.Wait()
}

// back is that client again. It is sent what waits for it.
func (s small) back(id string) *mqttxtest.Client {
	s.t.Helper()
	return s.in("192.0.2.1", mqttxtest.Options{ClientID: id, SessionExpiry: time.Hour, Resume: true})
}

// gone ends the session of a client for good.
func (s small) gone(id string) {
	s.t.Helper()
	_ = s.in("192.0.2.1", mqttxtest.Options{ClientID: id}).Disconnect()
	synctest.Wait()
}

// flood is a publisher that sends numbered messages as fast as it is let.
type flood struct {
	client *mqttxtest.Client
	sent   chan int // how many, once
	done   int
}

// flood begins to publish n messages of 1,000 bytes to a topic.
func (s small) flood(v mqtt.Version, id, name string, qos mqtt.QoS, n int) *flood {
	s.t.Helper()
	f := &flood{s.in("192.0.2.2", mqttxtest.Options{ClientID: id, Version: v, KeepAlive: 10 * time.Second}), make(chan int, 1), 0}
	ctx := s.t.Context()
	go func() {
		defer func() { f.sent <- f.done }()
		for ; f.done < n; f.done++ {
			if err := f.client.Publish(ctx, name, fmt.Sprintf("%-1000d", f.done), qos); err != nil {
				return
			}
		}
	}()
	synctest.Wait()
	return f
}

// stopped checks that the flood is held up.
func (f *flood) stopped(t *testing.T) {
	t.Helper()
	synctest.Wait()
	select {
	case n := <-f.sent:
		t.Fatalf("the publisher is at its end with %d messages: %v", n, f.client.Err())
	default:
	}
}

// receives checks that a client gets the messages from on, in order, none twice
// and none missing.
func receives(t *testing.T, c *mqttxtest.Client, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		m, err := c.Receive(t.Context())
		if err != nil || strings.TrimSpace(string(m.Raw)) != fmt.Sprint(i) {
			t.Fatalf("message %d is %.10q, %v", i, m.Raw, err)
		}
	}
}

// TestMemoryHoldsAPublisher floods a client that is away. The publisher is read no
// more, and not closed for its silence; others are. It goes on when the client is
// back, and nothing is lost; all memory returns.
func TestMemoryHoldsAPublisher(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		for _, qos := range []mqtt.QoS{1, 2} {
			t.Run(fmt.Sprintf("%v QoS %d", v, qos), func(t *testing.T) {
				scarce(t, func(t *testing.T, s small) {
					const n = 4000
					s.away("slow", "a/+")
					other := s.in("192.0.2.3", mqttxtest.Options{ClientID: "other"})
					if _, err := other.Subscribe(t.Context(), "b", 1); err != nil {
						t.Fatal(err)
					}
					f := s.flood(v, "flood", "a/b", qos, n)
					f.stopped(t)
					time.Sleep(5 * time.Minute)
					f.stopped(t)
					st := s.at(1)
					if st.MemoryPaused != 1 || st.Queued < 400 || st.Memory < mebibyte/100*75 || st.DroppedMemory > 0 {
						t.Errorf("%+v", st)
					}
					s.logged("are read no more for a while", 1)
					s.logged("it is slowed down", 1)
					if err := other.Publish(t.Context(), "b", "0", 1); err != nil {
						t.Fatal(err)
					}
					receives(t, other, 0, 1)

					receives(t, s.back("slow"), 0, n)
					if sent := <-f.sent; sent != n {
						t.Errorf("%d of %d messages are acknowledged: %v", sent, n, f.client.Err())
					}
					time.Sleep(2 * time.Second)
					if st := s.at(0); st.Dropped > 0 || st.MemoryPaused < 1 {
						t.Errorf("%+v", st)
					}
					s.logged("there is enough again", 1)
					s.gone("slow")
					if st := s.at(0); st.Memory != 0 {
						t.Errorf("%d bytes are held for nobody", st.Memory)
					}
				})
			})
		}
	}
}

// TestMemoryHeldPublisherGoesOn: at once when memory is there, and when what waits
// because of it has gone.
func TestMemoryHeldPublisherGoesOn(t *testing.T) {
	ways := map[string]func(s small) time.Duration{
		"there is memory": func(s small) time.Duration { s.ballast(0); return 0 },
		"its messages are taken": func(s small) time.Duration {
			c := s.back("slow")
			receives(s.t, c, 0, 20)
			return lookEvery
		},
	}
	for name, relieve := range ways {
		t.Run(name, func(t *testing.T) {
			scarce(t, func(t *testing.T, s small) {
				const n = 20
				s.away("slow", "a/+")
				s.ballast(94)
				f := s.flood(mqtt.V311, "flood", "a/b", 1, n)
				time.Sleep(time.Minute)
				f.stopped(t)
				began := time.Now()
				most := relieve(s)
				if sent := <-f.sent; sent != n {
					t.Errorf("%d of %d messages: %v", sent, n, f.client.Err())
				}
				if took := time.Since(began); took > most {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// lookEvery is how often a publisher that is held up looks again.
const lookEvery = time.Second

// TestMemoryHeldPublisherEnds: one that is read no more can be ended, in every
// way.
func TestMemoryHeldPublisherEnds(t *testing.T) {
	ends := map[string]func(s small) error{
		"Disconnect": func(s small) error { return s.srv.Disconnect("flood", mqtt.AdministrativeAction) },
		"takeover": func(s small) error {
			s.in("192.0.2.2", mqttxtest.Options{ClientID: "flood"})
			return nil
		},
		"Shutdown": func(s small) error { return s.srv.Shutdown(s.t.Context()) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			scarce(t, func(t *testing.T, s small) {
				s.away("slow", "a/+")
				f := s.flood(mqtt.V5, "flood", "a/b", 1, 2000)
				f.stopped(t)
				began := time.Now()
				if err := end(s); err != nil {
					t.Error(err)
				}
				<-f.client.Done()
				if took := time.Since(began); took > 0 {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// TestMemorySheds: QoS 0 messages do not wait for a client that does not read, as
// long as memory is scarce; others get theirs.
func TestMemorySheds(t *testing.T) {
	scarce(t, func(t *testing.T, s small) {
		reader := s.in("192.0.2.1", mqttxtest.Options{})
		if _, err := reader.Subscribe(t.Context(), "a", 0); err != nil {
			t.Fatal(err)
		}
		s.deaf("a")
		pub := s.in("192.0.2.2", mqttxtest.Options{})
		publish := func(from, to int) {
			t.Helper()
			for i := from; i < to; i++ {
				if err := pub.Publish(t.Context(), "a", fmt.Sprintf("%-1000d", i), 0); err != nil {
					t.Fatal(err)
				}
			}
			if err := pub.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			receives(t, reader, from, to)
		}
		publish(0, 20)
		if st := s.at(0); st.MemoryShed > 0 || st.Memory == 0 {
			t.Errorf("%+v", st)
		}
		s.ballast(86)
		s.at(2)
		time.Sleep(time.Second) // only now it is slow
		publish(20, 60)
		if st := s.at(2); st.MemoryShed != 40 || st.DroppedMemory != 40 || st.Dropped != 40 {
			t.Errorf("%d messages shed, %d, %d dropped, want 40", st.MemoryShed, st.DroppedMemory, st.Dropped)
		}
		s.logged("QoS 0 messages to slow clients are dropped", 1)
		s.ballast(0)
		publish(60, 80)
		if st := s.at(0); st.MemoryShed != 40 {
			t.Errorf("%d messages shed", st.MemoryShed)
		}
	})
}

// deaf is a client that subscribes to a filter, and then reads nothing.
func (s small) deaf(filter string) {
	s.t.Helper()
	nc := s.dial("192.0.2.8")
	s.t.Cleanup(func() { _ = nc.Close() })
	b := (&packet.Connect{Version: mqtt.V5, CleanStart: true}).Append(nil, mqtt.V5)
	b = (&packet.Subscribe{PacketID: 1, Filters: []packet.Filter{{Filter: []byte(filter)}}}).Append(b, mqtt.V5)
	go func() { _, _ = nc.Write(b) }()
	answers := make([]byte, 64)
	for read := 0; !strings.Contains(string(answers[:read]), "\x90"); {
		n, err := nc.Read(answers[read:])
		if read += n; err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestMemoryRefuses: what costs memory is refused with a reason, and what makes
// some free is not.
func TestMemoryRefuses(t *testing.T) {
	scarce(t, func(t *testing.T, s small) {
		s.away("slow", "a")
		s.away("idle", "nothing")
		v5 := s.in("192.0.2.1", mqttxtest.Options{ClientID: "v5"})
		v3 := s.in("192.0.2.1", mqttxtest.Options{ClientID: "v3", Version: mqtt.V311})
		if err := v5.Publish(t.Context(), "a", "0", 1); err != nil {
			t.Fatal(err)
		}
		s.ballast(96)
		s.at(3)
		s.refused("192.0.2.1", mqttxtest.Options{ClientID: "new"}, mqtt.ServerBusy)
		s.refused("192.0.2.1", mqttxtest.Options{ClientID: "new", Version: mqtt.V311}, mqtt.ServerUnavailable)
		s.refused("192.0.2.1", mqttxtest.Options{ClientID: "new", Version: mqtt.V31}, mqtt.ServerUnavailable)
		s.refused("192.0.2.1", mqttxtest.Options{ClientID: "idle", Resume: true}, mqtt.ServerBusy)
		s.logged("CONNECT refused", 0)
		s.logged("no memory left for more clients", 1)
		for _, qos := range []mqtt.QoS{1, 2} {
			var r *mqtt.Refusal
			if err := v5.Publish(t.Context(), "a", "no", qos); !errors.As(err, &r) || r.Code != mqtt.QuotaExceeded {
				t.Errorf("QoS %d: %v", qos, err)
			}
			if err := v5.Publish(t.Context(), "nobody", "yes", qos); err != nil {
				t.Error(err)
			}
		}
		st := s.at(3)
		if st.MemoryConnects != 4 || st.MemoryPublishes != 2 || st.Refusals.Publishes[mqtt.QuotaExceeded] != 2 {
			t.Errorf("%+v", st)
		}

		again := s.in("192.0.2.1", mqttxtest.Options{ClientID: "v5", Resume: true}) // a takeover
		s.gone("idle")                                                              // discards a session
		held := make(chan error, 1)
		go func() {
			held <- errors.Join(v3.Publish(t.Context(), "a", "1", 1), v3.Publish(t.Context(), "a", "2", 1))
		}()
		time.Sleep(time.Minute)
		select {
		case err := <-held:
			t.Fatal("the publisher of 3.1.1 is not held up", err)
		default:
		}
		slow := s.back("slow") // has something to take
		receives(t, slow, 0, 3)
		if err := <-held; err != nil {
			t.Error(err)
		}
		if err := again.Publish(t.Context(), "a", "3", 1); err != nil {
			t.Error(err)
		}
		receives(t, slow, 3, 4)
		s.at(3)
		s.ballast(92)
		s.at(3)
		s.ballast(89)
		s.at(2)
		s.in("192.0.2.1", mqttxtest.Options{ClientID: "new"})
		s.ballast(0)
		s.at(0)
	})
}

// TestMemoryIsNeverExceeded: publishers that have to acknowledge something cannot
// be left unread. They are slow, and get through in the end; what has no room is
// dropped and counted.
func TestMemoryIsNeverExceeded(t *testing.T) {
	scarce(t, func(t *testing.T, s small) {
		const n = 300
		s.away("slow", "a")
		var floods []*flood
		for i := range 5 {
			id := fmt.Sprint("both", i)
			c := s.in("192.0.2.2", mqttxtest.Options{ClientID: id, Version: mqtt.V311, HoldAcks: true, KeepAlive: time.Hour})
			if _, err := c.Subscribe(t.Context(), id, 1); err != nil {
				t.Fatal(err)
			}
			if err := c.Publish(t.Context(), id, "never acknowledged", 1); err != nil {
				t.Fatal(err)
			}
			f := &flood{client: c, sent: make(chan int, 1)}
			go func() {
				for ; f.done < n; f.done++ {
					if err := c.Publish(context.WithoutCancel(t.Context()), "a", fmt.Sprintf("%-1000d", f.done), 1); err != nil {
						break
					}
				}
				f.sent <- f.done
			}()
			floods = append(floods, f)
		}
		for range 300 {
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if used := s.srv.Stats().Memory; used > mebibyte {
				t.Fatalf("%d bytes are held", used)
			}
		}
		for _, f := range floods {
			if done := <-f.sent; done != n {
				t.Errorf("%d of %d messages are acknowledged: %v", done, n, f.client.Err())
			}
		}
		st := s.at(4)
		if st.DroppedMemory == 0 || st.Queued+int(st.DroppedMemory) != 5*n {
			t.Errorf("%d wait, %d are dropped, of %d", st.Queued, st.DroppedMemory, 5*n)
		}
		s.logged("messages that would have to wait are dropped", 1)
		s.gone("slow")
		s.at(0)
	})
}

// TestMemoryOfLargePackets: what has come of a packet counts by what it will
// need, and where there is too little it waits in the socket.
func TestMemoryOfLargePackets(t *testing.T) {
	scarce(t, func(t *testing.T, s small) {
		large := packet.AppendPublish(nil, mqtt.V5, &packet.Outgoing{Name: "a", QoS: 1, PacketID: 7, Payload: make([]byte, 200<<10)})
		begin := func() net.Conn {
			nc := s.dial("192.0.2.9")
			t.Cleanup(func() { _ = nc.Close() })
			go func() { _, _ = nc.Write((&packet.Connect{Version: mqtt.V5, CleanStart: true}).Append(nil, mqtt.V5)) }()
			if _, err := nc.Read(make([]byte, 64)); err != nil {
				t.Fatal(err)
			}
			return nc
		}
		some, more := begin(), begin()
		_, _ = some.Write(large[:100])
		if st := s.at(0); st.Memory != int64(len(large)) {
			t.Errorf("%d bytes count for a packet of %d", st.Memory, len(large))
		}
		s.ballast(78)
		s.at(3)
		written := make(chan struct{})
		go func() {
			defer close(written)
			_, _ = more.Write(large)
		}()
		time.Sleep(time.Minute)
		select {
		case <-written:
			t.Error("a large packet is taken")
		default:
		}
		used := s.at(3).Memory
		if _, err := some.Write(large[100:]); err != nil { // it has its buffer
			t.Error(err)
		}
		for _, nc := range []net.Conn{some, more} { // which then is the other one's
			answer := make([]byte, 4)
			if _, err := nc.Read(answer); err != nil || answer[0] != 0x40 {
				t.Errorf("%x, %v", answer, err)
			}
		}
		if st := s.at(1); used-st.Memory < int64(len(large)) || used-st.Memory > int64(len(large))+10 {
			t.Errorf("%d bytes were used, %d are", used, st.Memory)
		}
		s.ballast(0)
		_, _ = some.Write(large[:100])
		s.at(0)
		_ = some.Close()
		if st := s.at(0); st.Memory != 0 {
			t.Errorf("%d bytes count of a packet that never came", st.Memory)
		}
	})
}

// TestMemoryOfWills: wills count from CONNECT until they are sent, or never will be; where they are too many, nobody
// else is let in.
func TestMemoryOfWills(t *testing.T) {
	const size = 50 << 10
	scarce(t, func(t *testing.T, s small) {
		with := func(id string, delay time.Duration) *mqttxtest.Client {
			return s.in("192.0.2.1", mqttxtest.Options{
				ClientID: id, SessionExpiry: time.Hour, Resume: true, WillDelay: delay,
				Will: &mqtt.Message{Topic: "will", Raw: make([]byte, size), QoS: mqtt.QoS1, Retain: id == "retained"},
			})
		}
		count := func(when string, wills int) {
			t.Helper()
			synctest.Wait()
			if used, want := s.srv.Stats().Memory, wills*(size+len("will")+willCost); int(used) != want {
				t.Errorf("%s: %d bytes count, want %d", when, used, want)
			}
		}
		c := with("c", time.Minute)
		count("connected", 1)
		again := with("c", time.Minute)
		count("taken over", 1)
		c.Close()
		again.Close()
		count("held", 1)
		again = with("c", time.Minute)
		count("resumed", 1)
		again.Close()
		time.Sleep(2 * time.Minute)
		count("sent after its delay", 0)
		with("c", time.Minute).Close()
		s.gone("c")
		count("sent at the end of the session", 0)
		_ = with("c", 0).Disconnect()
		count("given up", 0)
		with("c", 0).Close()
		count("sent at once", 0)
		with("c", time.Minute).Close()
		if err := s.srv.Revoke("c"); err != nil {
			t.Error(err)
		}
		count("revoked while it was held", 0)
		with("c", time.Minute)
		if err := s.srv.Revoke("c"); err != nil {
			t.Error(err)
		}
		count("revoked", 0)

		with("retained", 0).Close()
		synctest.Wait()
		const placeCost = 256 // of the store
		if used := s.srv.Stats().Memory; used != size+int64(len("will"))+160+placeCost {
			t.Errorf("a retained will counts %d bytes", used)
		}
		if err := s.srv.Publish(t.Context(), "will", nil, mqttx.Retain()); err != nil {
			t.Error(err)
		}
		count("retained no more", 0)

		var all []*mqttxtest.Client
		for i := 0; s.srv.Stats().MemoryLevel < 3; i++ {
			all = append(all, with(fmt.Sprint(i), time.Minute))
			synctest.Wait()
		}
		s.refused("192.0.2.1", mqttxtest.Options{ClientID: "more"}, mqtt.ServerBusy)
		for _, c := range all {
			c.Close()
		}
		count("all are held", len(all))
		time.Sleep(2 * time.Minute)
		count("all are sent", 0)
		s.at(0)
	})
}

// TestMemoryOption: what is too little to run is said so.
func TestMemoryOption(t *testing.T) {
	_, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return &hooks{} }, mqttx.Options{Limits: mqttx.Limits{Memory: 1000}})
	if err == nil || !strings.Contains(err.Error(), "Limits.Memory is 1000 bytes; it must be at least 1048576") {
		t.Error(err)
	}
	for given, least := range map[int64]int64{0: mebibyte, -1: 0} {
		st := newServer(t, &hooks{}, mqttx.Options{Limits: mqttx.Limits{Memory: given}}).Stats()
		if st.MemoryLimit < least || least == 0 && st.MemoryLimit != 0 {
			t.Errorf("%d stands for %d bytes", given, st.MemoryLimit)
		}
	}
}
