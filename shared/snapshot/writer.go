package snapshot

import (
	"bytes"
	"context"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// Options configure a Writer.
type Options struct {
	Store objects.Store
	Name  string // of the snapshot in the store
	Temp  string // folder for temporary files; "" is the system's
	// Memory bounds the records kept in memory for sorting, in bytes; 0 is 8 MiB.
	Memory int
	// Duplicate is called, in Commit, for each record left out because one with the same key and a lower position stands. nil: a duplicate is an error. The lines are valid during the call.
	Duplicate func(kept, dropped record.Line, keptPos, droppedPos uint64) error
	// MaxBlock and Every are for tests: the bytes at which a block is cut (0: 256 KiB), and how many records a block has on average (0: 32).
	MaxBlock, Every int
}

// Writer makes a snapshot from lines in any order. It is for one goroutine.
//
// Lines are sorted by package spill. As long as they come in order and are more than memory holds, they go straight into blocks (see direct).
type Writer struct {
	o      Options
	sorter *spill.Sorter
	direct *direct // nil: none begun
	parts  []part  // of earlier writers
	opened []objects.Reader
	state  string // why nothing may be added
}

// NewWriter returns a Writer. Commit or Abort must be called.
func NewWriter(o Options) *Writer {
	if o.MaxBlock <= 0 {
		o.MaxBlock = defaultMax
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	w := &Writer{o: o}
	w.sorter = spill.NewSorter(spill.Options{Dir: o.Temp, Memory: o.Memory, InOrder: w.inOrder})
	return w
}

func (w *Writer) usable() error {
	if w.state != "" {
		return fault.Errorf(fault.Internal, "snapshot %q: used after it was %s", w.o.Name, w.state)
	}
	return nil
}

// Add adds a copy of the line. pos is its place in the input: of equal keys the lowest is kept.
func (w *Writer) Add(line record.Line, pos uint64) error {
	if err := w.usable(); err != nil {
		return err
	}
	if len(line) > MaxLine {
		return fault.Errorf(fault.Invalid, "snapshot %q: record %s has %d bytes, more than the %d that fit", w.o.Name, line.Key(), len(line), MaxLine)
	}
	return w.sorter.Add(line, keyAt, len(line.KeyText()), pos)
}

// Commit sorts and writes the snapshot, the index last, and removes the saved parts. The writer cannot be used any more.
func (w *Writer) Commit(ctx context.Context) (Info, error) {
	if err := w.usable(); err != nil {
		return Info{}, err
	}
	defer w.Abort()
	d, err := w.target(ctx)
	if err != nil {
		return Info{}, err
	}
	if d != w.direct {
		defer d.close()
	}
	for it, err := range w.sorter.Sorted() {
		if err == nil {
			err = w.put(d, it)
		}
		if err != nil {
			return Info{}, err
		}
	}
	info, err := d.finish()
	if err != nil {
		return Info{}, err
	}
	w.state = "committed"
	w.dropParts(ctx)
	return info, nil
}

// target returns what the sorted lines are appended to: what took the lines that came in order, if all did, else a new one, which gets those again.
func (w *Writer) target(ctx context.Context) (*direct, error) {
	if w.direct != nil && len(w.parts) == 0 && w.sorter.Ordered() {
		w.direct.blocks.ctx = ctx
		return w.direct, nil
	}
	if err := w.gather(ctx); err != nil {
		return nil, err
	}
	return newDirect(ctx, w.o, false)
}

// gather gives everything that is not in the sorter back to it.
func (w *Writer) gather(ctx context.Context) error {
	if w.direct != nil {
		run, err := w.direct.run()
		if err != nil {
			return err
		}
		if err := w.sorter.AddRun(run); err != nil {
			return err
		}
	}
	for _, p := range w.parts {
		if err := w.addPart(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// put appends the next line in order, or reports it as a duplicate of the last.
func (w *Writer) put(d *direct, it spill.Item) error {
	// No key's text is the beginning of another's.
	if last := d.last(); last != nil && bytes.HasPrefix(last[keyAt:], it.Key()) {
		if w.o.Duplicate == nil {
			return fault.Errorf(fault.Invalid, "snapshot %q: record %s stands twice", w.o.Name, last.Key())
		}
		return w.o.Duplicate(last, it.Rec, d.lastPos, it.Seq)
	}
	return d.append(it)
}

// inOrder takes lines that come in order. Where a context is needed the writer has none before Commit: making blocks is not what is waited for.
func (w *Writer) inOrder(it spill.Item) error {
	if w.direct == nil {
		var err error
		if w.direct, err = newDirect(context.Background(), w.o, true); err != nil {
			return err
		}
	}
	return w.direct.append(it)
}

// Abort drops what was added and all temporary files, but not saved parts; a no-op after Commit or Save, so that it can be deferred.
func (w *Writer) Abort() {
	if w.state == "" {
		w.state = "aborted"
	}
	if w.direct != nil {
		w.direct.close()
	}
	w.sorter.Close() //nolint:errcheck // it gives none
	for _, r := range w.opened {
		r.Close() //nolint:errcheck // it was only read
	}
	w.opened = nil
}
