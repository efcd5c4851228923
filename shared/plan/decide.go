package plan

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// decider says of each draft what it is, as far as that does not depend on what becomes of others.
type decider struct {
	*differ
	final *order        // changes: rank, path, then what write needs
	lists *spill.Sorter // held, out of scope, unchanged: number of the list, model, path, then the line
	notes *mail         // to changes: why they are held after all
	deps  *mail         // by what is created or deleted: who depends on it
	lost  *mail         // what will not be created, or deleted, after all
	gone  *spill.Sorter // keys of all deletes and moves, in key order, with what leaves was told
	turns *spill.Sorter // keys of all changes of what the target has to references, in key order, with what turn was told
	above *spill.Sorter // keys of deletes of kinds with child kinds, or that others refer to, in key order, and where to say that something stays
	bloom *bloom        // the same keys
	goers []bool        // the kinds of these, by index
	kept  *spill.Sorter // keys of what something may stay below, or refer to, in key order, with what it is
	late  *spill.Sorter // notes that came too late: see again.go
	known int64         // how many of them the attempt before this one had
	wary  bool          // no further attempt is made

	counts  []counts
	clears  int64
	moved   bool
	dynamic bool // something may still keep a create from happening

	cascading map[[2]int]bool // what Cascades answered, by parent and child
	sizes     [lists]int64
	path      []byte
	text      []byte
	up        climb
	side      climb // of the target, of a record that is on both
	misc      []missed
	row       []byte
}

// missed is a reference that is not on the target, or may be deleted there.
type missed struct {
	part, what byte
	attr       int
	text       []byte
}

// decide goes through the drafts in key order.
func (w *decider) decide(chains *spill.Sorter) error {
	paths, refs := newPull(chains), newPull(w.refOut)
	defer paths.close()
	defer refs.close()
	var d draft
	for it, err := range w.drafts.Sorted() {
		if err != nil {
			return err
		}
		n := binary.BigEndian.Uint64(it.Rec)
		if n&0xfff == 0 {
			if err := w.ctx.Err(); err != nil {
				return err
			}
		}
		if _, err = d.read(it.Rec[8:], w.ks); err != nil {
			return err
		}
		w.gather(n, &d, paths, refs)
		if err := w.judge(&d); err != nil {
			return err
		}
	}
	if paths.err != nil {
		return paths.err
	}
	return refs.err
}

// takeNow decides a draft whose paths are known when it is made.
func (w *decider) takeNow(d *draft, up, other *climb) error {
	w.up.set(up)
	w.side.set(other)
	w.misc = w.misc[:0]
	w.path = sortPath(w.path[:0], w.up.path, d.key)
	return w.judge(d)
}

// gather collects what was found out about the draft's path and references.
func (w *decider) gather(n uint64, d *draft, paths, refs *pull) {
	gather(n, d, paths, &w.up, &w.side)
	w.misc = w.misc[:0]
	for refs.ok && refs.number() == n {
		r := refs.cur.Rec
		w.misc = append(w.misc, missed{r[8], r[9], int(binary.BigEndian.Uint16(r[10:])), append([]byte(nil), r[12:]...)})
		refs.step()
	}
	w.path = sortPath(w.path[:0], w.up.path, d.key)
}

// gather reads a draft's path into up, the target's path of a record that is on both sides into other.
func gather(n uint64, d *draft, paths *pull, up, other *climb) {
	up.clear()
	other.clear()
	if d.marks&matched == 0 {
		up.bits |= aboveOut
	}
	for paths.ok && paths.number() == n {
		c := up
		if paths.cur.Rec[8] == second {
			c = other
		}
		var got climb
		got.read(paths.cur.Rec[9:])
		c.set(&got)
		paths.step()
	}
}

// judge says what the draft is.
func (w *decider) judge(d *draft) error {
	c := &w.counts[d.kind.index]
	if w.up.bits&aboveOut != 0 {
		if d.op == Unchanged {
			return nil
		}
		c.OutOfScope++
		if err := w.list(listOut, d, w.path, &lineOf{tail: d.shown()}); err != nil {
			return err
		}
		return w.stays(d, "out of scope")
	}
	if d.marks&onSource != 0 {
		c.Source++
	}
	if d.marks&onTarget != 0 {
		c.Target++
	}
	w.moved = w.moved || d.op == Move
	switch {
	case w.up.bits&aboveDropped != 0:
		return w.stays(d, "flags")
	case d.marks&drops != 0:
		c.Skip++
		if d.marks&onSource == 0 && d.kind.flags&record.Ignore == 0 {
			return w.stays(d, "skip_unmatched_dst")
		}
		return w.stays(d, "ignore")
	case d.op == Unchanged:
		c.Unchanged++
		if w.logs() {
			return w.list(listUnchanged, d, w.path, &lineOf{})
		}
		return nil
	}
	code, detail := w.held(d)
	if code != "" {
		if err := w.find(d, code, detail); err != nil {
			return err
		}
		if err := w.hold(d, w.path, code, detail); err != nil {
			return err
		}
		return w.stays(d, string(code))
	}
	return w.plan(d)
}

