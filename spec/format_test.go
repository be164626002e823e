package spec

import (
	"strings"
	"testing"
)

func TestFormats(t *testing.T) {
	for format, texts := range map[Format]struct{ right, wrong []string }{
		FormatDateTime: {
			[]string{"2026-01-02T03:04:05Z", "2026-01-02t03:04:05z", "2026-01-02T03:04:05.123456789+01:00", "2024-02-29T00:00:00-00:00"},
			[]string{"2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-01-02T03:04:60Z", "2026-02-29T03:04:05Z", "2026-01-02T03:04:05,1Z", "2026-01-02T3:04:05Z", ""},
		},
		FormatTime: {
			[]string{"03:04:05Z", "03:04:05.5+23:59"},
			[]string{"03:04:05", "23:59:60Z", "3:04:05Z", "03:04Z", "03:04:05+2:00", "03:04:05+24:00", "03:04:05.Z"},
		},
		FormatDuration: {
			[]string{"P1Y2M3DT4H5M6S", "PT36H", "P2W", "P0D", "P1M", "PT1M", "P3DT4H", "P1Y2M", "P1YT1S"},
			[]string{"", "P", "PT", "P1DT", "1D", "P1W1D", "P1.5D", "P1H", "PT1D", "P1D2M", "-P1D"},
		},
		FormatUUID:  {[]string{"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, []string{"6ba7b8109dad11d180b400c04fd430c8", ""}},
		FormatByte:  {[]string{"", "aGVsbG8="}, []string{"aGVsbG8", "a-_=", "aGVsbG9=", "aGVs\nbG8="}},
		FormatIPv4:  {[]string{"192.0.2.1"}, []string{"192.0.2", "192.0.02.1", "::1", "::ffff:192.0.2.1"}},
		FormatIPv6:  {[]string{"::1", "::ffff:192.0.2.1"}, []string{"192.0.2.1", "fe80::1%eth0", "1::2::3"}},
		FormatURI:   {[]string{"https://a.b/c?d#e", "urn:x:y", "mailto:a@b", "http://[::1]/", "x:"}, []string{"/a", "a", "http://a b", "http://é", "x:%zz", "fe80::1%eth0", "http://[1]/", "1x:a", ""}},
		FormatEmail: {[]string{"a@b", "a.b+c@d.example", `"a b"@c.d`, "a@[192.0.2.1]", "a@[IPv6:::1]"}, []string{"@b", "a@", "a", ".a@b", "a..b@c", "a@b_c", "a@[1]", "a@[192.0.2.1", "a b@c", strings.Repeat("a", 65) + "@b"}},
	} {
		for _, text := range texts.right {
			if problem := fitsText(&Schema{Kind: KindString, Format: format}, text); problem != "" {
				t.Errorf("%s: %s", format, problem)
			}
		}
		for _, text := range texts.wrong {
			if fitsText(&Schema{Kind: KindString, Format: format}, text) == "" {
				t.Errorf("%q is taken for a %s", text, format)
			}
		}
	}
}
