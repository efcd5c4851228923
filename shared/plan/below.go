package plan

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// below asks which deletes would take along, or leave hanging, what stays on the target: one pass over the child kinds of the kinds that have deletes.
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
	source := w.in.Source.Cursor()
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
			why, stays := w.keeps(gone, p.key)
			if !stays {
				continue
			}
			if why == nil {
				if why, err = w.elsewhere(source, p.key, p.parent); err != nil {
					return err
				}
			}
			w.row = append(w.row[:0], p.parent...)
			w.row = append(w.row, noteBelow)
			w.row = binary.BigEndian.AppendUint16(w.row, uint16(k.index))
			w.row = append(w.row, why...)
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

// keeps reports whether a record of the target stays, and why where its delete was left out; keys must ascend.
func (w *decider) keeps(gone *pull, key []byte) (why []byte, stays bool) {
	for gone.ok && string(gone.cur.Key()) < string(key) {
		gone.step()
	}
	if !gone.ok || string(gone.cur.Key()) != string(key) {
		return nil, true
	}
	why = gone.cur.Rec[gone.cur.KeyLen:]
	return why, len(why) > 0
}

// elsewhere says why a record that is on both sides stays below a parent that is on the target only.
func (w *decider) elsewhere(source *snapshot.Cursor, key, parent []byte) ([]byte, error) {
	l, ok, err := source.Find(w.ctx, record.Key(key))
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return []byte("not looked at"), nil
	case string(cutLine(l).parent) == string(parent):
		return []byte("on the source too"), nil
	}
	return []byte("elsewhere on the source"), nil
}

// tell leaves a note to each delete below whose record something stays: how many of which kind, and why.
func (w *decider) tell(kept *inbox) error {
	defer kept.close()
	above := newPull(w.above)
	defer above.close()
	sums := map[string]int64{}
	for ; above.ok; above.step() {
		clear(sums)
		for kept.at(above.cur.Key()) {
			sums[string(kept.text())]++
			kept.step()
		}
		to := above.cur.Rec[above.cur.KeyLen:]
		r, path := rank(binary.BigEndian.Uint64(to)), to[8:]
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
