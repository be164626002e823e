package metrics

import (
	"bytes"
	"maps"
	"runtime"
	"slices"
	"strconv"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

const (
	gauge   = "gauge"
	counter = "counter"
)

// Write appends all metrics to b, in the text format of Prometheus.
func Write(b *bytes.Buffer, s mqttx.Stats) {
	t := text{b}
	t.now(&s)
	t.clients(&s)
	t.traffic(&s)
	t.topics(s.Topics)
	t.process()
}

// now writes what there is at this moment.
func (t text) now(s *mqttx.Stats) {
	for _, m := range []struct {
		name, help string
		value      float64
	}{
		{"mqttx_connections", "Open connections, those that are not let in yet included.", float64(s.Connections)},
		{"mqttx_sessions", "Sessions, those of clients that are away included.", float64(s.Sessions)},
		{"mqttx_kept_sessions", "Sessions that outlive their connections.", float64(s.Kept)},
		{"mqttx_subscriptions", "Subscriptions: each session and topic filter.", float64(s.Subscribers)},
		{"mqttx_shared_subscriptions", "Subscriptions that are shared.", float64(s.Shared)},
		{"mqttx_topic_filters", "Different topic filters that somebody subscribes to.", float64(s.Subscriptions)},
		{"mqttx_retained_messages", "Retained messages.", float64(s.Retained)},
		{"mqttx_retained_bytes", "Size of the retained messages.", float64(s.RetainedBytes)},
		{"mqttx_queued_messages", "Messages that wait for their clients.", float64(s.Queued)},
		{"mqttx_queued_bytes", "Size of the messages that wait for their clients.", float64(s.QueuedBytes)},
		{"mqttx_inflight_messages", "QoS 1 and 2 messages that their clients have not acknowledged.", float64(s.Inflight)},
		{"mqttx_memory_bytes", "What is held for clients: messages, and what waits for sockets.", float64(s.Memory)},
		{"mqttx_memory_limit_bytes", "How much may be held for clients; 0: there is no limit.", float64(s.MemoryLimit)},
		{"mqttx_memory_level", "How scarce memory is, 0 to 4: at 75, 85, 95 and 98 % of the limit.", float64(s.MemoryLevel)},
		{"mqttx_requests", "Requests that wait for their answers.", float64(s.Requests)},
		{"mqttx_start_time_seconds", "When the server was made, in seconds since 1970.", float64(s.Started.UnixNano()) / 1e9},
	} {
		t.single(m.name, gauge, m.help, m.value)
	}
}

// clients writes what became of connections.
func (t text) clients(s *mqttx.Stats) {
	t.single("mqttx_connects_total", counter, "Clients that were let in.", float64(s.Connects))
	t.single("mqttx_connect_errors_total", counter, "Connections that ended before a client was let in.", float64(s.ConnectErrors))
	t.single("mqttx_disconnects_total", counter, "Connections that ended after their client was let in.", float64(s.Disconnects))
	for _, m := range []struct {
		name, help string
		by         map[mqttx.ReasonCode]int64
	}{
		{"mqttx_connects_refused_total", "CONNECTs that were refused, by reason code.", s.Refusals.Connects},
		{"mqttx_publishes_refused_total", "PUBLISHes and wills that were refused, by reason code.", s.Refusals.Publishes},
		{"mqttx_subscribes_refused_total", "Topic filters that were refused, by reason code.", s.Refusals.Subscribes},
	} {
		t.family(m.name, counter, m.help)
		for _, code := range slices.Sorted(maps.Keys(m.by)) {
			t.sample(m.name, float64(m.by[code]), label{"code", hex(code)}, label{"reason", code.String()})
		}
	}
	t.limits(s)
	t.single("mqttx_handler_panics_total", counter, "Handlers that panicked.", float64(s.Panics))
}

// limits writes what Options.Limits have done.
func (t text) limits(s *mqttx.Stats) {
	const name = "mqttx_limited_total"
	t.family(name, counter, "What was refused, dropped, ended or held back by a limit: connections, clients, filters and messages.")
	for _, l := range []struct {
		limit string
		n     int64
	}{
		{"connections", s.TooManyConnections},
		{"address_connections", s.TooManyOfAddress},
		{"user_connections", s.TooManyOfUser},
		{"connect_rate", s.TooManyConnects},
		{"ban", s.Banned},
		{"rate_paused", s.Paused},
		{"rate_closed", s.ClosedFast},
		{"subscriptions", s.TooManySubscriptions},
		{"topic_length", s.TopicsTooLong},
		{"memory_paused", s.MemoryPaused},
		{"memory_shed", s.MemoryShed},
		{"memory_connects", s.MemoryConnects},
		{"memory_publishes", s.MemoryPublishes},
		{"retained", s.RetainedFull},
		{"sessions", s.TooManySessions},
		{"queue_messages", s.QueueMessagesFull},
		{"queue_bytes", s.QueueBytesFull},
		{"outbox", s.OutboxFull},
		{"slow_closed", s.ClosedSlow},
		{"answers", s.AnswersUnread},
		{"packet_size", s.PacketsTooLarge},
		{"connect_size", s.ConnectsTooLarge},
		{"receive_maximum", s.OverReceiveMaximum},
		{"handshake_timeout", s.HandshakeTimeouts},
		{"connect_timeout", s.ConnectTimeouts},
		{"write_timeout", s.WriteTimeouts},
		{"keep_alive", s.KeepAliveTimeouts},
	} {
		t.sample(name, float64(l.n), label{"limit", l.limit})
	}
	t.single("mqttx_bans_total", counter, "Addresses that were banned for a while.", float64(s.Bans))
}

// hex writes a reason code as the standard does: 0x87.
func hex(code mqttx.ReasonCode) string {
	const digits = "0123456789ABCDEF"
	return "0x" + string([]byte{digits[code>>4], digits[code&15]})
}

// traffic writes what came, what went, and what did not.
func (t text) traffic(s *mqttx.Stats) {
	sides := []struct {
		name    string
		traffic *mqttx.Traffic
	}{{"received", &s.Received}, {"sent", &s.Sent}}
	for _, side := range sides {
		t.single("mqttx_"+side.name+"_bytes_total", counter, "Bytes of control packets "+side.name+".", float64(side.traffic.Bytes))
	}
	for _, side := range sides {
		name := "mqttx_" + side.name + "_messages_total"
		t.family(name, counter, "PUBLISH packets "+side.name+", by quality of service.")
		for qos, n := range side.traffic.Messages {
			t.sample(name, float64(n), label{"qos", strconv.Itoa(qos)})
		}
	}
	for _, side := range sides {
		name := "mqttx_" + side.name + "_packets_total"
		t.family(name, counter, "Control packets "+side.name+", by type.")
		for _, kind := range slices.Sorted(maps.Keys(side.traffic.Packets)) {
			t.sample(name, float64(side.traffic.Packets[kind]), label{"type", kind})
		}
	}
	const name = "mqttx_dropped_messages_total"
	t.family(name, counter, "Deliveries that were dropped, by cause.")
	t.sample(name, float64(s.DroppedFull), label{"cause", "full"})
	t.sample(name, float64(s.DroppedExpired), label{"cause", "expired"})
	t.sample(name, float64(s.DroppedLarge), label{"cause", "too_large"})
	t.sample(name, float64(s.DroppedMemory), label{"cause", "memory"})
}

// topics writes what is counted by the topics of a spec: so many, and no more.
func (t text) topics(topics []mqttx.TopicStats) {
	if len(topics) == 0 {
		return
	}
	const received, refused, took = "mqttx_topic_received_total", "mqttx_topic_refused_total", "mqttx_topic_handler_seconds"
	t.family(received, counter, "Messages to a topic of the spec, those that were refused included.")
	for _, topic := range topics {
		t.sample(received, float64(topic.Received), label{"topic", topic.Topic})
	}
	t.family(refused, counter, "Messages to a topic of the spec that were refused, by cause.")
	for _, topic := range topics {
		for _, cause := range []struct {
			name string
			n    int64
		}{{"name", topic.RefusedName}, {"rights", topic.RefusedRights}, {"payload", topic.RefusedPayload}, {"handler", topic.RefusedHandler}} {
			t.sample(refused, float64(cause.n), label{"topic", topic.Topic}, label{"cause", cause.name})
		}
	}
	if topics[0].Handler.Counts == nil {
		return
	}
	t.family(took, "histogram", "How long routing, decoding and the handler of a message took.")
	for _, topic := range topics {
		h := &topic.Handler
		t.buckets(took, h.Bounds, h.Counts, h.Sum, label{"topic", topic.Topic})
	}
}

// process writes what the Go runtime says, under the names of the Prometheus client for Go.
func (t text) process() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.family("go_info", gauge, "Version of Go.")
	t.sample("go_info", 1, label{"version", runtime.Version()})
	t.single("go_goroutines", gauge, "Goroutines.", float64(runtime.NumGoroutine()))
	t.single("go_memstats_alloc_bytes", gauge, "Bytes of live and not yet collected objects.", float64(m.Alloc))
	t.single("go_memstats_heap_inuse_bytes", gauge, "Bytes of spans in use.", float64(m.HeapInuse))
	t.single("go_memstats_heap_objects", gauge, "Objects on the heap.", float64(m.HeapObjects))
	t.single("go_memstats_stack_inuse_bytes", gauge, "Bytes of stacks in use.", float64(m.StackInuse))
	t.single("go_memstats_sys_bytes", gauge, "Bytes obtained from the system.", float64(m.Sys))
	t.single("go_memstats_alloc_bytes_total", counter, "Bytes allocated, also of objects that are gone.", float64(m.TotalAlloc))
	t.single("go_gc_cycles_total", counter, "Garbage collections.", float64(m.NumGC))
}
