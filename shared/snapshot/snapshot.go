// Package snapshot keeps all records of one side, immutable and sorted by key, such that two sides are compared without reading what is equal.
//
// A snapshot is two objects: NAME.ndjson.zst, the lines (package record) in zstd frames of about 128 records, and NAME.index, written last: the snapshot exists when it does.
// The container of blocks and index is exported as BlockWriter and BlockReader; plans are kept in it too.
package snapshot

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Info describes a snapshot.
type Info struct {
	Version  int              `json:"version"`
	Digest   string           `json:"digest"` // hex; equal digests mean equal keys, parents and attributes
	Records  int64            `json:"records"`
	Kinds    map[string]int64 `json:"kinds"`     // records by kind
	Flagged  bool             `json:"flagged"`   // some records have flags of their own
	RawBytes int64            `json:"raw_bytes"` // of the lines
	Bytes    int64            `json:"bytes"`     // of the data object
}

// Options configure a Writer.
type Options struct {
	Store objects.Store
	Name  string // of the snapshot in the store
	Temp  string // folder for temporary files; "" is the system's
	// Memory bounds the records kept in memory for sorting, in bytes; 0 is 8 MiB.
	Memory int
	// Duplicate is called, in Commit, for each record left out because one with the same key and a lower position stands. nil: a duplicate is an error. The lines are valid during the call.
	Duplicate func(kept, dropped record.Line, keptPos, droppedPos uint64) error
	// MaxBlock and Every are for tests: the bytes at which a block is cut (0: 256 KiB), and how many records a block has on average (0: 128).
	MaxBlock, Every int
}

// Writer makes a snapshot from lines in any order. It is for one goroutine.
type Writer struct{ _ int }

// NewWriter returns a Writer. Commit or Abort must be called.
func NewWriter(o Options) *Writer { panic("soon") }

// Add adds a copy of the line. pos is its place in the input: of equal keys the lowest is kept.
func (w *Writer) Add(line record.Line, pos uint64) error { panic("soon") }

// Save puts everything added so far into the store, sorted, as objects under NAME.part/, and returns a small state from which Resume, here or in another process, goes on. The writer cannot be used any more.
func (w *Writer) Save(ctx context.Context) (state []byte, err error) { panic("soon") }

// Resume makes a new writer go on from a state of Save; it is called before the first Add.
func (w *Writer) Resume(ctx context.Context, state []byte) error { panic("soon") }

// Commit sorts and writes the snapshot, the index last, and removes the saved parts. The writer cannot be used any more.
func (w *Writer) Commit(ctx context.Context) (Info, error) { panic("soon") }

// Abort drops what was added and all temporary files, but not saved parts; a no-op after Commit or Save, so that it can be deferred.
func (w *Writer) Abort() { panic("soon") }

// Reader reads a snapshot. Its methods may be called concurrently.
type Reader struct{ _ int }

// Open opens a snapshot and reads the end of its index, not more. NotFound where there is none, Invalid where it is damaged or of a newer version.
func Open(ctx context.Context, store objects.Store, name string) (*Reader, error) { panic("soon") }

// Info describes the snapshot.
func (r *Reader) Info() Info { panic("soon") }

// Close closes the objects.
func (r *Reader) Close() error { panic("soon") }

// Scan yields the lines whose keys begin with prefix, in key order; record.KindPrefix gives the prefix of a kind, "" is all. A line is valid until the next.
func (r *Reader) Scan(ctx context.Context, prefix string) iter.Seq2[record.Line, error] {
	panic("soon")
}

// Verify reads everything and checks every digest.
func (r *Reader) Verify(ctx context.Context) error { panic("soon") }

// Cursor finds single records. It is for one goroutine.
type Cursor struct{ _ int }

// Cursor returns a new cursor.
func (r *Reader) Cursor() *Cursor { panic("soon") }

// Find returns the line with the key, valid until the next call, and whether there is one. Ascending keys read each block once at most; any order is right.
func (c *Cursor) Find(ctx context.Context, key record.Key) (record.Line, bool, error) { panic("soon") }

// Stats are what Compare counted.
type Stats struct {
	Same      int64            // pairs whose compared parts are equal
	SameKinds map[string]int64 // the same by kind
	Differ    int64            // pairs that differ
	OnlyA     int64
	OnlyB     int64
	ReadA     int64 // lines decoded
	ReadB     int64
}

// Compare calls fn, in key order, for each pair of records with the same key whose compared parts differ, with a nil b for a record that only a has and a nil a for one that only b has. Lines are valid during the call.
// Blocks that are equal on both sides are not read. An error of fn ends it and is returned as it is.
func Compare(ctx context.Context, a, b *Reader, fn func(a, b record.Line) error) (Stats, error) {
	panic("soon")
}
