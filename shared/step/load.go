package step

import (
	"context"
	"fmt"
	"path"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// LoadSource pulls the source's records into the run's snapshot. Errors: as the adapter codes them; TimedOut where a deadline cannot be met.
func (e *Env) LoadSource(ctx context.Context, in In) (Out, error) {
	return e.load(ctx, in, StepLoadSource, SnapshotSource, FindingsSource)
}

// LoadTarget does the same for the target; with In.Fresh beside the snapshot that the plan was made from. With In.Audit it is Audit: one function opens the target for both.
func (e *Env) LoadTarget(ctx context.Context, in In) (Out, error) {
	if in.Audit {
		return e.Audit(ctx, in)
	}
	if in.Fresh {
		return e.load(ctx, in, StepLoadTarget, SnapshotFresh, FindingsFresh)
	}
	return e.load(ctx, in, StepLoadTarget, SnapshotTarget, FindingsTarget)
}

func (e *Env) load(ctx context.Context, in In, name, snap, findings string) (Out, error) {
	return e.recorded(ctx, in.Run, name, "records", func(t *track, r *run.Run, j *job.Job) (Out, error) {
		more, err := e.loadSide(ctx, t, r, j, snap, findings)
		return Out{More: more}, err
	})
}

func (e *Env) loadSide(ctx context.Context, t *track, r *run.Run, j *job.Job, snap, findings string) (more bool, err error) {
	which := j.Target
	if snap == SnapshotSource {
		which = j.Source
	}
	s, err := e.open(ctx, j, which, t)
	if err != nil {
		return false, err
	}
	defer func() { s.close() }()

	var keeps func(model, field string) func(record.Value) record.Value
	if typ := e.Registry.Get(j.Target.Adapter); which == j.Source && typ != nil && typ.Keeps != nil {
		ms, err := mapping.Models(j, j.Target)
		if err != nil {
			return false, fmt.Errorf("%s: %w", j.Target.Side, err)
		}
		keeps = mapping.Keeps(typ, j.Target.Config, ms)
	}
	state := RunPrefix(r.ID) + snap + stateSuffix
	saved, err := e.Objects.Get(ctx, state)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, err
	}
	attempt := func() (load.Outcome, error) {
		return load.Run(ctx, load.Input{
			Side: s.Side.Side, Source: s.adapter, Models: s.models, Job: j, Keeps: keeps,
			Store: e.Objects, Name: RunPrefix(r.ID) + snap, Findings: RunPrefix(r.ID) + findings, Temp: e.Temp,
			Deadline: e.deadline(ctx, t.start), State: saved, Progress: t.handled, Log: t.log,
		})
	}
	out, err := attempt()
	if again, ok := e.reopen(ctx, j, s, t, err); ok {
		s = again
		out, err = attempt()
	}
	if err != nil {
		return false, s.redact.Error(fmt.Errorf("load %s %q: %w", s.Side.Side, s.Adapter, err))
	}
	t.handled(out.Records, out.Records)
	if out.More {
		return true, e.put(ctx, state, out.State)
	}
	if err := e.Objects.Delete(ctx, state); err != nil {
		return false, err
	}
	var say *run.Audit
	if snap == SnapshotTarget {
		if say, err = s.says(ctx, j, &out.Info); err != nil {
			return false, s.redact.Error(fmt.Errorf("load %s %q: %w", s.Side.Side, s.Adapter, err))
		}
	}
	_, err = e.Runs.Update(ctx, r.ID, func(r *run.Run) {
		n := sum(out.Findings)
		switch snap {
		case SnapshotSource:
			r.Source, r.SourceDigest = s.title(j.Dir, e.Near), out.Info.Digest
			noteFindings(r, "source", n)
		case SnapshotTarget:
			r.Target, r.TargetDigest, r.Audit = s.title(j.Dir, e.Near), out.Info.Digest, say
			noteFindings(r, "target", n)
		default:
			r.Target = s.title(j.Dir, e.Near)
		}
	})
	return false, err
}

func noteFindings(r *run.Run, side string, n int64) {
	if r.Findings == nil {
		r.Findings = map[string]int64{}
	}
	r.Findings[side] = n
}

func sum[K ~string](m map[K]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}

// snapshotOf returns the names of a snapshot and its findings for the run whose plan r takes, itself in the common case.
func snapshotOf(r *run.Run, name string) string {
	owner := r.ID
	if r.PlanOf != "" {
		owner = r.PlanOf
	}
	return path.Join(runsPrefix+owner, name)
}
