package step

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// Diff compares the run's two snapshots and writes its plan, holding what the target's audit refused. It opens neither side.
// It begins anew when it is called again. Audit in what it returns says that the plan is a draft, about which the target is to be asked.
func (e *Env) Diff(ctx context.Context, in In) (Out, error) {
	return e.recorded(ctx, in.Run, StepDiff, "changes", func(t *track, r *run.Run, j *job.Job) (Out, error) {
		audit, err := e.diff(ctx, t, r, j)
		return Out{Audit: audit}, err
	})
}

func (e *Env) diff(ctx context.Context, t *track, r *run.Run, j *job.Job) (audit bool, err error) {
	ins, done, err := e.planInput(ctx, r, j)
	if err != nil {
		return false, err
	}
	defer done()
	ins.Progress = t.handled
	ix, err := plan.Diff(ctx, *ins)
	if err != nil {
		return false, fmt.Errorf("diff: %w", err)
	}
	n := ix.Changes()
	t.handled(n, n)
	if r.Audit == nil || len(ins.Refused) > 0 || !slices.ContainsFunc(ix.Sections, func(s plan.Section) bool { return slices.Contains(r.Audit.Models, s.Model) }) {
		return false, e.planned(ctx, r, ix)
	}
	_, err = e.Runs.Update(ctx, r.ID, func(r *run.Run) { r.Audit.Draft, r.Audit.Next, r.Audit.Parts = ix.Digest, 1, nil })
	return true, err
}

// planned notes that the run has its plan.
func (e *Env) planned(ctx context.Context, r *run.Run, ix *plan.Index) error {
	found, err := finding.Open(ctx, e.Objects, RunPrefix(r.ID)+FindingsPlan)
	if err != nil {
		return err
	}
	defer found.Close()
	_, err = e.Runs.Update(ctx, r.ID, func(r *run.Run) {
		r.PlanDigest, r.Counts = ix.Digest, ix.Counts
		noteFindings(r, "audit", sum(found.Counts()))
	})
	return err
}

// planInput opens what a diff of the run reads. done closes it.
func (e *Env) planInput(ctx context.Context, r *run.Run, j *job.Job) (in *plan.Input, done func(), err error) {
	p := RunPrefix(r.ID)
	in = &plan.Input{Job: j, Store: e.Objects, Name: p + PlanName, Findings: p + FindingsPlan, Temp: e.Temp}
	var closers []func()
	done = func() {
		for _, c := range closers {
			c()
		}
	}
	if in.Source, err = e.openSnapshot(ctx, r, SnapshotSource); err != nil {
		return nil, nil, err
	}
	closers = append(closers, func() { in.Source.Close() })
	if in.Target, err = e.openSnapshot(ctx, r, SnapshotTarget); err != nil {
		done()
		return nil, nil, err
	}
	closers = append(closers, func() { in.Target.Close() })
	if in.SourceFindings, err = finding.Open(ctx, e.Objects, p+FindingsSource); err != nil {
		done()
		return nil, nil, err
	}
	closers = append(closers, func() { in.SourceFindings.Close() })
	if in.TargetFindings, err = finding.Open(ctx, e.Objects, p+FindingsTarget); err != nil {
		done()
		return nil, nil, err
	}
	closers = append(closers, func() { in.TargetFindings.Close() })
	if r.Audit == nil {
		return in, done, nil
	}
	in.Cascades = func(parent, child string) (bool, error) {
		return slices.Contains(r.Audit.Cascades, [2]string{parent, child}), nil
	}
	for _, p := range r.Audit.Parts {
		refused, err := plan.OpenRefusals(ctx, e.Objects, p.Name)
		if err == nil {
			closers = append(closers, func() { _ = refused.Close() })
			err = noted("audit", p.Name, p.Digest, refused.Digest())
		}
		if err != nil {
			done()
			return nil, nil, err
		}
		in.Refused = append(in.Refused, refused)
	}
	return in, done, nil
}
