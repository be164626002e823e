package listen

import (
	"crypto/tls"
	"errors"
	"net"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/transport"
)

// CheckTLS returns a copy of config that servers may use: TLS 1.2 and up, unless it says otherwise.
func CheckTLS(config *tls.Config) (*tls.Config, error) {
	if config == nil || len(config.Certificates) == 0 && config.GetCertificate == nil && config.GetConfigForClient == nil {
		return nil, errors.New("the TLS configuration has no certificate; mqttx.TLSFiles makes one of files")
	}
	config = config.Clone()
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	return config, nil
}

// Certified reports whether a configuration lets in clients with a verified certificate only.
func Certified(config *tls.Config) bool {
	return config != nil && config.ClientAuth == tls.RequireAndVerifyClientCert
}

// TLS is the handshake of TLS.
func TLS(config *tls.Config) Shake {
	return func(nc net.Conn) (net.Conn, error) {
		tc := tls.Server(transport.Quick(nc), config)
		return tc, tc.Handshake()
	}
}
