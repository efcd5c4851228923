package adapter

import "context"

// Parts are what Compose makes an adapter of.
type Parts struct {
	Source Source // never nil
	// At most one of Writer and Batcher is of use; both nil: not a target.
	Writer  Writer
	Batcher Batcher
	// Nil: the composed adapter has not this ability.
	Resumer   Resumer
	Finder    Finder
	Committer Committer
	// Rest gives all other abilities, as far as it has them; may be nil.
	Rest any
}

// PartsOf returns the parts of an adapter, to change some and compose them anew.
func PartsOf(s Source) Parts {
	p := Parts{Source: s, Rest: s}
	p.Writer, _ = s.(Writer)
	p.Batcher, _ = s.(Batcher)
	p.Resumer, _ = s.(Resumer)
	p.Finder, _ = s.(Finder)
	p.Committer, _ = s.(Committer)
	return p
}

// Compose returns an adapter that shows exactly the given ones of the abilities that change what the engine does (writing, batches, cursor, finding, committing).
// Of the others it has all; those that Rest lacks answer as if they were not there.
func Compose(p Parts) Source {
	c := &composed{Source: p.Source, rest: p.Rest}
	if p.Batcher == nil && p.Writer == nil {
		if p.Resumer == nil {
			return c
		}
		return struct {
			*composed
			Resumer
		}{c, p.Resumer}
	}
	if p.Batcher != nil {
		return composeBatcher(c, p)
	}
	return composeWriter(c, p)
}

func composeBatcher(c *composed, p Parts) Source {
	type b = struct {
		*composed
		Batcher
	}
	t, r, f, m := b{c, p.Batcher}, p.Resumer, p.Finder, p.Committer
	switch {
	case r != nil && f != nil && m != nil:
		return struct {
			b
			Resumer
			Finder
			Committer
		}{t, r, f, m}
	case r != nil && f != nil:
		return struct {
			b
			Resumer
			Finder
		}{t, r, f}
	case r != nil && m != nil:
		return struct {
			b
			Resumer
			Committer
		}{t, r, m}
	case f != nil && m != nil:
		return struct {
			b
			Finder
			Committer
		}{t, f, m}
	case r != nil:
		return struct {
			b
			Resumer
		}{t, r}
	case f != nil:
		return struct {
			b
			Finder
		}{t, f}
	case m != nil:
		return struct {
			b
			Committer
		}{t, m}
	}
	return t
}

func composeWriter(c *composed, p Parts) Source {
	type w = struct {
		*composed
		Writer
	}
	t, r, f, m := w{c, p.Writer}, p.Resumer, p.Finder, p.Committer
	switch {
	case r != nil && f != nil && m != nil:
		return struct {
			w
			Resumer
			Finder
			Committer
		}{t, r, f, m}
	case r != nil && f != nil:
		return struct {
			w
			Resumer
			Finder
		}{t, r, f}
	case r != nil && m != nil:
		return struct {
			w
			Resumer
			Committer
		}{t, r, m}
	case f != nil && m != nil:
		return struct {
			w
			Finder
			Committer
		}{t, f, m}
	case r != nil:
		return struct {
			w
			Resumer
		}{t, r}
	case f != nil:
		return struct {
			w
			Finder
		}{t, f}
	case m != nil:
		return struct {
			w
			Committer
		}{t, m}
	}
	return t
}

// composed is a source with every ability whose absence can be answered.
type composed struct {
	Source
	rest any
}

func (c *composed) Version(ctx context.Context) (string, error) {
	if x, ok := c.rest.(Versioner); ok {
		return x.Version(ctx)
	}
	return "", nil
}

func (c *composed) Scopes(m *Model, field string) bool {
	x, ok := c.rest.(Scoper)
	return ok && x.Scopes(m, field)
}

func (c *composed) Count(ctx context.Context, req Request) int64 {
	if x, ok := c.rest.(Counter); ok {
		return x.Count(ctx, req)
	}
	return -1
}

func (c *composed) Audit(ctx context.Context, ch *Change) error {
	if x, ok := c.rest.(Auditor); ok {
		return x.Audit(ctx, ch)
	}
	return nil
}

func (c *composed) Workers() int {
	if x, ok := c.rest.(Concurrent); ok {
		return x.Workers()
	}
	return 1
}

func (c *composed) Conflicting(err error) []string {
	if x, ok := c.rest.(Conflicter); ok {
		return x.Conflicting(err)
	}
	return nil
}
