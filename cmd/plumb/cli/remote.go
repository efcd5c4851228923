package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// executeOn has the stack make a run and shows it as one of this machine is shown. Who is asked at the terminal looks at a dry run first;
// what is then applied is its plan, by a run of its own.
func (a *app) executeOn(ctx context.Context, s *state, in step.Input, f *runFlags) error {
	in.Trigger = "cli"
	v := &runView{app: a, state: s, in: in, flags: f, bars: a.newProgress()}
	if !in.Dry() && !f.yes {
		yes, err := v.agree(ctx)
		if err != nil || !yes {
			return err
		}
	}
	r, err := v.runThere(ctx, v.in)
	if err != nil {
		return err
	}
	return v.conclude(ctx, r)
}

// runThere starts an execution and follows its run to the end.
func (v *runView) runThere(ctx context.Context, in step.Input) (*run.Run, error) {
	v.id = run.NewID(time.Now())
	if err := v.state.stack.machine.Start(ctx, v.id, in, whoami()); err != nil {
		return nil, err
	}
	v.bars = v.app.newProgress()
	r, err := v.follow(ctx)
	v.bars.stop()
	if err != nil && ctx.Err() != nil {
		return nil, v.left()
	}
	return r, err
}

// left says how to come back to a run that goes on without this process.
func (v *runView) left() error {
	p := v.app.plumb()
	fmt.Fprintf(v.app.err, "Run %s goes on without you.\nTo watch it:   %s watch %s\n", v.id, p, v.id)
	if v.state.stack != nil {
		fmt.Fprintf(v.app.err, "To stop it:    %s stop %s\n", p, v.id)
	}
	return &exitError{code: exitAborted}
}

// agree makes a dry run of what is asked for, shows its plan, and asks whether to apply it; v.in is then what applies exactly it.
func (v *runView) agree(ctx context.Context) (bool, error) {
	has, err := v.hasPlan(ctx)
	if err != nil {
		return false, err
	}
	if !has {
		return v.ask(ctx, fmt.Sprintf("Run %s has no plan yet. Start it over and write what differs, without a look at it first?", v.in.Resume))
	}
	look := v.in
	dry := true
	look.DryRun = &dry
	r, err := v.runThere(ctx, look)
	if err != nil {
		return false, err
	}
	switch {
	case r.Status != run.Succeeded:
		return false, v.conclude(ctx, r)
	case step.WouldRefuse(r):
		if err := v.ended(ctx, r); err != nil {
			return false, err
		}
		return false, &exitError{code: exitRefused}
	case v.changes == 0:
		return false, v.ended(ctx, r)
	}
	yes, err := v.confirm(ctx, v.changes)
	if err != nil {
		return false, err
	}
	if !yes {
		return false, v.ended(ctx, r)
	}
	if v.in.Plan == "" && v.in.Resume == "" {
		no := false
		v.in = step.Input{
			Job: v.in.Job, Plan: r.ID, DryRun: &no, MemoryProfiling: v.in.MemoryProfiling, OverrideLimits: v.in.OverrideLimits, SkipStale: v.in.SkipStale, Trigger: v.in.Trigger,
		}
	}
	return true, nil
}

// hasPlan reports whether there is a plan to look at beforehand: always, but for a run that is resumed and has none yet.
func (v *runView) hasPlan(ctx context.Context) (bool, error) {
	if v.in.Resume == "" {
		return true, nil
	}
	old, err := v.state.runs.Get(ctx, v.in.Resume)
	if err != nil {
		return false, err
	}
	if old.PlanDigest == "" {
		return false, nil
	}
	p, err := plan.Open(ctx, v.state.objects, v.state.env.PlanName(old))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p.Close()
	return true, nil
}
