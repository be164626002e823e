package main

import (
	"bytes"
	"context"
	"time"
)

// load is what a row does to a server, once it is connected.
type load interface {
	// run loads the server until then, and returns how many units of the row it did.
	run(until time.Time) (int64, error)
	close() error
}

// opener connects a load.
type opener interface {
	open(ctx context.Context, t *target) (load, error)
}

// row is a line of the table.
type row struct {
	name string
	unit string // what is counted
	load opener
	// rest measures memory instead: what each unit costs once it is there.
	rest   bool
	paced  bool // latency is measured, too
	short  bool // also in the short form
	ingest int  // for servers with handlers of so many topics
	needs  string
}

var (
	small   = bytes.Repeat([]byte{'x'}, 64)
	large   = bytes.Repeat([]byte{'x'}, 16<<10)
	reading = []byte(`{"temperature":25.5,"humidity":60,"battery":85}`)
)

func pairs(n int, qos byte, window int) flow {
	return flow{groups: n, publishers: 1, subscribers: 1, qos: qos, window: window, payload: small}
}

func with(f flow, change func(f *flow)) flow {
	change(&f)
	return f
}

// rows are those of the table, in its order.
var rows = []row{
	{name: "10 pairs, QoS 0, 16 in a write", unit: "messages", load: pairs(10, 0, 16), paced: true, short: true},
	{name: "10 pairs, QoS 0, one at a time", unit: "messages", load: pairs(10, 0, 1), paced: true, short: true},
	{name: "200 pairs, QoS 0, 4 in flight", unit: "messages", load: pairs(200, 0, 4), paced: true, short: true},
	{name: "10 pairs, QoS 1, 16 in flight", unit: "messages", load: pairs(10, 1, 16), paced: true, short: true},
	{name: "10 pairs, QoS 2, 16 in flight", unit: "messages", load: pairs(10, 2, 16), short: true},
	{name: "1 to 500, QoS 0", unit: "deliveries", load: flow{groups: 1, publishers: 1, subscribers: 500, window: 16, payload: small}, paced: true, short: true},
	{name: "100 to 2, QoS 1, one in flight", unit: "messages", load: flow{groups: 2, publishers: 50, subscribers: 1, qos: 1, window: 1, payload: small}, paced: true, short: true},
	{name: "4 pairs, 16 KiB, QoS 0", unit: "messages", load: with(pairs(4, 0, 1), func(f *flow) { f.payload = large }), paced: true, short: true},
	{name: "shared group of 10, QoS 1, 16 in flight", unit: "messages", needs: "shared", load: flow{groups: 1, publishers: 10, subscribers: 10, share: true, qos: 1, window: 16, payload: small}},
	{name: "10 pairs beside 10,000 filters with wildcards", unit: "messages", load: with(pairs(10, 0, 16), func(f *flow) { f.noise = 1000 })},
	{name: "10 pairs beside a slow subscriber to all of them, which never reads", unit: "messages", load: obstructed{pairs(10, 0, 16), 1}, paced: true},
	{name: "10 pairs over TLS, QoS 0, 16 in a write", unit: "messages", needs: "tls", load: with(pairs(10, 0, 16), func(f *flow) { f.scheme = "tls" })},
	{name: "10 pairs over WebSocket, QoS 0, 16 in a write", unit: "messages", needs: "ws", load: with(pairs(10, 0, 16), func(f *flow) { f.scheme = "ws" })},
	{name: "10 pairs over TLS, QoS 0, one at a time", unit: "messages", needs: "tls", load: with(pairs(10, 0, 1), func(f *flow) { f.scheme = "tls" })},
	{name: "10 pairs over WebSocket, QoS 0, one at a time", unit: "messages", needs: "ws", load: with(pairs(10, 0, 1), func(f *flow) { f.scheme = "ws" })},
	{name: "ingest: JSON to a typed method, QoS 0, 10 clients, 16 in a write", unit: "messages", ingest: 1, short: true, load: ingest(10, 0, 16)},
	{name: "ingest, QoS 1, 10 clients, 16 in flight", unit: "messages", ingest: 1, load: ingest(10, 1, 16)},
	{name: "ingest, QoS 1, 200 clients, one in flight", unit: "messages", ingest: 1, load: ingest(200, 1, 1)},
	{name: "ingest at 10 topics, QoS 0, 10 clients, 16 in a write", unit: "messages", ingest: 10, load: with(ingest(10, 0, 16), func(f *flow) { f.topics = 10 })},
	{name: "ingest at 600 topics, QoS 0, 10 clients, 16 in a write", unit: "messages", ingest: 600, load: with(ingest(10, 0, 16), func(f *flow) { f.topics = 600 })},
	{name: "connect and disconnect, 10 at a time", unit: "connects", load: visits{10}, short: true},
	{name: "connect and disconnect, 500 at a time", unit: "connects", load: visits{500}},
	{name: "1,000 retained messages on subscribing", unit: "deliveries", load: shelf{1000}},
	{name: "QoS 1 to 1,000 clients that are away", unit: "messages", load: absent{1000}},
	{name: "200,000 subscriptions of 100 clients", unit: "subscriptions", rest: true, load: filters{clients: 100, each: 2000}},
	{name: "10,000 idle connections with a subscription", unit: "connections", rest: true, load: filters{clients: 10_000, each: 1}},
	{name: "2,000 idle connections over TLS with a subscription", unit: "connections", rest: true, needs: "tls", load: filters{clients: 2000, each: 1, scheme: "tls"}},
}

func ingest(clients int, qos byte, window int) flow {
	return flow{groups: 1, publishers: clients, qos: qos, window: window, payload: reading}
}
