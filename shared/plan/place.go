package plan

import (
	"encoding/binary"
)

// The kinds of notes to a change, the first byte of their text.
const (
	noteParent  byte = 'p' // its parent will not be created
	noteRefer   byte = 'r' // what it refers to will not be created: attribute, key
	noteMain    byte = 'm' // the first change to this record is held: code, detail
	noteBelow   byte = 'b' // something below it stays: kind, why
	noteRefers  byte = 'k' // something that stays refers to it: kind, why, 0, its key
	noteGives   byte = 'g' // the change is held that would take away what refers to it: kind, op, key
	noteCascade byte = 'c' // the target has no cascade from it, or a record below it, to this kind
	noteMoved   byte = 'v' // the move away from below it is held: the key of what would have moved
	noteTaker   byte = 'f' // the delete that would take it along is held: its key
	noteAudit   byte = 'a' // the target's audit refused it: why
)

// What is noted of a change in the final order.
const (
	isPart  byte = 1 << iota // the second change to its record
	hasPart                  // there is a second one
)

// plan puts a draft that nothing holds so far into the order of application.
func (w *decider) plan(d *draft) error {
	k, depth := d.kind, ownDepth(d.kind, w.path)
	r := w.ks.rank(k, d.op, false, false, depth)
	var taker []byte // path of the ancestor whose delete takes this one along
	if d.op == Delete && w.up.cascade > 0 {
		r = makeRank(phaseCascade, k.index, 0, depth)
		taker = w.path
		for range w.up.cascade {
			taker = parentPath(taker)
		}
	}
	later := d.marks&onlyDeferred == 0 && len(d.deferred) > 0 || len(d.clear) > 0 && taker == nil
	if d.marks&onlyDeferred == 0 {
		var flags byte
		if later {
			flags = hasPart
		}
		if err := w.put(r, d, d.main, d.attrs, flags, taker); err != nil {
			return err
		}
		if err := w.depend(d, r, partMain, depth); err != nil {
			return err
		}
	}
	switch d.op {
	case Delete:
		if err := w.planDelete(d, r, taker); err != nil {
			return err
		}
	case Move:
		if err := w.leaves(d, goesAway); err != nil {
			return err
		}
		if err := w.turn(d, d.attrs, "", moveRank(d.kind), d.key); err != nil {
			return err
		}
	case Update:
		if d.marks&onlyDeferred != 0 {
			break
		}
		if err := w.turn(d, d.attrs, "", r, d.key); err != nil {
			return err
		}
	}
	if len(d.deferred) > 0 {
		if err := w.planDeferred(d); err != nil {
			return err
		}
	}
	return nil
}

// planDeferred puts the change that writes deferred attributes into the order.
func (w *decider) planDeferred(d *draft) error {
	var flags byte
	if d.marks&onlyDeferred == 0 {
		flags = isPart
	}
	if code, detail := w.dangling(d, partLate); code != "" {
		p := *d
		p.op, p.old = Update, nil
		w.counts[d.kind.index].hold(Update, code, flags&isPart != 0, true)
		if err := w.turn(d, d.late, string(code), 0, nil); err != nil {
			return err
		}
		return w.list(listHeld, &p, w.path, &lineOf{tail: d.deferred, deferred: true, part: flags&isPart != 0, code: code, detail: detail})
	}
	r := w.ks.rank(d.kind, Update, true, false, 0)
	p := *d
	p.op, p.old = Update, nil
	if err := w.put(r, &p, d.deferred, d.late, flags, nil); err != nil {
		return err
	}
	if err := w.turn(d, d.late, "", r, d.key); err != nil {
		return err
	}
	return w.depend(d, r, partLate, 0)
}

// planDelete notes what depends on a delete and what it depends on.
func (w *decider) planDelete(d *draft, r rank, taker []byte) error {
	to, toPath := r, w.path
	if taker != nil {
		key := lastKey(taker)
		tk := w.ks.of(key)
		to, toPath = w.ks.lastFirst(phaseDelete, tk, ownDepth(tk, taker)), taker
		if err := w.deps.post(to, key, w.dependant(noteTaker, r, 0)); err != nil {
			return err
		}
		ok, err := w.takes(w.ks.of(lastKey(parentPath(w.path))), d.kind)
		if err != nil {
			return err
		}
		if !ok {
			if err := w.notes.post(to, taker, append([]byte{noteCascade}, d.kind.model.Name...)); err != nil {
				return err
			}
		}
	} else if len(d.clear) > 0 {
		w.clears++
		p := *d
		p.op = Update
		if err := w.put(w.ks.rank(d.kind, Update, true, true, 0), &p, d.clear, nil, isPart, nil); err != nil {
			return err
		}
	}
	if err := w.turn(d, nil, "", to, lastKey(toPath)); err != nil {
		return err
	}
	if d.kind.parents || d.kind.referred {
		w.goers[d.kind.index] = true
		w.bloom.add(d.key)
		w.row = append(w.row[:0], d.key...)
		w.row = appendRank(w.row, to)
		w.row = append(w.row, toPath...)
		if err := w.above.Add(w.row, 0, len(d.key), 0); err != nil {
			return err
		}
	}
	return w.leaves(d, "")
}

