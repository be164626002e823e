// Package broker knows who is subscribed to what: the registry of sessions,
// the subscriptions, the retained messages, the fan-out and the timers.
//
// A link attaches to a session when its CONNECT has been accepted and gives it
// back with Detach when it has ended: between the two it alone changes the
// session's subscriptions. Everything else may be called by any goroutine.
package broker
