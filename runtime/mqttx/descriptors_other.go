//go:build !unix

package mqttx

// descriptors returns 0: there is no bound.
func descriptors() int { return 0 }
