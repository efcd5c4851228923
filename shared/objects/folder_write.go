package objects

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// folderWriter writes one object to a temporary file that it holds an OS lock on, so that others can tell it from what a dead process left.
type folderWriter struct {
	ctx    context.Context //nolint:containedctx // a Writer has no context of its own: it belongs to the call that made it
	folder *Folder
	name   string
	file   *os.File
	lock   *flock.Flock
	buf    *bufio.Writer
	ended  bool
}

func (f *Folder) begin(ctx context.Context, name string) (*folderWriter, error) {
	dir := filepath.Join(f.dir, tempFolder)
	for range 10 {
		file, err := os.CreateTemp(dir, "*")
		if errors.Is(err, fs.ErrNotExist) { // somebody tidied up
			if err = os.MkdirAll(dir, 0o755); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, f.wrap("store", name, err)
		}
		w := &folderWriter{ctx: ctx, folder: f, name: name, file: file, buf: bufio.NewWriterSize(file, 16<<10)}
		if w.takeLock() {
			return w, nil
		}
		w.Abort()
	}
	return nil, f.wrap("store", name, errors.New("temporary files vanish as they are made"))
}

// takeLock locks the temporary file; false where another process swept it away before that. A file system without locks will do: there nothing is swept.
func (w *folderWriter) takeLock() bool {
	lock := flock.New(w.file.Name())
	ok, err := lock.TryLock()
	if err != nil {
		_ = lock.Close()
		_, err = os.Lstat(w.file.Name())
		return err == nil
	}
	w.lock = lock
	mine, err1 := w.file.Stat()
	there, err2 := os.Lstat(w.file.Name())
	return ok && err1 == nil && err2 == nil && os.SameFile(mine, there)
}

func (w *folderWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.buf.Write(p)
	return n, w.folder.wrap("store", w.name, err)
}

func (w *folderWriter) Commit() error {
	return w.commit(func(temp, final string) error { return rename(temp, final) })
}

// commitNew is Commit for a name that must be free.
func (w *folderWriter) commitNew() error {
	return w.commit(func(temp, final string) error {
		err := os.Link(temp, final) // fails where the name is taken
		if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return w.folder.renameNew(temp, final)
	})
}

// commit flushes the file to the disk, gives it its name, and flushes that.
func (w *folderWriter) commit(place func(temp, final string) error) error {
	if w.ended {
		return w.folder.wrap("store", w.name, fs.ErrClosed)
	}
	defer w.Abort()
	err := w.ctx.Err()
	if err == nil {
		err = w.buf.Flush()
	}
	if err == nil {
		err = w.file.Sync()
	}
	if err == nil {
		err = w.file.Close()
	}
	if err == nil && runtime.GOOS == "windows" && w.lock != nil {
		err = w.lock.Close() // an open file has no other name there
	}
	if err == nil {
		err = w.folder.place(w.name, w.file.Name(), place)
	}
	return w.folder.wrap("store", w.name, err)
}

// place gives the temporary file its name, in a folder that is made where it is missing. Delete may remove that folder at the same time, so it is tried again.
func (f *Folder) place(name, temp string, place func(temp, final string) error) error {
	final := f.path(name)
	var err error
	for range 100 {
		if err = f.makeFolder(filepath.Dir(final)); err != nil {
			return err
		}
		if err = place(temp, final); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(final))
}

// makeFolder makes the folder and those above it, and flushes their names to the disk.
func (f *Folder) makeFolder(dir string) error {
	if dir == f.dir {
		return nil
	}
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fault.Errorf(fault.Conflict, "%q is an object: no other can be below it", dir)
		}
		return nil
	}
	up := filepath.Dir(dir)
	if err := f.makeFolder(up); err != nil {
		return err
	}
	switch err := os.Mkdir(dir, 0o755); {
	case errors.Is(err, fs.ErrNotExist): // the one above was removed meanwhile; place comes again
		return nil
	case err != nil && !errors.Is(err, fs.ErrExist):
		return err
	}
	if err := syncFolder(up); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// renameNew renames to a free name where the file system has no hard links: writers take turns by a lock.
func (f *Folder) renameNew(temp, final string) error {
	turn := flock.New(filepath.Join(f.dir, tempFolder, "new.lock"))
	if err := turn.Lock(); err != nil {
		return err
	}
	defer turn.Close()
	if _, err := os.Lstat(final); err == nil {
		return fs.ErrExist
	}
	return rename(temp, final)
}

// Abort drops the object; a no-op after Commit.
func (w *folderWriter) Abort() {
	if w.ended {
		return
	}
	w.ended = true
	_ = w.file.Close()
	if w.lock != nil && runtime.GOOS == "windows" {
		_ = w.lock.Close()
	}
	_ = os.Remove(w.file.Name())
	if w.lock != nil {
		_ = w.lock.Close()
	}
}

// sweep removes temporary files that no living process holds. What cannot be removed stays: it harms nobody.
func (f *Folder) sweep() {
	dir := filepath.Join(f.dir, tempFolder)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || e.Name() == "new.lock" || time.Since(info.ModTime()) < sweepAge {
			continue
		}
		lock := flock.New(filepath.Join(dir, e.Name()), flock.SetFlag(os.O_RDWR))
		if free, err := lock.TryLock(); free && err == nil {
			if runtime.GOOS == "windows" {
				_ = lock.Close()
			}
			_ = os.Remove(lock.Path())
		}
		_ = lock.Close()
	}
}
