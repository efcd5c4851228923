package finding

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Reader reads stored findings. It may be used concurrently; a Cursor may not.
type Reader struct {
	name   string
	blocks *snapshot.BlockReader
	foot   footer
}

// Open opens the findings stored under the name. NotFound where there are none stored (a load without findings stores an empty list), Invalid where they are damaged.
func Open(ctx context.Context, store objects.Store, name string) (*Reader, error) {
	b, err := snapshot.OpenBlocks(ctx, store, name, format)
	if err != nil {
		return nil, fmt.Errorf("open findings %q: %w", name, err)
	}
	r := &Reader{name: name, blocks: b}
	if err := json.Unmarshal(b.Footer(), &r.foot); err != nil {
		_ = b.Close() // only read
		return nil, fault.Errorf(fault.Invalid, "open findings %q: its index is damaged: %w", name, err)
	}
	return r, nil
}

// Close frees the reader.
func (r *Reader) Close() error { return r.blocks.Close() }

// Len returns the number of findings.
func (r *Reader) Len() int64 { return r.blocks.Lines() }

// Counts returns the number of findings by model; models without any are left out. The map is the caller's.
func (r *Reader) Counts() map[string]int64 { return maps.Clone(r.foot.Models) }

// Unreadable returns by model how many findings have no key; models without any are left out. The map is the caller's.
func (r *Reader) Unreadable() map[string]int64 {
	if r.foot.Unreadable == nil {
		return map[string]int64{}
	}
	return maps.Clone(r.foot.Unreadable)
}

// All yields the findings in the order of their keys, those without a key first.
func (r *Reader) All(ctx context.Context) iter.Seq2[Finding, error] { return r.from(ctx, 0) }

// From yields what All does, from the finding with the number on; the first has number 0.
func (r *Reader) From(ctx context.Context, first int64) iter.Seq2[Finding, error] {
	return r.from(ctx, first)
}

func (r *Reader) from(ctx context.Context, first int64) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		for line, err := range r.blocks.Range(ctx, first, r.blocks.Lines()) {
			var f Finding
			if err == nil {
				err = r.decode(line, &f)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

func (r *Reader) decode(line []byte, f *Finding) error {
	if err := json.Unmarshal(line, f); err != nil {
		return fault.Errorf(fault.Invalid, "read findings %q: %w", r.name, err)
	}
	return nil
}

// Verify reads everything and checks every digest.
func (r *Reader) Verify(ctx context.Context) error { return r.blocks.Verify(ctx, nil) }
