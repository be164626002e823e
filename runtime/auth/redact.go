package auth

import (
	"fmt"
	"log/slog"
	"strings"
)

// String says who asks, without what is secret: user name, which may be a
// token, password and will stay out of logs, errors and panics, whatever prints
// c.
func (c Connect) String() string {
	return fmt.Sprintf("CONNECT of client %q from %v, MQTT %v", c.ClientID, c.RemoteAddr, c.Version)
}

// GoString is String.
func (c Connect) GoString() string { return c.String() }

// LogValue is what slog writes: that of String.
func (c Connect) LogValue() slog.Value {
	return slog.GroupValue(slog.String("client", c.ClientID), slog.Any("addr", c.RemoteAddr),
		slog.String("version", c.Version.String()), slog.String("method", c.Identity.Method))
}

// Shown is value as a log may hold it: a JSON Web Token, or what is left of one
// that came in the place of a user name, is not shown.
func Shown(value string) string {
	const begin = "eyJ" // that of each: {" in Base64
	if strings.HasPrefix(value, begin) {
		return "(a token)"
	}
	return value
}
