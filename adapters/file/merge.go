package file

import (
	"encoding/binary"
	"iter"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// merge is the second pass: it hands out what becomes of each row, and the new rows.
type merge struct {
	group *group
	fresh []*spill.Sorter
	next  func() (spill.Item, error, bool)
	stop  func()
	item  spill.Item // the next edit
	have  bool
	err   error
}

func newMerge(g *group, from *sorted) *merge {
	m := &merge{group: g, fresh: from.fresh}
	m.next, m.stop = iter.Pull2(from.edits.Sorted())
	m.item, m.err, m.have = m.next()
	return m
}

func (m *merge) visit(r *row) (*edit, error) {
	if m.err != nil {
		return nil, fault.Errorf(fault.Unavailable, "sort changes: %w", m.err)
	}
	if !m.have || int64(binary.BigEndian.Uint64(m.item.Key())) != r.number {
		return nil, nil
	}
	e, err := parseEdit(m.item)
	if err != nil {
		return nil, err
	}
	for i := range e.set { // the sorter's memory is used again
		e.set[i].Value = slices.Clone(e.set[i].Value)
	}
	m.item, m.err, m.have = m.next()
	return e, nil
}

func (m *merge) created(t *table) iter.Seq2[*edit, error] {
	return func(yield func(*edit, error) bool) {
		for item, err := range m.fresh[slices.Index(m.group.tables, t)].Sorted() {
			if err != nil {
				yield(nil, fault.Errorf(fault.Unavailable, "sort changes: %w", err))
				return
			}
			e, err := parseEdit(item)
			if err == nil {
				e.key = string(item.Key()[2:])
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
