package plan

import (
	"iter"

	"github.com/plumbline-sync/plumbline/shared/spill"
)

// order sorts changes by rank and path. Drafts come in key order, which often is nearly the order of a section: so each kind of section has a sorter of its own, which then has little to do.
type order struct {
	w     *differ
	boxes map[rank]*spill.Sorter // by phase and sub
}

func newOrder(w *differ) *order { return &order{w: w, boxes: map[rank]*spill.Sorter{}} }

// add adds a change; rec begins with the rank and is sorted by its first n bytes.
func (o *order) add(r rank, rec []byte, n int) error {
	class := r &^ 0xffffff00ff // phase and sub
	s := o.boxes[class]
	if s == nil {
		s = o.w.sorter(memoryFinal)
		o.boxes[class] = s
	}
	return s.Add(rec, 0, n, 0)
}

// sorted yields all changes in order; an item is valid until the next.
func (o *order) sorted() iter.Seq2[spill.Item, error] {
	return func(yield func(spill.Item, error) bool) {
		var heads []*pull
		for _, s := range o.boxes {
			p := newPull(s)
			defer p.close()
			heads = append(heads, p)
		}
		for {
			var first *pull
			var low uint64
			for _, p := range heads {
				if p.err != nil {
					yield(spill.Item{}, p.err)
					return
				}
				if p.ok && (first == nil || p.number() < low) {
					first, low = p, p.number()
				}
			}
			if first == nil {
				return
			}
			for first.ok && first.number() == low { // no other has this rank
				if !yield(first.cur, nil) {
					return
				}
				first.step()
			}
		}
	}
}

func (o *order) close() {
	for _, s := range o.boxes {
		s.Close()
	}
}
