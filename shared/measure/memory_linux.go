package measure

import (
	"bytes"
	"os"
	"strconv"
)

// Peak returns the most memory that the process had resident, in bytes, since it began or Reset was last called with success.
func Peak() int64 { return status("VmHWM:") }

// Resident returns the memory that the process has resident now, in bytes.
func Resident() int64 { return status("VmRSS:") }

func canRead() bool { return Resident() > 0 }

// resetPeak writes what proc_pid_clear_refs(5) documents for that. Some sandboxes have no such file; some take the write and do nothing.
func resetPeak() bool {
	f, err := os.OpenFile("/proc/self/clear_refs", os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	_, err = f.WriteString("5")
	if err != nil || f.Close() != nil {
		_ = f.Close()
		return false
	}
	const slack = 4 << 20 // what the process may have grown by between the two
	return Peak() <= Resident()+slack
}

// status returns a number of /proc/self/status, in bytes; 0 where it cannot be read.
func status(name string) int64 {
	var page [4096]byte
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	n, _ := f.Read(page[:])
	_, rest, _ := bytes.Cut(page[:n], []byte(name))
	if fields := bytes.Fields(rest); len(fields) > 1 && string(fields[1]) == "kB" {
		kb, _ := strconv.ParseInt(string(fields[0]), 10, 64)
		return kb << 10
	}
	return 0
}
