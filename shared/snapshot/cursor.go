package snapshot

import (
	"bytes"
	"context"
	"unsafe"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Cursor finds single records. It is for one goroutine.
//
// It keeps a few decoded blocks, and knows of each up to which key it reaches: for a key in one of them the index need not be asked. The walk stands at the entry after the block that was read last.
type Cursor struct {
	r     *Reader
	f     *fetcher
	walk  *walk
	slots [4]slot
	clock uint64
	cur   *slot
	more  bool // the walk stands at an entry
}

// slot is a decoded block.
type slot struct {
	label []byte
	end   []byte // the next block's label
	last  bool   // there is none
	first int64  // ordinal of its first line
	raw   []byte
	at    int    // the first line that may have a key not before the last one sought
	used  uint64 // 0: empty
}

// Cursor returns a new cursor.
func (r *Reader) Cursor() *Cursor { return &Cursor{r: r} }

// Find returns the line with the key, valid until the next call, and whether there is one. Ascending keys read each block once at most; any order is right.
func (c *Cursor) Find(ctx context.Context, key record.Key) (record.Line, bool, error) {
	want := unsafe.Slice(unsafe.StringData(string(key)), len(key)) // only read
	if err := c.turn(ctx, want); err != nil || c.cur == nil {
		return nil, false, err
	}
	line, ok := c.cur.find(want)
	return line, ok, nil
}

// turn makes cur the block in which the key is, if it is anywhere; nil where it is nowhere.
func (c *Cursor) turn(ctx context.Context, want []byte) error {
	if c.walk == nil {
		w, err := c.r.blocks.walk(ctx)
		if err != nil {
			return err
		}
		d, err := newDecoder()
		if err != nil {
			return err
		}
		c.walk, c.f = w, c.r.blocks.newFetcher(d)
	}
	if c.kept(want) {
		return nil
	}
	// The next block is the most likely; else the index says.
	if c.more && bytes.Compare(c.walk.block.Label, want) <= 0 {
		if next, ok, err := c.walk.peek(); err != nil {
			return err
		} else if !ok || bytes.Compare(want, next) < 0 {
			return c.load(ctx)
		}
	}
	c.cur, c.more = nil, false
	if ok, err := c.walk.seekLabel(ctx, want); err != nil || !ok || bytes.Compare(c.walk.block.Label, want) > 0 {
		return err
	}
	return c.load(ctx)
}

// kept makes cur the block in which the key is, if it is a decoded one.
func (c *Cursor) kept(want []byte) bool {
	for i := range c.slots {
		if s := &c.slots[i]; s.used > 0 && bytes.Compare(s.label, want) <= 0 && (s.last || bytes.Compare(want, s.end) < 0) {
			c.clock++
			s.used, c.cur = c.clock, s
			return true
		}
	}
	return false
}

// load makes cur the block at which the walk stands, and moves the walk on.
func (c *Cursor) load(ctx context.Context) error {
	c.cur = nil
	c.clock++
	b := &c.walk.block
	s := &c.slots[0]
	for i := range c.slots {
		if o := &c.slots[i]; o.used > 0 && o.first == b.First {
			s = o
			break
		} else if o.used < s.used {
			s = o
		}
	}
	if s.used == 0 || s.first != b.First {
		s.used = 0
		raw, err := c.f.readBlock(ctx, b, s.raw)
		if err != nil {
			return err
		}
		s.raw, s.first, s.at = raw, b.First, 0
		s.label, s.end, s.last = append(s.label[:0], b.Label...), s.end[:0], false
	}
	s.used = c.clock
	var err error
	if c.more, err = c.walk.advance(ctx); err != nil {
		return err
	}
	if s.last = !c.more; c.more {
		s.end = append(s.end[:0], b.Label...)
	}
	c.cur = s
	return nil
}

// find looks for the key from where the last search ended, or from the beginning. No key's text is the beginning of another's, so as many bytes of a line as the key has decide.
func (s *slot) find(want []byte) (record.Line, bool) {
	if s.at >= len(s.raw) || compareKey(s.raw[s.at:], want) > 0 {
		s.at = 0
	}
	for s.at < len(s.raw) {
		rest := s.raw[s.at:]
		d := compareKey(rest, want)
		if d > 0 {
			return nil, false
		}
		line, _ := cutLine(rest)
		if d == 0 {
			return line, true
		}
		s.at += len(line) + 1
	}
	return nil, false
}

func compareKey(line, want []byte) int {
	if len(line) < keyAt {
		return -1
	}
	line = line[keyAt:]
	return bytes.Compare(line[:min(len(want), len(line))], want)
}
