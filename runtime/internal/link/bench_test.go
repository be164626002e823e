package link

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// BenchmarkPublish is the way of messages through parse, without a subscriber,
// one and sixteen in a read.
func BenchmarkPublish(b *testing.B) {
	for _, qos := range []mqtt.QoS{mqtt.QoS0, mqtt.QoS1} {
		for _, burst := range []int{1, 16} {
			b.Run(fmt.Sprintf("qos%d/%d", qos, burst), func(b *testing.B) {
				h := newHost(b)
				pub, other := standing(b, h, mqtt.V5)
				go func() { // what is acknowledged is read
					for buf := make([]byte, 1<<16); ; {
						if _, err := other.Read(buf); err != nil {
							return
						}
					}
				}()
				c := &talker{version: mqtt.V5}
				packets := bytes.Repeat(c.publish(qos, uint16(qos), "sensor/7/temperature", "21.5"), burst)
				b.ReportAllocs()
				for b.Loop() {
					if used, _, _ := pub.parse(packets); used != len(packets) {
						b.Fatal(pub.end)
					}
				}
				_ = other.Close()
				pub.stop(errPeerClosed)
				pub.finish()
			})
		}
	}
}
