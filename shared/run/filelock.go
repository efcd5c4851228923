package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// FileLock is an OS lock on a file. It ends with the process that holds it, however that ends, so that others can tell.
type FileLock struct {
	lock *flock.Flock
}

// LockFile takes the lock on the file, which is made, with its folder, where it does not exist. Conflict where another holds it, in this process or in any.
func LockFile(path string) (*FileLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fault.Errorf(fault.Unavailable, "lock file %q: %w", path, err)
	}
	for try := 0; ; try++ {
		lock := flock.New(path)
		ok, err := lock.TryLock()
		if err != nil {
			_ = lock.Close()
			return nil, fault.Errorf(fault.Unavailable, "lock file %q: %w", path, err)
		}
		if ok && isStill(lock, path) {
			return &FileLock{lock}, nil
		}
		_ = lock.Close()
		if try == 10 { // Alive may hold it for a moment
			return nil, fault.Errorf(fault.Conflict, "lock file %q: another process holds it", path)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// isStill reports whether the file that is locked has its name still: Release removes it.
func isStill(lock *flock.Flock, path string) bool {
	mine, err1 := lock.Stat()
	there, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(mine, there)
}

// Release frees the lock and removes the file. A second call does nothing.
func (l *FileLock) Release() error {
	if !l.lock.Locked() {
		return nil
	}
	if runtime.GOOS != "windows" { // there an open file has to stay
		_ = os.Remove(l.lock.Path())
	}
	if err := l.lock.Close(); err != nil {
		return fault.Errorf(fault.Unavailable, "free lock file %q: %w", l.lock.Path(), err)
	}
	return nil
}

// Alive reports whether a process holds the lock on the file; false where there is no such file.
func Alive(path string) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	defer lock.Close()
	free, err := lock.TryRLock()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fault.Errorf(fault.Unavailable, "look at lock file %q: %w", path, err)
	}
	return !free, nil
}
