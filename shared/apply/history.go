package apply

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/apply/lookup"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// history reads journals into a ledger: how each change stands.
//
// What a target staged and never committed was done or not, nobody knows, as the process may have died just after the commit. So a void result leaves its change as it stood:
// in flight where it may have been sent. Only one that says skipped tells that this call did not send it, whatever flight was noted: the change stands as before the call, which
// may be stale, or sent by an earlier call.
type history struct {
	store  objects.Store
	digest string // the plan's
	ledger *lookup.Ledger
	last   int64
	ended  bool  // a journal says that everything is through
	lo, hi int64 // where changes may stand as they do only now
}

// noted is what becomes of a change whose flight is noted.
func noted(b byte) byte {
	switch b {
	case open:
		return flying | now
	case before:
		return reflown | now
	}
	return b
}

// notedAgain is what becomes of one that waited.
func notedAgain(b byte) byte {
	switch b {
	case waiting:
		return again | now
	case loose:
		return againLoose | now
	}
	return b
}

// withdrawn is what becomes of a change that the call did not send after all. What an earlier call may have sent stays in flight.
func withdrawn(b byte) byte {
	switch b {
	case flying | now:
		return open
	case reflown | now:
		return before
	case again | now:
		return waiting
	case againLoose | now:
		return loose
	}
	return b
}

// read reads one journal and returns the number of its last object. result is told of each result that counts; it may be nil.
func (h *history) read(ctx context.Context, prefix string, result func(r *journal.Entry) error) (last int64, err error) {
	h.lo, h.hi = h.last+1, 0
	for header, entries := range journal.Open(h.store, prefix, h.digest).Told(ctx) {
		last = header.Number
		for r, err := range entries {
			if err == nil {
				err = h.entry(r)
			}
			if err == nil && r.Kind == journal.Result && !r.Void && result != nil {
				err = result(r)
			}
			if err != nil {
				return 0, err
			}
		}
	}
	return last, h.endCall()
}

func (h *history) entry(r *journal.Entry) error {
	switch r.Kind {
	case journal.Flight:
		return h.change(r.N, r.Last, noted)
	case journal.Again:
		return h.change(r.N, r.Last, notedAgain)
	case journal.Release:
		return h.change(r.N, r.Last, withdrawn)
	case journal.Begin:
		return h.endCall()
	case journal.Commit:
		return nil
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
	return h.change(r.N, r.N, func(old byte) byte {
		switch s := old &^ now; {
		case r.Void && b&states == skipped:
			return withdrawn(old) | now // its flight may be noted yet, as part of a range
		case r.Void:
			return old
		case b == waiting && (s == before || s == reflown || s == again || s == againLoose):
			return loose // what an earlier try left of it is still there
		}
		return b
	})
}

// endCall forgets what holds only while one call is read.
func (h *history) endCall() error {
	lo, hi := h.lo, h.hi
	h.lo, h.hi = h.last+1, 0
	return h.ledger.Update(lo, hi, func(b byte) byte { return b &^ now })
}

// change changes how those of first..last stand.
func (h *history) change(first, last int64, f func(b byte) byte) error {
	if first < 1 || last > h.last {
		return fault.Errorf(fault.Invalid, "read journal: changes %d to %d are not in the plan, which has %d", first, last, h.last)
	}
	h.lo, h.hi = min(h.lo, first), max(h.hi, last)
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
