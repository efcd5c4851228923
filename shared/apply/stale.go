package apply

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// StaleInput is what Stale takes.
type StaleInput struct {
	Job   *job.Job // for its rules of equality; nil: values must be the same
	Plan  *plan.Reader
	Fresh *snapshot.Reader // the target as it is now
	Store objects.Store
	// Journals are the prefixes of the journals whose changes are explained: those of the runs resumed, oldest first, and the run's own.
	Journals []string
	// Name is the object that the list is written to; "" : it is not kept.
	Name string
	Temp string
}

// Staleness says how many changes no longer fit the target.
type Staleness struct {
	Count int64
	Names []string // of the first few, for people, with the reason
}

// StaleChange is a change that no longer fits the target.
type StaleChange struct {
	N      int64
	Key    record.Key
	Name   string
	Reason string
	Part   bool // the second change to one record, which is not counted
}

// named is how many changes Staleness names.
const named = 5

// Stale holds the plan against a new load of the target: a create must find nothing, an update or delete the record as planned; changes that the journals explain aside.
func Stale(ctx context.Context, in StaleInput) (Staleness, error) {
	return in.stale(ctx, in.Plan, in.Fresh.Cursor())
}

func (in *StaleInput) stale(ctx context.Context, p changes, fresh cursor) (Staleness, error) {
	h, err := in.explained(ctx, p)
	if err != nil {
		return Staleness{}, err
	}
	defer h.Close()
	byKey := spill.NewSorter(spill.Options{Dir: in.Temp})
	defer byKey.Close()
	for c, err := range p.Changes(ctx, 1, 0) {
		if err != nil {
			return Staleness{}, err
		}
		b, err := h.Get(c.N)
		if err != nil {
			return Staleness{}, err
		}
		rec, off := appendExpectation(nil, c, b)
		if err := byKey.Add(rec, off, len(c.Key), uint64(c.N)); err != nil {
			return Staleness{}, err
		}
	}
	found := spill.NewSorter(spill.Options{Dir: in.Temp})
	defer found.Close()
	if err := in.compare(ctx, fresh, byKey, found); err != nil {
		return Staleness{}, err
	}
	return in.list(ctx, found)
}

// list writes the list in the plan's order.
func (in *StaleInput) list(ctx context.Context, found *spill.Sorter) (s Staleness, err error) {
	var w io.WriteCloser = discarded{}
	var o objects.Writer
	if in.Name != "" {
		if o, err = in.Store.Create(ctx, in.Name); err != nil {
			return s, err
		}
		defer o.Abort()
		if w, err = zstd.NewWriter(o, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true)); err != nil {
			return s, err
		}
	}
	if _, err := fmt.Fprintf(w, "{\"stale\":%d}\n", staleVersion); err != nil {
		return s, err
	}
	var lines int64
	for it, err := range found.Sorted() {
		if err != nil {
			return s, err
		}
		line := it.Rec[8:]
		var sc record.Scanner
		c, err := readStale(&sc, line)
		if err != nil {
			return s, err
		}
		lines++
		if c.Part {
			// Counted with the first.
		} else if s.Count++; s.Count <= named {
			s.Names = append(s.Names, c.Key.String()+": "+c.Reason)
		}
		if _, err := fmt.Fprintf(w, "%s\n", line); err != nil {
			return s, err
		}
	}
	if _, err := fmt.Fprintf(w, "{\"end\":%d}\n", lines); err != nil {
		return s, err
	}
	if err := w.Close(); err != nil || o == nil {
		return s, err
	}
	return s, o.Commit()
}

type discarded struct{}

func (discarded) Write(b []byte) (int, error) { return len(b), nil }
func (discarded) Close() error                { return nil }

// staleVersion is the version of the list's format.
const staleVersion = 1

func appendStale(b []byte, c *StaleChange) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(c.N))
	b = append(b, `{"n":`...)
	b = strconv.AppendInt(b, c.N, 10)
	b = append(b, `,"k":`...)
	b = append(b, c.Key...)
	b = append(b, `,"name":`...)
	b = record.AppendString(b, c.Name)
	b = append(b, `,"reason":`...)
	b = record.AppendString(b, c.Reason)
	if c.Part {
		b = append(b, `,"part":true`...)
	}
	return append(b, '}')
}

func readStale(s *record.Scanner, line []byte) (c StaleChange, err error) {
	fs, err := s.Object(line)
	if err != nil {
		return c, err
	}
	var ok bool
	if c.N, ok = fs.Get("n").Int64(); !ok {
		return c, fmt.Errorf("it has no ordinal")
	}
	c.Key = record.Key(fs.Get("k"))
	c.Name, _ = fs.Get("name").Text()
	c.Reason, _ = fs.Get("reason").Text()
	c.Part, _ = fs.Get("part").Bool()
	return c, nil
}

// OpenStale yields a list that Stale wrote, in the plan's order.
func OpenStale(ctx context.Context, store objects.Store, name string) iter.Seq2[StaleChange, error] {
	return func(yield func(StaleChange, error) bool) {
		bad := func(format string, args ...any) {
			yield(StaleChange{}, fault.Errorf(fault.Invalid, "read list of stale changes %q: %w", name, fmt.Errorf(format, args...)))
		}
		o, err := store.Open(ctx, name)
		if err != nil {
			yield(StaleChange{}, err)
			return
		}
		defer o.Close()
		d, err := zstd.NewReader(io.NewSectionReader(o, 0, o.Size()), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			bad("damaged: %w", err)
			return
		}
		defer d.Close()
		lines := bufio.NewScanner(d)
		lines.Buffer(make([]byte, 64<<10), 32<<20)
		var sc record.Scanner
		for n := int64(-1); lines.Scan(); n++ {
			fs, err := sc.Object(lines.Bytes())
			if err != nil {
				bad("damaged: %w", err)
				return
			}
			if n < 0 {
				switch v, ok := fs.Get("stale").Int64(); {
				case !ok:
					bad("damaged: it has no header")
					return
				case v > staleVersion:
					bad("its format has version %d, this program knows versions up to %d: use a newer one", v, staleVersion)
					return
				}
				continue
			}
			if end, ok := fs.Get("end").Int64(); ok {
				if end != n || lines.Scan() || lines.Err() != nil {
					bad("damaged: its end does not fit")
				}
				return
			}
			c, err := readStale(&sc, lines.Bytes())
			if err != nil {
				bad("damaged: %w", err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			bad("damaged: %w", err)
			return
		}
		bad("damaged: it is cut short")
	}
}

// OpenJournal returns a reader of the journal with the prefix; one without objects has no entries.
func OpenJournal(_ context.Context, store objects.Store, prefix string) (*journal.Reader, error) {
	return journal.Open(store, prefix, ""), nil
}
