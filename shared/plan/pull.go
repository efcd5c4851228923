package plan

import (
	"encoding/binary"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/spill"
)

// pull reads a sorter item by item, so that several can be merged.
type pull struct {
	next func() (spill.Item, error, bool)
	stop func()
	cur  spill.Item
	ok   bool
	err  error
}

// newPull begins reading; a nil sorter is empty. close must be called.
func newPull(s *spill.Sorter) *pull {
	p := &pull{stop: func() {}}
	if s == nil || s.Len() == 0 {
		return p
	}
	p.next, p.stop = iter.Pull2(s.Sorted())
	p.step()
	return p
}

// step goes to the next item.
func (p *pull) step() {
	if p.next == nil {
		return
	}
	p.cur, p.err, p.ok = p.next()
	if p.err != nil {
		p.ok = false
	}
}

// number is the number that the current item begins with.
func (p *pull) number() uint64 { return binary.BigEndian.Uint64(p.cur.Rec) }

func (p *pull) close() { p.stop() }
