package mqtt

import (
	"errors"
	"fmt"
	"testing"
)

func TestVersion(t *testing.T) {
	for v, want := range map[Version]string{V31: "3.1", V311: "3.1.1", V5: "5.0", 0: "level 0", 6: "level 6", 0x84: "level 132"} {
		if got := v.String(); got != want {
			t.Errorf("Version(%d) = %q, want %q", byte(v), got, want)
		}
		if got := v.Valid(); got != (v == V31 || v == V311 || v == V5) {
			t.Errorf("Version(%d): Valid is %v", byte(v), got)
		}
	}
}

func TestQoS(t *testing.T) {
	for q, want := range map[QoS]bool{QoS0: true, QoS1: true, QoS2: true, 3: false, 255: false} {
		if q.Valid() != want {
			t.Errorf("%v: Valid is %v", q, q.Valid())
		}
	}
	if got := QoS2.String(); got != "QoS 2" {
		t.Errorf("got %q", got)
	}
}

func TestReasonCode(t *testing.T) {
	for c, want := range map[ReasonCode]string{
		0x00: "Success", 0x04: "Disconnect with Will Message", 0x19: "Re-authenticate", 0x80: "Unspecified error",
		0x8E: "Session taken over", 0x99: "Payload format invalid", 0xA2: "Wildcard Subscriptions not supported",
		0x03: "Reason Code 0x03", 0x7F: "Reason Code 0x7F", 0xA3: "Reason Code 0xA3", 0xFF: "Reason Code 0xFF",
	} {
		if got := c.String(); got != want {
			t.Errorf("%#x = %q, want %q", byte(c), got, want)
		}
	}
}

func TestReasonCodeRange(t *testing.T) {
	valid := 0
	for i := range 256 {
		c := ReasonCode(i)
		if c.IsError() != (i >= 0x80) {
			t.Errorf("%v: IsError is %v", c, c.IsError())
		}
		if c.Valid() {
			valid++
		}
	}
	if valid != 43 { // the rows of table 2-6, 0x00 once
		t.Errorf("%d codes are valid", valid)
	}
}

func TestRefusal(t *testing.T) {
	for want, r := range map[string]*Refusal{
		"refuse: Not authorized (0x87)":                      {Code: NotAuthorized},
		"refuse: Payload format invalid (0x99): speed is -1": {Code: PayloadFormatInvalid, Reason: "speed is -1"},
		"disconnect: Quota exceeded (0x97): slow down":       {Code: QuotaExceeded, Reason: "slow down", Disconnect: true},
	} {
		var got *Refusal
		if err := fmt.Errorf("publish: %w", r); !errors.As(err, &got) || got.Error() != want {
			t.Errorf("got %v, want %q", got, want)
		}
	}
}
