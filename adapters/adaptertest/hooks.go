package adaptertest

import (
	"context"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// hooks stand between the engine and the adapter under test, and let it die.
type hooks struct {
	mu    sync.Mutex
	calls int                // writes and commits so far
	die   int                // the call at which the process dies; 0: never
	after bool               // the call's work is done when it dies, but nobody is told
	kill  context.CancelFunc // ends the run
	dead  bool
}

// wrap returns the type with the hooks in its targets.
func (h *hooks) wrap(t *adapter.Type) *adapter.Type {
	w := *t
	w.New = func(ctx context.Context, s adapter.Setup) (adapter.Source, error) {
		src, err := t.New(ctx, s)
		if err != nil {
			return src, err
		}
		if l, ok := src.(adapter.Linker); ok && !t.Pages {
			for _, m := range s.Models {
				if l.Link(m, "", nil) != "" {
					return nil, fault.Errorf(fault.Internal, "adapter %q knows pages of records, and its type does not say so: Pages", t.Name)
				}
			}
		}
		if s.Side != "target" {
			return src, nil
		}
		p := adapter.PartsOf(src)
		if p.Writer != nil {
			p.Writer = hookedWriter{p.Writer, h}
		}
		if p.Batcher != nil {
			p.Batcher = hookedBatcher{p.Batcher, h}
		}
		if p.Committer != nil {
			p.Committer = hookedCommitter{p.Committer, h}
		}
		return adapter.Compose(p), nil
	}
	return &w
}

// arm makes the process die at a call from now.
func (h *hooks) arm(call int, after bool, kill context.CancelFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls, h.die, h.after, h.kill, h.dead = 0, call, after, kill, false
}

// fired reports whether the process died.
func (h *hooks) fired() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dead
}

func (h *hooks) call(ctx context.Context, work func() error) error {
	h.mu.Lock()
	h.calls++
	dies := h.die > 0 && h.calls == h.die
	if dies {
		h.dead = true
		h.kill()
	}
	dead, after := h.dead, h.after
	h.mu.Unlock()
	if dead && !(dies && after) {
		return fault.Wrap(fault.UnknownOutcome, context.Canceled)
	}
	if err := work(); err != nil {
		return err
	}
	if dead {
		return fault.Wrap(fault.UnknownOutcome, context.Canceled)
	}
	return nil
}

type hookedWriter struct {
	adapter.Writer
	h *hooks
}

func (w hookedWriter) Create(ctx context.Context, c *adapter.Change) (r adapter.Result, err error) {
	err = w.h.call(ctx, func() (err error) { r, err = w.Writer.Create(context.WithoutCancel(ctx), c); return err })
	return r, err
}

func (w hookedWriter) Update(ctx context.Context, c *adapter.Change) (r adapter.Result, err error) {
	err = w.h.call(ctx, func() (err error) { r, err = w.Writer.Update(context.WithoutCancel(ctx), c); return err })
	return r, err
}

func (w hookedWriter) Delete(ctx context.Context, c *adapter.Change) (r adapter.Result, err error) {
	err = w.h.call(ctx, func() (err error) { r, err = w.Writer.Delete(context.WithoutCancel(ctx), c); return err })
	return r, err
}

type hookedBatcher struct {
	adapter.Batcher
	h *hooks
}

// BatchSize keeps batches small, so that there are many places to die at.
func (b hookedBatcher) BatchSize(m *adapter.Model) int { return min(5, b.Batcher.BatchSize(m)) }

func (b hookedBatcher) Apply(ctx context.Context, m *adapter.Model, a adapter.Action, cs []*adapter.Change) (rs []adapter.Result, err error) {
	err = b.h.call(ctx, func() (err error) { rs, err = b.Batcher.Apply(context.WithoutCancel(ctx), m, a, cs); return err })
	if err != nil {
		return nil, err
	}
	return rs, nil
}

type hookedCommitter struct {
	adapter.Committer
	h *hooks
}

func (c hookedCommitter) Commit(ctx context.Context) error {
	return c.h.call(ctx, func() error { return c.Committer.Commit(context.WithoutCancel(ctx)) })
}
