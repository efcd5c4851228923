package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/term"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// showPlan is what is shown of a plan.
type showPlan struct {
	run    *run.Run
	job    *job.Job
	plan   *plan.Reader
	filter plan.Filter
	state  *state
	brief  bool // a plan longer than the screen is cut to its summary instead of being paged
	links  bool // with the pages of records
	pages  *links
}

// untried reports whether there are no results to show beside the changes.
func (v *showPlan) untried() bool { return v.run.DryRun || len(v.run.Results) == 0 }

// changes returns the plan's changes in order, after a sync each with its result; e is nil where it was not tried. err is set where reading ends early.
func (v *showPlan) changes(ctx context.Context, err *error) iter.Seq2[*plan.Change, *journal.Entry] {
	if !v.untried() {
		return results(ctx, v.state, v.run, v.plan, err)
	}
	return func(yield func(*plan.Change, *journal.Entry) bool) {
		for c, cerr := range v.plan.Changes(ctx, 1, 0) {
			if *err = cerr; cerr != nil || !yield(c, nil) {
				return
			}
		}
	}
}

// showPlan prints a plan in the form that -o names.
func (a *app) showPlan(ctx context.Context, v showPlan) error {
	if err := v.filter.Check(v.plan.Index()); err != nil {
		return usage("%w", err)
	}
	pages, done := a.linker(ctx, v)
	defer done()
	v.pages = pages
	switch a.output {
	case "json":
		return a.planJSON(ctx, v)
	case "text":
		return a.planText(ctx, v)
	}
	return a.planForms(ctx, v)
}

// planText prints header, changes and summary; on a terminal a long plan is paged, or cut.
func (a *app) planText(ctx context.Context, v showPlan) error {
	if !terminal(a.out) {
		return a.planTo(ctx, a.out, v, false)
	}
	_, height, err := term.GetSize(int(a.out.(*os.File).Fd()))
	if err != nil {
		height = 24
	}
	head := &firstLines{most: height - 2}
	err = a.planTo(ctx, head, v, false)
	switch {
	case err == errLong && v.brief:
		return a.planTo(ctx, a.out, v, true)
	case err == errLong:
		return a.page(func(w io.Writer) error { return a.planTo(ctx, w, v, false) })
	case err != nil:
		return err
	}
	_, err = a.out.Write(head.buf.Bytes())
	return err
}

func (a *app) planTo(ctx context.Context, w io.Writer, v showPlan, brief bool) error {
	steps, err := v.state.runs.Steps(ctx, v.run.ID)
	if err != nil {
		return err
	}
	if err := a.planHead(w, v, steps); err != nil {
		return err
	}
	p := a.printer(w)
	p.Below = v.pages.below(ctx, nil)
	if brief {
		if err := a.someHeld(ctx, w, p, v); err != nil {
			return err
		}
	} else {
		n, held, err := p.Plan(ctx, v.plan, v.filter)
		if err != nil {
			return err
		}
		switch {
		case n+held > 0:
			_, err = fmt.Fprintln(w)
		case !v.filter.Empty():
			_, err = fmt.Fprintf(w, "No change is left by %s; the summary counts all of them.\n\n", v.filter.String())
		}
		if err != nil {
			return err
		}
	}
	if err := p.Summary(v.plan.Index()); err != nil || !brief {
		return err
	}
	_, err = fmt.Fprintf(w, "\nThe plan is longer than this screen. To read it all:   %s show %s changes\n\n", a.plumb(), v.run.ID)
	return err
}

// someHeld prints the first held changes of a plan that is cut to its summary: what is unusual is not to be missed.
func (a *app) someHeld(ctx context.Context, w io.Writer, p *plan.Printer, v showPlan) error {
	const most = 5
	all := v.plan.Index().Lists.Held
	shown := int64(0)
	for c, err := range v.plan.Held(ctx) {
		if err == nil && shown < most {
			err = p.Change(c)
		}
		if err != nil {
			return err
		}
		if shown++; shown == most {
			break
		}
	}
	var err error
	switch {
	case all > shown:
		_, err = fmt.Fprintf(w, "! and %s more are held:   %s show %s changes --action held\n\n", words.Thousands(all-shown), a.plumb(), v.run.ID)
	case all > 0:
		_, err = fmt.Fprintln(w)
	}
	return err
}

