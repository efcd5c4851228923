package snapshot

import (
	"bytes"
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
)

// A batch holds batchBytes of decoded lines at most, unless it is one pair. Where there is more than one processor, there are as many batches as batchesAhead: one is merged, the others are decoded meanwhile.
const (
	batchBytes   = 256 << 10
	batchesAhead = 3
)

// pairing walks the indexes of two snapshots side by side and decodes the blocks that are not equal. It is for one goroutine.
type pairing struct {
	walks    [2]*walk
	more     [2]bool // the walk stands at an entry
	fetchers [2]*fetcher
	same     int64 // records in blocks that were passed over since they are equal
}

// batch is some pairs, in the order of their labels.
type batch struct {
	pairs   []pair
	room    []byte     // what lines are decoded into, those of the first side before those of the second
	space   [2]int     // how much of it each side needs
	decoded chan error // one for each side
}

// pair is a block of one side whose label the other side does not have, or a block of each side with the same label.
type pair struct {
	label  []byte
	blocks [2]Block  // without Lines where that side has none
	lines  [2][]byte // nil where that side has none
}

// newPairing stands before the first blocks. It has to be closed.
func newPairing(ctx context.Context, sides [2]*BlockReader) (*pairing, error) {
	p := &pairing{}
	for i, r := range sides {
		d, err := newDecoder()
		if err != nil {
			p.close()
			return nil, err
		}
		p.fetchers[i] = r.newFetcher(d)
		if p.walks[i], err = r.walk(ctx); err == nil {
			p.more[i], err = p.walks[i].advance(ctx)
		}
		if err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

func (p *pairing) close() {
	for _, f := range p.fetchers {
		if f != nil {
			f.close()
		}
	}
}

// batches yields all pairs that are not equal, decoded. A batch is valid until the next.
func (p *pairing) batches(ctx context.Context) iter.Seq2[*batch, error] {
	return func(yield func(*batch, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		ring, decode := make([]batch, 1), func(b *batch) {
			for side := range p.fetchers {
				b.decoded <- b.decode(ctx, p, side)
			}
		}
		if runtime.GOMAXPROCS(0) > 1 {
			var end func()
			ring = make([]batch, batchesAhead)
			decode, end = p.decodeAhead(ctx)
			defer end()
		}
		defer cancel()
		for i := range ring {
			ring[i].decoded = make(chan error, len(p.fetchers))
		}
		start := func(b *batch) {
			b.room = slices.Grow(b.room[:0], max(b.space[0]+b.space[1], batchBytes))
			decode(b)
		}
		for n := 0; ; n++ {
			b := &ring[n%len(ring)]
			if n >= len(ring) { // it is its turn
				if len(b.pairs) == 0 {
					return
				}
				if b.large() {
					start(b)
				}
				err := <-b.decoded
				if other := <-b.decoded; err == nil {
					err = other
				}
				if !yield(b, err) || err != nil {
					return
				}
				if b.large() {
					b.room = nil
				}
			}
			if err := p.fill(ctx, b); err != nil {
				yield(nil, err)
				return
			}
			if !b.large() { // of large ones only one is in memory at a time
				start(b)
			}
		}
	}
}

// large reports whether the batch is one pair that needs more room than others.
func (b *batch) large() bool { return b.space[0]+b.space[1] > batchBytes }

// decodeAhead returns what has a batch decoded by two goroutines, each for one side, and what ends them; no more batches may be given than are in the ring.
func (p *pairing) decodeAhead(ctx context.Context) (decode func(*batch), end func()) {
	var group sync.WaitGroup
	var todo [2]chan *batch
	for side := range todo {
		todo[side] = make(chan *batch, batchesAhead)
		group.Go(func() {
			for b := range todo[side] {
				b.decoded <- b.decode(ctx, p, side)
			}
		})
	}
	decode = func(b *batch) {
		todo[0] <- b
		todo[1] <- b
	}
	end = func() {
		close(todo[0])
		close(todo[1])
		group.Wait()
	}
	return decode, end
}

// fill makes a batch of the next pairs that are not equal; at the end it is empty.
func (p *pairing) fill(ctx context.Context, b *batch) error {
	b.pairs, b.space = b.pairs[:0], [2]int{}
	for p.more[0] || p.more[1] {
		has := p.more
		if has[0] && has[1] {
			x, y := &p.walks[0].block, &p.walks[1].block
			d := bytes.Compare(x.Label, y.Label)
			has[0], has[1] = d <= 0, d >= 0
			if d == 0 && x.Digest == y.Digest && x.Lines == y.Lines {
				p.same += x.Lines
				if err := p.advance(ctx, has); err != nil {
					return err
				}
				continue
			}
		}
		if !b.add(p, has) {
			return nil
		}
		if err := p.advance(ctx, has); err != nil {
			return err
		}
	}
	return nil
}

// advance goes to the next entries of the sides in question.
func (p *pairing) advance(ctx context.Context, sides [2]bool) (err error) {
	for i := range sides {
		if sides[i] && err == nil {
			p.more[i], err = p.walks[i].advance(ctx)
		}
	}
	return err
}

// add appends the entries at which the walks of the sides in question stand; false where there is no room for them.
func (b *batch) add(p *pairing, sides [2]bool) bool {
	space := b.space
	for i := range sides {
		if sides[i] {
			space[i] += p.walks[i].block.space()
		}
	}
	if len(b.pairs) > 0 && space[0]+space[1] > batchBytes {
		return false
	}
	b.space = space
	n := len(b.pairs)
	b.pairs = slices.Grow(b.pairs, 1)[:n+1]
	e := &b.pairs[n]
	*e = pair{label: e.label[:0]} // what was in its place lends its memory
	for i := range sides {
		if sides[i] {
			e.blocks[i] = p.walks[i].block
			e.label = append(e.label[:0], e.blocks[i].Label...)
			e.blocks[i].Label = e.label
		}
	}
	return true
}

// decode decodes the blocks of one side. Both sides may be decoded at once.
func (b *batch) decode(ctx context.Context, p *pairing, side int) (err error) {
	at := side * b.space[0]
	for i := range b.pairs {
		e := &b.pairs[i]
		block := &e.blocks[side]
		if block.Lines == 0 {
			continue
		}
		end := at + block.space()
		if e.lines[side], err = p.fetchers[side].readBlock(ctx, block, b.room[at:at:end]); err != nil {
			return err
		}
		at = end
	}
	return nil
}
