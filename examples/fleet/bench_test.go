package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
)

const sample = `{"temperature":21.5,"battery":80,"at":"2026-01-02T03:04:05Z","position":{"lat":52.52,"lon":13.4}}`

// plain is Reading as encoding/json would have it; it checks nothing.
type plain struct {
	Temperature float64   `json:"temperature"`
	Battery     *int64    `json:"battery,omitempty"`
	At          time.Time `json:"at"`
	Position    *struct {
		Lat float64 `json:"lat"`
		Lon float64 `json:"lon"`
	} `json:"position,omitempty"`
}

func BenchmarkDecodeReading(b *testing.B) {
	in := []byte(sample)
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		var r fleet.Reading
		for b.Loop() {
			if err := r.DecodePayload(in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r plain
			if err := json.Unmarshal(in, &r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncodeReading(b *testing.B) {
	var r fleet.Reading
	var p plain
	if err := r.DecodePayload([]byte(sample)); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal([]byte(sample), &p); err != nil {
		b.Fatal(err)
	}
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			buf, _ = r.AppendPayload(buf[:0])
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(&p)
		}
	})
}

func BenchmarkTopicName(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fleet.ParseReadingTopic("fleet/acme/t-17/reading"); err != nil {
			b.Fatal(err)
		}
	}
}
