package objects

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// tempFolder holds what is being written, below the store's folder. No object has that name.
const tempFolder = ".tmp"

var _ Store = (*Folder)(nil)

// Folder is a Store in a folder of a local file system: an object is a file, named as the object with "!a" for "A".
// Several processes may use one folder at once. What is written goes to a file below ".tmp" first, locked by its writer, is flushed to the disk, and gets its name at last.
type Folder struct {
	dir string // absolute
}

// NewFolder opens the folder as a store, makes it where it does not exist, and removes what processes that died left half-written in it.
func NewFolder(dir string) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "open folder %q: %w", dir, err)
	}
	if err := os.MkdirAll(filepath.Join(abs, tempFolder), 0o755); err != nil {
		return nil, fault.Errorf(codeOf(err), "open folder %q: %w", dir, cause(err))
	}
	f := &Folder{dir: abs}
	f.sweep()
	return f, nil
}

// path returns the file of an object.
func (f *Folder) path(name string) string {
	return filepath.Join(f.dir, filepath.FromSlash(fileName(name)))
}

// check is what every call begins with.
func check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return CheckName(name)
}

// Create begins an object. What is written is buffered a little; Commit flushes it to the disk.
func (f *Folder) Create(ctx context.Context, name string) (Writer, error) {
	if err := check(ctx, name); err != nil {
		return nil, err
	}
	return f.begin(ctx, name)
}

// PutNew stores a small object under a free name; Conflict where the name is taken.
func (f *Folder) PutNew(ctx context.Context, name string, data []byte) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	if _, err := os.Lstat(f.path(name)); err == nil {
		return f.wrap("store", name, fs.ErrExist)
	}
	w, err := f.begin(ctx, name)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.commitNew()
}

// Get returns a small object whole.
func (f *Folder) Get(ctx context.Context, name string) ([]byte, error) {
	if err := check(ctx, name); err != nil {
		return nil, err
	}
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b := bytes.NewBuffer(make([]byte, 0, file.size+bytes.MinRead))
	if _, err := b.ReadFrom(file.file); err != nil {
		return nil, f.wrap("read", name, err)
	}
	return b.Bytes(), nil
}

// Open opens an object for reading ranges; NotFound where there is none. A reader goes on reading the same bytes when the object is replaced or deleted.
func (f *Folder) Open(ctx context.Context, name string) (Reader, error) {
	if err := check(ctx, name); err != nil {
		return nil, err
	}
	r, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (f *Folder) open(name string) (*folderReader, error) {
	file, err := os.Open(f.path(name))
	if err != nil {
		return nil, f.wrap("open", name, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist // a folder: names below it are objects, it is none
	}
	if err != nil {
		_ = file.Close()
		return nil, f.wrap("open", name, err)
	}
	return &folderReader{f, name, file, info.Size(), fileVersion(info)}, nil
}

type folderReader struct {
	folder *Folder
	name   string
	file   *os.File
	size   int64

	version string
}

func (r *folderReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.file.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.folder.wrap("read", r.name, err)
	}
	return n, err
}

func (r *folderReader) Size() int64  { return r.size }
func (r *folderReader) Close() error { return r.file.Close() }

// wrap names the object, the folder and the cause, and gives the code.
func (f *Folder) wrap(operation, name string, err error) error {
	if err == nil {
		return nil
	}
	switch c := codeOf(err); {
	case c == fault.NotFound:
		return fault.Errorf(c, "%s object %q: there is none in %q", operation, name, f.dir)
	case errors.Is(err, fs.ErrExist):
		return fault.Errorf(c, "%s object %q: it exists already in %q", operation, name, f.dir)
	default:
		return fault.Errorf(c, "%s object %q in %q: %w", operation, name, f.dir, cause(err))
	}
}

// cause strips the operation and the path from an error of package os, which name a temporary file.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case isFull(err):
		return fullError{err}
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// codeOf tells the code of an error of package os.
func codeOf(err error) fault.Code {
	var coded *fault.Error
	switch {
	case errors.As(err, &coded):
		return coded.Code
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fault.NotFound
	case errors.Is(err, fs.ErrExist):
		return fault.Conflict
	case errors.Is(err, fs.ErrPermission):
		return fault.Denied
	case errors.Is(err, context.Canceled):
		return fault.Stopped
	case errors.Is(err, context.DeadlineExceeded):
		return fault.TimedOut
	}
	return fault.Unavailable
}

// fullError says what a full disk means for a person.
type fullError struct{ err error }

func (e fullError) Error() string {
	return "the disk is full: free some space there, then do it again (" + errors.Unwrap(e).Error() + ")"
}

// Unwrap returns what the system said.
func (e fullError) Unwrap() error {
	if no, ok := errors.AsType[syscall.Errno](e.err); ok {
		return no
	}
	return e.err
}
