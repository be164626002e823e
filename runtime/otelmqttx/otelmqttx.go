// Package otelmqttx traces a server with OpenTelemetry:
//
//	options.Trace = otelmqttx.Trace(otelmqttx.Options{})
//
// The context of a trace travels in the user properties of MQTT 5.0, as W3C
// Trace Context writes it: traceparent and tracestate. Each message that comes
// gets a span, which is a child of that of its publisher and the parent of what
// its handler does with its ctx; what a handler publishes with that ctx carries
// it on. A message that is relayed keeps the properties of its publisher.
package otelmqttx

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

const scope = "github.com/mqttx-gen/mqttx-gen/runtime/otelmqttx"

// Options are the settings of a Trace. The zero value is good.
type Options struct {
	// TracerProvider makes the spans. Default: otel.GetTracerProvider().
	TracerProvider trace.TracerProvider
	// Propagator reads and writes the context. Default: W3C Trace Context.
	Propagator propagation.TextMapPropagator
	// Name names the span of a message. Default: "process", for topic names are
	// as many as there are clients, and names of spans should be few.
	Name func(m *mqttx.Message) string
	// Distrust has a trace that comes from a client linked, where it is the parent
	// otherwise: for clients that anybody may be.
	Distrust bool
}

// Trace returns what to set as Options.Trace of a server.
func Trace(o Options) mqttx.Trace {
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.Propagator == nil {
		o.Propagator = propagation.TraceContext{}
	}
	if o.Name == nil {
		o.Name = func(*mqttx.Message) string { return "process" }
	}
	tracer := o.TracerProvider.Tracer(scope)
	return mqttx.Trace{
		PublishReceived: func(ctx context.Context, c *mqttx.Conn, m *mqttx.Message) context.Context {
			return o.start(ctx, tracer, c, m)
		},
		PublishHandled: func(ctx context.Context, _ *mqttx.Conn, _ *mqttx.Message, err error) {
			span := trace.SpanFromContext(ctx)
			if err != nil {
				span.SetStatus(codes.Error, err.Error())
			}
			span.End()
		},
		PublishSent: func(ctx context.Context, _ string, add func(key, value string)) {
			o.Propagator.Inject(ctx, adder(add))
		},
	}
}

// start begins the span of a message.
func (o *Options) start(ctx context.Context, tracer trace.Tracer, c *mqttx.Conn, m *mqttx.Message) context.Context {
	settings := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String("messaging.system", "mqtt"),
			attribute.String("messaging.operation.type", "process"),
			attribute.String("messaging.destination.name", m.Topic),
			attribute.String("messaging.client.id", c.ClientID()),
			attribute.Int("messaging.message.body.size", len(m.Raw)),
			attribute.Int("messaging.mqtt.qos", int(m.QoS)),
		),
	}
	from := o.Propagator.Extract(ctx, properties(m.Properties.User))
	if !o.Distrust {
		ctx = from
	} else if remote := trace.SpanContextFromContext(from); remote.IsValid() {
		settings = append(settings, trace.WithLinks(trace.Link{SpanContext: remote}))
	}
	ctx, _ = tracer.Start(ctx, o.Name(m), settings...)
	return ctx
}

// properties are the user properties of a message, to be read. Of those with
// the same key the first counts.
type properties []mqttx.UserProperty

func (p properties) Get(key string) string {
	for _, u := range p {
		if u.Key == key {
			return u.Value
		}
	}
	return ""
}

func (p properties) Keys() []string {
	keys := make([]string, len(p))
	for i, u := range p {
		keys[i] = u.Key
	}
	return keys
}

func (properties) Set(string, string) {} // what has come is not changed

// adder adds user properties to a message.
type adder func(key, value string)

func (adder) Get(string) string       { return "" }
func (adder) Keys() []string          { return nil }
func (a adder) Set(key, value string) { a(key, value) }
