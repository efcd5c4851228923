package step

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/apply"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Decision is what follows the gate.
type Decision string

// The decisions. What must not be applied is no decision but an error (Refused).
const (
	DecideDryRun  Decision = "dry-run" // end here, with the plan to look at
	DecideNothing Decision = "nothing" // nothing differs that sync would apply
	DecideReload  Decision = "reload"  // the plan is too old to trust: load the target again (Fresh), then ask again
	DecideSync    Decision = "sync"
)

// GateOut says what follows.
type GateOut struct {
	Run      string   `json:"run"`
	Decision Decision `json:"decision"`
	// Changes is how many changes sync would apply.
	Changes int64 `json:"changes"`
}

// trustFor is how long a plan is believed without a new look at the target.
const trustFor = 10 * time.Minute

// Gate decides whether the run's plan is applied: limits, findings, and whether the target still is as the plan saw it.
// Refused with every reason where it is not; a dry run that would be refused, and a run that has nothing to do, notes so in the run and ends as it would without.
func (e *Env) Gate(ctx context.Context, in In) (GateOut, error) {
	r, j, err := e.running(ctx, in.Run)
	if err != nil {
		return GateOut{}, err
	}
	if r, err = e.Runs.Update(ctx, r.ID, func(r *run.Run) { r.Step = StepGate }); err != nil {
		return GateOut{}, err
	}
	p, err := e.openPlan(ctx, r)
	if err != nil {
		return GateOut{}, err
	}
	defer p.Close()
	out := GateOut{Run: r.ID, Decision: DecideSync, Changes: p.Index().Changes()}
	reasons, err := e.reasons(ctx, r, j, p)
	if err != nil {
		return GateOut{}, err
	}
	refusal := ""
	if len(reasons) > 0 {
		refusal = strings.Join(reasons, "; ")
	}
	fresh, err := e.exists(ctx, RunPrefix(r.ID)+SnapshotFresh+".index")
	if err != nil {
		return GateOut{}, err
	}
	if r.PlanOf != "" && !fresh {
		return GateOut{}, fault.Errorf(fault.Internal, "gate: the target was not loaded again for the plan of run %q", r.PlanOf)
	}
	stale := apply.Staleness{}
	if fresh {
		if stale, err = e.stale(ctx, r, j, p); err != nil {
			return GateOut{}, err
		}
	}
	if stale.Count > 0 && !skipStale(r) {
		if refusal != "" {
			refusal += "; "
		}
		refusal += fmt.Sprintf("the plan is stale: %d of its changes no longer fit the target (%s)", stale.Count, strings.Join(stale.Names, "; "))
	}
	switch {
	case r.DryRun, out.Changes == 0:
		if out.Decision = DecideNothing; r.DryRun {
			out.Decision = DecideDryRun
		}
		if refusal != "" {
			_, err = e.Runs.Update(ctx, r.ID, func(r *run.Run) { r.Message = Refusal + refusal })
		}
		return out, err
	case refusal != "":
		return GateOut{}, fault.Errorf(fault.Refused, "%s", refusal)
	}
	if old, err := e.old(ctx, r, fresh); err != nil || old {
		out.Decision = DecideReload
		return out, err
	}
	if err := p.Verify(ctx); err != nil {
		return GateOut{}, err
	}
	return out, nil
}

// reasons returns what limits and findings have against the plan; nothing where the run overrides them.
func (e *Env) reasons(ctx context.Context, r *run.Run, j *job.Job, p *plan.Reader) ([]string, error) {
	if r.Override != "" {
		return nil, nil
	}
	t := tally{counts: p.Index().Counts, findings: map[string]map[string]int64{"source": {}, "target": {}, "plan": {}}}
	for name, side := range map[string]string{FindingsSource: "source", FindingsTarget: "target", FindingsPlan: "plan"} {
		f, err := finding.Open(ctx, e.Objects, snapshotOf(r, name))
		if err != nil {
			return nil, err
		}
		for m, n := range f.Counts() {
			t.findings[side][m] += n
		}
		f.Close()
	}
	key, err := baselineKey(r)
	if err != nil {
		return nil, err
	}
	if t.baseline, err = e.Runs.GetBaseline(ctx, key); err != nil {
		return nil, err
	}
	return exceeded(j, t), nil
}

