// Package mqtt holds the data types of the OASIS MQTT standard that every part of the
// runtime shares: versions, qualities of service, reason codes, properties and messages.
//
// The types are plain values without behaviour of their own; nothing here knows of sockets,
// sessions or handlers. Statements in brackets, such as [MQTT-3.3.4-9], and section numbers
// are those of MQTT 5.0 unless another version is named.
package mqtt
