package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

func (a *app) showCommand() *cobra.Command {
	var filter plan.Filter
	var side, prefix string
	var limit int
	var links bool
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
		Args: args(1, 2, "a RUN and at most one of steps, changes, findings, journal, records, log"),
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
				return a.showChanges(ctx, s, r, filter, links)
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
	registerLinks(c, &links)
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
	a.showHead(r)
	fmt.Fprintln(a.out)
	a.stepTable(step.InOrder(steps), r)
	if err := a.showFailed(ctx, s, r); err != nil {
		return err
	}
	a.next(r)
	return nil
}

// showHead prints how the run ended, what it was, and between whom.
func (a *app) showHead(r *run.Run) {
	w := a.out
	said := string(r.Status)
	long := strings.Contains(r.Message, "\n") || plan.Width(visible(r.Job+string(r.Status)+r.Message+r.ID)) > a.width()-7
	if !long && r.Message != "" {
		said += ": " + r.Message
	}
	line := a.headline(r.Job, said, r.ID)
	fmt.Fprintln(w, strings.Replace(line, "   "+string(r.Status), "   "+a.paint.status(r.Status, string(r.Status)), 1))
	if long {
		a.paragraph(w, "    ", r.Message, func(s string) string { return s })
	}
	took := ", took " + tookOf(r)
	if r.Ended.IsZero() {
		took = ""
	}
	about := fmt.Sprintf("%s by %s, %s%s", r.Kind(), r.By, r.Started.Local().Format("2 Jan 15:04:05"), took)
	switch {
	case r.Resumes != "":
		about += ", resumes " + r.Resumes
	case r.PlanOf != "":
		about += ", plan of " + r.PlanOf
	}
	if all := about + "   " + sides(r); plan.Width(visible(all)) <= a.width() {
		about = all
	} else {
		fmt.Fprintln(w, cut(visible(sides(r)), a.width()))
	}
	fmt.Fprintln(w, strings.TrimSpace(visible(about)))
	if r.Override != "" {
		a.paragraph(w, "", "limits overridden: "+r.Override, a.paint.warn)
	}
}

// stepTable prints a line for each step; columns that hold nothing are left out.
func (a *app) stepTable(steps []*run.Step, r *run.Run) {
	var slowest float64
	var profiled, shared bool
	for _, st := range steps {
		slowest = max(slowest, st.Duration.Seconds())
		profiled = profiled || st.Memory.End > 0 || st.Memory.HeapPeak > 0
		shared = shared || st.Memory.Shared
	}
	head := []string{"step", " duration", "", " peak", "handled"}
	if profiled {
		head = []string{"step", " duration", "", " peak", " at end", " heap", "handled"}
	}
	var rows [][]string
	var errs []string
	for _, st := range steps {
		peak := size(st.Memory.Peak)
		if shared {
			peak += mark(st.Memory.Shared)
		}
		row := []string{st.Name, words.Seconds(st.Duration), bar(st.Duration.Seconds(), slowest, 20), peak}
		if profiled {
			row = append(row, size(st.Memory.End), size(st.Memory.HeapPeak))
		}
		rows = append(rows, append(row, handledOf(st, r)))
		if st.Error != "" && st.Name != r.Step && !stoppedWith(st, r) {
			errs = append(errs, st.Name+": "+st.Error)
		}
	}
	table(a.out, a.width(), head, rows)
	if shared {
		fmt.Fprintln(a.out, a.paint.faint("* both loads ran in one process: its peak; --memory-profiling tells them apart"))
	}
	for _, e := range errs {
		fmt.Fprintln(a.out)
		a.paragraph(a.out, "", e, a.paint.bad)
	}
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

// stoppedWith reports whether the step ended because the other load, or a person, ended the run.
func stoppedWith(st *run.Step, r *run.Run) bool {
	return r.Status == run.Aborted || strings.Contains(st.Error, context.Canceled.Error())
}

// mark is what stands behind a figure that holds for two steps; a figure that does not has room for it.
func mark(shared bool) string {
	if shared {
		return "*"
	}
	return " "
}

func handledOf(st *run.Step, r *run.Run) string {
	if st.Unit == "" {
		return st.Status
	}
	text := words.Count(st.Handled, strings.TrimSuffix(st.Unit, "s"))
	if st.Name == step.StepSync && r.Results["failed"]+r.Results["skipped"] > 0 {
		done := r.Done()
		text = words.Thousands(done) + " done"
		for _, s := range []string{"failed", "skipped"} {
			if n := r.Results[s]; n > 0 {
				text += ", " + words.Thousands(n) + " " + s
			}
		}
	}
	switch {
	case st.Status == string(run.Running):
		text += " so far"
	case st.Error != "":
		text += ", then it stopped"
	}
	return text
}

// next says what a person does now.
func (a *app) next(r *run.Run) {
	var ws []way
	for _, v := range step.Advise(r) {
		if !v.Shown {
			ws = append(ws, way{strings.TrimSpace(v.Fact + " " + v.To), a.plumb() + " " + v.Do.Command(r, a.jobArg(r))})
		}
	}
	if r.Status == run.Running {
		ws = append(ws, way{"It is at work. To look again:", a.plumb() + " show " + r.ID})
	}
	a.ways(ws)
}