// planHead prints what was compared and how long that took.
func (a *app) planHead(w io.Writer, v showPlan, steps []*run.Step) error {
	_, err := fmt.Fprintf(w, "%s\n\n", a.headline(v.run.Job, sides(v.run), v.run.Kind()+" "+v.run.ID))
	if err != nil {
		return err
	}
	var rows [][]string
	for _, s := range step.InOrder(steps) {
		var name string
		var found int64
		switch s.Name {
		case step.StepLoadSource:
			name, found = "  source", v.run.Findings["source"]
		case step.StepLoadTarget:
			name, found = "  target", v.run.Findings["target"]
		case step.StepDiff:
			name, found = "  diff", v.run.Findings["audit"]
		default:
			continue
		}
		var notes []string
		if held := v.plan.Index().Total().Held; s.Name == step.StepDiff && held > 0 {
			notes = append(notes, words.Thousands(held)+" held")
		}
		if found > 0 {
			notes = append(notes, words.Count(found, "finding"))
		}
		extra := a.paint.warn(strings.Join(notes, ", "))
		rows = append(rows, []string{name, words.Thousands(s.Handled), s.Unit, words.Seconds(s.Duration), size(s.Memory.Peak), extra})
	}
	tableBody(w, []string{"", " ", "", " ", " ", ""}, rows)
	_, err = fmt.Fprintln(w)
	return err
}

// planForms prints DiffSync's forms, from the snapshots that the plan was made of.
func (a *app) planForms(ctx context.Context, v showPlan) error {
	source, err := snapshot.Open(ctx, v.state.objects, v.state.env.ObjectName(v.run, step.SnapshotSource))
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := snapshot.Open(ctx, v.state.objects, v.state.env.ObjectName(v.run, step.SnapshotTarget))
	if err != nil {
		return err
	}
	defer target.Close()
	f := &plan.Forms{Job: v.job, Source: source, Target: target, Temp: v.state.env.Temp}
	switch a.output {
	case "diffsync-dict":
		return f.Dict(ctx, a.out)
	case "diffsync-str":
		return f.Str(ctx, a.out)
	}
	s, ok := plan.SummaryOf(v.plan.Index())
	if !ok {
		if s, err = f.Summary(ctx); err != nil {
			return err
		}
	}
	return a.plainJSON(s)
}

// errLong says that more lines came than the screen has.
var errLong = fmt.Errorf("longer than the screen")

// firstLines takes the lines of one screen and stops the writer that brings more.
type firstLines struct {
	buf         bytes.Buffer // not embedded: its WriteString would pass by the count
	most, lines int
}

func (f *firstLines) Write(p []byte) (int, error) {
	if f.lines += bytes.Count(p, []byte("\n")); f.lines > f.most {
		return 0, errLong
	}
	return f.buf.Write(p)
}

// page shows what print writes in the user's pager ($PAGER, else less); where there is none it is simply printed.
func (a *app) page(print func(io.Writer) error) error {
	pager := envOr("PAGER", "less")
	path, err := exec.LookPath(pager)
	if err != nil {
		return print(a.out)
	}
	cmd := exec.CommandContext(context.Background(), path) //nolint:gosec // the user's own choice; it ends when they leave it
	cmd.Env = append(os.Environ(), "LESS="+envOr("LESS", "FRX"))
	cmd.Stdout, cmd.Stderr = a.out, a.err
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return print(a.out)
	}
	perr := print(in)
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		return err
	}
	if perr != nil && !isClosedPipe(perr) { // who leaves the pager early has seen enough
		return perr
	}
	return nil
}
