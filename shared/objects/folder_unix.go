//go:build unix

package objects

import (
	"errors"
	"os"
	"syscall"
)

// sweepAge is how old a temporary file must be to be swept: a living writer holds its lock from the first moment to the last.
const sweepAge = 0

func rename(from, to string) error { return os.Rename(from, to) }

// syncFolder flushes a folder's names to the disk. Some file systems cannot, and need not.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// inode returns the file's number in its file system, which is another once it was replaced.
func inode(info os.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}
