package finding

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// part is what is stored so that another process can go on: the findings so far as containers under NAME.part/.
type part struct {
	Parts      int              `json:"parts"`
	Models     map[string]int64 `json:"models,omitempty"`
	Unreadable map[string]int64 `json:"unreadable,omitempty"`
}

// partLine is a finding in a part.
type partLine struct {
	Pos     uint64          `json:"pos"`
	Finding json.RawMessage `json:"finding"`
}

func (w *Writer) partName(n int) string { return fmt.Sprintf("%s.part/%06d", w.o.Name, n) }

// partNames returns the objects of all parts.
func (w *Writer) partNames() []string {
	var ns []string
	for n := range w.parts {
		ns = append(ns, w.partName(n)+".ndjson.zst", w.partName(n)+".index")
	}
	return ns
}

// Save stores what came so far so that another process can go on with Resume; the state is small. No call may follow.
func (w *Writer) Save(ctx context.Context) (state []byte, err error) {
	defer w.Abort()
	if w.sorter.Len() > 0 {
		if err := w.savePart(ctx); err != nil {
			return nil, fmt.Errorf("save findings %q: %w", w.o.Name, err)
		}
		w.parts++
	}
	return json.Marshal(part{Parts: w.parts, Models: w.counts.Models, Unreadable: w.counts.Unreadable})
}

func (w *Writer) savePart(ctx context.Context) error {
	b, err := snapshot.NewBlockWriter(ctx, w.o.Store, w.partName(w.parts), format, 0)
	if err != nil {
		return err
	}
	defer b.Abort()
	for item, err := range w.sorter.Sorted() {
		if err != nil {
			return err
		}
		_, pos, text, err := split(item.Rec)
		if err != nil {
			return err
		}
		line, err := json.Marshal(partLine{pos, text})
		if err != nil {
			return err
		}
		if err := b.Append(line, len(line)); err != nil {
			return err
		}
	}
	return b.Finish(nil)
}

// Resume goes on from a saved state; called first on a new writer of the same name.
func (w *Writer) Resume(_ context.Context, state []byte) error {
	var p part
	if err := json.Unmarshal(state, &p); err != nil {
		return fault.Errorf(fault.Invalid, "resume findings %q: %w", w.o.Name, err)
	}
	w.parts = p.Parts
	maps.Copy(w.counts.Models, p.Models)
	maps.Copy(w.counts.Unreadable, p.Unreadable)
	return nil
}

// readParts adds what the saved parts hold.
func (w *Writer) readParts(ctx context.Context) error {
	for n := range w.parts {
		if err := w.readPart(ctx, w.partName(n)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) readPart(ctx context.Context, name string) error {
	r, err := snapshot.OpenBlocks(ctx, w.o.Store, name, format)
	if err != nil {
		return err
	}
	defer r.Close()
	for line, err := range r.Range(ctx, 0, math.MaxInt64) {
		if err != nil {
			return err
		}
		var pl partLine
		if err := json.Unmarshal(line, &pl); err != nil {
			return err
		}
		var f Finding
		if err := json.Unmarshal(pl.Finding, &f); err != nil {
			return err
		}
		if err := w.add([]byte(f.Key), pl.Pos, pl.Finding); err != nil {
			return err
		}
	}
	return nil
}
