package file

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// replacement is a file that is written beside another, to take its place whole.
type replacement struct {
	*bufio.Writer
	staged
}

// staged is what a replacement is written to.
type staged interface {
	// finish makes what was written last; commit puts it in the old one's place, Conflict where that was replaced meanwhile; abort drops it, a no-op after commit.
	finish() error
	commit() error
	abort()
}

// flush ends the writing.
func (r *replacement) flush() error {
	err := r.Flush()
	if err != nil {
		return err
	}
	return r.finish()
}

func errChanged() error {
	return fault.Errorf(fault.Conflict, "somebody else changed the file meanwhile; it was left as it is")
}

// newFile is a file that is written beside another.
type newFile struct {
	file *os.File
	path string // what it replaces, symbolic links followed
	show string
	was  string // the version that it may replace
	done bool
}

// replace begins the replacement of a file, which need not be there yet. What an earlier process left behind is cleared away.
func replace(path, show, was string) (*replacement, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	dir, base := filepath.Split(path)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fileError("write", show, err)
	}
	pattern := "." + base + ".*.plumb"
	if left, err := filepath.Glob(filepath.Join(dir, escapeGlob("."+base)+".*.plumb")); err == nil {
		for _, l := range left {
			_ = os.Remove(l)
		}
	}
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, fileError("write", show, err)
	}
	mode := os.FileMode(0o644)
	if st, err := os.Stat(path); err == nil {
		mode = st.Mode().Perm()
	}
	_ = f.Chmod(mode) // where the file system knows no modes there is none to keep
	return &replacement{Writer: bufio.NewWriterSize(f, window), staged: &newFile{file: f, path: path, show: show, was: was}}, nil
}

// escapeGlob takes the meaning from signs that Glob knows.
func escapeGlob(s string) string {
	var b []rune
	for _, r := range s {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			b = append(b, '\\')
		}
		b = append(b, r)
	}
	return string(b)
}

func (r *newFile) finish() error {
	if err := errors.Join(r.file.Sync(), r.file.Close()); err != nil {
		return fileError("write", r.show, err)
	}
	return nil
}

func (r *newFile) commit() error {
	now, err := version(local{}, r.path, r.show)
	if err != nil {
		return err
	}
	if now != r.was {
		return errChanged()
	}
	if err := os.Rename(r.file.Name(), r.path); err != nil {
		return fileError("write", r.show, err)
	}
	r.done = true
	syncDir(filepath.Dir(r.path))
	return nil
}

func (r *newFile) abort() {
	if r.done {
		return
	}
	_ = r.file.Close()
	_ = os.Remove(r.file.Name())
}

// syncDir makes the renaming last; where folders cannot be flushed the system does it in its own time.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
