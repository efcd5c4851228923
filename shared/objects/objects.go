// Package objects is the object store that snapshots, plans and journals live in: an interface, and its folder implementation; s3/ keeps it in a bucket.
package objects

import (
	"context"
	"io"
	"iter"
)

// Store keeps immutable objects under slash-separated names, which CheckName takes; any other is Invalid. No object's name is a folder of another's ("a" beside "a/b").
// All methods may be called concurrently. Errors carry codes: NotFound, Conflict, Invalid, Denied, Unavailable, Throttled.
type Store interface {
	// Create begins an object. Nothing is visible under the name until Commit.
	Create(ctx context.Context, name string) (Writer, error)
	// PutNew stores a small object under a name that must be free: of two writers one gets Conflict. Nothing is ever half-written. UnknownOutcome where it may be stored or not.
	PutNew(ctx context.Context, name string, data []byte) error
	// Get returns a small object whole.
	Get(ctx context.Context, name string) ([]byte, error)
	// Open opens an object for reading ranges. NotFound where there is none.
	Open(ctx context.Context, name string) (Reader, error)
	// List yields the objects whose names begin with prefix, ordered by name.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	// Delete deletes objects; names that do not exist are no error.
	Delete(ctx context.Context, names ...string) error
}

// Writer takes an object's bytes in order.
type Writer interface {
	io.Writer
	// Commit makes the object visible at once and durably, replacing one of the same name. No call may follow.
	Commit() error
	// Abort drops the object; a no-op after Commit, so it can be deferred.
	Abort()
}

// Reader reads ranges of one object; ReadAt may be called concurrently.
type Reader interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// Info names an object.
type Info struct {
	Name string
	Size int64
}
