package plan

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// How Diff works: compare finds the pairs that differ and makes numbered drafts of them; resolve works out their paths, level by level, and refer looks up what they refer to;
// decide puts both to the drafts and says what each is: dropped, out of scope, held, or a change; below asks which deletes would take along what stays; write puts the changes
// in the order of application, holding what the audit refused and what depends on what is held. Between the stages everything is in sorters, which spill to disk.

// Sizes of the sorters' memory; what is larger goes to disk.
const (
	memoryDrafts = 2 << 20
	memoryLookup = 2 << 20
	memoryFinal  = 5 << 20
	memoryMail   = 256 << 10
)

// differ is one run of Diff.
type differ struct {
	ctx   context.Context
	in    Input
	ks    *kinds
	forms bool // for DiffSync's forms
	moves bool // a record moved that may have others below it (for DiffSync's forms)
	whole bool // every record is looked at, also pairs without a difference

	n      uint64 // drafts so far
	refers bool   // the draft at hand refers to something
	// now, where it is set, takes a draft whose paths are known at once.
	take   func(d *draft, up, other *climb) error
	near   *nearby // nil: paths wait in sorters
	small  bool    // near may be used
	climbs [2]climb
	drafts *spill.Sorter
	level  *spill.Sorter // lookups of parents
	refs   *spill.Sorter // lookups of references
	refOut *spill.Sorter // what they found
	goes   *bloom        // what may be deleted of kinds that others refer to

	own         [2]*finding.Cursor // findings of source and target, for the records' own identities; nil: none
	anyFinding  bool
	findingsOut *finding.Writer  // nil: nowhere
	unreadable  map[*kind]string // kinds with findings that have no key, and the side

	tally []tally // by kind

	a, b        lineParts
	fa, fb      record.Fields
	now, late   []changed
	buf         []byte
	rec         []byte
	d           draft
	done, total int64
	err         error // of a helper that returns none
}

// tally counts what compare sees of a kind.
type tally struct {
	onlySource int64
	changed    int64 // pairs that differ under the rules
}

// changed is an attribute that an update writes.
type changed struct {
	rule *rule
	name string
	to   record.Value
}

func (w *differ) sorter(memory int) *spill.Sorter {
	return spill.NewSorter(spill.Options{Dir: w.in.Temp, Memory: memory})
}

// compare makes the drafts, in key order.
func (w *differ) compare() error {
	si, ti := w.in.Source.Info(), w.in.Target.Info()
	w.total = si.Records + ti.Records
	if !w.whole {
		_, err := snapshot.Compare(w.ctx, w.in.Source, w.in.Target, w.pair)
		return err
	}
	return merge(w.ctx, w.in.Source, w.in.Target, w.pair)
}

// merge calls fn for all pairs of records, in key order.
func merge(ctx context.Context, a, b *snapshot.Reader, fn func(a, b record.Line) error) error {
	nextA, stopA := iter.Pull2(a.Scan(ctx, ""))
	defer stopA()
	nextB, stopB := iter.Pull2(b.Scan(ctx, ""))
	defer stopB()
	la, err, okA := nextA()
	if err != nil {
		return err
	}
	lb, err, okB := nextB()
	for err == nil && (okA || okB) {
		var c int
		switch {
		case !okA:
			c = 1
		case !okB:
			c = -1
		default:
			c = bytes.Compare(la.KeyText(), lb.KeyText())
		}
		switch {
		case c < 0:
			err = fn(la, nil)
		case c > 0:
			err = fn(nil, lb)
		default:
			err = fn(la, lb)
		}
		if err == nil && c <= 0 {
			la, err, okA = nextA()
		}
		if err == nil && c >= 0 {
			lb, err, okB = nextB()
		}
	}
	return err
}

