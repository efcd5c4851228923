package spill

import (
	"io"
	"os"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// TempFile is a temporary file that is written at its end and read anywhere.
type TempFile struct {
	f    *os.File
	name string // "" : already unlinked
	size int64
	refs int
}

// NewTempFile makes one in the folder, "" is the system's. Release must be called.
func NewTempFile(dir string) (*TempFile, error) {
	f, err := os.CreateTemp(dir, "plumb-sort-*")
	if err != nil {
		return nil, fault.Errorf(fault.Unavailable, "sort: create a temporary file: %w; give a folder with space for them", err)
	}
	t := &TempFile{f: f, name: f.Name(), refs: 1}
	// Where an open file may be unlinked, nothing is left behind however the process ends.
	if os.Remove(t.name) == nil {
		t.name = ""
	}
	return t, nil
}

// Write appends.
func (t *TempFile) Write(p []byte) (int, error) {
	n, err := t.f.WriteAt(p, t.size)
	t.size += int64(n)
	if err != nil {
		return n, fault.Errorf(fault.Unavailable, "sort: write a temporary file: %w; give a folder with space for them", err)
	}
	return n, nil
}

// Size returns what was written so far.
func (t *TempFile) Size() int64 { return t.size }

// Section reads a part of the file.
func (t *TempFile) Section(from, to int64) io.Reader { return io.NewSectionReader(t.f, from, to-from) }

// Release removes the file once all who hold it have released it.
func (t *TempFile) Release() {
	if t.refs--; t.refs > 0 {
		return
	}
	t.f.Close() //nolint:errcheck // it is thrown away
	if t.name != "" {
		os.Remove(t.name) //nolint:errcheck // as above
	}
}
