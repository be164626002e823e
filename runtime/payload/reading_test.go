package payload_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// reading is what generated code looks like.
type reading struct {
	Temperature float64
	Humidity    payload.Opt[float64]
	Battery     payload.Opt[int64]
}

const readingDocument = `{"temperature":25.5,"humidity":60,"battery":85}`

func (v *reading) decode(d *payload.Decoder) {
	*v = reading{}
	var f payload.Fields
	for name := d.Object(); name != nil; name = d.Next() {
		switch string(name) {
		case "temperature":
			d.Mark(&f, 0)
			v.Temperature = d.Float64()
		case "humidity":
			d.Mark(&f, 1)
			v.Humidity = payload.Some(d.Float64())
		case "battery":
			d.Mark(&f, 2)
			v.Battery = payload.Some(d.Int64())
		default:
			d.Skip(&f)
		}
	}
	d.Require(&f, "temperature")
}

func (v *reading) DecodePayload(b []byte) error {
	var d payload.Decoder
	d.Reset(b)
	v.decode(&d)
	if err := d.End(); err != nil {
		return err
	}
	return v.CheckPayload()
}

func (v *reading) CheckPayload() error {
	switch {
	case !payload.Finite(v.Temperature):
		return payload.NotFinite("temperature", v.Temperature)
	case v.Temperature < -60:
		return payload.Less("temperature", v.Temperature, "-60")
	case v.Temperature > 125:
		return payload.More("temperature", v.Temperature, "125")
	}
	if x, ok := v.Humidity.Get(); ok && !payload.Finite(x) {
		return payload.NotFinite("humidity", x)
	}
	if x, ok := v.Battery.Get(); ok {
		switch {
		case x < 0:
			return payload.Less("battery", x, "0")
		case x > 100:
			return payload.More("battery", x, "100")
		}
	}
	return nil
}

func (v *reading) AppendPayload(b []byte) ([]byte, error) {
	if err := v.CheckPayload(); err != nil {
		return nil, err
	}
	b = append(b, `{"temperature":`...)
	b = payload.AppendFloat64(b, v.Temperature)
	if x, ok := v.Humidity.Get(); ok {
		b = append(b, `,"humidity":`...)
		b = payload.AppendFloat64(b, x)
	}
	if x, ok := v.Battery.Get(); ok {
		b = append(b, `,"battery":`...)
		b = strconv.AppendInt(b, x, 10)
	}
	return append(b, '}'), nil
}

func BenchmarkDecode(b *testing.B) {
	document := []byte(readingDocument)
	b.Run("payload", func(b *testing.B) {
		b.ReportAllocs()
		var v reading
		for b.Loop() {
			if err := v.DecodePayload(document); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v struct {
				Temperature float64  `json:"temperature"`
				Humidity    *float64 `json:"humidity"`
				Battery     *int64   `json:"battery"`
			}
			if err := json.Unmarshal(document, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	v := reading{25.5, payload.Some(60.0), payload.Some(int64(85))}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if out, err = v.AppendPayload(out[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
