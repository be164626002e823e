package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// chart draws each row as bars, longer is more: the figures of all servers as
// a part of the largest in their row.
func (r *report) chart() []byte {
	const (
		width, label, bar = 860, 380, 340
		thick, gap        = 13, 14
		top               = 46
	)
	colours := map[string]string{"mqttx": "#0a7d4f", "mosquitto": "#9aa5b1", "mochi": "#c4b7a6", "nats": "#8fb3d9"}
	var b bytes.Buffer
	y := top
	for _, l := range r.Rows {
		largest := 0.0
		for _, f := range l.Servers {
			largest = max(largest, l.subject(f.Median))
		}
		if largest == 0 {
			continue
		}
		text(&b, 10, y+thick-2, "start", "#1f2933", l.Name)
		for _, f := range l.Servers {
			value := l.subject(f.Median)
			if value == 0 {
				continue
			}
			length := max(value/largest*bar, 1)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", label, y, length, thick-3, colours[f.Server])
			text(&b, label+int(length)+6, y+thick-4, "start", "#52606d", fmt.Sprintf("%s %.3g", f.Server, value))
			y += thick
		}
		y += gap
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", width, y)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, y)
	text(&out, 10, 20, "start", "#1f2933", fmt.Sprintf("CPU microseconds of the server for each unit; bytes for what is at rest. Shorter is better. %s, %d CPUs", r.Go, r.CPUs))
	out.Write(b.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func text(b *bytes.Buffer, x, y int, anchor, colour, s string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="%s" fill="%s">`, x, y, anchor, colour)
	_ = xml.EscapeText(b, []byte(s)) // a buffer never fails
	b.WriteString("</text>\n")
}
