package step

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Sync applies the plan exactly, less what is held. It returns more near its deadline; every result is in the journal.
// Errors end the run: Stopped where it was closed or another invocation stands in the lock, Denied where the target lets us in no more, UnknownOutcome where only a new load can tell what was done.
func (e *Env) Sync(ctx context.Context, in In) (Out, error) {
	return e.recorded(ctx, in.Run, StepSync, "changes", func(t *track, r *run.Run, j *job.Job) (Out, error) {
		if r.DryRun {
			return Out{}, fault.Errorf(fault.Internal, "sync: run %q is a dry run", r.ID)
		}
		more, err := e.sync(ctx, t, r, j)
		return Out{More: more}, err
	})
}

func (e *Env) sync(ctx context.Context, t *track, r *run.Run, j *job.Job) (more bool, err error) {
	deadline := e.deadline(ctx, t.start)
	touch, noted := e.toucher(r, deadline), false
	// Also where touch fails its note may stand there: who is called next would take it for somebody else's. So where it is known to stay nobody is to call again: finish, which is told that this call has ended, takes it away.
	defer func() {
		lerr := e.leaveLock(context.WithoutCancel(ctx), r)
		if err = errors.Join(err, lerr); lerr != nil && noted {
			err = fault.Wrap(fault.Internal, err)
		}
	}()
	if err := touch(ctx); err != nil {
		return false, err
	}
	noted = true
	planOf := r.PlanOf
	if planOf == "" {
		planOf = r.ID
	}
	target, err := e.openFor(ctx, j, j.Target, t, planOf)
	if err != nil {
		return false, err
	}
	defer func() { target.close() }()
	ins, done, err := e.applyInput(ctx, r, j)
	if err != nil {
		return false, err
	}
	defer done()
	ins.Deadline, ins.Touch, ins.Log = deadline, touch, t.log
	ins.Progress = func(p apply.Progress) {
		t.progress(func(s *run.Step) { s.Handled, s.Total, s.Failed, s.Detail = p.Done, p.Total, p.Failed, p.Doing })
	}
	out, err := target.apply(ctx, ins)
	if again, ok := e.reopen(ctx, j, target, t, err); ok { // the journal says where to go on
		target = again
		var further apply.Outcome
		if further, err = target.apply(ctx, ins); further.Results != nil {
			out = further
		}
	}
	if out.Results == nil { // it came to nothing: what the run says of earlier calls stands, and finish asks the journal
		return false, fmt.Errorf("sync: %w", err)
	}
	_, uerr := e.Runs.Update(context.WithoutCancel(ctx), r.ID, func(r *run.Run) {
		r.Written = r.Written || out.Written
		r.Results = map[string]int64{}
		for s, n := range out.Results {
			r.Results[string(s)] = n
		}
		r.Incomplete = out.Partial
		if out.Message != "" {
			r.Message = out.Message
		}
	})
	if uerr == nil {
		t.progress(func(s *run.Step) { s.Told = true })
	}
	if err == nil {
		err = uerr
	}
	if err != nil {
		return false, fmt.Errorf("sync: %w", err)
	}
	if err := t.stalls(out.More && sum(r.Results) == sum(out.Results)); err != nil {
		return false, fmt.Errorf("sync: %w", err)
	}
	return out.More, nil
}

// apply prepares the target and has the plan applied to it.
func (s *side) apply(ctx context.Context, in *apply.Input) (apply.Outcome, error) {
	if p, ok := s.adapter.(adapter.Preparer); ok {
		if err := p.Prepare(ctx); err != nil {
			return apply.Outcome{}, s.redact.Error(fmt.Errorf("prepare target %q: %w", s.Adapter, err))
		}
	}
	in.Models, in.Target, in.Redact = s.models, s.adapter, s.redact.Text
	in.Batch, in.Workers, in.Rate = s.Batch, s.Workers, s.Rate
	out, err := apply.Run(ctx, *in)
	return out, s.redact.Error(err)
}

// applyInput opens what applying the run's plan reads. done closes it.
func (e *Env) applyInput(ctx context.Context, r *run.Run, j *job.Job) (in *apply.Input, done func(), err error) {
	in = &apply.Input{Run: r.ID, Job: j, Store: e.Objects, Temp: e.Temp}
	var closers []func()
	done = func() {
		for _, c := range closers {
			c()
		}
	}
	fail := func(err error) (*apply.Input, func(), error) {
		done()
		return nil, nil, err
	}
	if in.Plan, err = e.openPlan(ctx, r); err != nil {
		return fail(err)
	}
	closers = append(closers, func() { in.Plan.Close() })
	if in.Snapshot, err = e.openSnapshot(ctx, r, SnapshotTarget); err != nil {
		return fail(err)
	}
	closers = append(closers, func() { in.Snapshot.Close() })
	fresh, err := e.exists(ctx, RunPrefix(r.ID)+SnapshotFresh+".index")
	if err != nil {
		return fail(err)
	}
	if fresh {
		if in.Fresh, err = snapshot.Open(ctx, e.Objects, RunPrefix(r.ID)+SnapshotFresh); err != nil {
			return fail(err)
		}
		closers = append(closers, func() { in.Fresh.Close() })
		in.Stale = RunPrefix(r.ID) + staleName
	}
	js, err := e.journals(ctx, r)
	if err != nil {
		return fail(err)
	}
	in.Journal, in.Earlier = js[len(js)-1], js[:len(js)-1]
	return in, done, nil
}
