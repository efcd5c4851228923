package plan

import (
	"slices"

	"github.com/plumbline-sync/plumbline/shared/spill"
)

// mail is what earlier sections have to say to later ones: for each rank a sorter, made when something is posted.
type mail struct {
	w     *differ
	boxes map[rank]*spill.Sorter
	n     uint64 // messages so far: those for one record come in the order in which they were posted
}

func newMail(w *differ) *mail { return &mail{w: w, boxes: map[rank]*spill.Sorter{}} }

// post leaves a message of key and text for a rank.
func (m *mail) post(to rank, key, text []byte) error {
	s := m.boxes[to]
	if s == nil {
		s = m.w.sorter(memoryMail)
		m.boxes[to] = s
	}
	w := m.w
	w.rec = append(w.rec[:0], key...)
	w.rec = append(w.rec, text...)
	m.n++
	return s.Add(w.rec, 0, len(key), m.n)
}

// take opens the messages for a rank, sorted by key; no more can be posted to it.
func (m *mail) take(r rank) *inbox {
	s := m.boxes[r]
	delete(m.boxes, r)
	return &inbox{pull: newPull(s), sorter: s}
}

// before returns the ranks below r that have messages, ascending.
func (m *mail) before(r rank) []rank {
	var rs []rank
	for q := range m.boxes {
		if q < r {
			rs = append(rs, q)
		}
	}
	slices.Sort(rs)
	return rs
}

func (m *mail) close() {
	for _, s := range m.boxes {
		s.Close()
	}
}

// inbox reads the messages of one rank along with something sorted by the same keys.
type inbox struct {
	*pull
	sorter *spill.Sorter
}

func (b *inbox) key() []byte { return b.cur.Key() }

func (b *inbox) text() []byte { return b.cur.Rec[b.cur.KeyOff+b.cur.KeyLen:] }

// at moves to the first message whose key is not below the given one and reports whether it is for that key. Keys must ascend.
func (b *inbox) at(key []byte) bool {
	for b.ok && string(b.key()) < string(key) {
		b.step()
	}
	return b.ok && string(b.key()) == string(key)
}

func (b *inbox) close() {
	b.pull.close()
	if b.sorter != nil {
		b.sorter.Close()
	}
}
