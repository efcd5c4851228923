package spill

import (
	"io"
	"os"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// tempFile is a temporary file that is written at its end and read anywhere. It goes when all who hold it have released it.
type tempFile struct {
	f    *os.File
	name string // "" : already unlinked
	size int64
	refs int
}

func newTempFile(dir string) (*tempFile, error) {
	f, err := os.CreateTemp(dir, "plumb-sort-*")
	if err != nil {
		return nil, fault.Errorf(fault.Unavailable, "sort: create a temporary file: %w; give a folder with space for them", err)
	}
	t := &tempFile{f: f, name: f.Name(), refs: 1}
	// Where an open file may be unlinked, nothing is left behind however the process ends.
	if os.Remove(t.name) == nil {
		t.name = ""
	}
	return t, nil
}

// Write appends.
func (t *tempFile) Write(p []byte) (int, error) {
	n, err := t.f.WriteAt(p, t.size)
	t.size += int64(n)
	if err != nil {
		return n, fault.Errorf(fault.Unavailable, "sort: write a temporary file: %w; give a folder with space for them", err)
	}
	return n, nil
}

// section reads a part of the file.
func (t *tempFile) section(from, to int64) io.Reader { return io.NewSectionReader(t.f, from, to-from) }

func (t *tempFile) release() {
	if t.refs--; t.refs > 0 {
		return
	}
	t.f.Close() //nolint:errcheck // it is thrown away
	if t.name != "" {
		os.Remove(t.name) //nolint:errcheck // as above
	}
}