// pair makes the draft of one pair.
func (w *differ) pair(a, b record.Line) error {
	w.a, w.b = cutLine(a), cutLine(b)
	d := &w.d
	*d = draft{}
	d.key = w.a.key
	if a == nil {
		d.key = w.b.key
	}
	if d.kind = w.ks.of(d.key); d.kind == nil {
		return fault.Errorf(fault.Invalid, "diff %s: the job has no model of this kind", record.Key(d.key))
	}
	if w.done++; w.done&0xfff == 0 {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if w.in.Progress != nil {
			w.in.Progress(w.done, 0)
		}
	}
	t := &w.tally[d.kind.index]
	w.buf, w.refers = w.buf[:0], false
	switch {
	case w.forms:
		if !w.form(a, b) {
			return nil
		}
	case b == nil:
		t.onlySource++
		d.op, d.marks, d.parent = Create, onSource, w.a.parent
		w.creates(a)
	case a == nil:
		d.op, d.marks, d.parent = Delete, onTarget, w.b.parent
		if (d.kind.flags|w.b.flags)&record.SkipChildrenOnDelete != 0 {
			d.marks |= cascades
		}
		if w.unreadable[d.kind] != "" {
			d.marks |= unreadable
		}
		if d.kind.referred && d.kind.allows[Delete] {
			w.goes.add(d.key)
		}
		w.deletes(b)
	default:
		d.marks, d.parent = onSource|onTarget, w.a.parent
		if !w.updates() {
			if !w.whole {
				return nil
			}
			d.op = Unchanged
			break
		}
		t.changed++
	}
	if d.kind.folds && d.op != Unchanged {
		l := a
		if l == nil {
			l = b
		}
		from := len(w.buf)
		w.buf = append(w.buf, idsMember...)
		for i, v := range l.IDs() {
			w.buf = append(w.buf, "[,"[min(i, 1)])
			w.buf = append(w.buf, v...)
		}
		w.buf = append(w.buf, ']')
		d.ids = w.buf[from:]
	}
	if w.err != nil {
		return w.err
	}
	if w.ks.dropped(d.kind, a != nil, b != nil, w.flags()) {
		d.marks |= drops
	}
	if d.kind.matches(a, b) {
		d.marks |= matched
	}
	if err := w.ownFinding(d); err != nil {
		return err
	}
	return w.add(d)
}

// flags are those of the pair's records.
func (w *differ) flags() [2]record.Flags { return [2]record.Flags{w.a.flags, w.b.flags} }

// ownFinding notes why the record's own identity is held.
func (w *differ) ownFinding(d *draft) error {
	if d.op == Unchanged {
		return nil
	}
	for i, c := range w.own {
		if c == nil {
			continue
		}
		f, ok, err := c.Held(w.ctx, record.Key(d.key))
		if err != nil {
			return err
		}
		if ok {
			d.finding = []byte(sides[i] + ": " + f.Reason)
			return nil
		}
	}
	return nil
}

var sides = [2]string{"source", "target"} // read only

// add numbers the draft and begins its lookups.
func (w *differ) add(d *draft) error {
	n := w.n
	w.n++
	if w.small && n == w.in.nearbyAfter {
		w.near = newNearby(w)
	}
	if w.near != nil && !w.refers {
		return w.climbNow(d)
	}
	w.rec = binary.BigEndian.AppendUint64(w.rec[:0], n)
	w.rec = d.append(w.rec)
	if err := w.drafts.Add(w.rec, 0, 8, n); err != nil {
		return err
	}
	if d.marks&onSource != 0 {
		if err := w.lookup(n, 0, d.parent, d); err != nil {
			return err
		}
		if d.marks&onTarget == 0 || !w.anyFinding && !w.forms {
			return nil
		}
		return w.lookup(n, second, w.b.parent, d)
	}
	return w.lookup(n, onlyTarget, d.parent, d)
}

// climbNow climbs a draft's paths and hands it on.
func (w *differ) climbNow(d *draft) error {
	up, other := &w.climbs[0], &w.climbs[1]
	other.clear()
	which := onlySource
	if d.marks&onSource == 0 {
		which = onlyTarget
	}
	if err := w.near.path(which, d.parent, d, up); err != nil {
		return err
	}
	if d.marks&onSource != 0 && d.marks&onTarget != 0 && (w.anyFinding || w.forms) {
		if err := w.near.path(second, w.b.parent, d, other); err != nil {
			return err
		}
	}
	return w.take(d, up, other)
}

// findings returns the readers of both sides that hold any; nil for the others.
func (w *differ) findings() [2]*finding.Reader {
	var rs [2]*finding.Reader
	for i, r := range [2]*finding.Reader{w.in.SourceFindings, w.in.TargetFindings} {
		if r != nil && r.Len() > 0 {
			rs[i] = r
		}
	}
	return rs
}
