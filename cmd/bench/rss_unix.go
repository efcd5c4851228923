//go:build unix

package main

import (
	"os"
	"syscall"
)

// peakOf returns the peak resident memory of a process that ended, in bytes (Linux counts kilobytes).
func peakOf(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}
