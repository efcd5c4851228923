package typed

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Override returns a target's type in which the functions write the model of the struct T; those that are nil stay the stock adapter's.
// The functions get the stock adapter as their system.
func Override[T any](stock *adapter.Type, f Funcs[adapter.Source, T]) *adapter.Type {
	m := Write(f)
	t := *stock
	t.New = func(ctx context.Context, s adapter.Setup) (adapter.Source, error) {
		if m.shape.err != nil {
			return nil, fault.Errorf(fault.Internal, "adapter %q: %w", stock.Name, m.shape.err)
		}
		src, err := stock.New(ctx, s)
		if err != nil {
			return nil, err
		}
		p := adapter.PartsOf(src)
		o := &override{stock: src, model: m, writer: p.Writer, batcher: p.Batcher}
		switch {
		case p.Batcher != nil:
			p.Batcher = o
		case p.Writer != nil:
			p.Writer = overrideWriter{o}
		}
		return adapter.Compose(p), nil
	}
	return &t
}

// override writes one model by functions, all else as the stock adapter does.
type override struct {
	stock   adapter.Source
	model   Model[adapter.Source]
	writer  adapter.Writer
	batcher adapter.Batcher
}

// own returns how a change is made by the functions; false where it is the stock adapter's to make.
func (o *override) own(ctx context.Context, c *adapter.Change) (func() (adapter.Result, error), bool) {
	m := &o.model
	if c.Model.Name != m.shape.name {
		return nil, false
	}
	switch {
	case c.Action == adapter.Create && m.create != nil:
		return func() (adapter.Result, error) {
			return m.shape.create(c, func(x any) error { return m.create(o.stock, ctx, x) })
		}, true
	case c.Action == adapter.Update && m.update != nil:
		return func() (adapter.Result, error) {
			return m.shape.update(c, func(now, was any) error { return m.update(o.stock, ctx, now, was) })
		}, true
	case c.Action == adapter.Delete && m.delete != nil:
		return func() (adapter.Result, error) {
			return m.shape.delete(c, func(x any) error { return m.delete(o.stock, ctx, x) })
		}, true
	}
	return nil, false
}

// BatchSize implements adapter.Batcher.
func (o *override) BatchSize(m *adapter.Model) int { return o.batcher.BatchSize(m) }

// Apply implements adapter.Batcher.
func (o *override) Apply(ctx context.Context, m *adapter.Model, a adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	if len(cs) == 0 {
		return nil, nil
	}
	if _, ok := o.own(ctx, cs[0]); !ok {
		return o.batcher.Apply(ctx, m, a, cs)
	}
	rs := make([]adapter.Result, len(cs))
	for i, c := range cs {
		if call, ok := o.own(ctx, c); ok {
			var err error
			rs[i], err = call()
			rs[i].Err = err
		}
	}
	return rs, nil
}

type overrideWriter struct{ *override }

// Create implements adapter.Writer.
func (o overrideWriter) Create(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	if call, ok := o.own(ctx, c); ok {
		return call()
	}
	return o.writer.Create(ctx, c)
}

// Update implements adapter.Writer.
func (o overrideWriter) Update(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	if call, ok := o.own(ctx, c); ok {
		return call()
	}
	return o.writer.Update(ctx, c)
}

// Delete implements adapter.Writer.
func (o overrideWriter) Delete(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	if call, ok := o.own(ctx, c); ok {
		return call()
	}
	return o.writer.Delete(ctx, c)
}
