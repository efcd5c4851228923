package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// How often a run of a stack is looked at, at first and after a while.
const (
	watchEvery  = 500 * time.Millisecond
	watchSlower = 2 * time.Second
)

// executeStack has the stack carry out a run, and shows it as if it ran here. A sync at a terminal is a dry run first, whose plan is then applied.
func (a *app) executeStack(ctx context.Context, s *state, in step.Input, f *runFlags) error {
	in.By, in.Trigger = a.by(), "cli"
	ask := !in.Dry() && !f.yes
	if ask && in.Plan == "" && in.Resume == "" {
		dry := true
		look := in
		look.DryRun, look.OverrideLimits = &dry, ""
		view, r, err := a.stackRun(ctx, s, look, f, true)
		if err != nil || r.Status != run.Succeeded || view.changes == 0 {
			return a.stackEnd(ctx, view, r, f, err)
		}
		if yes, err := view.confirm(ctx, view.changes); err != nil || !yes {
			return a.stackEnd(ctx, view, r, f, err)
		}
		in = step.Input{Plan: r.ID, DryRun: in.DryRun, OverrideLimits: in.OverrideLimits, MemoryProfiling: in.MemoryProfiling, By: in.By, Trigger: in.Trigger}
	} else if ask {
		old, err := s.find(ctx, in.Plan+in.Resume)
		if err != nil {
			return err
		}
		if yes, err := (&runView{app: a, state: s, id: old.ID, bars: a.newProgress()}).confirm(ctx, plannedOf(old)); err != nil || !yes {
			return err
		}
	}
	view, r, err := a.stackRun(ctx, s, in, f, in.Dry())
	return a.stackEnd(ctx, view, r, f, err)
}

// stackEnd shows how a run ended; the error carries the exit code.
func (a *app) stackEnd(ctx context.Context, view *runView, r *run.Run, f *runFlags, err error) error {
	if err != nil {
		return err
	}
	if err := view.ended(ctx, r); err != nil {
		return err
	}
	code := codeOfRun(r.Status, r.Written)
	if c := fault.Code(r.Code); r.Step == step.StepStart && (c == fault.Invalid || c == fault.NotFound) {
		code = exitUsage // start refused the job or the input
	}
	if code == exitDone && f.exitCode && view.changes > 0 {
		code = exitChanges
	}
	if code != exitDone {
		return &exitError{code: code}
	}
	return nil
}

// stackRun starts a run and watches it to its end; show prints its plan.
func (a *app) stackRun(ctx context.Context, s *state, in step.Input, f *runFlags, show bool) (*runView, *run.Run, error) {
	id := run.NewID(time.Now())
	if err := s.machine.Start(ctx, id, in); err != nil {
		return nil, nil, err
	}
	view := &runView{app: a, state: s, id: id, in: in, flags: f, bars: a.newProgress()}
	r, err := a.watch(ctx, view)
	view.bars.stop()
	if err != nil {
		return view, r, err
	}
	if show && r.PlanDigest != "" {
		err = view.planned(ctx, "")
	}
	return view, r, err
}

// watch shows a run's progress until it is closed. Ctrl-C leaves the run going, and says how to go on.
func (a *app) watch(ctx context.Context, view *runView) (*run.Run, error) {
	s, began := view.state, time.Now()
	over := 0 // how often the execution was found ended while the run was open
	for {
		r, err := s.runs.Get(ctx, view.id)
		switch {
		case err == nil && r.Status != run.Running:
			view.steps(ctx)
			return r, nil
		case err == nil:
			view.steps(ctx)
		case ctx.Err() == nil && !fault.Is(err, fault.NotFound):
			return nil, err
		}
		if ctx.Err() == nil && time.Since(began) > 2*time.Second {
			e, err := s.machine.Execution(ctx, view.id)
			if err == nil && !e.Running {
				if over++; over > 20 {
					return nil, fault.Errorf(fault.Internal, "run %q: its execution ended (%s: %s), and nobody closed the run", view.id, e.Error, e.Cause)
				}
			}
		}
		every := watchEvery
		if time.Since(began) > time.Minute {
			every = watchSlower
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			view.bars.stop()
			fmt.Fprintf(a.err, "The run goes on in the stack. To watch it:   %s watch %s\n                           To stop it:    %s stop %s\n", a.plumb(), view.id, a.plumb(), view.id)
			return nil, &exitError{code: exitAborted}
		}
	}
}

// steps shows how far the steps are.
func (v *runView) steps(ctx context.Context) {
	steps, err := v.state.runs.Steps(ctx, v.id)
	if err != nil {
		return // the next look says it
	}
	for _, s := range steps {
		v.bars.update(*s)
	}
}

func (a *app) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "watch RUN",
		Short: "Follow a run of a stack to its end",
		Long: "watch shows the progress of a run that a stack carries out, and how it ends. Ctrl-C leaves the run going.\n" +
			exitHelp(exitDone, exitFailed, exitUsage, exitPartial, exitRefused, exitHalfway, exitTimedOut, exitAborted),
		Args: args(1, 1, "one RUN"),
		RunE: func(c *cobra.Command, as []string) error {
			s, r, err := a.stackFind(c.Context(), "watch", as[0])
			if err != nil {
				return err
			}
			defer s.done()
			f := &runFlags{}
			view := &runView{app: a, state: s, id: r.ID, flags: f, bars: a.newProgress()}
			r, err = a.watch(c.Context(), view)
			view.bars.stop()
			return a.stackEnd(c.Context(), view, r, f, err)
		},
	}
}

func (a *app) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop RUN",
		Short: "Stop a run of a stack",
		Long: "stop ends the execution of a run. What is in flight stops before its next batch and says in the journal what it wrote; the run is aborted, and plumb resume carries it on.\n" +
			exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(1, 1, "one RUN"),
		RunE: func(c *cobra.Command, as []string) error {
			s, r, err := a.stackFind(c.Context(), "stop", as[0])
			if err != nil {
				return err
			}
			defer s.done()
			if r.Status != run.Running {
				return fault.Errorf(fault.Invalid, "run %q has ended already: %s", r.ID, r.Status)
			}
			if err := s.machine.Stop(c.Context(), r.ID, "stopped by "+a.by()); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "run %s is being stopped; to see how it ended:   %s show %s\n", r.ID, a.plumb(), r.ID)
			return nil
		},
	}
}

// stackFind opens the stack and finds a run of it.
func (a *app) stackFind(ctx context.Context, what, name string) (*state, *run.Run, error) {
	if err := a.needStack(what); err != nil {
		return nil, nil, err
	}
	s, err := a.open(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.find(ctx, name)
	if err != nil {
		s.done()
		return nil, nil, err
	}
	return s, r, nil
}
