package plan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
)

// below asks which deletes would take along, or leave hanging, what stays on the target: one pass over the child kinds of the kinds that have deletes, and over those that refer to them.
// What this plan moves away from below a delete, or has refer to something else, is gone by then; where that change is held after all, so is the delete.
// Only the record itself is told; when its delete is then held, it tells its own parent and what it refers to.
func (w *decider) below() error {
	if w.above.Len() == 0 {
		return nil
	}
	gone, turns := newPull(w.gone), &inbox{pull: newPull(w.turns)}
	defer gone.close()
	defer turns.close()
	byName := slices.Clone(w.ks.list)
	slices.SortFunc(byName, func(a, b *kind) int { return strings.Compare(a.prefix, b.prefix) })
	for _, k := range byName {
		child, refs := w.concerned(k)
		if !child && len(refs) == 0 {
			continue
		}
		for l, err := range w.in.Target.Scan(w.ctx, k.prefix) {
			if err != nil {
				return err
			}
			p := cutLine(l)
			if child && len(p.parent) > 0 && w.bloom.has(p.parent) {
				if err := w.hangs(gone, k, &p); err != nil {
					return err
				}
			}
			if len(refs) > 0 {
				if err := w.refersTo(turns, k, refs, p.key, l); err != nil {
					return err
				}
			}
		}
	}
	if err := errors.Join(gone.err, turns.err); err != nil {
		return err
	}
	return w.tell(&inbox{pull: newPull(w.kept)})
}

// concerned reports whether records of the kind may hang below what is deleted, and which of its attributes may refer to that.
func (w *decider) concerned(k *kind) (child bool, refs []*rule) {
	for _, p := range k.model.Parents {
		pk := w.ks.by[p.Model]
		child = child || pk != nil && w.goers[pk.index]
	}
	for _, r := range k.refs {
		if w.goers[r.refers.index] {
			refs = append(refs, r)
		}
	}
	return child, refs
}

// hangs notes to the delete of a record's parent that the record stays below it, or moves away.
func (w *decider) hangs(gone *pull, k *kind, p *lineParts) error {
	w.row = append(w.row[:0], p.parent...)
	switch why := keeps(gone, p.key); {
	case why == "":
		return nil
	case why != goesAway:
		w.row = append(w.row, noteBelow)
		w.row = binary.BigEndian.AppendUint16(w.row, uint16(k.index))
		w.row = append(w.row, why...)
	case w.dynamic:
		w.row = append(w.row, noteMoved)
		w.row = append(w.row, p.key...)
	default:
		return nil
	}
	return w.kept.Add(w.row, 0, len(p.parent), 0)
}

// keeps returns why a record of the target stays below its parent: as leaves was told, else because it is on the source. Keys must ascend.
func keeps(gone *pull, key []byte) string {
	for gone.ok && string(gone.cur.Key()) < string(key) {
		gone.step()
	}
	if gone.ok && string(gone.cur.Key()) == string(key) {
		return string(gone.cur.Rec[gone.cur.KeyLen:])
	}
	return "on the source too"
}

// sum is how many of a kind stay for one reason, and the key of one of them where that is to be told.
type sum struct {
	n   int64
	one []byte
}

// tell leaves a note to each delete below whose record something stays, or to which something refers: how many of which kind, and why.
func (w *decider) tell(kept *inbox) error {
	defer kept.close()
	above := newPull(w.above)
	defer above.close()
	sums := map[string]sum{}
	for ; above.ok; above.step() {
		clear(sums)
		to := above.cur.Rec[above.cur.KeyLen:]
		r, path := rank(binary.BigEndian.Uint64(to)), to[8:]
		w.path = append(w.path[:0], path...)
		var last []byte
		for ; kept.at(above.cur.Key()); kept.step() {
			t := kept.text()
			if t[0] != noteBelow && string(t) == string(last) {
				continue // it refers to it twice
			}
			last = append(last[:0], t...)
			if err := w.hear(sums, r, t); err != nil {
				return err
			}
		}
		for _, text := range slices.Sorted(maps.Keys(sums)) {
			note := binary.BigEndian.AppendUint64([]byte{text[0]}, uint64(sums[text].n))
			note = append(append(note, text[1:]...), sums[text].one...)
			if err := w.notes.post(r, path, note); err != nil {
				return err
			}
		}
	}
	return errors.Join(kept.err, above.err)
}

// hear adds one of what stays to the sums, or leaves word with what decides whether it does. r and w.path are the delete's.
func (w *decider) hear(sums map[string]sum, r rank, t []byte) error {
	var one []byte
	switch t[0] {
	case noteMoved:
		return w.deps.post(moveRank(w.ks.of(t[1:])), t[1:], w.dependant(noteMoved, r, 0))
	case noteGives:
		if string(t[11:]) == string(lastKey(w.path)) {
			return nil // both go with it
		}
		of, k := rank(binary.BigEndian.Uint64(t[1:])), int(binary.BigEndian.Uint16(t[9:]))
		if of < r || !w.wary {
			return w.deps.post(of, t[11:], w.dependant(noteGives, r, k))
		}
		t = appendReferrer(nil, w.ks.list[k], []byte("its delete may be held"), nil)
	}
	if t[0] == noteRefers {
		i := 4 + bytes.IndexByte(t[3:], 0)
		t, one = t[:i], t[i:]
	}
	s := sums[string(t)]
	if s.n++; s.n == 1 {
		s.one = slices.Clone(one)
	}
	sums[string(t)] = s
	return nil
}