// takes reports whether the target deletes records of child with their parent.
func (w *decider) takes(parent, child *kind) (bool, error) {
	if w.in.Cascades == nil {
		return false, nil
	}
	pair := [2]int{parent.index, child.index}
	ok, known := w.cascading[pair]
	if !known {
		var err error
		if ok, err = w.in.Cascades(parent.model.Name, child.model.Name); err != nil {
			return false, err
		}
		w.cascading[pair] = ok
	}
	return ok, nil
}

// depend notes the creates that one part of a draft depends on.
func (w *decider) depend(d *draft, r rank, part byte, depth int) error {
	if part == partMain && (d.op == Create || d.op == Move) && w.up.bits&parentCreated != 0 && w.dynamic {
		to := createRank(d.kind, depth-1)
		if pk := d.parentKind(w.ks); pk != d.kind {
			to = createRank(pk, allDepths)
		}
		if err := w.deps.post(to, d.parent, w.dependant(noteParent, r, 0)); err != nil {
			return err
		}
	}
	for _, m := range w.misc {
		if m.part == part && m.what == refGoes {
			if err := w.want(d, m.text); err != nil {
				return err
			}
		}
		if m.part != part || m.what != refCreated {
			continue
		}
		to := createRank(w.ks.of(m.text), allDepths)
		if err := w.deps.post(to, m.text, w.dependant(noteRefer, r, m.attr)); err != nil {
			return err
		}
	}
	return nil
}

// dependant is a message to what is depended on: the note to send, to whom, and about which attribute.
func (w *decider) dependant(note byte, r rank, attr int) []byte {
	w.text = append(w.text[:0], note)
	w.text = appendRank(w.text, r)
	w.text = binary.BigEndian.AppendUint16(w.text, uint16(attr))
	return append(w.text, w.path...)
}

// put adds a change to the final order.
func (w *decider) put(r rank, d *draft, tail, attrs []byte, flags byte, taker []byte) error {
	p := *d
	p.main, p.attrs, p.deferred, p.clear, p.late, p.finding = tail, attrs, nil, nil, nil, nil
	w.row = appendRank(w.row[:0], r)
	w.row = append(w.row, w.path...)
	n := len(w.row)
	w.row = p.append(w.row)
	w.row = append(w.row, flags)
	w.row = append(w.row, lastKey(taker)...)
	return w.final.add(r, w.row, n)
}

// logs reports whether unchanged records are listed.
func (w *decider) logs() bool { return w.in.Job.Flags&logUnchanged != 0 }

// hold lists a change as held, its second part with it.
func (w *decider) hold(d *draft, path []byte, code Code, detail string) error {
	w.counts[d.kind.index].hold(d.op, code, false, true)
	only := d.marks&onlyDeferred != 0
	if err := w.list(listHeld, d, path, &lineOf{tail: d.shown(), deferred: only, code: code, detail: detail}); err != nil || only || len(d.deferred) == 0 {
		return err
	}
	p := *d
	p.op, p.old = Update, nil
	return w.list(listHeld, &p, path, &lineOf{tail: d.deferred, deferred: true, part: true, code: code, detail: detail})
}

// The lists of what is in no section.
const (
	listHeld = iota
	listOut
	listUnchanged
	lists
)

// list adds a line to a list, sorted by model in the order of application, then path.
func (w *decider) list(list int, d *draft, path []byte, o *lineOf) error {
	w.sizes[list]++
	w.row = append(w.row[:0], byte(list))
	w.row = binary.BigEndian.AppendUint16(w.row, uint16(d.kind.index))
	w.row = append(w.row, path...)
	if o.part {
		w.row = append(w.row, 0, 0xff) // after the first change to the record
	}
	n := len(w.row)
	o.path = path
	w.row = appendChange(w.row, d.op, d, o)
	return w.lists.Add(w.row, 0, n, 0)
}
