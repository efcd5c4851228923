package plan

import (
	"encoding/binary"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// What refers to a deleted record may itself be deleted later: by a deferred attribute, or with an ancestor. Where that delete is then held, the first one is written already.
// So the plan is made once more, with the notes that came too late; each attempt has all notes of the one before it, and the first one that has no more is the plan.

// attempts is how often a plan is made in that way; the last one holds whatever might have to be held.
const attempts = 8

func newLate(in Input) *spill.Sorter {
	return spill.NewSorter(spill.Options{Dir: in.Temp, Memory: memoryMail})
}

// tooLate keeps a note to a change that is written already.
func (w *writer) tooLate(to rank, path, note []byte) error {
	w.row = appendRank(w.row[:0], to)
	w.row = appendBytes(w.row, path)
	w.row = append(w.row, note...)
	return w.late.Add(w.row, 0, 8, 0)
}

// settleRest tells what depends on the last changes, and is written already.
func (w *writer) settleRest() error {
	end := ^rank(0)
	for _, q := range w.deps.before(end) {
		if err := w.settle(q, end); err != nil {
			return err
		}
	}
	return nil
}

// remember posts the notes that came too late in the attempt before.
func (w *decider) remember(known *spill.Sorter) error {
	if w.wary {
		return nil
	}
	for it, err := range known.Sorted() {
		if err != nil {
			return err
		}
		path, note, ok := cutBytes(it.Rec[8:])
		if !ok {
			return fault.Errorf(fault.Internal, "diff: a note cannot be read")
		}
		if err := w.notes.post(rank(binary.BigEndian.Uint64(it.Rec)), path, note); err != nil {
			return err
		}
		w.known++
	}
	return nil
}

// again reports whether notes came too late that the attempt did not have.
func (w *decider) again() bool { return !w.wary && w.late.Len() > w.known }
