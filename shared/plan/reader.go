package plan

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Reader reads a plan. Its iterators may be used one after the other, not concurrently; open several readers for that.
type Reader struct{ index Index }

// Open opens the plan that Diff wrote under the name. NotFound where there is none; Invalid where it is damaged or of a newer version.
func Open(ctx context.Context, store objects.Store, name string) (*Reader, error) { panic("plan") }

// Index returns what the plan says of itself. It is not to be changed.
func (r *Reader) Index() *Index { return &r.index }

// Changes yields what sync applies, in order, with ordinals from up to but not including to; to 0: all the rest. After an error nothing follows.
func (r *Reader) Changes(ctx context.Context, from, to int64) iter.Seq2[*Change, error] {
	panic("plan")
}

// Held yields the held changes, by model in the order of application, then path.
func (r *Reader) Held(ctx context.Context) iter.Seq2[*Change, error] { panic("plan") }

// OutOfScope yields the changes left alone because their record is out of scope, in the same order.
func (r *Reader) OutOfScope(ctx context.Context) iter.Seq2[*Change, error] { panic("plan") }

// Unchanged yields the records that the plan leaves as they are, key and path only; none unless the job says log_unchanged_records.
func (r *Reader) Unchanged(ctx context.Context) iter.Seq2[*Change, error] { panic("plan") }

// Verify reads the whole plan and checks its SHA-256; Invalid where it is damaged.
func (r *Reader) Verify(ctx context.Context) error { panic("plan") }

// Close frees the reader.
func (r *Reader) Close() error { return nil }
