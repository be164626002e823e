package textformat

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Checks says of each format of JSON Schema, by its name, whether a text has it.
var Checks = map[string]func(string) bool{
	"date-time": isDateTime,
	"date":      isDate,
	"time":      isTime,
	"duration":  durationText.MatchString,
	"uuid":      uuidText.MatchString,
	"byte":      isBase64,
	"ipv4":      isIPv4,
	"ipv6":      isIPv6,
	"uri":       isURI,
	"email":     isEmail,
}

var (
	uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	timeText = regexp.MustCompile(`^\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
	// durationText is ISO 8601 without fractions, as appendix A of RFC 3339 has it: at least one part, and one behind T.
	durationText = regexp.MustCompile(`^P(\d+W|(\d+Y(\d+M)?(\d+D)?|\d+M(\d+D)?|\d+D)(T` + clockParts + `)?|T` + clockParts + `)$`)
)

const clockParts = `(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S)`

func isDateTime(s string) bool {
	return len(s) > len("2006-01-02T") && (s[10] == 'T' || s[10] == 't') && isDate(s[:10]) && isTime(s[11:])
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// isTime checks full-time of RFC 3339, without leap seconds: no Go time holds one.
func isTime(s string) bool {
	if !timeText.MatchString(s) {
		return false
	}
	_, err := time.Parse(time.TimeOnly, s[:8])
	return err == nil
}

// isBase64 checks base64 with padding, on one line.
func isBase64(s string) bool {
	_, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && !strings.ContainsAny(s, "\r\n")
}

func isIPv4(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is4()
}

func isIPv6(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// uriText is the characters of RFC 3986, with a scheme in front.
var uriText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$`)

func isURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !uriText.MatchString(s) {
		return false
	}
	host := u.Hostname()
	return !strings.Contains(host, ":") || strings.Contains(u.Host, "[") && isIPv6(host)
}

var (
	localText  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	quotedText = regexp.MustCompile(`^"[ !#-\[\]-~]*"$`)
	hostText   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
)

// isEmail checks a mailbox of RFC 5321.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if !localText.MatchString(local) && !quotedText.MatchString(local) {
		return false
	}
	if address, ok := strings.CutPrefix(domain, "["); ok {
		address, closed := strings.CutSuffix(address, "]")
		v6, isV6 := strings.CutPrefix(address, "IPv6:")
		return closed && (isV6 && isIPv6(v6) || !isV6 && isIPv4(address))
	}
	return len(domain) <= 253 && hostText.MatchString(domain)
}
