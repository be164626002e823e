//go:build race

package broker

const raceDetector = true // pools forget at random, so allocations say nothing
