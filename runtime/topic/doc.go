// Package topic knows topic names, topic filters and topic patterns, and which
// of them match which (MQTT 5.0 section 4.7). It is pure: no sockets, no clock.
//
// A topic name is what a PUBLISH carries: "fleet/acme/t-17/reading". A topic
// filter is what a SUBSCRIBE carries and may hold the wildcards + and #. A
// pattern is what a spec says: "fleet/{tenant}/{device}/reading".
package topic
