package journal

import (
	"context"
	"iter"
)

// Told yields what Objects does, and sets Void of each result that a target staged and never committed. Each object's entries must be read to their end before the next is asked for.
// From the first object of a target that stages on, objects are read twice.
func (r *Reader) Told(ctx context.Context) iter.Seq2[Header, iter.Seq2[*Entry, error]] {
	return func(yield func(Header, iter.Seq2[*Entry, error]) bool) {
		var seq uint64
		var void []span
		stages := false
		for h, entries := range r.Objects(ctx) {
			var failed error
			if h.Stages && !stages {
				stages, seq = true, 0
				void, failed = r.void(ctx, h.Number)
			}
			if !yield(h, func(yield func(*Entry, error) bool) {
				if failed != nil {
					yield(nil, failed)
					return
				}
				for e, err := range entries {
					if err == nil && e.Kind == Result {
						for len(void) > 0 && seq >= void[0].to {
							void = void[1:]
						}
						seq++
						e.Void = len(void) > 0 && seq > void[0].from
					}
					if !yield(e, err) {
						return
					}
				}
			}) {
				return
			}
		}
	}
}

// counting calls fn for each result that counts, with its number among all of them from 1: what a target staged and never committed is left out. The error is fn's or of reading.
func (r *Reader) counting(ctx context.Context, fn func(seq uint64, e *Entry) error) error {
	var seq uint64
	for _, entries := range r.Told(ctx) {
		for e, err := range entries {
			if err != nil {
				return err
			}
			if e.Kind != Result {
				continue
			}
			if seq++; e.Void {
				continue
			}
			if err := fn(seq, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// span is a range of results by their place among those read: after from, up to to.
type span struct{ from, to uint64 }

// void returns which results, from the object with the number on, a target staged and never committed: at most one span for each call of Run.
func (r *Reader) void(ctx context.Context, first int64) ([]span, error) {
	var spans []span
	var seq, counts uint64
	end := func() {
		if seq > counts {
			spans = append(spans, span{counts, seq})
		}
		counts = seq
	}
	for h, entries := range r.ObjectsFrom(ctx, first) {
		for e, err := range entries {
			if err != nil {
				return nil, err
			}
			switch e.Kind {
			case Result:
				if seq++; !h.Stages {
					counts = seq
				}
			case Commit:
				counts = seq
			case Begin:
				end()
			}
		}
	}
	end()
	return spans, nil
}
