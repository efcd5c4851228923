package step

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// Local runs the steps of one run in this process, in the order of the state machine.
type Local struct {
	*Env
	// Confirm is asked before anything is written, with the number of changes; false makes it a dry run. nil: not asked.
	Confirm func(ctx context.Context, changes int64) (bool, error)
	// Planned is told when there is a plan to look at, before Confirm; nil: nobody listens.
	Planned func(ctx context.Context, d Decision) error
	// Waiting is told while another run holds the lock; nil: nobody listens.
	Waiting func()
	// Began is told when the run's record exists; nil: nobody listens.
	Began func(StartOut)
}

// lockPoll is how often a lock that another run holds is asked for again.
const lockPoll = time.Second

// Run carries the run from start to finish. The error is what kept a run from being made at all, or its end from being noted;
// how a run that was made ended is in FinishOut.
func (l *Local) Run(ctx context.Context, in StartIn) (FinishOut, error) {
	failure, made, err := l.steps(ctx, in)
	if !made {
		return FinishOut{}, err
	}
	if failure != nil && failure.Code == fault.Stopped && ctx.Err() != nil {
		failure.Message = stopped(context.Cause(ctx), failure.Step)
	}
	// A person's Ctrl-C ended the steps; the end of the run is noted all the same.
	return l.Finish(context.WithoutCancel(ctx), FinishIn{Run: in.Run, Failure: failure, Gone: true})
}

// steps runs the steps between start and finish.
func (l *Local) steps(ctx context.Context, in StartIn) (failure *Failure, made bool, err error) {
	s, err := l.Start(ctx, in)
	for err == nil && s.Wait {
		if l.Waiting != nil {
			l.Waiting()
		}
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(lockPoll):
			s, err = l.Start(ctx, in)
		}
	}
	if err != nil {
		_, gerr := l.Runs.Get(context.WithoutCancel(ctx), in.Run)
		return FailureOf(StepStart, err), gerr == nil, err
	}
	if l.Began != nil {
		l.Began(s)
	}
	if f := l.loads(ctx, s); f != nil {
		return f, true, nil
	}
	if s.Diff {
		if f := l.plan(ctx, in.Run); f != nil {
			return f, true, nil
		}
	}
	return l.decide(ctx, in.Run), true, nil
}

// stopped says what stopped a run where.
func stopped(cause error, step string) string {
	s := "stopped"
	if !errors.Is(cause, context.Canceled) {
		s = fmt.Sprintf("stopped %s", cause)
	}
	if step == StepGate {
		return s + " before anything was written"
	}
	return s + " during " + step
}

// alone is the environment of a step that has the process for itself.
func (l *Local) alone() *Env {
	e := *l.Env
	e.Alone = true
	return &e
}

// loads runs both loads side by side, or one after the other where memory is to be told apart.
func (l *Local) loads(ctx context.Context, s StartOut) *Failure {
	in := In{Run: s.Run, Fresh: s.Fresh}
	if s.Profile || !s.LoadSource {
		e := l.alone()
		if s.LoadSource {
			if f := again(ctx, StepLoadSource, e.LoadSource, in); f != nil {
				return f
			}
		}
		return again(ctx, StepLoadTarget, e.LoadTarget, in)
	}
	var g errgroup.Group
	var src, dst *Failure
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	g.Go(func() error {
		if src = again(both, StepLoadSource, l.LoadSource, in); src != nil {
			cancel()
		}
		return nil
	})
	g.Go(func() error {
		if dst = again(both, StepLoadTarget, l.LoadTarget, in); dst != nil {
			cancel()
		}
		return nil
	})
	_ = g.Wait() // the failures carry the errors
	// One side's trouble cancels the other; what is told is the trouble, not the cancelling.
	if src != nil && (dst == nil || src.Code != fault.Stopped || ctx.Err() != nil) {
		return src
	}
	return dst
}

// plan makes the plan, and asks the target about it.
func (l *Local) plan(ctx context.Context, id string) *Failure {
	e := l.alone()
	for {
		d, err := e.Diff(ctx, In{Run: id})
		if err != nil {
			return FailureOf(StepDiff, err)
		}
		if !d.Audit {
			return nil
		}
		out := Out{More: true}
		for out.More {
			if out, err = e.LoadTarget(ctx, In{Run: id, Audit: true}); err != nil {
				return FailureOf(StepAudit, err)
			}
		}
		if !out.Again {
			return nil
		}
	}
}

// again calls a step until it has no more to do.
func again(ctx context.Context, name string, step func(context.Context, In) (Out, error), in In) *Failure {
	for {
		out, err := step(ctx, in)
		if err != nil {
			return FailureOf(name, err)
		}
		if !out.More {
			return nil
		}
	}
}

// decide asks the gate, the person, and syncs.
func (l *Local) decide(ctx context.Context, id string) *Failure {
	e := l.alone()
	g, err := e.Gate(ctx, In{Run: id})
	refused := fault.Is(err, fault.Refused)
	if err != nil && !refused {
		return FailureOf(StepGate, err)
	}
	if l.Planned != nil {
		if perr := l.Planned(ctx, g.Decision); perr != nil && !refused {
			return FailureOf(StepGate, perr)
		}
	}
	for asked := l.Confirm == nil; ; {
		switch {
		case err != nil:
			return FailureOf(StepGate, err)
		case g.Decision == DecideReload:
			if f := again(ctx, StepLoadTarget, e.LoadTarget, In{Run: id, Fresh: true}); f != nil {
				return f
			}
		case g.Decision != DecideSync:
			return nil
		case asked:
			return again(ctx, StepSync, e.Sync, In{Run: id})
		default:
			yes, err := l.Confirm(ctx, g.Changes)
			if err != nil {
				return FailureOf(StepGate, err)
			}
			if !yes {
				_, err := e.Runs.Update(ctx, id, func(r *run.Run) { r.DryRun = true })
				return FailureOf(StepGate, err)
			}
			asked = true
		}
		g, err = e.Gate(ctx, In{Run: id}) // to look and to ask takes time
	}
}

// CloseDead closes as aborted every run that this store calls running but that alive says nobody works on: its process ended. It frees the locks of closed runs whose process ended before it could.
func (e *Env) CloseDead(ctx context.Context, alive func(runID string) bool) error {
	open, err := e.Runs.List(ctx, run.Filter{Status: run.Running, Limit: 1000})
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range open {
		if alive(r.ID) {
			continue
		}
		_, err := e.Finish(ctx, FinishIn{Run: r.ID, Gone: true, Failure: &Failure{Step: r.Step, Code: fault.Stopped, Message: "its process ended before the run did"}})
		errs = append(errs, err)
	}
	return errors.Join(append(errs, e.freeDead(ctx, alive))...)
}

// freeDead frees the locks whose run is closed, or was removed, and that nobody works on.
func (e *Env) freeDead(ctx context.Context, alive func(runID string) bool) error {
	locks, err := e.Runs.Locks(ctx)
	errs := []error{err}
	for _, l := range locks {
		if alive(l.Run) {
			continue
		}
		_, err := e.freeClosed(ctx, l)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
