package snapshot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Reader reads a snapshot. Its methods may be called concurrently.
type Reader struct {
	blocks *BlockReader
	info   Info
}

// Open opens a snapshot and reads the end of its index, not more. NotFound where there is none, Invalid where it is damaged or of a newer version.
func Open(ctx context.Context, store objects.Store, name string) (*Reader, error) {
	b, err := OpenBlocks(ctx, store, name, format())
	if err != nil {
		return nil, err
	}
	var f footer
	if err := json.Unmarshal(b.Footer(), &f); err != nil {
		return nil, errors.Join(b.indexDamaged("has a footer that cannot be read"), b.Close())
	}
	return &Reader{blocks: b, info: Info{
		Version: b.Version(), Digest: b.Digest(), Records: b.Lines(), Kinds: f.Kinds, Flagged: f.Flagged, RawBytes: b.RawBytes(), Bytes: b.Bytes(),
	}}, nil
}

// Info describes the snapshot.
func (r *Reader) Info() Info {
	info := r.info
	info.Kinds = maps.Clone(info.Kinds)
	return info
}

// Close closes the objects.
func (r *Reader) Close() error { return r.blocks.Close() }

const keyAt = len(`{"k":`)

// readBlock reads a block of a snapshot, whose first key is its label.
func (f *fetcher) readBlock(ctx context.Context, b *Block, dst []byte) ([]byte, error) {
	raw, err := f.read(ctx, b, dst)
	if err == nil && (len(raw) < keyAt || !bytes.HasPrefix(raw[keyAt:], b.Label)) {
		err = f.damaged(b, "does not begin with the record that the index says")
	}
	return raw, err
}

// Scan yields the lines whose keys begin with prefix, in key order; record.KindPrefix gives the prefix of a kind, "" is all. A line is valid until the next.
func (r *Reader) Scan(ctx context.Context, prefix string) iter.Seq2[record.Line, error] {
	return func(yield func(record.Line, error) bool) {
		f, err := r.blocks.fetcher()
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.release()
		want := []byte(prefix)
		var raw []byte
		for b, err := range r.blocks.From(ctx, want) {
			if err == nil {
				raw, err = f.readBlock(ctx, b, raw)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for rest := raw; len(rest) > 0; {
				var line []byte
				line, rest = cutLine(rest)
				if len(line) >= keyAt && bytes.HasPrefix(line[keyAt:], want) {
					if !yield(line, nil) {
						return
					}
				} else if bytes.Compare(record.Line(line).KeyText(), want) > 0 {
					return
				}
			}
		}
	}
}

// Verify reads everything and checks every digest and every line.
func (r *Reader) Verify(ctx context.Context) error {
	var wrong error
	var before []byte
	err := r.blocks.Verify(ctx, func(text []byte) int {
		line := record.Line(text)
		if wrong == nil {
			switch err := line.Check(); {
			case err != nil:
				wrong = r.blocks.damaged("a line is no record: %v: %.200s", err, line)
			case before != nil && bytes.Compare(before, line.KeyText()) >= 0:
				wrong = r.blocks.damaged("record %s stands out of order", line.Key())
			}
			before = append(before[:0], line.KeyText()...)
		}
		return len(line.Compared()) + 1
	})
	if err != nil {
		return err
	}
	return wrong
}
