package codecs

import (
	"encoding/json"
	"testing"
	"time"
)

// reportDocument, 951 bytes, is of the size and the shape of a usual message of a gateway.
const reportDocument = `{"device":{"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","name":"greenhouse-north-7","firmware":"4.18.2-b1","tags":["indoor","zone-b","mains"]},` +
	`"at":"2026-03-04T05:06:07.125Z","position":{"lat":52.5200066,"lon":13.404954,"accuracy":4.5,"offset":{"x":-1.25,"y":0.75}},` +
	`"sensors":[{"id":"t-1","kind":"temperature","value":21.53,"unit":"celsius","at":"2026-03-04T05:06:05Z","quality":98},` +
	`{"id":"t-2","kind":"temperature","value":20.97,"unit":"celsius","at":"2026-03-04T05:06:05Z","quality":97},` +
	`{"id":"h-1","kind":"humidity","value":61.4,"unit":"percent","at":"2026-03-04T05:06:06Z","quality":91},` +
	`{"id":"p-1","kind":"pressure","value":1013.25,"unit":"hPa","at":"2026-03-04T05:06:06.5Z"},` +
	`{"id":"t-3","kind":"temperature","value":-3.5,"at":"2026-03-04T05:06:06Z","quality":55},` +
	`{"id":"h-2","kind":"humidity","value":80,"at":"2026-03-04T05:06:07Z"}],` +
	`"state":"degraded","sequence":184467440737095,"errors":["t-3: reads below its range","uplink was lost for 4 s"]}`

func BenchmarkReport(b *testing.B) {
	document := []byte(reportDocument)
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(document)))
		b.ReportAllocs()
		for b.Loop() {
			var v Report
			if err := v.DecodePayload(document); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		var v Report
		if err := v.DecodePayload(document); err != nil {
			b.Fatal(err)
		}
		var out []byte
		for b.Loop() {
			out, _ = v.AppendPayload(out[:0])
		}
	})
	b.Run("encoding/json decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v reportMirror
			if err := json.Unmarshal(document, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// reportMirror is Report for encoding/json.
type reportMirror struct {
	Device struct {
		ID, Name, Firmware string
		Tags               []string
	}
	At       time.Time
	Position *struct {
		Lat, Lon float64
		Accuracy *float64
		Offset   *struct{ X, Y float64 }
	}
	Sensors []struct {
		ID, Kind string
		Value    float64
		Unit     *string
		At       time.Time
		Quality  *int64
	}
	State    string
	Sequence *uint64
	Errors   []string
}

func TestReport(t *testing.T) {
	var v Report
	if err := v.DecodePayload([]byte(reportDocument)); err != nil {
		t.Fatal(err)
	}
	var std reportMirror
	if err := json.Unmarshal([]byte(reportDocument), &std); err != nil {
		t.Fatal(err)
	}
	if n := len(v.Sensors); n != 6 || v.Sensors[3].Value != std.Sensors[3].Value || !v.Sensors[3].At.Equal(std.Sensors[3].At) ||
		v.State != ReportStateDegraded || v.Device.Name != std.Device.Name {
		t.Errorf("%+v, encoding/json reads %+v", v, std)
	}
	for n := range len(reportDocument) {
		if err := new(Report).DecodePayload([]byte(reportDocument[:n])); err == nil {
			t.Fatalf("%s: no error", reportDocument[:n])
		}
	}
}

// TestReportAllocations counts one allocation for each text and each list, and one more where a list grows.
func TestReportAllocations(t *testing.T) {
	document := []byte(reportDocument)
	if n := testing.AllocsPerRun(100, func() {
		var v Report
		if err := v.DecodePayload(document); err != nil {
			t.Fatal(err)
		}
	}); n > 21 {
		t.Errorf("decode: %v allocations", n)
	}
}
