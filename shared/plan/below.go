package plan

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// below asks which deletes would take along, or leave hanging, what stays on the target: one pass over the child kinds of the kinds that have deletes.
// What this plan moves away from below a delete is gone by then; where that move is held after all, so is the delete.
// Only the parent itself is told; when its delete is then held, it tells its own parent.
func (w *decider) below() error {
	if w.above.Len() == 0 {
		return nil
	}
	kept := w.sorter(memoryLookup)
	defer kept.Close()
	gone := newPull(w.gone)
	defer gone.close()
	byName := slices.Clone(w.ks.list)
	slices.SortFunc(byName, func(a, b *kind) int { return strings.Compare(a.prefix, b.prefix) })
	for _, k := range byName {
		if !k.child {
			continue
		}
		for l, err := range w.in.Target.Scan(w.ctx, k.prefix) {
			if err != nil {
				return err
			}
			p := cutLine(l)
			if len(p.parent) == 0 || !w.bloom.has(p.parent) {
				continue
			}
			w.row = append(w.row[:0], p.parent...)
			switch why := keeps(gone, p.key); {
			case why == "":
				continue
			case why != goesAway:
				w.row = append(w.row, noteBelow)
				w.row = binary.BigEndian.AppendUint16(w.row, uint16(k.index))
				w.row = append(w.row, why...)
			case w.dynamic:
				w.row = append(w.row, noteMoved)
				w.row = append(w.row, p.key...)
			default:
				continue
			}
			if err := kept.Add(w.row, 0, len(p.parent), 0); err != nil {
				return err
			}
		}
	}
	if gone.err != nil {
		return gone.err
	}
	return w.tell(&inbox{pull: newPull(kept)})
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

// tell leaves a note to each delete below whose record something stays: how many of which kind, and why.
func (w *decider) tell(kept *inbox) error {
	defer kept.close()
	above := newPull(w.above)
	defer above.close()
	sums := map[string]int64{}
	for ; above.ok; above.step() {
		clear(sums)
		to := above.cur.Rec[above.cur.KeyLen:]
		r, path := rank(binary.BigEndian.Uint64(to)), to[8:]
		for ; kept.at(above.cur.Key()); kept.step() {
			t := kept.text()
			if t[0] != noteMoved {
				sums[string(t)]++
				continue
			}
			w.path = append(w.path[:0], path...)
			if err := w.deps.post(moveRank(w.ks.of(t[1:])), t[1:], w.dependant(noteMoved, r, 0)); err != nil {
				return err
			}
		}
		for _, text := range slices.Sorted(maps.Keys(sums)) {
			note := binary.BigEndian.AppendUint64([]byte{text[0]}, uint64(sums[text]))
			if err := w.notes.post(r, path, append(note, text[1:]...)); err != nil {
				return err
			}
		}
	}
	if kept.err != nil {
		return kept.err
	}
	return above.err
}
