package adapter

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/record"
)

func (c *composed) Link(m *Model, key record.Key, local record.Fields) string {
	if x, ok := c.rest.(Linker); ok {
		return x.Link(m, key, local)
	}
	return ""
}

func (c *composed) Describe() []Item {
	if x, ok := c.rest.(Describer); ok {
		return x.Describe()
	}
	return nil
}

func (c *composed) Ping(ctx context.Context, models []*Model) ([]string, error) {
	if x, ok := c.rest.(Pinger); ok {
		return x.Ping(ctx, models)
	}
	return nil, nil
}

func (c *composed) Prepare(ctx context.Context) error {
	if x, ok := c.rest.(Preparer); ok {
		return x.Prepare(ctx)
	}
	return nil
}

// LockName returns "" where the rest has no name of its own; the engine then makes one.
func (c *composed) LockName() string {
	if x, ok := c.rest.(Locker); ok {
		return x.LockName()
	}
	return ""
}

func (c *composed) Cascades(ctx context.Context, parent, child *Model) (bool, error) {
	if x, ok := c.rest.(Cascader); ok {
		return x.Cascades(ctx, parent, child)
	}
	return false, nil
}

func (c *composed) SyncComplete(ctx context.Context, s Summary) error {
	if x, ok := c.rest.(Completer); ok {
		return x.SyncComplete(ctx, s)
	}
	return nil
}

func (c *composed) Close() error {
	if x, ok := c.rest.(Closer); ok {
		return x.Close()
	}
	return nil
}
