package plan

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Reader reads a plan. Its methods may be called concurrently.
type Reader struct {
	index  Index
	name   string
	blocks *snapshot.BlockReader
}

// Open opens the plan that Diff wrote under the name. NotFound where there is none; Invalid where it is damaged or of a newer version.
func Open(ctx context.Context, store objects.Store, name string) (*Reader, error) {
	b, err := snapshot.OpenBlocks(ctx, store, name, format)
	if err != nil {
		return nil, err
	}
	r := &Reader{name: name, blocks: b}
	if err := r.readIndex(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return r, nil
}

// readIndex reads the last line.
func (r *Reader) readIndex(ctx context.Context) error {
	n := r.blocks.Lines()
	for line, err := range r.blocks.Range(ctx, n-1, n) {
		if err != nil {
			return err
		}
		last := struct {
			Plan *Index `json:"plan"`
		}{&r.index}
		if err := json.Unmarshal(line, &last); err != nil {
			return fault.Errorf(fault.Invalid, "open plan %q: damaged: its last line does not describe it", r.name)
		}
	}
	l := r.index.Lists
	if n < 1 || r.index.Last()+l.Held+l.OutOfScope+l.Unchanged+1 != n {
		return fault.Errorf(fault.Invalid, "open plan %q: damaged: it does not have as many changes as it says", r.name)
	}
	r.index.Digest = r.blocks.Digest()
	return nil
}

// Index returns what the plan says of itself. It is not to be changed.
func (r *Reader) Index() *Index { return &r.index }

// Changes yields what sync applies, in order, with ordinals from up to but not including to; to 0: all the rest. After an error nothing follows.
func (r *Reader) Changes(ctx context.Context, from, to int64) iter.Seq2[*Change, error] {
	last := r.index.Last()
	if to <= 0 || to > last+1 {
		to = last + 1
	}
	return r.read(ctx, max(from, 1)-1, to-1)
}

// Held yields the held changes, by model in the order of application, then path.
func (r *Reader) Held(ctx context.Context) iter.Seq2[*Change, error] {
	from := r.index.Last()
	return r.read(ctx, from, from+r.index.Lists.Held)
}

// OutOfScope yields the changes left alone because their record is out of scope, in the same order.
func (r *Reader) OutOfScope(ctx context.Context) iter.Seq2[*Change, error] {
	from := r.index.Last() + r.index.Lists.Held
	return r.read(ctx, from, from+r.index.Lists.OutOfScope)
}

// Unchanged yields the records that the plan leaves as they are, key and path only; none unless the job says log_unchanged_records.
func (r *Reader) Unchanged(ctx context.Context) iter.Seq2[*Change, error] {
	from := r.index.Last() + r.index.Lists.Held + r.index.Lists.OutOfScope
	return r.read(ctx, from, from+r.index.Lists.Unchanged)
}

// read yields the lines from <= n < to as changes.
func (r *Reader) read(ctx context.Context, from, to int64) iter.Seq2[*Change, error] {
	return changes(ctx, r.blocks, from, to)
}

// changes yields the lines from <= n < to of a container as changes. After an error nothing follows.
func changes(ctx context.Context, blocks *snapshot.BlockReader, from, to int64) iter.Seq2[*Change, error] {
	return func(yield func(*Change, error) bool) {
		if from >= to {
			return
		}
		var p parser
		for line, err := range blocks.Range(ctx, from, to) {
			if err != nil {
				yield(nil, err)
				return
			}
			c, err := p.line(line)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// Verify reads the whole plan and checks its SHA-256; Invalid where it is damaged.
func (r *Reader) Verify(ctx context.Context) error { return r.blocks.Verify(ctx, nil) }

// Close frees the reader.
func (r *Reader) Close() error { return r.blocks.Close() }
