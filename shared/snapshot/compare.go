package snapshot

import (
	"bytes"
	"context"
	"maps"
	"runtime"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Stats are what Compare counted.
type Stats struct {
	Same      int64            // pairs whose compared parts are equal
	SameKinds map[string]int64 // the same by kind
	Differ    int64            // pairs that differ
	OnlyA     int64
	OnlyB     int64
	ReadA     int64 // lines decoded
	ReadB     int64
}

// Compare calls fn, in key order, for each pair of records with the same key whose compared parts differ, with a nil b for a record that only a has and a nil a for one that only b has. Lines are valid during the call.
// Blocks that are equal on both sides are not read. An error of fn ends it and is returned as it is.
//
// Both indexes are walked side by side. Where both sides stand before a block, and the blocks have the same first key and digest, both are skipped; else the lines are merged until both stand before a block
// again. A block whose lines have not been needed yet is known by its first key alone, and is not decoded before that key's turn comes.
func Compare(ctx context.Context, a, b *Reader, fn func(a, b record.Line) error) (Stats, error) {
	s := Stats{SameKinds: maps.Clone(a.info.Kinds)}
	if s.SameKinds == nil {
		s.SameKinds = map[string]int64{}
	}
	if a.info.Digest == b.info.Digest && a.info.Records == b.info.Records {
		s.Same = a.info.Records
		return s, nil
	}
	decoder, err := newDecoder()
	if err != nil {
		return s, err
	}
	defer decoder.Close()
	c := &comparison{stats: &s, fn: fn}
	if c.a, err = a.side(ctx, decoder); err != nil {
		return s, err
	}
	if runtime.GOMAXPROCS(0) > 1 {
		if decoder, err = newDecoder(); err != nil { // one for each goroutine
			return s, err
		}
		defer decoder.Close()
		c.helper = newHelper(ctx)
		defer close(c.helper.ask)
	}
	if c.b, err = b.side(ctx, decoder); err != nil {
		return s, err
	}
	if err := c.run(ctx); err != nil {
		return s, err
	}
	c.countKind()
	for kind, n := range s.SameKinds {
		if n == 0 {
			delete(s.SameKinds, kind)
		}
	}
	return s, nil
}

type comparison struct {
	a, b   *side
	helper *helper // nil where there is one processor
	fn     func(a, b record.Line) error
	stats  *Stats
	// How many records of a did not have an equal one, of the kind whose keys begin with kind, since it was last counted.
	kind    []byte
	unequal int64
}

func (c *comparison) run(ctx context.Context) error {
	a, b := c.a, c.b
	a.read, b.read = &c.stats.ReadA, &c.stats.ReadB
	for !a.ended() && !b.ended() {
		if a.atBlock() && b.atBlock() {
			x, y := a.entry(0), b.entry(0)
			if x.block.equal(&y.block) {
				c.stats.Same += x.block.Lines
				if err := a.skip(ctx); err != nil {
					return err
				}
				if err := b.skip(ctx); err != nil {
					return err
				}
				continue
			}
			if c.helper != nil && x.raw == nil && y.raw == nil && bytes.Equal(x.block.Label, y.block.Label) {
				if err := c.helper.together(ctx, a, b); err != nil {
					return err
				}
			}
		}
		if err := c.step(ctx); err != nil {
			return err
		}
	}
	for !a.ended() {
		if err := a.load(ctx); err != nil {
			return err
		}
		if err := c.onlyA(a.take()); err != nil {
			return err
		}
	}
	for !b.ended() {
		if err := b.load(ctx); err != nil {
			return err
		}
		if err := c.onlyB(b.take()); err != nil {
			return err
		}
	}
	return nil
}

// step merges lines, at least one, until a side has none left that are decoded.
func (c *comparison) step(ctx context.Context) error {
	a, b := c.a, c.b
	if len(a.rest) > 0 && len(b.rest) > 0 {
		return c.merge()
	}
	d := bytes.Compare(a.key(), b.key())
	if d <= 0 {
		if err := a.load(ctx); err != nil {
			return err
		}
	}
	if d >= 0 {
		if err := b.load(ctx); err != nil {
			return err
		}
	}
	switch {
	case d < 0:
		return c.onlyA(a.take())
	case d > 0:
		return c.onlyB(b.take())
	}
	return nil
}

// merge takes lines while both sides have decoded ones. Equal ones are passed over without looking at what is in them.
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
