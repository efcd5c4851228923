package step

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/measure"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// flushEvery bounds how often a step's progress reaches the store.
const flushEvery = 2 * time.Second

// track keeps the record of one step while it works: time and memory over all its calls, progress, log.
type track struct {
	env   *Env
	ctx   context.Context
	meter *measure.Meter
	log   *slog.Logger
	lines *run.Logger

	mu     sync.Mutex
	step   run.Step
	before time.Duration // spent in earlier calls
	base   run.Memory    // of earlier calls
	start  time.Time
	stored time.Time
	redact *secret.Redactor
}

// recorded does a step of a run that is at work, and keeps the step's record. What do returns says whether the step goes on in another call.
func (e *Env) recorded(ctx context.Context, id, name, unit string, do func(t *track, r *run.Run, j *job.Job) (Out, error)) (Out, error) {
	r, j, err := e.running(ctx, id)
	if err != nil {
		return Out{}, err
	}
	t, err := e.begin(ctx, r, name, unit)
	if err != nil {
		return Out{}, err
	}
	out, err := do(t, r, j)
	if err = t.end(err, out.More); err != nil {
		return Out{}, err
	}
	out.Run = id
	return out, nil
}

// begin opens the record of a step of the run, carrying on the one that an earlier call left.
func (e *Env) begin(ctx context.Context, r *run.Run, name, unit string) (*track, error) {
	steps, err := e.Runs.Steps(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	in, err := inputOf(r)
	if err != nil {
		return nil, err
	}
	t := &track{env: e, ctx: context.WithoutCancel(ctx), start: e.now(), step: run.Step{Run: r.ID, Name: name, Started: e.now(), Unit: unit}}
	for _, s := range steps {
		if s.Name == name {
			t.step, t.before, t.base = *s, s.Duration, s.Memory
		}
	}
	t.step.Calls++
	t.step.Status, t.step.Error, t.step.Told = string(run.Running), "", false
	t.lines = run.NewLogger(e.Runs, r.ID, name, run.LogOptions{Redact: t.clean})
	t.log = slog.New(t.lines)
	if _, err := e.Runs.Update(ctx, r.ID, func(r *run.Run) { r.Step = name }); err != nil {
		return nil, err
	}
	t.meter = measure.Start(in.MemoryProfiling, e.Alone)
	return t, t.store()
}

// hide takes secrets, with those that it was told of before, out of what the step logs from now on. A nil track logs nothing.
func (t *track) hide(r *secret.Redactor) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.redact = t.redact.And(r)
}

func (t *track) clean(s string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.redact.Text(s)
}

// progress notes how far the step is; the store and who listens hear of it at most as often as they want.
func (t *track) progress(change func(*run.Step)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.step)
	now := t.env.now()
	t.step.Duration = t.before + now.Sub(t.start)
	if t.env.Progress != nil {
		t.env.Progress(t.step)
	}
	if now.Sub(t.stored) >= flushEvery {
		t.stored = now
		s := t.step
		_ = t.env.Runs.PutStep(t.ctx, &s) // progress is for watchers: the end of the step is stored with its error
	}
}

// handled is progress in its commonest form: so many of so many, 0 where the total is not known.
func (t *track) handled(done, total int64) {
	t.progress(func(s *run.Step) {
		s.Handled = done
		s.Total = max(total, 0)
	})
}

// stalls notes whether a call that answers more got anywhere. Two in a row that did not are an error (TimedOut): the next would not either.
func (t *track) stalls(stalled bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.step.Stalled
	t.step.Stalled = stalled
	if before && stalled {
		return fault.Errorf(fault.TimedOut, "two calls in a row came to their deadline before anything was written: one call needs more time")
	}
	return nil
}

// end closes the call: more leaves the step running. It returns err, or what kept the record from being stored.
func (t *track) end(err error, more bool) error {
	spent, mem := t.meter.Stop()
	t.mu.Lock()
	t.step.Duration = t.before + spent
	t.step.Memory = merge(t.base, mem)
	switch {
	case err != nil:
		t.step.Status, t.step.Error, t.step.Ended = string(run.Failed), err.Error(), t.env.now()
	case !more:
		t.step.Status, t.step.Ended = string(run.Succeeded), t.env.now()
	}
	t.mu.Unlock()
	lerr := t.lines.Flush(t.ctx)
	serr := t.store()
	switch {
	case err != nil:
		return err
	case serr != nil:
		return serr
	}
	return lerr
}

func (t *track) store() error {
	t.mu.Lock()
	s := t.step
	t.mu.Unlock()
	if t.env.Progress != nil {
		t.env.Progress(s)
	}
	return t.env.Runs.PutStep(t.ctx, &s)
}

// merge takes the larger peaks of two calls of a step.
func merge(a, b run.Memory) run.Memory {
	if a.How == "" {
		return b
	}
	b.Peak, b.HeapPeak = max(a.Peak, b.Peak), max(a.HeapPeak, b.HeapPeak)
	b.Shared = a.Shared || b.Shared
	return b
}
