// Package websocket serves MQTT over WebSocket (MQTT 5.0 section 6, RFC 6455), with and without TLS:
//
//	err = srv.ListenAndServe(ctx, mqttx.TCP(":1883"), websocket.Listen(":8083", websocket.Options{}))
//
// or within an HTTP server of the program:
//
//	http.Handle("/mqtt", websocket.Handler(srv, websocket.Options{}))
package websocket

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/listen"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/transport"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// Options are the settings of a WebSocket listener or handler. The zero value is good.
type Options struct {
	// TLS makes it WebSocket over TLS, wss. Default: none. Handler does not look at it.
	TLS *tls.Config
	// Path is the only path that is served. Default: every path. Handler does not look at it.
	Path string
	// Origins are the web pages that may connect, such as "https://example.com"; "*" allows all. Pages of the host that
	// they connect to may always, and so may clients that are no browsers: these send no Origin.
	Origins []string
	// HandshakeTimeout is how long the handshake may take, that of TLS included. Default: the server's
	// [mqttx.Timeouts].Handshake. Handler does not look at it.
	HandshakeTimeout time.Duration
}

// maxHead is how many bytes the request of the handshake may have.
const maxHead = 16 << 10

// check returns o with its defaults.
func (o Options) check() (Options, error) {
	if o.Path != "" && !strings.HasPrefix(o.Path, "/") {
		return o, fmt.Errorf("websocket: path %q does not begin with /", o.Path)
	}
	for _, origin := range o.Origins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || u.Scheme == "" || u.Host == "" || u.Path != "") {
			return o, fmt.Errorf("websocket: origin %q is none such as https://example.com", origin)
		}
	}
	if o.HandshakeTimeout < 0 {
		return o, fmt.Errorf("websocket: the handshake timeout is %v; it must be more than 0, or 0 for the default", o.HandshakeTimeout)
	}
	o.Origins = slices.Clone(o.Origins)
	return o, nil
}

// Listen listens for WebSocket connections on a TCP address such as ":8083". Clients must offer the subprotocol mqtt, or
// mqttv3.1 [MQTT-6.0.0-3].
func Listen(addr string, o Options) mqttx.Listener {
	return mqttx.ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		o, err := o.check()
		if err != nil {
			return nil, err
		}
		below := listen.Shake(func(nc net.Conn) (net.Conn, error) { return nc, nil })
		if o.TLS != nil {
			config, err := listen.CheckTLS(o.TLS)
			if err != nil {
				return nil, err
			}
			below = listen.TLS(config)
		}
		nl, err := listen.Socket(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		through := listen.New(nl, o.HandshakeTimeout, func(nc net.Conn) (net.Conn, error) {
			nc, err := below(nc)
			if err != nil {
				return nil, err
			}
			return o.upgrade(nc)
		})
		through.Certified = listen.Certified(o.TLS)
		return through, nil
	})
}

// upgrade answers the request of the handshake.
func (o *Options) upgrade(nc net.Conn) (net.Conn, error) {
	head, ahead, err := readHead(nc)
	if err != nil {
		return nil, err
	}
	var host, origin string
	u := ws.Upgrader{
		OnRequest: func(uri []byte) error {
			if path, _, _ := strings.Cut(string(uri), "?"); o.Path != "" && path != o.Path {
				return reject(http.StatusNotFound, "no MQTT here; the path is "+o.Path)
			}
			return nil
		},
		OnHost: func(v []byte) error { host = string(v); return nil },
		OnHeader: func(key, v []byte) error {
			if strings.EqualFold(string(key), "Origin") {
				origin = string(v)
			}
			return nil
		},
	}
	offered := false
	u.Protocol = func(p []byte) bool { ok := spoken(string(p)); offered = offered || ok; return ok }
	u.OnBeforeUpgrade = func() (ws.HandshakeHeader, error) {
		switch {
		case !offered:
			return nil, errSubprotocol
		case !o.allows(origin, host):
			return nil, reject(http.StatusForbidden, originRefused(origin))
		}
		return nil, nil
	}
	if _, err := u.Upgrade(readWriter{bytes.NewReader(head), nc}); err != nil {
		return nil, fmt.Errorf("websocket: %w", err)
	}
	return &conn{Conn: transport.Quick(nc), ahead: ahead}, nil
}

type readWriter struct {
	io.Reader
	io.Writer
}

// readHead reads the request up to its empty line, and returns what came with it separately.
func readHead(nc net.Conn) (head, ahead []byte, err error) {
	b := make([]byte, 0, 1<<10)
	for {
		if len(b) == cap(b) {
			if len(b) >= maxHead {
				_, _ = nc.Write([]byte("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n"))
				return nil, nil, fmt.Errorf("websocket: request of more than %d bytes", maxHead)
			}
			b = slices.Grow(b, len(b))[:len(b):min(2*len(b), maxHead)]
		}
		n, err := nc.Read(b[len(b):cap(b)])
		from := max(len(b)-3, 0)
		b = b[:len(b)+n]
		if i := bytes.Index(b[from:], []byte("\r\n\r\n")); i >= 0 {
			end := from + i + 4
			return b[:end:end], bytes.Clone(b[end:]), nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("websocket: read request: %w", err)
		}
	}
}

// spoken reports whether a subprotocol is MQTT. Clients of 3.1 have an older name for it.
func spoken(protocol string) bool { return protocol == "mqtt" || protocol == "mqttv3.1" }

var errSubprotocol = reject(http.StatusBadRequest, "the client offers no subprotocol mqtt [MQTT-6.0.0-3]")

func reject(status int, reason string) error {
	return ws.RejectConnectionError(ws.RejectionStatus(status), ws.RejectionReason(reason))
}

func originRefused(origin string) string {
	return fmt.Sprintf("web pages of %s may not connect; add it to Origins", origin)
}

// allows reports whether pages of an origin may connect.
func (o *Options) allows(origin, host string) bool {
	if origin == "" {
		return true
	}
	for _, allowed := range o.Origins {
		if allowed == "*" || strings.EqualFold(allowed, origin) {
			return true
		}
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// Server is the part of a server that Handler uses. *mqttx.Server has it, and so have the servers of generated packages.
type Server interface {
	ServeConn(nc net.Conn)
}

// Handler serves MQTT to the requests that it gets, over HTTP/1.1. It returns when the handshake is done: the connections
// end with srv, not with the HTTP server. Options that make no sense are a panic.
func Handler(srv Server, o Options) http.Handler {
	o, err := o.check()
	if err != nil {
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.allows(r.Header.Get("Origin"), r.Host) {
			http.Error(w, originRefused(r.Header.Get("Origin")), http.StatusForbidden)
			return
		}
		if !slices.ContainsFunc(r.Header["Sec-Websocket-Protocol"], offersMQTT) {
			http.Error(w, "this is MQTT over WebSocket; offer the subprotocol mqtt", http.StatusBadRequest)
			return
		}
		nc, rw, _, err := ws.HTTPUpgrader{Protocol: spoken, Timeout: listen.Timeout}.Upgrade(r, w)
		if err != nil {
			if nc != nil {
				_ = nc.Close()
			}
			return
		}
		ahead, _ := rw.Reader.Peek(rw.Reader.Buffered())
		go srv.ServeConn(&conn{Conn: transport.Quick(nc), ahead: bytes.Clone(ahead)})
	})
}

func offersMQTT(header string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(p string) bool { return spoken(strings.TrimSpace(p)) })
}
