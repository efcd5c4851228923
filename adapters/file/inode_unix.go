//go:build unix

package file

import (
	"os"
	"syscall"
)

// inode returns the file's number in its file system, which is another once it was replaced; 0 where that cannot be told.
func inode(st os.FileInfo) uint64 {
	if s, ok := st.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}
