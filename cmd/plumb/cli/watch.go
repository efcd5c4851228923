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

func (a *app) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "watch RUN",
		Short: "Follow a run that works elsewhere to its end",
		Long: "watch shows the progress of a run of the stack, or of another process, and then how it ended. Ctrl-C ends the watching, not the run.\n" +
			exitHelp(exitDone, exitFailed, exitUsage, exitPartial, exitRefused, exitHalfway, exitTimedOut, exitAborted),
		Args: args(1, 1, "one RUN"),
		RunE: func(c *cobra.Command, as []string) error {
			return a.onRun(c.Context(), as[0], a.watch)
		},
	}
}

func (a *app) watch(ctx context.Context, s *state, id string) error {
	dry := false // a plan that is longer than the screen is cut, not paged
	v := &runView{app: a, state: s, id: id, in: step.Input{DryRun: &dry}, flags: &runFlags{}, bars: a.newProgress()}
	r, err := v.follow(ctx)
	v.bars.stop()
	if err != nil && ctx.Err() != nil {
		return v.left()
	}
	if err != nil {
		return err
	}
	return v.conclude(ctx, r)
}

// onRun calls f with the run that a person named, in the stack or the state folder.
func (a *app) onRun(ctx context.Context, name string, f func(ctx context.Context, s *state, id string) error) error {
	s, err := a.open(ctx, false)
	if err != nil {
		return err
	}
	defer s.done()
	id, err := s.following(ctx, name)
	if err != nil {
		return err
	}
	return f(ctx, s, id)
}

// following returns the id of a run to follow; one whose execution began just now may have no record yet.
func (s *state) following(ctx context.Context, name string) (string, error) {
	r, err := s.find(ctx, name)
	if err == nil {
		return r.ID, nil
	}
	if s.stack != nil && fault.Is(err, fault.NotFound) && name != "last" {
		if _, xerr := s.stack.machine.Status(ctx, name); xerr == nil {
			return name, nil
		}
	}
	return "", err
}

func (a *app) stopCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "stop RUN",
		Short: "Stop a run of a stack",
		Long: "stop ends the execution of a run on a stack. A function that writes just then ends with the batch that it is at; the run is closed as aborted, and plumb resume RUN carries it on.\n" +
			"A run of this machine is stopped by Ctrl-C where it works.\n" + exitHelp(exitDone, exitFailed, exitUsage, exitRefused),
		Args: args(1, 1, "one RUN"),
		RunE: func(c *cobra.Command, as []string) error {
			if !a.onStack() {
				return usage("stop ends a run of a stack: give --stack NAME; a run of this machine is stopped by Ctrl-C where it works")
			}
			return a.onRun(c.Context(), as[0], func(ctx context.Context, s *state, id string) error {
				return a.stop(ctx, s, id, "by "+whoami()+prefixed(": ", reason))
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the run's record")
	return c
}

// stopWait is how long stop looks for the run's end.
const stopWait = 30 * time.Second

// stop stops the run's execution and looks for the run's end for a while.
func (a *app) stop(ctx context.Context, s *state, id, cause string) error {
	r, err := s.runs.Get(ctx, id)
	if err == nil && r.Status != run.Running {
		return fault.Errorf(fault.Conflict, "run %q is closed: it ended %s", id, r.Status)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := s.stack.machine.Stop(ctx, id, cause); err != nil {
		return err
	}
	for until := time.Now().Add(stopWait); time.Now().Before(until); {
		if r, err = s.runs.Get(ctx, id); err == nil && r.Status != run.Running {
			if a.output == "json" {
				return a.json("run", r)
			}
			a.showHead(r)
			a.next(r)
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.Stopped, context.Cause(ctx))
		case <-time.After(lookFirst):
		}
	}
	fmt.Fprintf(a.err, "Run %s is stopped; it is not closed yet.\nTo look again:   %s show %s\n", id, a.plumb(), id)
	return nil
}

// prefixed puts a lead before a text that is not empty.
func prefixed(lead, text string) string {
	if text == "" {
		return ""
	}
	return lead + text
}
