package finding

import (
	"bytes"
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Cursor looks findings up by key: fast for ascending keys, right for any. It keeps one block.
type Cursor struct {
	r    *Reader
	last record.Key // asked for before; "" at the beginning

	next  func() (*snapshot.Block, error, bool)
	stop  func()
	ahead *snapshot.Block // the block after the one that is read; nil: none
	text  []byte          // the block that is read
	rest  []byte          // its lines not yet passed
	at    *Finding        // the first of rest, decoded; nil: not yet
}

// Cursor returns a cursor at the beginning. Close frees it.
func (r *Reader) Cursor() *Cursor { return &Cursor{r: r} }

// Close frees the cursor; it may be called again.
func (c *Cursor) Close() {
	if c.stop != nil {
		c.stop()
	}
	*c = Cursor{r: c.r, text: c.text}
}

// Held returns the first finding with the key; ok is false where there is none.
func (c *Cursor) Held(ctx context.Context, key record.Key) (f Finding, ok bool, err error) {
	if key == "" || c.r.foot.First == c.r.Len() {
		return Finding{}, false, nil
	}
	if c.next == nil || key < c.last {
		if err := c.rewind(ctx); err != nil {
			return Finding{}, false, err
		}
	}
	c.last = key
	for {
		f, err := c.current(ctx, key)
		switch {
		case err != nil || f == nil:
			return Finding{}, false, err
		case f.Key == key:
			return *f, true, nil
		case f.Key > key:
			return Finding{}, false, nil
		}
		c.pass()
	}
}

// rewind goes to the first block with keys.
func (c *Cursor) rewind(ctx context.Context) error {
	c.Close()
	c.next, c.stop = iter.Pull2(c.r.blocks.Blocks(ctx, c.r.foot.First))
	return c.peek()
}

// peek reads the next index entry.
func (c *Cursor) peek() error {
	b, err, ok := c.next()
	c.ahead = nil
	if err != nil || !ok {
		return err
	}
	e := *b
	e.Label = bytes.Clone(b.Label)
	c.ahead = &e
	return nil
}

// current returns the finding that the cursor stands before, nil at the end; blocks that cannot hold the key are passed unread.
func (c *Cursor) current(ctx context.Context, key record.Key) (*Finding, error) {
	if c.at != nil {
		return c.at, nil
	}
	for len(c.rest) == 0 {
		b := c.ahead
		if b == nil {
			return nil, nil
		}
		if err := c.peek(); err != nil {
			return nil, err
		}
		if c.ahead != nil && string(c.ahead.Label) <= string(key) && !bytes.Equal(c.ahead.Label, b.Label) {
			continue
		}
		text, err := c.r.blocks.Read(ctx, b, c.text[:0])
		if err != nil {
			return nil, err
		}
		c.text, c.rest = text, text
	}
	line, _, _ := bytes.Cut(c.rest, []byte{'\n'})
	c.at = &Finding{}
	return c.at, c.r.decode(line, c.at)
}

// pass goes over the finding that the cursor stands before.
func (c *Cursor) pass() {
	_, c.rest, _ = bytes.Cut(c.rest, []byte{'\n'})
	c.at = nil
}
