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
	v.changes = p.Index().Changes()
	j, err := v.state.env.JobOf(ctx, r)
	if err != nil {
		return err
	}
	return v.app.showPlan(ctx, showPlan{run: r, job: j, plan: p, filter: v.flags.filter, state: v.state, brief: !v.in.Dry()})
}

// ended shows how the run ended and what to do next.
func (v *runView) ended(ctx context.Context, r *run.Run) error {
	if v.app.output == "json" {
		return v.app.runJSON(ctx, v.state, r)
	}
	if v.app.output != "text" {
		return nil
	}
	if v.in.Dry() && r.Status == run.Succeeded {
		return v.app.nextAfterPlan(r)
	}
	return v.app.showSteps(ctx, v.state, r)
}

// nextAfterPlan ends the screen of a dry run: what to do now.
func (a *app) nextAfterPlan(r *run.Run) error {
	var found int64
	for _, c := range r.Counts {
		found += c.Create + c.Update + c.Move + c.Delete
	}
	w := a.out
	switch {
	case found == 0:
		fmt.Fprintln(w, "\nNothing differs that sync would change.")
	default:
		fmt.Fprintf(w, "\nNothing was changed. To apply exactly this:   plumb sync %s --plan %s\n", r.Job, r.ID)
	}
	if n := findings(r); n > 0 {
		fmt.Fprintf(w, "%s could not be used:%s plumb show %s findings\n", plural(n, "record"), "                 ", r.ID)
	}
	if strings.Contains(r.Message, "would be refused") {
		fmt.Fprintf(w, "%s\n", a.paint.warn(visible(r.Message)))
	}
	return nil
}

func findings(r *run.Run) (n int64) {
	for _, v := range r.Findings {
		n += v
	}
	return n
}
