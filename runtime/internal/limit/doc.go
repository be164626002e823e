// Package limit counts what clients may do how often: connections of an
// address, connects and messages a second, and clients that flap; and how much
// memory they may take together. It knows of no socket, and no timer: whoever asks
// says what time it is.
package limit
