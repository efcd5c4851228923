package plan

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// writer writes the plan's sections in the order of application. What is held on the way tells what depends on it, in later sections.
// Deletes are decided before the clearing of their deferred attributes and written after it.
type writer struct {
	*decider
	out     *snapshot.BlockWriter
	n       int64
	index   *Index
	at      rank
	inbox   *inbox
	clears  *spill.Sorter // decided, not yet written; nil where nothing is cleared
	deletes *spill.Sorter
	d       draft
	line    []byte
	full    []byte
	below   map[string]sum // what stays below a delete or refers to what it deletes, by kind and reason; used again and again
}

// sections writes all changes.
func (w *writer) sections() error {
	if w.decider.clears > 0 {
		w.clears, w.deletes = w.sorter(memoryLookup), w.sorter(memoryLookup)
		defer w.clears.Close()
		defer w.deletes.Close()
	}
	defer func() {
		if w.inbox != nil {
			w.inbox.close()
		}
	}()
	i := 0
	for it, err := range w.final.sorted() {
		if err != nil {
			return err
		}
		if i++; i&0xff == 0 {
			if err := w.ctx.Err(); err != nil {
				return err
			}
		}
		r := rank(binary.BigEndian.Uint64(it.Rec))
		if w.inbox == nil || r != w.at {
			if err := w.enter(r); err != nil {
				return err
			}
		}
		if err := w.change(r, it.Rec[8:it.KeyLen], it.Rec[it.KeyLen:]); err != nil {
			return err
		}
	}
	if err := w.settleRest(); err != nil {
		return err
	}
	for _, s := range []*spill.Sorter{w.clears, w.deletes} {
		if s == nil {
			continue
		}
		for it, err := range s.Sorted() {
			if err != nil {
				return err
			}
			if err := w.append(rank(binary.BigEndian.Uint64(it.Rec)), it.Rec[it.KeyLen:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// enter begins a section: what was depended on is settled by now.
func (w *writer) enter(r rank) error {
	for _, q := range w.deps.before(r) {
		if err := w.settle(q, r); err != nil {
			return err
		}
	}
	if w.inbox != nil {
		w.inbox.close()
	}
	w.at = r
	w.inbox = w.notes.take(r)
	return w.inbox.err
}

// settle tells those that depend on something of rank q that will not happen. Those that stand before rank r are written already: see late.
func (w *writer) settle(q, r rank) error {
	deps, lost := w.deps.take(q), w.lost.take(q)
	defer deps.close()
	defer lost.close()
	for ; deps.ok; deps.step() {
		if !lost.at(deps.key()) {
			continue
		}
		t := deps.text()
		to, attr, path := rank(binary.BigEndian.Uint64(t[1:])), t[9:11], t[11:]
		note := []byte{t[0]}
		switch t[0] {
		case noteRefer:
			note = append(note, attr...)
		case noteGives:
			s, _ := q.section(w.ks)
			note = append(append(note, attr...), opNumber(s.Op))
		}
		note = append(note, deps.key()...)
		if to < r {
			if err := w.tooLate(to, path, note); err != nil {
				return err
			}
			continue
		}
		if err := w.notes.post(to, path, note); err != nil {
			return err
		}
	}
	return errors.Join(deps.err, lost.err)
}

// change writes one change, or holds it.
func (w *writer) change(r rank, path, body []byte) error {
	d := &w.d
	rest, err := d.read(body, w.ks)
	if err != nil {
		return err
	}
	flags, taker := rest[0], rest[1:]
	s, _ := r.section(w.ks)
	o := &lineOf{path: path, tail: d.main, deferred: s.Deferred, clear: s.Clear, part: flags&isPart != 0, cascade: taker}
	if w.inbox.at(path) {
		if err := w.noted(d, path, o); err != nil {
			return err
		}
		return w.holdLate(r, d, path, flags, o)
	}
	w.line = appendChange(w.line[:0], s.Op, d, o)
	w.count(s.Op, d, o.part)
	if w.deletes != nil && s.Op == Delete {
		return w.deletes.Add(w.keyed(r, path), 0, 8+len(path), 0)
	}
	if s.Clear {
		return w.clears.Add(w.keyed(r, path), 0, 8+len(path), 0)
	}
	return w.append(r, w.line)
}

func (w *writer) keyed(r rank, path []byte) []byte {
	w.row = appendRank(w.row[:0], r)
	w.row = append(w.row, path...)
	return append(w.row, w.line...)
}

// append writes a line, which has no ordinal yet, to the section of the rank.
func (w *writer) append(r rank, line []byte) error {
	s, cascade := r.section(w.ks)
	s.Cascade = cascade
	last := len(w.index.Sections) - 1
	if last < 0 || !w.index.Sections[last].same(s) {
		if err := w.out.Cut([]byte(s.label())); err != nil {
			return err
		}
		s.First = w.n + 1
		w.index.Sections = append(w.index.Sections, s)
		last++
	}
	w.n++
	w.index.Sections[last].Count++
	w.full = append(w.full[:0], `{"n":`...)
	w.full = append(strconv.AppendInt(w.full, w.n, 10), ',')
	w.full = append(w.full, line[1:]...)
	return w.out.Append(w.full, len(w.full))
}

// count counts a change that will be applied.
func (w *writer) count(op Op, d *draft, part bool) {
	c := &w.counts[d.kind.index]
	if !part {
		c.add(op)
	}
	if op != Update && op != Move {
		return
	}
	for b := d.attrs; len(b) >= 2; b = b[2:] {
		c.attributes[binary.BigEndian.Uint16(b)]++
	}
}
