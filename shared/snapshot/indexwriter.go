package snapshot

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// indexWriter writes an index page by page; only the directory, some 60 bytes for each 128 blocks, is kept in memory.
type indexWriter struct {
	object    objects.Writer
	out       *bufio.Writer
	page      []byte
	before    []byte // label of the last entry
	first     []byte // label of the page's first entry
	entries   int64  // of the page
	lines     int64
	frames    int64
	directory []byte
	pageFirst []byte // first label of the page before
	content   hash.Hash
	totals    totals
}

func newIndexWriter(ctx context.Context, store objects.Store, name string) (*indexWriter, error) {
	object, err := store.Create(ctx, name)
	if err != nil {
		return nil, err
	}
	return &indexWriter{object: object, out: bufio.NewWriterSize(object, 16<<10), content: sha256.New()}, nil
}

func (w *indexWriter) add(b *Block) error {
	before := w.before
	if w.entries == 0 {
		before = nil
		w.first = append(w.first[:0], b.Label...)
	}
	w.page = appendEntry(w.page, before, b)
	w.before = append(w.before[:0], b.Label...)
	w.entries++
	w.lines += b.Lines
	w.frames += int64(b.Size)
	w.totals.Blocks++
	w.totals.Lines += b.Lines
	w.totals.Raw += int64(b.Raw)
	var size [binary.MaxVarintLen64]byte
	w.content.Write(size[:binary.PutUvarint(size[:], uint64(len(b.Label)))])
	w.content.Write(b.Label)
	w.content.Write(b.Digest[:])
	if w.entries == pageEntries || len(w.page) >= pageBytes {
		return w.cut()
	}
	return nil
}

// cut ends the page.
func (w *indexWriter) cut() error {
	d := appendLabel(w.directory, w.pageFirst, w.first)
	for _, n := range []int64{int64(len(w.page)), w.entries, w.lines, w.frames} {
		d = binary.AppendUvarint(d, uint64(n))
	}
	sum := sha256.Sum256(w.page)
	w.directory = append(d, sum[:]...)
	w.pageFirst = append(w.pageFirst[:0], w.first...)
	w.totals.Pages++
	w.totals.PageBytes += int64(len(w.page))
	_, err := w.out.Write(w.page)
	w.page, w.entries, w.lines, w.frames = w.page[:0], 0, 0, 0
	return err
}

// finish writes the rest and makes the index visible.
func (w *indexWriter) finish(f Format, data int64, footer []byte) error {
	if w.entries > 0 {
		if err := w.cut(); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(w.directory)
	w.totals.What, w.totals.Data = f.What, data
	w.totals.Content, w.totals.Directory = hex.EncodeToString(w.content.Sum(nil)), hex.EncodeToString(sum[:])
	tail, _, err := appendTail(w.directory, w.totals, footer, f.Version)
	if err != nil {
		return err
	}
	if _, err := w.out.Write(tail); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	return w.object.Commit()
}
