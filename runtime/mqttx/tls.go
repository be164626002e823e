package mqttx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// TLSFiles are the PEM files of a TLS listener:
//
//	config, err := mqttx.TLSFiles{Cert: "cert.pem", Key: "key.pem"}.Config()
//	...
//	err = srv.ListenAndServe(ctx, mqttx.TLS(":8883", config))
type TLSFiles struct {
	Cert, Key string // certificate chain and private key of the server
	// ClientCA is the file of the authorities that sign the certificates of
	// clients. Default: clients are not asked for certificates.
	ClientCA string
	// ClientCertOptional lets in clients without a certificate too, for servers
	// that have other auth methods beside mtls.
	ClientCertOptional bool
	// Logger gets a line when the files are read anew, or cannot be. Default:
	// slog.Default().
	Logger *slog.Logger
}

// Config reads the files. When they change they are read again, at the next
// handshake: connections that are open stay. Where the new ones cannot be used,
// as halfway through a change, the old ones stay in use and the log says why.
func (f TLSFiles) Config() (*tls.Config, error) {
	if f.Cert == "" || f.Key == "" {
		return nil, errors.New("TLS files: name both the certificate and its key")
	}
	if f.Logger == nil {
		f.Logger = slog.Default()
	}
	w := &watchedFiles{files: f, born: time.Now()}
	w.seen.Store(w.look())
	config, err := f.load()
	if err != nil {
		return nil, err
	}
	w.config.Store(config)
	outer := config.Clone()
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return w.current(), nil }
	return outer, nil
}

// load makes a configuration of the files as they are.
func (f *TLSFiles) load() (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("TLS files %s and %s: %w", f.Cert, f.Key, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	if f.ClientCA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(f.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("TLS file of client authorities: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("TLS file %s: it holds no certificate in PEM form", f.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if f.ClientCertOptional {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return config, nil
}

// lookEvery is how often the files are looked at, at most.
const lookEvery = int64(time.Second)

// watchedFiles is a configuration whose files may change. Safe for use by many
// goroutines: of those that come at one time, one looks, and nobody waits.
type watchedFiles struct {
	files  TLSFiles
	born   time.Time
	config atomic.Pointer[tls.Config]
	looked atomic.Int64                     // when, since born
	seen   atomic.Pointer[[3]fileCondition] // what config, or the last complaint, is about
}

type fileCondition struct {
	changed time.Time
	size    int64
}

func (w *watchedFiles) look() *[3]fileCondition {
	var seen [3]fileCondition
	for i, path := range []string{w.files.Cert, w.files.Key, w.files.ClientCA} {
		if info, err := os.Stat(path); err == nil {
			seen[i] = fileCondition{info.ModTime(), info.Size()}
		}
	}
	return &seen
}

// current returns the configuration, a new one where files have changed.
func (w *watchedFiles) current() *tls.Config {
	now, last := int64(time.Since(w.born)), w.looked.Load()
	if now-last < lookEvery || !w.looked.CompareAndSwap(last, now) {
		return w.config.Load()
	}
	seen := w.look()
	if *seen == *w.seen.Load() {
		return w.config.Load()
	}
	w.seen.Store(seen)
	config, err := w.files.load()
	if err != nil {
		w.files.Logger.Error("TLS files have changed and cannot be used; the old ones stay", "error", err)
		return w.config.Load()
	}
	w.files.Logger.Info("TLS files have been read anew", "cert", w.files.Cert)
	w.config.Store(config)
	return config
}
