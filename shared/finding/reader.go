package finding

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Reader reads stored findings. It may be used concurrently; a Cursor may not.
type Reader struct{}

// Open opens the findings stored under the name. NotFound where there are none stored (a load without findings stores an empty list).
func Open(ctx context.Context, store objects.Store, name string) (*Reader, error) { panic("not yet") }

// Close frees the reader.
func (r *Reader) Close() error { panic("not yet") }

// Len returns the number of findings.
func (r *Reader) Len() int64 { panic("not yet") }

// Counts returns the number of findings by model; models without any are left out. The map is the caller's.
func (r *Reader) Counts() map[string]int64 { panic("not yet") }

// Unreadable returns by model how many findings have no key; models without any are left out. The map is the caller's.
func (r *Reader) Unreadable() map[string]int64 { panic("not yet") }

// All yields the findings in the order of their keys, those without a key first.
func (r *Reader) All(ctx context.Context) iter.Seq2[Finding, error] { panic("not yet") }

// Cursor looks findings up by key: fast for ascending keys, right for any. It keeps one block.
type Cursor struct{}

// Cursor returns a cursor at the beginning.
func (r *Reader) Cursor() *Cursor { panic("not yet") }

// Held returns the first finding with the key; ok is false where there is none.
func (c *Cursor) Held(ctx context.Context, key record.Key) (f Finding, ok bool, err error) {
	panic("not yet")
}
