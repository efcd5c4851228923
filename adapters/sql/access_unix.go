//go:build unix

package sql

import "golang.org/x/sys/unix"

// writable says why this user may not write to a file or into a folder; nil where nothing stands against it. It opens nothing: to close a file would drop the locks that this process holds on it.
func writable(path string) error { return unix.Access(path, unix.W_OK) }
