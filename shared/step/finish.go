package step

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// FinishIn says how the run's steps ended.
type FinishIn struct {
	Run string `json:"run"`
	// Failure is what ended the run early; nil where every step ended well.
	Failure *Failure `json:"failure,omitempty"`
	// Gone says that what worked on the run has surely stopped, so that the lock need not wait for it.
	Gone bool `json:"gone,omitempty"`
}

// Failure is what went wrong, where.
type Failure struct {
	Step    string     `json:"step"`
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
}

// FailureOf makes a Failure of a step's error; nil for nil.
func FailureOf(step string, err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{Step: step, Code: fault.Of(err), Message: err.Error()}
}

// FinishOut says how the run ended.
type FinishOut struct {
	Run     string     `json:"run"`
	Status  run.Status `json:"status"`
	Written bool       `json:"written"`
	Message string     `json:"message"`
	// Closed says that this call closed the run: of all calls for it exactly one does.
	Closed bool `json:"-"`
}

// Finish closes the run with its true status and frees the lock, at once where no other invocation writes under it; that one frees it when it stops.
// Called again it changes nothing and returns what stands. Where it closed the run and could not free the lock it returns both, what stands and the error. A run that start refused before it had a record gets one that says why.
func (e *Env) Finish(ctx context.Context, in FinishIn) (FinishOut, error) {
	r, err := e.Runs.Get(ctx, in.Run)
	if fault.Is(err, fault.NotFound) && in.Failure != nil && validID(in.Run) {
		r, err = e.stillborn(ctx, in.Run)
	}
	if err != nil {
		return FinishOut{}, err
	}
	if in.Failure != nil && in.Failure.Step == "" {
		in.Failure.Step = r.Step
	}
	closed := false
	if r.Status == run.Running {
		status := statusOf(r, in.Failure)
		journalled, err := e.journalled(ctx, r, in.Gone)
		if err != nil {
			return FinishOut{}, err
		}
		// What was written stays written: that the source cannot be counted any more is no failure of the run.
		berr := e.setBaseline(ctx, r, status)
		if r, closed, err = e.Runs.Close(ctx, r.ID, status, func(r *run.Run) {
			r.Written = r.Written || journalled
			conclude(r, status, in.Failure, e)
			if berr != nil {
				r.Message += fmt.Sprintf("; the source's counts, for limits.shrink, could not be noted: %v", berr)
			}
		}); err != nil {
			return FinishOut{}, err
		}
	}
	out := FinishOut{Run: r.ID, Status: r.Status, Written: r.Written, Message: r.Message, Closed: closed}
	return out, e.freeLock(ctx, r, in.Gone)
}

// stillborn makes the record of a run that start refused.
func (e *Env) stillborn(ctx context.Context, id string) (*run.Run, error) {
	r := &run.Run{ID: id, Status: run.Running, Step: StepStart, Started: e.now(), DryRun: true, Trigger: "api", Version: e.Version, Input: []byte("{}")}
	if err := e.Runs.Create(ctx, r); err != nil && !fault.Is(err, fault.Conflict) {
		return nil, err
	}
	return e.Runs.Get(ctx, id)
}

func statusOf(r *run.Run, f *Failure) run.Status {
	if f != nil {
		switch f.Code {
		case fault.Refused:
			return run.Refused
		case fault.Stopped:
			return run.Aborted
		case fault.TimedOut:
			return run.TimedOut
		}
		return run.Failed
	}
	if !r.DryRun && (r.Incomplete || r.Results["failed"]+r.Results["skipped"] > 0) {
		return run.Partial
	}
	return run.Succeeded
}

func conclude(r *run.Run, status run.Status, f *Failure, e *Env) {
	r.Ended = e.now()
	if f != nil {
		r.Step, r.Code = f.Step, string(f.Code)
		r.Message = f.Message
		if len(r.Results) > 0 {
			r.Message += "; " + written(r)
		}
	} else {
		r.Step = ""
		said := r.Message // by the gate
		if r.Message = summary(r, status); said != "" {
			r.Message += "; " + said
		}
	}
}

// summary says in words what the run did.
func summary(r *run.Run, status run.Status) string {
	var s string
	planned, held, done := r.Planned(), run.Total(r.Counts).Held, r.Done()
	switch {
	case r.DryRun:
		s = words.Count(planned, "change") + " found, nothing was changed"
	case planned == 0:
		s = "nothing to do"
	case status == run.Partial:
		s = fmt.Sprintf("%s of %s written, %s failed, %s skipped", words.Thousands(done), words.Count(planned, "change"), words.Thousands(r.Results["failed"]), words.Thousands(r.Results["skipped"]))
	default:
		s = words.Count(done, "change") + " written"
	}
	if held > 0 {
		s += ", " + words.Thousands(held) + " held"
	}
	return s
}

// written says how much of its plan a run that ended early wrote.
func written(r *run.Run) string {
	s := words.Thousands(r.Done()) + " of " + words.Count(r.Planned(), "change") + " written"
	if n := r.Results["failed"]; n > 0 {
		s += ", " + words.Thousands(n) + " failed"
	}
	return s
}

// setBaseline notes what the source held, in scope, for the shrink limit of the next run, where a sync ended succeeded or partial; not where it had nothing to do and limits or findings were against its plan.
func (e *Env) setBaseline(ctx context.Context, r *run.Run, status run.Status) error {
	if r.DryRun || WouldRefuse(r) || (status != run.Succeeded && status != run.Partial) {
		return nil
	}
	key, err := baselineKey(r)
	if err != nil {
		return err
	}
	b := run.Baseline{Run: r.ID, Counts: map[string]int64{}}
	for model, c := range r.Counts {
		b.Counts[model] = c.Source
	}
	return e.Runs.SetBaseline(ctx, key, b)
}

// journalled reports whether something was written, or may have been, that the run does not know of: a sync that was cut off, or still works, has not told what it wrote,
// and its journal has begun or, as long as it works, may begin at any moment.
func (e *Env) journalled(ctx context.Context, r *run.Run, gone bool) (bool, error) {
	steps, err := e.Runs.Steps(ctx, r.ID)
	at := slices.IndexFunc(steps, func(s *run.Step) bool { return s.Name == StepSync })
	if err != nil || at < 0 || steps[at].Told {
		return false, err
	}
	for _, err := range e.Objects.List(ctx, RunPrefix(r.ID)+JournalPrefix) {
		return err == nil, err
	}
	if gone || r.LockName == "" {
		return false, nil
	}
	return e.another(ctx, r)
}
