package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	machine "github.com/plumbline-sync/plumbline/shared/step/aws"
)

// How a run that works elsewhere is looked at.
const (
	lookFirst  = time.Second     // between two looks, at first
	lookLast   = 2 * time.Second // and after a while: steps are noted no more often
	lookErrors = 10              // so many looks in a row may go wrong for reasons that pass
	lookExec   = 5               // every so many looks the execution is asked too
	afterEnd   = time.Minute     // an execution that has ended may take so long until its run is closed
	afterNone  = 10 * time.Second
)

// follow shows a run that works elsewhere until it is closed, from its records in the store, and returns it.
// The error is what kept it from being made, or from being looked at: the run itself goes on when the context ends.
func (v *runView) follow(ctx context.Context) (*run.Run, error) {
	var over time.Time // when the execution was first seen to have ended
	pause, bad := lookFirst, 0
	for n := 1; ; n++ {
		r, err := v.look(ctx)
		switch {
		case err == nil && r.Job == "" && r.Status != run.Running: // a record only of that start refused it
			return nil, fault.Errorf(fault.Code(r.Code), "%s", r.Message)
		case err == nil && r.Status != run.Running:
			if err = v.showPlanOf(ctx, r); r.Code != "" { // how the run ended matters more than a plan that cannot be shown, and may be the same trouble
				err = nil
			}
			return r, err
		case err != nil && !fault.Is(err, fault.NotFound):
			if bad++; bad > lookErrors || !fault.Retryable(err) || ctx.Err() != nil {
				return nil, err
			}
		default:
			bad = 0
			if (err != nil || n%lookExec == 0) && v.state.stack != nil {
				if err := v.execution(ctx, r, &over); err != nil {
					return nil, err
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Stopped, context.Cause(ctx))
		case <-time.After(pause):
		}
		pause = min(pause+pause/20, lookLast)
	}
}

// look reads the run and its steps, and shows what is new.
func (v *runView) look(ctx context.Context) (*run.Run, error) {
	if v.state.stack == nil { // a process that died closes no run
		if err := v.state.env.CloseDead(ctx, v.state.alive); err != nil {
			return nil, err
		}
	}
	r, err := v.state.runs.Get(ctx, v.id)
	if err != nil {
		return nil, err
	}
	steps, err := v.state.runs.Steps(ctx, v.id)
	if err != nil {
		return nil, err
	}
	for _, s := range step.InOrder(steps) {
		v.bars.update(*s)
	}
	if r.Status == run.Running && r.Step == step.StepStart && r.LockName != "" {
		if err := v.lockOf(ctx, r); err != nil {
			return nil, err
		}
	}
	if r.Status == run.Running && r.Step == step.StepSync {
		err = v.showPlanOf(ctx, r)
	}
	return r, err
}

// lockOf says that the run waits where another one holds its lock.
func (v *runView) lockOf(ctx context.Context, r *run.Run) error {
	locks, err := v.state.runs.Locks(ctx)
	for _, l := range locks {
		if l.Name == r.LockName && l.Run != r.ID {
			v.bars.waiting()
		}
	}
	return err
}

// showPlanOf shows the run's plan once the gate has looked at it; once.
func (v *runView) showPlanOf(ctx context.Context, r *run.Run) error {
	passed := r.Step == step.StepGate || r.Step == step.StepSync || r.Step == "" // "": it ended well
	if v.shown || r.PlanDigest == "" || !passed {
		return nil
	}
	return v.planned(ctx, "")
}

// execution asks how the execution stands: where it has ended, the run is closed within a while, or never.
func (v *runView) execution(ctx context.Context, r *run.Run, over *time.Time) error {
	x, err := v.state.stack.machine.Status(ctx, v.id)
	if err != nil {
		if fault.Retryable(err) {
			return nil
		}
		return err
	}
	if x.Running {
		return nil
	}
	if over.IsZero() {
		*over = time.Now()
	}
	wait := afterEnd
	if r == nil {
		wait = afterNone
	}
	if time.Since(*over) < wait {
		return nil
	}
	if r == nil {
		return endedWith(v.id, x)
	}
	return fmt.Errorf("run %q is still open: %w", v.id, endedWith(v.id, x))
}

// endedWith is how an execution ended whose run was never closed, as Step Functions has it.
func endedWith(id string, x machine.Execution) error {
	code := fault.Internal
	switch {
	case x.Error == "Refused":
		code = fault.Refused
	case x.Error == "Aborted" || x.Status == "ABORTED":
		code = fault.Stopped
	case x.Error == "TimedOut" || x.Status == "TIMED_OUT":
		code = fault.TimedOut
	}
	cause := x.Cause
	var f struct {
		Message string `json:"errorMessage"`
	}
	// What a function said stands at the end, as JSON.
	if lead, rest, ok := strings.Cut(cause, `{"`); ok && json.Unmarshal([]byte(`{"`+rest), &f) == nil && f.Message != "" {
		cause = lead + f.Message
	}
	return fault.Errorf(code, "execution %q ended %s: %s: %s", id, x.Status, or(x.Error, "no error"), or(cause, "no cause"))
}