// shown is the fragment that says what the draft would change.
func (d *draft) shown() []byte {
	if d.marks&onlyDeferred != 0 {
		return d.deferred
	}
	return d.main
}

// held returns why a change is held whatever becomes of others; "" where it is not.
func (w *decider) held(d *draft) (Code, string) {
	b := w.up.bits
	side := sides[0]
	if d.marks&onSource == 0 {
		side = sides[1]
	}
	switch {
	case b&cycle != 0:
		return HeldCycle, string(w.up.why)
	case len(d.finding) > 0:
		return HeldFinding, string(d.finding)
	case b&aboveFinding != 0:
		return HeldFinding, string(w.up.why)
	case w.side.bits&aboveFinding != 0:
		return HeldFinding, string(w.side.why)
	case b&orphan != 0:
		return HeldOrphan, fmt.Sprintf("its parent %s is not on the %s", record.Key(d.parent), side)
	case d.marks&unreadable != 0:
		return HeldFinding, w.unknown(d.kind)
	case b&aboveUnknown != 0:
		for p := parentPath(w.path); p != nil; p = parentPath(p) {
			if k := w.ks.of(lastKey(p)); w.unreadable[k] != "" {
				return HeldFinding, w.unknown(k)
			}
		}
	}
	if !d.kind.allows[d.op] {
		p := d.kind.model.Policy
		if p == "" || !w.in.Job.Policy.Allows(policyAction(d.op)) {
			p = w.in.Job.Policy
		}
		return HeldPolicy, "policy " + string(p)
	}
	if (d.op == Create || d.op == Move) && b&parentBad != 0 && b&parentCreated != 0 {
		return HeldParent, record.Key(d.parent).String() + " is not on the target and will not be created"
	}
	part := partMain
	if d.marks&onlyDeferred != 0 {
		part = partLate
	}
	return w.dangling(d, part)
}

func policyAction(op Op) string {
	if op == Move {
		return string(Update)
	}
	return string(op)
}

func (w *decider) unknown(k *kind) string {
	return fmt.Sprintf("the %s has %s records whose identifiers could not be read: any of them may be this one", w.unreadable[k], k.model.Name)
}

// dangling returns why the references of one part hold it.
func (w *decider) dangling(d *draft, part byte) (Code, string) {
	for _, m := range w.misc {
		if m.part != part || m.what == refCreated || m.what == refGoes {
			continue
		}
		name := d.kind.names[m.attr]
		if m.what == refNoKey {
			return HeldReference, fmt.Sprintf("%s: %s names no %s", name, record.Value(m.text), d.kind.rules[name].References)
		}
		return HeldReference, fmt.Sprintf("%s: %s is not on the target and will not be created", name, record.Key(m.text))
	}
	return "", ""
}

// find makes a finding of an orphan or a cycle.
func (w *decider) find(d *draft, code Code, detail string) error {
	var fc finding.Code
	switch code {
	case HeldOrphan:
		fc = finding.Orphan
	case HeldCycle:
		fc = finding.Cycle
	default:
		return nil
	}
	side := sides[0]
	if d.marks&onSource == 0 {
		side = sides[1]
	}
	return w.addFinding(d, side, fc, detail)
}

func (w *differ) addFinding(d *draft, side string, code finding.Code, reason string) error {
	if w.findingsOut == nil {
		return nil
	}
	name, _ := record.Value(d.kind.appendName(nil, d.key, d.ids)).Text()
	return w.findingsOut.Add(finding.Finding{Side: side, Model: d.kind.model.Name, Key: record.Key(d.key), Name: name, Code: code, Reason: reason})
}

// stays notes that a draft will not happen: what it would have created cannot be referred to, what it would have deleted stays.
func (w *decider) stays(d *draft, why string) error {
	if d.kind.refers {
		if err := w.turn(d, slices.Concat(d.attrs, d.late), why, 0, nil); err != nil {
			return err
		}
	}
	switch {
	case d.op == Create && (d.kind.referred || why == string(HeldReference)): // all other reasons show in the paths of what is below
		return w.loseCreate(d, ownDepth(d.kind, w.path))
	case d.op == Delete:
		if d.marks&cascades != 0 {
			if err := w.lost.post(w.ks.lastFirst(phaseDelete, d.kind, ownDepth(d.kind, w.path)), d.key, nil); err != nil {
				return err
			}
		}
		return w.leaves(d, why)
	case d.op == Move:
		return w.leaves(d, why)
	}
	return nil
}

// loseCreate tells what depends on a create that it will not happen.
func (w *decider) loseCreate(d *draft, depth int) error {
	if err := w.lost.post(createRank(d.kind, allDepths), d.key, nil); err != nil || !d.kind.self {
		return err
	}
	return w.lost.post(createRank(d.kind, depth), d.key, nil)
}

// goesAway is what leaves is told of a planned move; of a planned delete it is told nothing.
const goesAway = "\x00"

// leaves notes whether a record of the target leaves its parent, in key order: why it does not, "" for a delete, goesAway for a move.
func (w *decider) leaves(d *draft, why string) error {
	if !d.kind.child {
		return nil
	}
	w.rec = append(append(w.rec[:0], d.key...), why...)
	return w.gone.Add(w.rec, 0, len(d.key), 0)
}
