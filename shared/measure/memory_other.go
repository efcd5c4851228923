//go:build !linux

package measure

import "runtime"

// Peak returns the most memory that Go's runtime has obtained from the system: it never shrinks.
func Peak() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}

// Resident returns the memory that Go's runtime has from the system and has not given back.
func Resident() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

func canRead() bool { return false }

func resetPeak() bool { return false }
