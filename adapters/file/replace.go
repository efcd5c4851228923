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
	to   writing
	disk disk
	path string
	show string
	done bool
}

// replace begins the replacement of a file, which need not be there yet. What an earlier process left behind is cleared away.
func replace(d disk, path, show string) (*replacement, error) {
	w, err := d.replace(path)
	if err != nil {
		return nil, fileError("write", show, err)
	}
	return &replacement{Writer: bufio.NewWriterSize(w, window), to: w, disk: d, path: path, show: show}, nil
}

// flush makes the new file last.
func (r *replacement) flush() error {
	err := r.Flush()
	if err == nil {
		err = r.to.flush()
	}
	if err != nil {
		return fileError("write", r.show, err)
	}
	return nil
}

// commit puts the new file in the old one's place. Conflict where the old one is not of the given version any more.
func (r *replacement) commit(was string) error {
	now, err := version(r.disk, r.path, r.show)
	if err != nil {
		return err
	}
	if now != was {
		return fault.Errorf(fault.Conflict, "somebody else changed the file meanwhile; it was left as it is")
	}
	if err := r.to.commit(); err != nil {
		return fileError("write", r.show, err)
	}
	r.done = true
	return nil
}

// abort removes the new file, if it has not taken its place.
func (r *replacement) abort() {
	if !r.done {
		r.to.abort()
	}
}

// beside is a file of this machine that is written beside the one that it replaces.
type beside struct {
	*os.File
	path string // what it replaces, symbolic links followed
}

func (local) replace(path string) (writing, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	dir, base := filepath.Split(path)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	pattern := "." + base + ".*.plumb"
	if left, err := filepath.Glob(filepath.Join(dir, escapeGlob("."+base)+".*.plumb")); err == nil {
		for _, l := range left {
			_ = os.Remove(l)
		}
	}
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	mode := os.FileMode(0o644)
	if st, err := os.Stat(path); err == nil {
		mode = st.Mode().Perm()
	}
	_ = f.Chmod(mode) // where the file system knows no modes there is none to keep
	return &beside{File: f, path: path}, nil
}

func (b *beside) flush() error { return errors.Join(b.Sync(), b.Close()) }

func (b *beside) commit() error {
	if err := os.Rename(b.Name(), b.path); err != nil {
		return err
	}
	syncDir(filepath.Dir(b.path))
	return nil
}

func (b *beside) abort() {
	_ = b.Close()
	_ = os.Remove(b.Name())
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

// syncDir makes the renaming last; where folders cannot be flushed the system does it in its own time.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
