package snapshot

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// part is a sorted part of a snapshot that is not finished, an object under NAME.part/.
type part struct {
	Name    string `json:"name"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
}

// saved is the state that Save returns.
type saved struct {
	Version int    `json:"version"`
	Parts   []part `json:"parts"`
}

// Save puts everything added so far into the store, sorted, as objects under NAME.part/, and returns a small state from which Resume, here or in another process, goes on. The writer cannot be used any more.
func (w *Writer) Save(ctx context.Context) (state []byte, err error) {
	if err := w.usable(); err != nil {
		return nil, err
	}
	defer w.Abort()
	parts := w.parts
	w.parts = nil // they stay as they are
	if err := w.gather(ctx); err != nil {
		return nil, err
	}
	if w.sorter.Len() > 0 {
		p, err := w.writePart(ctx, fmt.Sprintf("%s%s%06d", w.o.Name, partSuffix, len(parts)+1))
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	w.state = "saved"
	return json.Marshal(saved{Version: version, Parts: parts})
}

func (w *Writer) writePart(ctx context.Context, name string) (part, error) {
	object, err := w.o.Store.Create(ctx, name)
	if err != nil {
		return part{}, err
	}
	defer object.Abort()
	p := part{Name: name, Records: w.sorter.Len()}
	out := bufio.NewWriterSize(object, 64<<10)
	if err := w.sorter.WriteSorted(countingWriter{ctx, out, &p.Bytes}); err != nil {
		return part{}, err
	}
	if err := out.Flush(); err != nil {
		return part{}, err
	}
	return p, object.Commit()
}

// countingWriter counts what it passes on, and stops when the context ends.
type countingWriter struct {
	ctx context.Context
	w   io.Writer
	n   *int64
}

func (c countingWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

// Resume makes a new writer go on from a state of Save; it is called before the first Add.
func (w *Writer) Resume(ctx context.Context, state []byte) error {
	if err := w.usable(); err != nil {
		return err
	}
	var s saved
	if err := json.Unmarshal(state, &s); err != nil || s.Version != version {
		return fault.Errorf(fault.Invalid, "snapshot %q: the saved state cannot be read; a new run loads that side again", w.o.Name)
	}
	w.parts = s.Parts
	return ctx.Err()
}

// addPart opens a saved part for the sorter.
func (w *Writer) addPart(ctx context.Context, p part) error {
	r, err := w.o.Store.Open(ctx, p.Name)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return format().damaged(w.o.Name, "its saved part %q is missing", p.Name)
		}
		return err
	}
	w.opened = append(w.opened, r)
	if r.Size() != p.Bytes {
		return format().damaged(w.o.Name, "its saved part %q has %d bytes, not %d", p.Name, r.Size(), p.Bytes)
	}
	run := spill.ReadRun(io.NewSectionReader(r, 0, p.Bytes), p.Records)
	var n int64
	return w.sorter.AddRun(spill.FuncRun(func() (spill.Item, error) {
		it, err := run.Next()
		switch {
		case err == nil:
			n++
		case err == io.EOF && n != p.Records:
			err = format().damaged(w.o.Name, "its saved part %q has %d records, not %d", p.Name, n, p.Records)
		case err != io.EOF && fault.Is(err, fault.Invalid):
			err = format().damaged(w.o.Name, "its saved part %q: %w", p.Name, err)
		}
		return it, err
	}, p.Records))
}

// dropParts deletes all saved parts, those of calls too that ended before they could tell. The snapshot stands by now: what cannot be deleted goes with the run.
func (w *Writer) dropParts(ctx context.Context) {
	if len(w.parts) == 0 {
		return
	}
	for _, r := range w.opened {
		r.Close() //nolint:errcheck // it was only read
	}
	w.opened = nil
	var names []string
	for o, err := range w.o.Store.List(ctx, w.o.Name+partSuffix) {
		if err != nil {
			return
		}
		names = append(names, o.Name)
	}
	w.o.Store.Delete(ctx, names...) //nolint:errcheck // as said above
}
