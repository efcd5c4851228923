package plan

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// DiffSync pairs two records only where their parents are paired, up to the root: a record that moved, and everything below it, is to be deleted in one place and created in the other,
// and each half is under its own flags. Premise: a record is paired exactly when it is on both sides with the same path. So both paths are climbed, and of each ancestor it is noted
// whether it has the same parent on both sides, and what the flags do to it paired and alone.

// The bits of a trace, one byte for each ancestor.
const (
	sameParent  byte = 1 << iota // it is on both sides, with the same parent
	dropsPaired                  // a flag drops it and all below when it is paired
	dropsAlone                   // when it is not
)

func (w *differ) traceOf(a *ancestor, lines [2]record.Line) (t [2]byte) {
	both := a.onSource && a.onTarget
	for i := range t {
		if lines[i] == nil {
			continue
		}
		if both && string(a.parents[0]) == string(a.parents[1]) {
			t[i] |= sameParent
		}
		if both && w.ks.dropped(a.kind, both, both, a.flags) {
			t[i] |= dropsPaired
		}
		if w.ks.dropped(a.kind, i == 0, i == 1, a.flags) {
			t[i] |= dropsAlone
		}
	}
	return t
}

// above says whether the parent of a record with the trace (nearest first) is paired, and whether a flag drops it.
func above(trace []byte) (paired, dropped bool) {
	paired = true
	for _, t := range slices.Backward(trace) {
		paired = paired && t&sameParent != 0
		if paired && t&dropsPaired != 0 || !paired && t&dropsAlone != 0 {
			dropped = true
		}
	}
	return paired, dropped
}

// The marks of a form's draft beside onSource, onTarget and matched.
const (
	dropsSource marks = 1 << (iota + 8) // alone on the source it is dropped
	dropsTarget                         // alone on the target
)

// form makes the draft of a pair: main holds the source's attributes, deferred the target's, attrs the numbers of those that differ. False where there is nothing to note.
func (w *differ) form(a, b record.Line) bool {
	d, t := &w.d, &w.tally[w.d.kind.index]
	d.main, d.deferred = w.a.attrs, w.b.attrs
	if a != nil {
		d.marks |= onSource
		d.parent = w.a.parent
		if w.ks.dropped(d.kind, true, false, w.flags()) {
			d.marks |= dropsSource
		}
	}
	if b != nil {
		d.marks |= onTarget
		if a == nil {
			d.parent = w.b.parent
		}
		if w.ks.dropped(d.kind, false, true, w.flags()) {
			d.marks |= dropsTarget
		}
	}
	switch {
	case b == nil:
		t.onlySource++
		d.op = Create
		return true
	case a == nil:
		d.op = Delete
		return true
	}
	w.now, w.late = w.now[:0], w.late[:0]
	if string(w.a.attrs) != string(w.b.attrs) {
		w.compareFields(d.kind)
	}
	d.attrs = w.numbers(append(w.now, w.late...))
	switch {
	case string(w.a.parent) != string(w.b.parent):
		d.op, d.old = Move, w.b.parent
		w.moves = w.moves || d.kind.parents
	case len(d.attrs) > 0:
		d.op = Update
	default:
		d.op = Unchanged
		return w.whole
	}
	t.changed++
	return true
}

// elements are the elements of a DiffSync diff that differ, sorted as a tree is written, and its numbers.
type elements struct {
	*differ
	sorted  *spill.Sorter
	summary Summary
	up      climb
	other   climb
	path    []byte
	row     []byte
	order   map[*kind]int // of groups: as in the job's file
}

// newElements makes the elements; close must be called. Without a moved record that may have others below it, only what differs is looked at.
func newElements(ctx context.Context, f *Forms) (*elements, error) {
	e, err := tryElements(ctx, f, false)
	if err == nil && e.moves && !e.whole {
		e.close()
		return tryElements(ctx, f, true)
	}
	return e, err
}

