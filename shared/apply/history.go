package apply

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/apply/lookup"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// history reads journals into a ledger: how each change stands.
type history struct {
	store  objects.Store
	digest string // the plan's
	ledger *lookup.Ledger
	last   int64
	ended  bool // a journal says that everything is through
	lo, hi int64
}

// read reads one journal and returns the number of its last object. result is told of each result; it may be nil.
func (h *history) read(ctx context.Context, prefix string, result func(r *journal.Entry) error) (last int64, err error) {
	h.lo, h.hi = h.last+1, 0
	for header, entries := range journal.Open(h.store, prefix, h.digest).Objects(ctx) {
		last = header.Number
		for r, err := range entries {
			if err == nil {
				err = h.entry(r, header.Stages)
			}
			if err == nil && r.Kind == journal.Result && result != nil {
				err = result(r)
			}
			if err != nil {
				return 0, err
			}
		}
	}
	return last, h.settle(void)
}

func (h *history) entry(r *journal.Entry, stages bool) error {
	switch r.Kind {
	case journal.Flight:
		return h.shift(r.N, r.Last, map[byte]byte{open: flying, before: reflown})
	case journal.Again:
		return h.shift(r.N, r.Last, map[byte]byte{waiting: again, loose: againLoose})
	case journal.Release:
		return h.shift(r.N, r.Last, map[byte]byte{flying: open, reflown: before, again: waiting, againLoose: loose})
	case journal.Begin:
		return h.settle(void)
	case journal.Commit:
		return h.settle(func(b byte) byte { return b &^ unproven })
	case journal.End:
		h.ended = true
		return nil
	}
	b := stateOf(r.Status)
	if b == open {
		return fault.Errorf(fault.Invalid, "read journal: change %d has the status %q, which this program does not know: use a newer one", r.N, r.Status)
	}
	if b == waiting && r.Freed {
		b = loose
	}
	if r.Part {
		b |= quiet
	}
	if stages {
		b |= unproven
		h.lo, h.hi = min(h.lo, r.N), max(h.hi, r.N)
	}
	return h.change(r.N, r.N, func(old byte) byte {
		if b&states == waiting && (old == before || old == reflown || old == againLoose) {
			return b - waiting + loose // what an earlier try left of it is still there
		}
		return b
	})
}

// void is what becomes of a result that was staged and never committed.
func void(byte) byte { return flying }

// settle changes how those stand whose result was staged.
func (h *history) settle(change func(b byte) byte) error {
	lo, hi := h.lo, h.hi
	h.lo, h.hi = h.last+1, 0
	return h.ledger.Update(lo, hi, func(b byte) byte {
		if b&unproven == 0 {
			return b
		}
		return change(b)
	})
}

// shift changes how those of first..last stand: what stands as a key of to becomes its value.
func (h *history) shift(first, last int64, to map[byte]byte) error {
	return h.change(first, last, func(b byte) byte {
		if s, ok := to[b]; ok {
			return s
		}
		return b
	})
}

func (h *history) change(first, last int64, f func(b byte) byte) error {
	if first < 1 || last > h.last {
		return fault.Errorf(fault.Invalid, "read journal: changes %d to %d are not in the plan, which has %d", first, last, h.last)
	}
	return h.ledger.Update(first, last, f)
}

// resume turns what an earlier run's journal leaves into what a run that resumes it begins with: what failed, was skipped or waits is open again, for a person
// resumed because the reason is gone; what was in flight is for the new load of the target to tell.
func (h *history) resume() error {
	return h.each(func(b byte) byte {
		switch s := b & states; {
		case s == done || s == adopted || s == warned:
			return b
		case sent(s) || s == loose:
			return before
		}
		return open
	})
}

func (h *history) each(change func(b byte) byte) error {
	return h.ledger.Update(1, h.last, change)
}
