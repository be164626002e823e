//go:build !linux

package mqttx

// machineMemory is how many bytes the process may use, which is not known here.
func machineMemory() int64 { return 0 }
