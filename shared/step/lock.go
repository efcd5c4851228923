package step

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// takeLock takes the run's lock. A lock that a closed run left, whose last invocation can no longer live, is freed first.
// Conflict, with its state, where another run holds it.
func (e *Env) takeLock(ctx context.Context, r *run.Run) (run.Lock, error) {
	l, err := e.Runs.Lock(ctx, r.LockName, r.ID)
	if !fault.Is(err, fault.Conflict) || l.OtherThan("", e.now()) {
		return l, err
	}
	if freed, ferr := e.freeClosed(ctx, l); ferr != nil {
		return l, ferr
	} else if !freed {
		return l, err
	}
	return e.Runs.Lock(ctx, r.LockName, r.ID)
}

// freeClosed frees a lock whose run is closed, or was removed, and reports whether it is one. Nobody may write under it any more.
func (e *Env) freeClosed(ctx context.Context, l run.Lock) (bool, error) {
	holder, err := e.Runs.Get(ctx, l.Run)
	if err == nil && holder.Status == run.Running {
		return false, nil
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, err
	}
	return true, e.Runs.Unlock(ctx, l.Name, l.Run)
}

// another reports whether an invocation other than this one stands in the run's lock that may still write. Where the lock was free it is taken.
func (e *Env) another(ctx context.Context, r *run.Run) (bool, error) {
	l, err := e.Runs.Lock(ctx, r.LockName, r.ID)
	if fault.Is(err, fault.Conflict) {
		return false, nil
	}
	return err == nil && l.OtherThan(e.Invocation, e.now()), err
}

// freeLock frees the lock of a closed run, unless an invocation stands there that may still write: that one frees it when it stops.
func (e *Env) freeLock(ctx context.Context, r *run.Run, gone bool) error {
	if r.LockName == "" {
		return nil
	}
	if !gone {
		if other, err := e.another(ctx, r); other || err != nil {
			return err
		}
	}
	return e.Runs.Unlock(ctx, r.LockName, r.ID)
}

// leaves is how often an invocation tries to take its note out of the lock, with pauses that grow.
const leaves = 4

// leaveLock takes this invocation's note out of the lock; the lock is freed where the run was closed meanwhile.
func (e *Env) leaveLock(ctx context.Context, r *run.Run) error {
	_, err := backoff.Retry(ctx, func() (bool, error) {
		err := e.leaveOnce(ctx, r)
		if err != nil && !fault.Retryable(err) {
			err = backoff.Permanent(err)
		}
		return true, err
	}, backoff.WithMaxTries(leaves))
	return err
}

func (e *Env) leaveOnce(ctx context.Context, r *run.Run) error {
	// Where another invocation stands there, this one has nothing to take back. Where its answer is lost the next need not wait: it has stopped, whatever the clocks say.
	if err := e.Runs.Touch(ctx, r.LockName, r.ID, e.Invocation, e.now().Add(-run.Skew)); err != nil {
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		return err
	}
	if err := e.Runs.Touch(ctx, r.LockName, r.ID, "", time.Time{}); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	now, err := e.Runs.Get(ctx, r.ID)
	if err != nil || now.Status == run.Running {
		return err
	}
	return e.Runs.Unlock(ctx, r.LockName, r.ID)
}

// toucher returns what notes in the lock that this invocation writes and is told whether it still may.
func (e *Env) toucher(r *run.Run, deadline time.Time) func(context.Context) error {
	return func(ctx context.Context) error {
		until := deadline
		if until.IsZero() {
			until = e.now().Add(time.Minute)
		}
		if err := e.Runs.Touch(ctx, r.LockName, r.ID, e.Invocation, until); err != nil {
			if fault.Is(err, fault.Conflict) {
				return fault.Errorf(fault.Stopped, "the lock %q is no longer this run's: %w", r.LockName, err)
			}
			return err
		}
		now, err := e.Runs.Get(ctx, r.ID)
		if err != nil {
			return err
		}
		if now.Status != run.Running {
			return fault.Errorf(fault.Stopped, "run %q was closed meanwhile: it ended %s", r.ID, now.Status)
		}
		return nil
	}
}
