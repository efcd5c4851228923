package step

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// Diff compares the run's two snapshots and writes its plan; the target's audit, where it has one, is asked about every change that would be applied.
// It begins anew when it is called again.
func (e *Env) Diff(ctx context.Context, in In) (Out, error) {
	r, j, err := e.running(ctx, in.Run)
	if err != nil {
		return Out{}, err
	}
	t, err := e.begin(ctx, r, StepDiff, "changes")
	if err != nil {
		return Out{}, err
	}
	err = e.diff(ctx, t, r, j)
	if err = t.end(err, false); err != nil {
		return Out{}, err
	}
	return Out{Run: in.Run}, nil
}

func (e *Env) diff(ctx context.Context, t *track, r *run.Run, j *job.Job) error {
	target, err := e.open(ctx, j, j.Target, t)
	if err != nil {
		return err
	}
	defer target.close()

	ins, done, err := e.planInput(ctx, r, j)
	if err != nil {
		return err
	}
	defer done()
	ins.Progress = t.handled
	if a, ok := target.adapter.(adapter.Auditor); ok {
		audit, err := apply.NewTranslator(j, target.models)
		if err != nil {
			return err
		}
		ins.Audit = func(c *plan.Change) error {
			ac, err := audit.Change(c)
			if err != nil {
				return err
			}
			return target.redact.Error(a.Audit(ctx, ac))
		}
	}
	if err := e.unaudited(j, target, ins); err != nil {
		return err
	}
	if c, ok := target.adapter.(adapter.Cascader); ok {
		ins.Cascades = func(parent, child string) (bool, error) {
			return c.Cascades(ctx, modelOf(target.models, parent), modelOf(target.models, child))
		}
	}
	ix, err := plan.Diff(ctx, *ins)
	if err != nil {
		return fmt.Errorf("diff: %w", err)
	}
	n := ix.Changes()
	t.handled(n, n)
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

// unaudited leaves out of the audit the models of which the target holds whatever comes and whose fields it keeps as they are.
func (e *Env) unaudited(j *job.Job, target *side, in *plan.Input) error {
	free, ok := target.adapter.(adapter.Unaudited)
	if in.Audit == nil || !ok {
		return nil
	}
	need := map[string]bool{}
	for _, m := range target.models {
		t, err := mapping.CompileTarget(m.Model, j.Target.Map[m.Name])
		if err != nil {
			return err
		}
		need[m.Name] = !free.Unaudited(m) || slices.ContainsFunc(t.Entries(), func(en mapping.Entry) bool { return en.How != "" })
	}
	in.Audited = func(model string) bool { return need[model] }
	return nil
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
	return in, done, nil
}

func modelOf(ms []*adapter.Model, name string) *adapter.Model {
	for _, m := range ms {
		if m.Name == name {
			return m
		}
	}
	return nil
}
