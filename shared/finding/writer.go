package finding

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// Options says where findings go.
type Options struct {
	Store  objects.Store
	Name   string // of the stored findings: findings-source, findings-target, findings-plan
	Temp   string // folder for sorting; "": the system's
	Memory int    // bytes held while sorting; 0: 1 MiB
}

// Counts says how many findings there are.
type Counts struct {
	Models     map[string]int64 // by model
	Unreadable map[string]int64 // of those, the ones without a key; models without any are left out
}

// blockSize is at how many bytes of findings a block is cut where the key changes.
const blockSize = 64 << 10

// Writer collects findings and stores them sorted by key. It is used from one goroutine.
type Writer struct {
	o      Options
	sorter *spill.Sorter
	counts Counts
	parts  int // saved ones
	buf    []byte
}

// NewWriter returns a writer. Nothing is stored before Save or Commit; one of Save, Commit and Abort must be called.
func NewWriter(o Options) *Writer {
	if o.Memory == 0 {
		o.Memory = 1 << 20
	}
	return &Writer{
		o: o, sorter: spill.NewSorter(spill.Options{Dir: o.Temp, Memory: o.Memory}),
		counts: Counts{Models: map[string]int64{}, Unreadable: map[string]int64{}},
	}
}

// Add adds a finding. Findings of one key are ordered by their text.
func (w *Writer) Add(f Finding) error { return w.AddAt(f, 0) }

// AddAt adds a finding with a number that orders it among those with the same key (a place in a file).
func (w *Writer) AddAt(f Finding, pos uint64) error {
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("finding %q: %w", f.Where, err)
	}
	w.counts.Models[f.Model]++
	if f.Key == "" {
		w.counts.Unreadable[f.Model]++
	}
	return w.add([]byte(f.Key), pos, text)
}

// add sorts by key, position, text: the order in which findings came in does not show. A key is longer than any key that it begins with only by bytes above 0.
func (w *Writer) add(key []byte, pos uint64, text []byte) error {
	b := append(w.buf[:0], key...)
	b = append(b, 0)
	b = binary.BigEndian.AppendUint64(b, pos)
	b = append(b, text...)
	w.buf = b
	return w.sorter.Add(b, 0, len(b), 0)
}

// split takes apart what add made.
func split(rec []byte) (key []byte, pos uint64, text []byte, err error) {
	i := bytes.IndexByte(rec, 0)
	if i < 0 || len(rec) < i+9 {
		return nil, 0, nil, fault.Errorf(fault.Internal, "a finding came back from sorting cut short")
	}
	return rec[:i], binary.BigEndian.Uint64(rec[i+1:]), rec[i+9:], nil
}

// Commit stores the findings, also where there are none, and removes the saved parts. No call may follow.
func (w *Writer) Commit(ctx context.Context) (Counts, error) {
	defer w.Abort()
	if err := w.readParts(ctx); err != nil {
		return Counts{}, fmt.Errorf("store findings %q: %w", w.o.Name, err)
	}
	if err := w.store(ctx); err != nil {
		return Counts{}, fmt.Errorf("store findings %q: %w", w.o.Name, err)
	}
	if err := w.o.Store.Delete(ctx, w.partNames()...); err != nil {
		return Counts{}, err
	}
	return Counts{Models: maps.Clone(w.counts.Models), Unreadable: maps.Clone(w.counts.Unreadable)}, nil
}

// store writes everything into the container.
func (w *Writer) store(ctx context.Context) error {
	b, err := snapshot.NewBlockWriter(ctx, w.o.Store, w.o.Name, format, 0)
	if err != nil {
		return err
	}
	defer b.Abort()
	ft := footer{Models: w.counts.Models, Unreadable: w.counts.Unreadable}
	var last []byte // the key of the line before
	size := 0
	for item, err := range w.sorter.Sorted() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		key, _, text, err := split(item.Rec)
		if err != nil {
			return err
		}
		if len(key) > 0 && (len(last) == 0 || size > blockSize && !bytes.Equal(key, last)) {
			if len(last) == 0 {
				ft.First = b.Lines()
			}
			if err := b.Cut(key); err != nil {
				return err
			}
			size = 0
		}
		if err := b.Append(text, len(text)); err != nil {
			return err
		}
		last = append(last[:0], key...)
		size += len(text)
	}
	if len(last) == 0 {
		ft.First = b.Lines()
	}
	foot, err := json.Marshal(ft)
	if err != nil {
		return err
	}
	return b.Finish(foot)
}

// Abort frees what the writer holds and stores nothing; a no-op after Save or Commit, so it can be deferred.
func (w *Writer) Abort() { _ = w.sorter.Close() } // temporary files only
