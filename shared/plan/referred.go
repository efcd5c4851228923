package plan

import (
	"encoding/binary"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// A delete is held, too, where something that stays refers to its record: the target's cascade would take that along, or leave it without what it refers to.

// turn notes what becomes of the references of a record of the target: for a delete of all of them, else of the attributes with the numbers.
// why says why they stay; where it is "", the change goes that is lost, if it is, at rank r under the key.
func (w *decider) turn(d *draft, numbers []byte, why string, r rank, key []byte) error {
	if d.marks&onTarget == 0 || !slices.ContainsFunc(d.kind.refs, func(ref *rule) bool { return d.op == Delete || holds(numbers, ref) }) {
		return nil
	}
	w.row = append(append(w.row[:0], d.key...), opNumber(d.op))
	w.row = appendBytes(w.row, numbers)
	w.row = appendBytes(w.row, []byte(why))
	w.row = appendRank(w.row, r)
	w.row = append(w.row, key...)
	return w.turns.Add(w.row, 0, len(d.key), 0)
}

// holds reports whether the numbers of attributes, two bytes each, hold the rule's.
func holds(numbers []byte, r *rule) bool {
	for ; len(numbers) >= 2; numbers = numbers[2:] {
		if int(binary.BigEndian.Uint16(numbers)) == r.number {
			return true
		}
	}
	return false
}

// turned returns the turns of a record that concern one of its references: why it stays, or the change that takes it away. Keys must ascend.
func turned(turns *inbox, key []byte) (all []turnOf, err error) {
	for ; turns.at(key); turns.step() {
		t := turns.text()
		o := turnOf{deletes: ops[t[0]] == Delete}
		var ok, fine bool
		rest := append([]byte(nil), t[1:]...)
		o.numbers, rest, ok = cutBytes(rest)
		o.why, rest, fine = cutBytes(rest)
		if !ok || !fine || len(rest) < 8 {
			return nil, errDraft()
		}
		o.rank, o.key = rank(binary.BigEndian.Uint64(rest)), rest[8:]
		all = append(all, o)
	}
	return all, turns.err
}

// turnOf is what turn noted.
type turnOf struct {
	deletes      bool
	numbers, why []byte
	rank         rank
	key          []byte
}

// refersTo notes to each delete that the record of the target refers to that it does, where it still will when the plan is carried out, and else what takes the reference away.
func (w *decider) refersTo(turns *inbox, k *kind, refs []*rule, key []byte, l record.Line) error {
	var all []turnOf
	read := false
	w.fb = l.Attrs(w.fb)
	for _, ref := range refs {
		for _, v := range referring(w.fb.Get(ref.Name)) {
			to, ok := referenceKey(ref.refers, v)
			if !ok || string(to) == string(key) || !w.bloom.has([]byte(to)) {
				continue
			}
			if !read {
				var err error
				if all, err = turned(turns, key); err != nil {
					return err
				}
				read = true
			}
			why := []byte("on the source too")
			w.row = append(w.row[:0], to...)
			i := slices.IndexFunc(all, func(o turnOf) bool { return o.deletes || holds(o.numbers, ref) })
			if i >= 0 && len(all[i].why) == 0 {
				w.row = append(w.row, noteGives)
				w.row = appendRank(w.row, all[i].rank)
				w.row = binary.BigEndian.AppendUint16(w.row, uint16(k.index))
				w.row = append(w.row, all[i].key...)
			} else {
				if i >= 0 {
					why = all[i].why
				}
				w.row = appendReferrer(w.row, k, why, key)
			}
			if err := w.kept.Add(w.row, 0, len(to), 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendReferrer appends that a record refers to another one, and why it does: see noteRefers.
func appendReferrer(dst []byte, k *kind, why, key []byte) []byte {
	dst = binary.BigEndian.AppendUint16(append(dst, noteRefers), uint16(k.index))
	dst = append(append(dst, why...), 0)
	return append(dst, key...)
}

// referring returns what refers to others in an attribute's value.
func referring(v record.Value) []record.Value {
	switch {
	case v == nil || v.IsNull():
		return nil
	case v.Kind() == record.ArrayKind:
		return v.Elements()
	}
	return []record.Value{v}
}

// want notes to a delete that a change will refer to what it deletes; it is held even where that change is held later: of what a refused change frees the audit would not have been asked.
func (w *decider) want(d *draft, to []byte) error {
	w.row = appendReferrer(append(w.row[:0], to...), d.kind, []byte("on the source"), d.key)
	return w.kept.Add(w.row, 0, len(to), 0)
}
