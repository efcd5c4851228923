package snapshot

import (
	"bytes"
	"context"
	"maps"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Stats are what Compare counted.
type Stats struct {
	Same      int64            // pairs whose compared parts are equal
	SameKinds map[string]int64 // the same by kind
	Differ    int64            // pairs that differ
	OnlyA     int64
	OnlyB     int64
}

// Compare calls fn, in key order, for each pair of records with the same key whose compared parts differ, with a nil b for a record that only a has and a nil a for one that only b has. Lines are valid during the call.
// Blocks that are equal on both sides are not read. An error of fn ends it and is returned as it is.
//
// Both indexes are walked side by side. Where blocks on both sides have the same first key and digest, both are passed over; since a block ends where the next begins, what is left are the same keys on both sides as if
// nothing had been taken out, and is merged line by line. Where there is more than one processor, the next blocks are decoded while lines are merged.
func Compare(ctx context.Context, a, b *Reader, fn func(a, b record.Line) error) (Stats, error) {
	s := Stats{SameKinds: maps.Clone(a.info.Kinds)}
	if s.SameKinds == nil {
		s.SameKinds = map[string]int64{}
	}
	if a.info.Digest == b.info.Digest && a.info.Records == b.info.Records {
		s.Same = a.info.Records
		return s, nil
	}
	p, err := newPairing(ctx, [2]*BlockReader{a.blocks, b.blocks})
	if err != nil {
		return s, err
	}
	defer p.close()
	c := &comparison{stats: &s, fn: fn}
	for batch, err := range p.batches(ctx) {
		if err == nil {
			err = c.add(batch)
		}
		if err != nil {
			return s, err
		}
	}
	if err := c.before(nil); err != nil {
		return s, err
	}
	s.Same += p.same
	c.countKind()
	for kind, n := range s.SameKinds {
		if n == 0 {
			delete(s.SameKinds, kind)
		}
	}
	return s, nil
}

type comparison struct {
	a, b  lines
	fn    func(a, b record.Line) error
	stats *Stats
	// How many records of a did not have an equal one, of the kind whose keys begin with kind, since it was last counted.
	kind    []byte
	unequal int64
}

// lines are those of one side that are left.
type lines struct {
	rest []byte
	own  []byte // holds them where their batch is gone
}

// add merges the lines of a batch, but those that may have their like in the next one.
func (c *comparison) add(b *batch) error {
	for i := range b.pairs {
		e := &b.pairs[i]
		if err := c.before(e.label); err != nil {
			return err
		}
		// The lines of a side before its next block are used up now.
		if e.lines[0] != nil {
			c.a.rest = e.lines[0]
		}
		if e.lines[1] != nil {
			c.b.rest = e.lines[1]
		}
	}
	if err := c.merge(); err != nil {
		return err
	}
	for _, l := range []*lines{&c.a, &c.b} {
		if cap(l.own) > batchBytes {
			l.own = nil
		}
		l.own = append(l.own[:0], l.rest...)
		l.rest = l.own
	}
	return nil
}

// before merges the lines whose keys are less than the label; nil: all. No line is still to come that is less.
func (c *comparison) before(label []byte) error {
	err := c.merge()
	for err == nil && c.a.before(label) {
		err = c.onlyA(c.a.take())
	}
	for err == nil && c.b.before(label) {
		err = c.onlyB(c.b.take())
	}
	return err
}

func (l *lines) before(label []byte) bool {
	return len(l.rest) > 0 && (label == nil || bytes.Compare(record.Line(l.rest).KeyText(), label) < 0)
}

func (l *lines) take() (line []byte) {
	line, l.rest = cutLine(l.rest)
	return line
}

// merge takes lines while both sides have some. Equal ones are passed over without looking at what is in them.
func (c *comparison) merge() error {
	a, b := c.a.rest, c.b.rest
	var same int64
	var err error
	for len(a) > 0 && len(b) > 0 && err == nil {
		tab := bytes.IndexByte(a, '\t')
		if tab >= 0 && tab < len(b) && b[tab] == '\t' && bytes.Equal(a[:tab], b[:tab]) {
			same++
			_, a = cutLine(a[tab:])
			_, b = cutLine(b[tab:])
			continue
		}
		x, y := record.Line(a), record.Line(b)
		d := bytes.Compare(x.KeyText(), y.KeyText())
		var lineA, lineB []byte
		if d <= 0 {
			lineA, a = cutLine(a)
		}
		if d >= 0 {
			lineB, b = cutLine(b)
		}
		switch {
		case d < 0:
			err = c.onlyA(lineA)
		case d > 0:
			err = c.onlyB(lineB)
		default:
			c.stats.Differ++
			c.notSame(lineA)
			err = c.fn(lineA, lineB)
		}
	}
	c.stats.Same += same
	c.a.rest, c.b.rest = a, b
	return err
}

func (c *comparison) onlyA(line []byte) error {
	c.stats.OnlyA++
	c.notSame(line)
	return c.fn(line, nil)
}

func (c *comparison) onlyB(line []byte) error {
	c.stats.OnlyB++
	return c.fn(nil, line)
}

// notSame notes that the record of a has no equal one.
func (c *comparison) notSame(line []byte) {
	if len(c.kind) == 0 || len(line) < keyAt || !bytes.HasPrefix(line[keyAt:], c.kind) {
		c.countKind()
		c.kind = append(c.kind[:0], record.KindPrefix(record.Line(line).Key().Kind())...)
	}
	c.unequal++
}

func (c *comparison) countKind() {
	if c.unequal > 0 {
		c.stats.SameKinds[record.Key(c.kind).Kind()] -= c.unequal
		c.unequal = 0
	}
}
