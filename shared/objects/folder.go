package objects

import (
	"context"
	"iter"
)

var _ Store = (*Folder)(nil)

// Folder is a Store in a folder of a local file system: an object is a file. It may be used by several processes at once.
type Folder struct {
	dir string
}

// NewFolder opens the folder as a store, and makes it where it does not exist.
func NewFolder(dir string) (*Folder, error) {
	return &Folder{dir: dir}, nil
}

// Create begins an object.
func (f *Folder) Create(ctx context.Context, name string) (Writer, error) { panic("not yet") }

// PutNew stores a small object under a free name.
func (f *Folder) PutNew(ctx context.Context, name string, data []byte) error { panic("not yet") }

// Get returns a small object whole.
func (f *Folder) Get(ctx context.Context, name string) ([]byte, error) { panic("not yet") }

// Open opens an object for reading ranges.
func (f *Folder) Open(ctx context.Context, name string) (Reader, error) { panic("not yet") }

// List yields the objects whose names begin with prefix, ordered by name.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Info, error] { panic("not yet") }

// Delete deletes objects; names that do not exist are no error.
func (f *Folder) Delete(ctx context.Context, names ...string) error { panic("not yet") }
