//go:build !race

package mqttx_test

const raceDetector = false
