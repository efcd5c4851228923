package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// disk is where a side's files are: the folders of this machine, or a bucket. Paths are the disk's own.
type disk interface {
	// stat says what is at a path; os.ErrNotExist where nothing is.
	stat(path string) (info, error)
	// names returns the names of the files in a folder, in order.
	names(folder string) ([]string, error)
	open(path string) (handle, error)
	// replace begins the replacement of a file, which need not be there yet.
	replace(path string) (writing, error)
	join(folder, name string) string
	dir(path string) string
}

// info is what is at a path.
type info struct {
	folder  bool
	size    int64
	version string // differs once the file does
}

// handle is an open file, read front to back from anywhere.
type handle interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}

// writing is a file that nobody sees yet.
type writing interface {
	io.Writer
	// flush makes what was written last; no write follows.
	flush() error
	// commit puts the file in its place; after flush.
	commit() error
	// abort removes it, if it has not taken its place.
	abort()
}

// local is the disk of this machine.
type local struct{}

var _ disk = local{}

func (local) stat(path string) (info, error) {
	st, err := os.Stat(path)
	if err != nil {
		return info{}, err
	}
	return info{folder: st.IsDir(), size: st.Size(), version: fmt.Sprintf("%d %d %d", st.Size(), st.ModTime().UnixNano(), inode(st))}, nil
}

func (local) names(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	var ns []string
	for _, e := range entries {
		if !e.IsDir() {
			ns = append(ns, e.Name())
		}
	}
	return ns, err
}

func (local) open(path string) (handle, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err == nil && st.IsDir() {
		_ = f.Close()
		return nil, errFolder
	}
	return f, nil
}

func (local) join(folder, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, filepath.FromSlash(name))
}

func (local) dir(path string) string { return filepath.Dir(path) }

var errFolder = fault.Wrap(fault.Invalid, errors.New("it is a folder, not a file"))

// readAll reads a file whole.
func readAll(d disk, path string) ([]byte, error) {
	h, err := d.open(path)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	return io.ReadAll(h)
}
