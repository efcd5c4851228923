package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// disk is where files stand: the local file system, or a bucket. What is not there is os.ErrNotExist.
type disk interface {
	// stat looks at a file or folder.
	stat(path string) (stat, error)
	// open opens a file for reading.
	open(path string) (handle, error)
	// names returns the files of a folder whose names begin with prefix, in order.
	names(dir, prefix string) ([]string, error)
	// near returns a few names of what stands beside a path, for people.
	near(path string) []string
	join(dir, name string) string
	// replace begins the replacement of a file of the given version, "absent" for none.
	replace(ctx context.Context, path, show, was string) (*replacement, error)
}

// handle is an open file.
type handle interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// stat is what can be told of a file without reading it.
type stat struct {
	size    int64
	version string // another when the file is
	folder  bool
}

// local is the disk of the machine.
type local struct{}

func (local) stat(path string) (stat, error) {
	st, err := os.Stat(path)
	if err != nil {
		return stat{}, err
	}
	return stat{st.Size(), fmt.Sprintf("%d %d %d", st.Size(), st.ModTime().UnixNano(), inode(st)), st.IsDir()}, nil
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

var errFolder = errors.New("it is a folder, not a file")

func (local) names(dir, prefix string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var ns []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasPrefix(e.Name(), prefix) {
			ns = append(ns, e.Name())
		}
	}
	return ns, err
}

func (local) near(path string) []string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil
	}
	ns := []string{}
	for _, e := range entries {
		ns = append(ns, e.Name())
	}
	return ns
}

func (local) join(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

func (local) replace(_ context.Context, path, show, was string) (*replacement, error) {
	return replace(path, show, was)
}
