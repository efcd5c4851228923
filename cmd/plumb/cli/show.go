package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
)

func (a *app) showCommand() *cobra.Command {
	var filter plan.Filter
	var side, prefix string
	var limit int
	c := &cobra.Command{
		Use:   "show RUN [steps|changes|findings|journal|records|log]",
		Short: "Show a run: its steps, changes, findings, journal, records or log",
		Long: "show prints what is kept of a run. RUN is its id, or last.\n" +
			"  steps      duration and memory of each step, and how the run ended (the default)\n" +
			"  changes    its plan, with the result beside each change after a sync\n" +
			"  findings   records that could not be used, and why\n" +
			"  journal    what was sent and how it ended, in order\n" +
			"  records    the records of a side as they were loaded (--side)\n" +
			"  log        the run's log\n" + exitHelp(exitDone, exitFailed, exitUsage),
		Args:      args(1, 2, "a RUN and at most one of steps, changes, findings, journal, records, log"),
		ValidArgs: []string{"last"},
		RunE: func(c *cobra.Command, as []string) error {
			s, err := a.open(c.Context(), false)
			if err != nil {
				return err
			}
			defer s.done()
			r, err := s.find(c.Context(), as[0])
			if err != nil {
				return err
			}
			what := "steps"
			if len(as) == 2 {
				what = as[1]
			}
			ctx := c.Context()
			switch what {
			case "steps":
				if a.output == "json" {
					return a.runJSON(ctx, s, r)
				}
				return a.showSteps(ctx, s, r)
			case "changes":
				return a.showChanges(ctx, s, r, filter)
			case "findings":
				return a.showFindings(ctx, s, r, limit)
			case "journal":
				return a.showJournal(ctx, s, r)
			case "records":
				return a.showRecords(ctx, s, r, side, prefix, limit)
			case "log":
				return a.showLog(ctx, s, r)
			}
			return usage("show %q: want one of steps, changes, findings, journal, records, log", what)
		},
	}
	registerFilter(c, &filter)
	c.Flags().StringVar(&side, "side", "source", "records: source or target")
	c.Flags().StringVar(&prefix, "kind", "", "records: only of this model")
	c.Flags().IntVarP(&limit, "limit", "n", 0, "findings and records: at most so many; 0: all")
	return c
}

// showSteps prints how the run ended, its steps as bars with their memory, and what to do next.
func (a *app) showSteps(ctx context.Context, s *state, r *run.Run) error {
	steps, err := s.runs.Steps(ctx, r.ID)
	if err != nil {
		return err
	}
	w := a.out
	fmt.Fprintf(w, "\n%s   %s: %s   %s\n", a.paint.strong(visible(r.Job)), a.paint.status(r.Status, string(r.Status)), visible(r.Message), a.paint.faint(r.ID))
	what := "sync"
	if r.DryRun {
		what = "dry run"
	}
	fmt.Fprintf(w, "%s by %s, %s, took %s\n", what, visible(r.By), r.Started.Local().Format("2 Jan 15:04:05"), tookOf(r))
	if r.Override != "" {
		fmt.Fprintf(w, "limits overridden: %s\n", visible(r.Override))
	}
	if r.Source != "" || r.Target != "" {
		fmt.Fprintf(w, "%s  ->  %s\n", visible(r.Source), visible(r.Target))
	}
	fmt.Fprintln(w)
	var slowest float64
	for _, st := range steps {
		slowest = max(slowest, st.Duration.Seconds())
	}
	var rows [][]string
	shared := false
	for _, st := range steps {
		peak := megabytes(st.Memory.Peak)
		if st.Memory.Shared {
			peak, shared = peak+"*", true
		}
		rows = append(rows, []string{st.Name, seconds(st.Duration), bar(st.Duration.Seconds(), slowest, 20), peak, megabytes(st.Memory.End), megabytes(st.Memory.HeapPeak), handledOf(st, r)})
	}
	table(w, []string{"step", " duration", "", " peak", " at end", " heap", "handled"}, rows)
	if shared {
		fmt.Fprintln(w, a.paint.faint("* both loads ran in one process: its peak; --memory-profiling tells them apart"))
	}
	if err := a.showFailed(ctx, s, r); err != nil {
		return err
	}
	a.next(r)
	return nil
}

// bar draws v of most in at most width cells, in eighths.
func bar(v, most float64, width int) string {
	if most <= 0 {
		return ""
	}
	eighths := int(v/most*float64(width)*8 + 0.5)
	s := strings.Repeat("█", eighths/8)
	if r := eighths % 8; r > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[r-1])
	}
	if s == "" && v > 0 {
		s = "▏"
	}
	return s
}

func handledOf(st *run.Step, r *run.Run) string {
	if st.Error != "" {
		return cut(visible(st.Error), 60)
	}
	if st.Unit == "" {
		return ""
	}
	text := plural(st.Handled, strings.TrimSuffix(st.Unit, "s"))
	if st.Name == "sync" && r.Results["failed"]+r.Results["skipped"] > 0 {
		done := r.Results["done"] + r.Results["adopted"] + r.Results["warned"]
		text = fmt.Sprintf("%s done, %s failed, %s skipped", thousands(done), thousands(r.Results["failed"]), thousands(r.Results["skipped"]))
	}
	return text
}

// next says what a person does now.
func (a *app) next(r *run.Run) {
	say := func(why, command string) { fmt.Fprintf(a.out, "\n%s   %s\n", why, command) }
	switch r.Status {
	case run.Partial:
		say("Mend what failed, then:", "plumb sync "+r.Job)
	case run.Refused:
		say("To look at what it would have done:", "plumb show "+r.ID+" changes")
		if r.Step == "gate" {
			say("To apply it all the same:", "plumb sync "+r.Job+" --plan "+r.ID+" --override-limits \"REASON\"")
		}
	case run.Aborted, run.TimedOut, run.Failed:
		if r.Written {
			say("What was written is in the journal ("+"plumb show "+r.ID+" journal"+"). To carry on:", "plumb resume "+r.ID)
		} else if r.Status != run.Failed {
			say("Nothing was written. To carry on:", "plumb resume "+r.ID)
		} else {
			say("Nothing was written. Its log:", "plumb show "+r.ID+" log")
		}
	}
	if n := findings(r); n > 0 {
		fmt.Fprintf(a.out, "%s could not be used:   plumb show %s findings\n", plural(n, "record"), r.ID)
	}
}
