package snapshot

import (
	"bytes"
	"context"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// ahead is how many entries a side looks ahead, aheadBytes how much of blocks that come it decodes, unless it is one block.
const (
	ahead      = 16
	aheadBytes = 256 << 10
)

// side is one side of a comparison: the lines that are left of a decoded block, and the entries of the blocks that come next.
type side struct {
	walk *walk
	f    *fetcher
	rest []byte // lines that are left
	buf  []byte // holds the block that is decoded in its turn
	room []byte // holds those that are decoded ahead
	read *int64

	ring    [ahead]entry // from head on the n next blocks
	head, n int
	last    bool // the walk is at its end
}

// entry is a block that comes.
type entry struct {
	block  Block
	wanted bool   // its lines will be needed
	raw    []byte // its lines; nil: not decoded yet
}

func (r *Reader) side(ctx context.Context, d *zstd.Decoder) (*side, error) {
	w, err := r.blocks.walk(ctx)
	if err != nil {
		return nil, err
	}
	s := &side{walk: w, f: r.blocks.newFetcher(d)}
	return s, s.look(ctx, 1)
}

// look reads entries until n are known, or all.
func (s *side) look(ctx context.Context, n int) error {
	for s.n < n && !s.last {
		more, err := s.walk.advance(ctx)
		if err != nil {
			return err
		}
		if !more {
			s.last = true
			break
		}
		e := s.entry(s.n)
		label := append(e.block.Label[:0], s.walk.block.Label...)
		e.block, e.wanted, e.raw = s.walk.block, false, nil
		e.block.Label = label
		s.n++
	}
	return nil
}

// entry returns the i-th of those that come, from 0.
func (s *side) entry(i int) *entry { return &s.ring[(s.head+i)%ahead] }

// skip passes over the block before which the side stands.
func (s *side) skip(ctx context.Context) error {
	s.head, s.n = (s.head+1)%ahead, s.n-1
	return s.look(ctx, 1)
}

// atBlock reports whether the side stands before a block.
func (s *side) atBlock() bool { return len(s.rest) == 0 && s.n > 0 }

func (s *side) ended() bool { return len(s.rest) == 0 && s.n == 0 }

// key returns the key of the next line.
func (s *side) key() []byte {
	if len(s.rest) > 0 {
		return record.Line(s.rest).KeyText()
	}
	return s.entry(0).block.Label
}

// load decodes the block before which the side stands, unless that is done; elsewhere it does nothing.
func (s *side) load(ctx context.Context) error {
	if !s.atBlock() {
		return nil
	}
	e := s.entry(0)
	if e.raw == nil {
		var err error
		if s.buf, err = s.f.readBlock(ctx, &e.block, s.buf); err != nil {
			return err
		}
		e.raw = s.buf
	}
	s.rest = e.raw
	*s.read += e.block.Lines
	return s.skip(ctx)
}

// decodeWanted decodes the blocks that are known to be needed. No line of the side may be in use.
func (s *side) decodeWanted(ctx context.Context) (err error) {
	total := 0
	for i := range s.n {
		if e := s.entry(i); e.wanted {
			total += e.block.space()
		}
	}
	s.room = slices.Grow(s.room[:0], total)
	at := 0
	for i := range s.n {
		e := s.entry(i)
		if !e.wanted {
			continue
		}
		end := at + e.block.space()
		if e.raw, err = s.f.readBlock(ctx, &e.block, s.room[at:at:end]); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// take returns the next line.
func (s *side) take() (line []byte) {
	line, s.rest = cutLine(s.rest)
	return line
}

// equal reports whether two blocks hold the same compared parts.
func (b *Block) equal(o *Block) bool {
	return b.Digest == o.Digest && b.Lines == o.Lines && bytes.Equal(b.Label, o.Label)
}

// helper decodes blocks of one side on another processor while the other side's are decoded here.
type helper struct {
	ask    chan *side
	answer chan error
}

func newHelper(ctx context.Context) *helper {
	h := &helper{ask: make(chan *side), answer: make(chan error)}
	go func() {
		for s := range h.ask {
			h.answer <- s.decodeWanted(ctx)
		}
	}()
	return h
}

// together decodes the next blocks of both sides that differ and begin with the same keys, a few at a time so that handing them over costs little. Both sides stand before a block.
func (h *helper) together(ctx context.Context, a, b *side) error {
	for _, s := range []*side{a, b} {
		if err := s.look(ctx, ahead); err != nil {
			return err
		}
	}
	var list []*entry
	room := aheadBytes
	for i := range min(a.n, b.n) {
		x, y := a.entry(i), b.entry(i)
		if !bytes.Equal(x.block.Label, y.block.Label) {
			break
		}
		if x.block.equal(&y.block) {
			continue
		}
		if room -= max(x.block.space(), y.block.space()); room < 0 {
			break
		}
		list = append(list, x, y)
	}
	if len(list) < 2*4 { // not worth it
		return nil
	}
	for _, e := range list {
		e.wanted = true
	}
	h.ask <- b
	err := a.decodeWanted(ctx)
	if other := <-h.answer; err == nil {
		err = other
	}
	return err
}
