// Package packet turns control packets of MQTT 3.1, 3.1.1 and 5.0 into values and back, in both
// directions: a file for each packet type, and a Go type for each but PUBACK, PUBREC, PUBREL and
// PUBCOMP, which have one form and so one type, [Ack].
//
// # Decoding
//
// A reader finds the fixed header with [ParseHeader], asks [Header.Check] whether it is legal,
// waits until Length bytes of body are there, and calls Decode of the type. Decode overwrites
// the whole value, so that one value can serve for all packets of a connection without
// allocating: slices inside keep their capacity. After an error the value holds nothing of use.
//
// Byte slices in decoded values are views into the body, capped to their length; nothing is
// copied. They are valid as long as the body is. Fields of type string are owned copies: a packet
// with texts for people costs an allocation for each, every other packet none.
//
// Every syntactic rule of the standard is checked here: lengths, UTF-8, reserved bits, value
// limits, which property and which reason code belongs to which packet. What needs to know
// the sender is in the CheckClient and CheckServer methods. What needs state (sessions, aliases, permissions)
// and the syntax of topic filters is left to the callers.
//
// # Encoding
//
// Append methods write a packet after dst and return the longer slice, as append does. They
// do not judge: what is illegal in the value is illegal on the wire. The exceptions are texts
// for people (reason strings and user properties), which come from user code late and are
// made legal, see appendText. A string or binary field holds at most 65,535 bytes.
//
// Nothing here is safe for use from several goroutines at once, and nothing here keeps state
// between calls. Section numbers are those of MQTT 5.0 unless another version is named.
package packet
