//go:build race

package link

const raceDetector = true // pools forget at random, so allocations say nothing