// baselineKey is the same for runs of one job with the same vars and where.
func baselineKey(r *run.Run) (string, error) {
	in, err := inputOf(r)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(struct {
		Job   string
		Vars  map[string]string
		Where map[string]map[string]any
	}{r.Job, in.Vars, in.Where})
	return string(b), err
}

func skipStale(r *run.Run) bool {
	in, err := inputOf(r)
	return err == nil && in.SkipStale
}

// stale holds the plan against the new load of the target and stores the list of what no longer fits, for sync to skip and people to read.
func (e *Env) stale(ctx context.Context, r *run.Run, j *job.Job, p *plan.Reader) (apply.Staleness, error) {
	fresh, err := snapshot.Open(ctx, e.Objects, RunPrefix(r.ID)+SnapshotFresh)
	if err != nil {
		return apply.Staleness{}, err
	}
	defer fresh.Close()
	journals, err := e.journals(ctx, r)
	if err != nil {
		return apply.Staleness{}, err
	}
	return apply.Stale(ctx, apply.StaleInput{Job: j, Plan: p, Fresh: fresh, Store: e.Objects, Journals: journals, Name: RunPrefix(r.ID) + staleName, Temp: e.Temp})
}

// journals returns the prefixes of the journals that belong to the run's work: those of the runs with the same plan that it resumes, oldest first, then its own.
func (e *Env) journals(ctx context.Context, r *run.Run) ([]string, error) {
	js := []string{RunPrefix(r.ID) + JournalPrefix}
	for id := r.Resumes; id != ""; {
		old, err := e.Runs.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if old.PlanRun() != r.PlanRun() { // it had none yet, or only looked
			break
		}
		js = append([]string{RunPrefix(id) + JournalPrefix}, js...)
		id = old.Resumes
	}
	return js, nil
}

// old reports whether the target was last looked at longer ago than a plan is believed: by the diff, or, after that, by a fresh load.
func (e *Env) old(ctx context.Context, r *run.Run, fresh bool) (bool, error) {
	last := StepDiff
	if fresh {
		last = StepLoadTarget
	}
	steps, err := e.Runs.Steps(ctx, r.ID)
	for _, s := range steps {
		if s.Name == last {
			return e.now().Sub(s.Ended) > trustFor, err
		}
	}
	return false, err
}

// PlanName returns the name of the plan that the run made or takes.
func (e *Env) PlanName(r *run.Run) string { return snapshotOf(r, PlanName) }

// ObjectName returns the name of one of the objects that the run's plan was made from: a snapshot or findings.
func (e *Env) ObjectName(r *run.Run, name string) string { return snapshotOf(r, name) }

// JobOf returns the run's own copy of its job, with the run's vars and where.
func (e *Env) JobOf(ctx context.Context, r *run.Run) (*job.Job, error) { return e.job(ctx, r) }

// JobFileOf returns the run's own copy of its job as it was found, for who wants that job again where its file is gone. NotFound where the run has none.
func (e *Env) JobFileOf(ctx context.Context, r *run.Run) (JobFile, error) {
	text, err := e.Objects.Get(ctx, RunPrefix(r.ID)+objJob)
	return JobFile{File: r.JobFile, Dir: r.JobDir, Text: text}, err
}

// Journals returns the prefixes of the journals that belong to the run's work, oldest first.
func (e *Env) Journals(ctx context.Context, r *run.Run) ([]string, error) { return e.journals(ctx, r) }

// Refusal begins what the message of a dry run, or of a run that had nothing to do, says where a sync would be refused; the reasons follow.
const Refusal = "sync would be refused: "

// WouldRefuse reports whether a run that wrote nothing found that a sync would be refused.
func WouldRefuse(r *run.Run) bool { return strings.Contains(r.Message, Refusal) }
