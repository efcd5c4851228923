package snapshot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sort"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// page is one entry of the directory, with what is before it added up.
type page struct {
	label   []byte // of its first block
	offset  int64  // in the index
	size    int64
	entries int64
	lines   int64
	frames  int64
	block   int64 // ordinal of its first block
	line    int64 // ordinal of its first line
	data    int64 // offset of its first frame
	digest  [sha256.Size]byte
}

// pages returns the directory, which is read when it is first needed.
func (r *BlockReader) pages(ctx context.Context) ([]page, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.directory != nil || r.totals.Pages == 0 {
		return r.directory, nil
	}
	list, err := r.readDirectory(ctx)
	if fault.Is(err, fault.Invalid) { // maybe it was garbled on its way
		list, err = r.readDirectory(ctx)
	}
	r.directory = list
	return list, err
}

func (r *BlockReader) readDirectory(ctx context.Context) ([]page, error) {
	size := r.index.Size() - r.totals.PageBytes
	text, err := r.readIndex(ctx, r.totals.PageBytes, int(size))
	if err != nil {
		return nil, err
	}
	in := fieldReader{b: text}
	list := make([]page, 0, min(r.totals.Pages, size/sha256.Size))
	var at page
	for range r.totals.Pages {
		p := at
		p.label = bytes.Clone(in.label(slices.Clone(at.label)))
		p.size, p.entries, p.lines, p.frames = in.number(1<<30), in.number(pageEntries), in.number(1<<50), in.number(1<<50)
		copy(p.digest[:], in.bytes(sha256.Size))
		if in.bad {
			return nil, r.indexDamaged("has a directory that cannot be read")
		}
		list = append(list, p)
		at = page{label: p.label, offset: p.offset + p.size, block: p.block + p.entries, line: p.line + p.lines, data: p.data + p.frames}
	}
	// What is left are totals, footer and trailer, which were checked.
	sum := sha256.Sum256(text[:len(text)-len(in.b)])
	t := &r.totals
	if hex.EncodeToString(sum[:]) != t.Directory || at.offset != t.PageBytes || at.block != t.Blocks || at.line != t.Lines || at.data != t.Data {
		return nil, r.indexDamaged("has a directory that does not match its digest")
	}
	return list, nil
}

// walk goes through the entries of an index in order, reading page after page.
type walk struct {
	r     *BlockReader
	in    window
	pages []page
	next  int // the page after the one that is read
	left  int64
	rest  fieldReader
	block Block // the entry it stands at; Lines 0 before the first
	raw   int64 // bytes of lines up to and with block, of a walk from the beginning
	// peeked holds what peek returned.
	peeked []byte
}

func (r *BlockReader) walk(ctx context.Context) (*walk, error) {
	pages, err := r.pages(ctx)
	if err != nil {
		return nil, err
	}
	return &walk{r: r, pages: pages, in: window{r: r.index, limit: r.totals.PageBytes}}, nil
}

// advance goes to the next entry; false at the end.
func (w *walk) advance(ctx context.Context) (bool, error) {
	if w.left == 0 {
		if w.next == len(w.pages) {
			return false, nil
		}
		if err := w.load(ctx, w.next); err != nil {
			return false, err
		}
	}
	b := &w.block
	b.First += b.Lines
	b.Offset += int64(b.Size)
	w.rest.entry(b)
	w.left--
	w.raw += int64(b.Raw)
	if w.rest.bad || b.Lines == 0 || (w.left == 0 && !w.pageEnds()) {
		return false, w.r.indexDamaged("has a page that cannot be read")
	}
	return true, nil
}

// pageEnds checks the last entry of a page against the directory.
func (w *walk) pageEnds() bool {
	p := &w.pages[w.next-1]
	return len(w.rest.b) == 0 && w.block.First+w.block.Lines == p.line+p.lines && w.block.Offset+int64(w.block.Size) == p.data+p.frames
}

// load reads a page; the walk then stands before its first entry.
func (w *walk) load(ctx context.Context, n int) error {
	p := &w.pages[n]
	text, known, err := w.in.checked(ctx, p.offset, int(p.size), func(text []byte) bool { return sha256.Sum256(text) == p.digest })
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return w.r.indexDamaged("is cut short")
		}
		return err
	}
	if !known {
		return w.r.indexDamaged("has a page that does not match its digest")
	}
	w.rest = fieldReader{b: text}
	w.next, w.left = n+1, p.entries
	w.block = Block{Label: w.block.Label[:0], First: p.line, Offset: p.data}
	return nil
}

// seekLine goes to the entry of the block that holds a line; false where there is no such line.
func (w *walk) seekLine(ctx context.Context, n int64) (bool, error) {
	k := sort.Search(len(w.pages), func(i int) bool { return w.pages[i].line > n }) - 1
	if k < 0 {
		return false, nil
	}
	if err := w.load(ctx, k); err != nil {
		return false, err
	}
	for {
		if ok, err := w.advance(ctx); !ok || err != nil || w.block.First+w.block.Lines > n {
			return ok, err
		}
	}
}

// seekLabel goes to the last entry whose label is not after label, or to the first entry where all are; false where there are none. Labels must ascend.
func (w *walk) seekLabel(ctx context.Context, label []byte) (bool, error) {
	k := sort.Search(len(w.pages), func(i int) bool { return bytes.Compare(w.pages[i].label, label) > 0 }) - 1
	// Where the label begins a page, blocks of the page before may have it too.
	for k > 0 && bytes.Equal(w.pages[k].label, label) {
		k--
	}
	if k < 0 {
		if k = 0; len(w.pages) == 0 {
			return false, nil
		}
	}
	if err := w.load(ctx, k); err != nil {
		return false, err
	}
	if ok, err := w.advance(ctx); !ok || err != nil {
		return ok, err
	}
	for !bytes.Equal(w.block.Label, label) { // of equal labels the first
		next, ok, err := w.peek()
		if err != nil || !ok || bytes.Compare(next, label) > 0 {
			return true, err
		}
		if _, err := w.advance(ctx); err != nil {
			return false, err
		}
	}
	return true, nil
}

// peek returns the label of the next entry, valid until the next call of any method; false at the end.
func (w *walk) peek() ([]byte, bool, error) {
	if w.left == 0 {
		if w.next == len(w.pages) {
			return nil, false, nil
		}
		return w.pages[w.next].label, true, nil
	}
	in := w.rest
	w.peeked = in.label(append(w.peeked[:0], w.block.Label...))
	if in.bad {
		return nil, false, w.r.indexDamaged("has a page that cannot be read")
	}
	return w.peeked, true, nil
}
