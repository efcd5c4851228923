package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// showJournal prints what was sent and how it ended, in the order in which it was written.
func (a *app) showJournal(ctx context.Context, s *state, r *run.Run) error {
	prefixes, err := s.env.Journals(ctx, r)
	if err != nil {
		return err
	}
	any := false
	for _, prefix := range prefixes {
		for e, err := range journal.Open(s.objects, prefix, "").All(ctx) {
			if err != nil {
				return err
			}
			any = true
			if a.output == "json" {
				err = a.json("journal", e)
			} else {
				err = a.journalLine(e)
			}
			if err != nil {
				return err
			}
		}
	}
	if !any && a.output != "json" {
		fmt.Fprintln(a.out, "No journal: the run wrote nothing.")
	}
	return nil
}

func (a *app) journalLine(e *journal.Entry) error {
	var err error
	switch e.Kind {
	case journal.Result:
		text, paint := a.resultText(e)
		_, err = fmt.Fprintf(a.out, "%8d  %-7s %s  %s\n", e.N, e.Op, padded(cut(visible(e.Key.String()), 40), 40), paint(visible(text)))
	default:
		_, err = fmt.Fprintln(a.out, a.paint.faint("          "+e.Note()))
	}
	return err
}

// padded fills text to a width.
func padded(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-plan.Width(s)))
}

// showLog prints the run's log.
func (a *app) showLog(ctx context.Context, s *state, r *run.Run) error {
	const page = 1000
	for from := 0; ; from += page {
		lines, err := s.runs.Lines(ctx, r.ID, from, page)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if a.output == "json" {
				err = a.json("log", l)
			} else {
				_, err = fmt.Fprintf(a.out, "%s  %-5s %-12s %s %s\n", l.Time.Local().Format("15:04:05.000"), l.Level, l.Step, visible(l.Message), a.paint.faint(visible(l.Attrs)))
			}
			if err != nil {
				return err
			}
		}
		if len(lines) < page {
			if from == 0 && len(lines) == 0 && a.output != "json" {
				fmt.Fprintln(a.out, "The log is empty.")
			}
			return nil
		}
	}
}

// runJSON prints a run and its steps, a line each.
func (a *app) runJSON(ctx context.Context, s *state, r *run.Run) error {
	steps, err := s.runs.Steps(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, st := range step.InOrder(steps) {
		if err := a.json("step", st); err != nil {
			return err
		}
	}
	return a.json("run", r)
}
