package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// runView shows a run that this process carries out: its steps, its plan, how it ended.
type runView struct {
	app     *app
	state   *state
	id      string
	in      step.Input
	flags   *runFlags
	bars    *progress
	changes int64
	shown   bool // whether the plan is on the screen
}

// planned shows the plan: on a terminal a long one is paged (plan) or cut to its summary (sync).
func (v *runView) planned(ctx context.Context, _ step.Decision) error {
	v.bars.stop()
	r, err := v.state.runs.Get(ctx, v.id)
	if err != nil {
		return err
	}
	p, err := plan.Open(ctx, v.state.objects, v.state.env.PlanName(r))
	if err != nil {
		return err
	}
	defer p.Close()
	v.changes, v.shown = p.Index().Changes(), true
	j, err := v.state.env.JobOf(ctx, r)
	if err != nil {
		return err
	}
	return v.app.showPlan(ctx, showPlan{run: r, job: j, plan: p, filter: v.flags.filter, state: v.state, brief: !v.in.Dry(), links: v.flags.links})
}

// ended shows how the run ended and what to do next.
func (v *runView) ended(ctx context.Context, r *run.Run) error {
	if v.app.output == "json" {
		return v.app.runJSON(ctx, v.state, r)
	}
	if v.app.output != "text" {
		return nil
	}
	if r.DryRun && r.Status == run.Succeeded {
		v.app.nextAfterPlan(r)
		return nil
	}
	if v.shown {
		fmt.Fprintln(v.app.out)
	}
	if r.PlanDigest == "" && !r.Written { // it ended before there was anything to measure
		v.app.showHead(r)
		v.app.next(r)
		return nil
	}
	return v.app.showSteps(ctx, v.state, r)
}

// nextAfterPlan ends the screen of a dry run: what to do now.
func (a *app) nextAfterPlan(r *run.Run) {
	switch {
	case r.Planned() == 0:
		fmt.Fprintln(a.out, "\n"+step.Nothing(r))
	case step.WouldRefuse(r):
		fmt.Fprintln(a.out)
		at := strings.Index(r.Message, step.Refusal)
		a.paragraph(a.out, "", r.Message[max(at, 0):], a.paint.warn)
	}
	a.next(r)
}
