package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

func (a *app) runsCommand() *cobra.Command {
	var f run.Filter
	var status string
	c := &cobra.Command{
		Use:   "runs [JOB]",
		Short: "List runs, newest first",
		Long:  "runs lists what was run here, newest first.\n" + exitHelp(exitDone, exitFailed, exitUsage),
		Args:  args(0, 1, "at most one JOB"),
		RunE: func(c *cobra.Command, as []string) error {
			if len(as) == 1 {
				f.Job = as[0]
			}
			f.Status = run.Status(status)
			if status != "" && !slices.Contains(statuses, f.Status) {
				return usage("--status %q: want running, succeeded, partial, failed, refused, aborted or timed-out", status)
			}
			s, err := a.open(c.Context(), false)
			if err != nil {
				return err
			}
			defer s.done()
			rs, err := s.runs.List(c.Context(), f)
			if err != nil {
				return err
			}
			return a.listRuns(rs, f)
		},
	}
	c.Flags().IntVarP(&f.Limit, "limit", "n", 20, "how many")
	c.Flags().StringVar(&f.After, "after", "", "go on after this run")
	c.Flags().StringVar(&status, "status", "", "only runs that stand so: running, succeeded, partial, failed, refused, aborted, timed-out")
	c.AddCommand(a.pruneCommand())
	return c
}

func (a *app) listRuns(rs []*run.Run, f run.Filter) error {
	if a.output == "json" {
		for _, r := range rs {
			if err := a.json("run", r); err != nil {
				return err
			}
		}
		return nil
	}
	if len(rs) == 0 {
		what := "No runs"
		if f.Job != "" {
			what += fmt.Sprintf(" of job %q", f.Job)
		}
		if f.Status != "" {
			what += " that stand " + string(f.Status)
		}
		fmt.Fprintf(a.out, "%s. To make one, which changes nothing:   %s plan %s\n", what, a.plumb(), or(f.Job, "JOB"))
		return nil
	}
	rows := make([][]string, 0, len(rs))
	for _, r := range rs {
		rows = append(rows, []string{r.ID, cut(visible(r.Job), 20), words.Ago(r.Started, time.Now()), cut(visible(r.By), 10), r.Kind(), string(r.Status), changesOf(r), tookOf(r)})
	}
	table(a.out, a.width(), []string{"RUN", "JOB", "STARTED", "BY", "WHAT", "RESULT", " CHANGES", " TOOK"}, rows)
	if len(rs) == f.Limit {
		last := rs[len(rs)-1].ID
		a.ways([]way{{"Older ones:", a.plumb() + " runs " + strings.TrimSpace(f.Job+" --after "+last)}})
	}
	return nil
}

var statuses = []run.Status{run.Running, run.Succeeded, run.Partial, run.Failed, run.Refused, run.Aborted, run.TimedOut} // read only

// changesOf says what a run did in two words: "15 found", "14 of 15".
func changesOf(r *run.Run) string {
	planned := r.Planned()
	done := r.Done()
	switch {
	case r.PlanDigest == "":
		return "."
	case r.DryRun:
		return words.Thousands(planned) + " found"
	case done == planned:
		return words.Thousands(done)
	}
	return words.Thousands(done) + " of " + words.Thousands(planned)
}

func tookOf(r *run.Run) string {
	if r.Ended.IsZero() {
		return "."
	}
	return words.Seconds(r.Ended.Sub(r.Started))
}

func (a *app) pruneCommand() *cobra.Command {
	var older time.Duration
	var keep int
	var dry bool
	c := &cobra.Command{
		Use:   "prune",
		Short: "Remove old runs with their snapshots, plans and journals",
		Long: "prune removes closed runs that are older than --older and not among the last --keep of their job. Runs that an open run builds on stay.\n" +
			exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.open(c.Context(), false)
			if err != nil {
				return err
			}
			defer s.done()
			removed, err := run.Prune(c.Context(), s.runs, s.objects, run.Keep{Younger: older, Last: keep, DryRun: dry}, time.Now())
			if err != nil {
				return err
			}
			what := "removed"
			if dry {
				what = "would be removed"
			}
			fmt.Fprintf(a.out, "%s %s\n", words.Count(int64(len(removed)), "run"), what)
			return nil
		},
	}
	c.Flags().DurationVar(&older, "older", 30*24*time.Hour, "only runs older than this")
	c.Flags().IntVar(&keep, "keep", 10, "keep the last so many runs of each job")
	c.Flags().BoolVar(&dry, "dry-run", false, "remove nothing, only say how many would go")
	return c
}

func (a *app) unlockCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "unlock [LOCK]",
		Short: "Show the locks of targets, or free one that was left behind",
		Long: "unlock lists who holds the lock of which target. With a lock's name it frees it; the run that held it is closed as aborted.\n" +
			"A lock whose process ended is freed by any next command; this is for what is left.\n" + exitHelp(exitDone, exitFailed, exitUsage, exitRefused),
		Args: args(0, 1, "at most one LOCK"),
		RunE: func(c *cobra.Command, as []string) error { return a.unlock(c, as, yes) },
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "free it although its run's process is alive")
	return c
}
