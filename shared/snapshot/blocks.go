package snapshot

import (
	"context"
	"crypto/sha256"
	"iter"
)

// Range yields the lines with ordinals from <= n < to, in order; a line is valid until the next. Only the blocks needed are read.
func (r *BlockReader) Range(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		from, to = max(from, 0), min(to, r.totals.Lines)
		if from >= to {
			return
		}
		f, err := r.fetcher()
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.release()
		var raw []byte
		for b, err := range r.Blocks(ctx, from) {
			if err == nil && b.First < to {
				raw, err = f.read(ctx, b, raw)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			rest := raw
			for n := b.First; n < b.First+b.Lines; n++ {
				if n >= to {
					return
				}
				var line []byte
				line, rest = cutLine(rest)
				if n >= from && !yield(line, nil) {
					return
				}
			}
		}
	}
}

// Blocks yields the index entries from the block on that holds the line with the ordinal; an entry is valid until the next.
func (r *BlockReader) Blocks(ctx context.Context, from int64) iter.Seq2[*Block, error] {
	return r.blocks(ctx, func(w *walk) (bool, error) { return w.seekLine(ctx, max(from, 0)) })
}

// From yields the index entries from the last block on whose label is not after label (of equal ones the first), from the first block where all are. Labels must ascend. An entry is valid until the next.
func (r *BlockReader) From(ctx context.Context, label []byte) iter.Seq2[*Block, error] {
	return r.blocks(ctx, func(w *walk) (bool, error) { return w.seekLabel(ctx, label) })
}

func (r *BlockReader) blocks(ctx context.Context, seek func(*walk) (bool, error)) iter.Seq2[*Block, error] {
	return func(yield func(*Block, error) bool) {
		w, err := r.walk(ctx)
		ok := err == nil
		if ok {
			ok, err = seek(w)
		}
		for ok && err == nil {
			if !yield(&w.block, nil) {
				return
			}
			ok, err = w.advance(ctx)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// Verify reads everything and checks every digest; digested returns how many of a line's first bytes its block's digest covers (nil: all).
func (r *BlockReader) Verify(ctx context.Context, digested func(line []byte) int) error {
	f, err := r.fetcher()
	if err != nil {
		return err
	}
	defer f.release()
	w, err := r.walk(ctx)
	if err != nil {
		return err
	}
	var raw []byte
	h := sha256.New()
	for {
		ok, err := w.advance(ctx)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if raw, err = f.read(ctx, &w.block, raw); err != nil {
			return err
		}
		h.Reset()
		for rest := raw; len(rest) > 0; {
			var line []byte
			line, rest = cutLine(rest)
			n := len(line)
			if digested != nil {
				n = min(max(digested(line), 0), n)
			}
			h.Write(line[:n])
		}
		var sum [sha256.Size]byte
		if h.Sum(sum[:0]); sum != w.block.Digest {
			return f.damaged(&w.block, "does not match its digest")
		}
	}
	if w.raw != r.totals.Raw {
		return r.indexDamaged("has totals that are not those of its pages")
	}
	return nil
}
