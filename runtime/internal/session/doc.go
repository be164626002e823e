// Package session holds one client's protocol state (MQTT 5.0 section 4.1) and
// the outbox of its connection. It is pure: no sockets, only the Wire that the
// outbox writes to.
//
// A Session outlives its connections; an Outbox belongs to one of them. In is
// owned by the read loop of the attached connection and has no lock. What
// publishers touch from their own goroutines, Session and Outbox, has one
// short lock each; the order is Session before Outbox.
package session
