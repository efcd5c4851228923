package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// unlock lists the locks, or frees one.
func (a *app) unlock(c *cobra.Command, as []string, yes bool) error {
	ctx := c.Context()
	s, err := a.open(ctx, false)
	if err != nil {
		return err
	}
	defer s.done()
	locks, err := s.runs.Locks(ctx)
	if err != nil {
		return err
	}
	if len(as) == 0 {
		return a.listLocks(locks)
	}
	for _, l := range locks {
		if l.Name != as[0] {
			continue
		}
		if !yes {
			if err := s.atWork(ctx, l); err != nil {
				return err
			}
		}
		_, err := s.env.Finish(ctx, step.FinishIn{Run: l.Run, Failure: &step.Failure{Step: step.StepSync, Code: fault.Stopped, Message: "its lock was freed by " + whoami()}})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := s.runs.Unlock(ctx, l.Name, l.Run); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s is free; run %s is closed\n", visible(l.Name), l.Run)
		return nil
	}
	return fault.Errorf(fault.NotFound, "no lock %q is held", as[0])
}

// atWork is the reason for which a lock is not freed without --yes: somebody may write under it. nil: nobody does.
func (s *state) atWork(ctx context.Context, l run.Lock) error {
	if s.stack != nil {
		return s.stack.atWork(ctx, l)
	}
	if s.alive(l.Run) {
		return fault.Errorf(fault.Refused, "run %q, which holds the lock, is at work; stop it first, or give --yes", l.Run)
	}
	return nil
}

func (a *app) listLocks(locks []run.Lock) error {
	if a.output == "json" {
		for _, l := range locks {
			if err := a.json("lock", l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(locks) == 0 {
		fmt.Fprintln(a.out, "No target is locked.")
		return nil
	}
	var rows [][]string
	for _, l := range locks {
		rows = append(rows, []string{visible(l.Name), l.Run, words.Ago(l.Since, time.Now())})
	}
	table(a.out, a.width(), []string{"LOCK", "RUN", "SINCE"}, rows)
	return nil
}
