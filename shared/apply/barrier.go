package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// barrier makes what was sent so far last, where the target stages. It is called when nothing is in flight.
func (e *engine) barrier() {
	e.related.forget()
	if e.committer == nil || !e.dirty && len(e.staged) == 0 || e.hung || e.stop.dead() {
		return
	}
	if err := e.commit(); err != nil {
		// None of what was sent since the last commit counts.
		if _, _, why := e.stop.verdict(); why != nil {
			err = errors.Join(why, err)
		}
		e.stop.abort(err)
		return
	}
	e.mu.Lock()
	var n int64
	for _, s := range e.staged {
		e.count(s.state, s.n)
		n += s.n
	}
	e.staged = e.staged[:0]
	e.written = e.written || e.taken
	e.dirty, e.taken = false, false
	e.mu.Unlock()
	e.pen.add(&journal.Entry{Kind: journal.Commit, N: n})
	e.meter.tell("")
}

// commit calls the target's Commit, once: after an error there is nothing left to commit.
func (e *engine) commit() error {
	if !e.dirty {
		return nil
	}
	ctx, cancel := context.WithTimeout(e.pen.ctx, e.t.CloseGrace)
	defer cancel()
	err := guarded(func() error { return e.committer.Commit(ctx) })
	if err == nil {
		return nil
	}
	if unclear(err) { // it may have happened all the same
		e.written = true
	}
	return fault.Errorf(fault.Of(err), "commit: %w", err)
}

// guarded calls an adapter; a panic in it is an Internal error.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Errorf(fault.Internal, "the adapter panicked: %v", p)
		}
	}()
	return f()
}

// describe names a change in a message that stands alone.
func describe(it *item) string { return fmt.Sprintf("%s %s", it.c.Op, it.c.Key) }
