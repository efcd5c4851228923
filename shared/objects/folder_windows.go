package objects

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// sweepAge is how old a temporary file must be to be swept: a writer lets go of its lock just before it renames the file.
const sweepAge = time.Minute

// rename tries again for a while: a virus scanner or a reader that holds one of the two files makes it fail for a moment.
func rename(from, to string) error {
	var err error
	for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
		err = os.Rename(from, to)
		if !errors.Is(err, windows.ERROR_SHARING_VIOLATION) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			return err
		}
		time.Sleep(wait)
	}
	return err
}

// syncFolder does nothing: Windows flushes names by itself.
func syncFolder(string) error { return nil }

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, syscall.ENOSPC)
}

// inode returns 0: size and time have to tell.
func inode(os.FileInfo) uint64 { return 0 }
