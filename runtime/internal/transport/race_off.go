//go:build !race

package transport

// raceDetector tells whether the race detector watches this program.
const raceDetector = false
