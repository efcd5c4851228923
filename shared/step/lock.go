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
	if !fault.Is(err, fault.Conflict) || !e.ended(l) {
		return l, err
	}
	holder, gerr := e.Runs.Get(ctx, l.Run)
	switch {
	case fault.Is(gerr, fault.NotFound): // its record was removed
	case gerr != nil:
		return l, gerr
	case holder.Status == run.Running:
		return l, err
	}
	if err := e.Runs.Unlock(ctx, l.Name, l.Run); err != nil {
		return l, err
	}
	return e.Runs.Lock(ctx, r.LockName, r.ID)
}

// ended reports whether nobody writes under the lock, however wrong the clocks are.
func (e *Env) ended(l run.Lock) bool {
	return l.Invocation == "" || !l.Deadline.IsZero() && e.now().After(l.Deadline.Add(run.Skew))
}

// freeLock frees the lock of a closed run, unless an invocation stands there that may still write: that one frees it when it stops.
func (e *Env) freeLock(ctx context.Context, r *run.Run, gone bool) error {
	if r.LockName == "" {
		return nil
	}
	if !gone {
		l, err := e.Runs.Lock(ctx, r.LockName, r.ID) // as it stands; taken where it was free, and freed below
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		if l.Invocation != e.Invocation && !e.ended(l) {
			return nil
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