func tryElements(ctx context.Context, f *Forms, whole bool) (*elements, error) {
	d := newDiffer(ctx, Input{Job: f.Job, Source: f.Source, Target: f.Target, Temp: f.Temp})
	d.forms = true
	d.whole = d.whole || whole
	e := &elements{differ: d, sorted: d.sorter(memoryFinal), order: map[*kind]int{}}
	for i, m := range f.Job.FileOrder {
		if k := d.ks.by[m]; k != nil {
			e.order[k] = i
		}
	}
	if err := e.make(); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *elements) close() {
	e.differ.close()
	e.sorted.Close()
}

func (e *elements) make() error {
	if err := e.start(); err != nil {
		return err
	}
	e.take, e.small = e.takeNow, e.mayBeNearby()
	if err := e.compare(); err != nil {
		return err
	}
	if e.moves && !e.whole {
		return nil // in vain: it takes a whole pass
	}
	chains, err := e.resolve()
	if err != nil {
		return errors.Join(err, chains.Close())
	}
	defer chains.Close()
	paths := newPull(chains)
	defer paths.close()
	var d draft
	for it, err := range e.drafts.Sorted() {
		if err != nil {
			return err
		}
		if _, err := d.read(it.Rec[8:], e.ks); err != nil {
			return err
		}
		gather(binary.BigEndian.Uint64(it.Rec), &d, paths, &e.up, &e.other)
		if err := e.element(&d); err != nil {
			return err
		}
	}
	if !e.whole {
		for _, k := range e.ks.list {
			same := e.in.Source.Info().Kinds[k.model.Name] - e.tally[k.index].onlySource - e.tally[k.index].changed
			if k.flags&record.Ignore != 0 {
				e.summary.Skip += same
			} else {
				e.summary.NoChange += same
			}
		}
	}
	return paths.err
}

// takeNow takes a draft whose paths are known when it is made.
func (e *elements) takeNow(d *draft, up, other *climb) error {
	e.up.set(up)
	e.other.set(other)
	return e.element(d)
}

// element counts a draft, and notes it where it differs: as one pair, or as two halves.
func (e *elements) element(d *draft) error {
	if e.up.bits&aboveOut != 0 {
		return nil
	}
	both := onSource | onTarget
	paired, dropped := above(e.up.trace)
	if d.marks&both == both && d.op != Move && paired {
		switch {
		case dropped:
		case d.marks&drops != 0:
			e.summary.Skip++
		case d.op == Unchanged:
			e.summary.NoChange++
		default:
			e.summary.Update++
			return e.note(d, &e.up, both)
		}
		return nil
	}
	if d.marks&onSource != 0 {
		switch {
		case dropped:
		case d.marks&dropsSource != 0:
			e.summary.Skip++
		default:
			e.summary.Create++
			if err := e.note(d, &e.up, onSource); err != nil {
				return err
			}
		}
	}
	if d.marks&onTarget == 0 {
		return nil
	}
	c := &e.other
	if d.marks&onSource == 0 {
		c = &e.up
	}
	_, dropped = above(c.trace)
	switch {
	case dropped:
	case d.marks&dropsTarget != 0:
		e.summary.Skip++
	default:
		e.summary.Delete++
		return e.note(d, c, onTarget)
	}
	return nil
}

// note adds an element, with the sides that it shows.
func (e *elements) note(d *draft, c *climb, sides marks) error {
	e.path = sortPath(e.path[:0], c.path, d.key)
	e.row = e.row[:0]
	for rest, more := e.path, true; more; {
		var key []byte
		key, rest, more = cutPath(rest)
		e.row = fmt.Appendf(e.row, "%04x", e.order[e.ks.of(key)])
		e.row = append(append(e.row, key...), 0)
	}
	n := len(e.row)
	p := *d
	p.marks = p.marks&^(onSource|onTarget) | sides
	e.row = p.append(e.row)
	return e.sorted.Add(e.row, 0, n, 0)
}
