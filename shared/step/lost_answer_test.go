package step_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

// TestLostAnswer: Step Functions loses the answer of a sync that works on, and calls it again; the second is turned away, and the run is closed. The lock stays with who still writes; the next run is refused until it stops.
func TestLostAnswer(t *testing.T) {
	w := newWorld(t)
	w.source.fill(40, "leaf")
	w.job += "lock: the-target\n"
	w.target.slow = 20 * time.Millisecond
	w.env.Now = nil
	ctx := context.Background()
	as := func(invocation string) *step.Env {
		e := *w.env
		e.Invocation = invocation
		return &e
	}
	var once sync.Once
	w.target.deny = func(string) error {
		once.Do(func() {
			_, err := as("B").Sync(ctx, step.In{Run: "run-1"})
			var f lambda.Finish
			if err := f.Decode([]byte(`{"run":"run-1","step":"sync","caught":{"Error":"` + lambda.ErrorName(fault.Of(err)) + `","Cause":"{}"}}`)); err != nil {
				t.Error(err)
			}
			if out, err := as("C").Finish(ctx, f.FinishIn); err != nil || out.Status != run.Aborted {
				t.Errorf("%+v, %v", out, err)
			}
			if _, err := as("D").Start(ctx, step.StartIn{Run: "next", Input: wetSync()}); !fault.Is(err, fault.Refused) {
				t.Errorf("the next run begins while another writes: %v", err)
			}
		})
		return nil
	}
	_, _ = w.try(ctx, wetSync(), func(l *step.Local) { l.Env = as("A") }) // it ends as it is told
	if locks, err := w.env.Runs.Locks(ctx); err != nil || len(locks) > 0 {
		t.Errorf("when the writer has stopped: %+v, %v", locks, err)
	}
}

// stuck is a run store that frees no lock at first.
type stuck struct {
	run.Store
	asked int
}

// Unlock implements run.Store.
func (s *stuck) Unlock(ctx context.Context, name, id string) error {
	if s.asked++; s.asked == 1 {
		return fault.Errorf(fault.Unavailable, "a hiccup")
	}
	return s.Store.Unlock(ctx, name, id)
}

// TestClosedOnce: of all calls of finish exactly one says that it closed the run, also where it could not free the lock.
func TestClosedOnce(t *testing.T) {
	w := newWorld(t)
	w.holder("one", "the-target")
	e, closed := *w.env, 0
	e.Runs = &stuck{Store: w.env.Runs}
	for n := range 2 {
		out, err := e.Finish(t.Context(), step.FinishIn{Run: "one", Failure: &step.Failure{Code: fault.Internal, Message: "x"}})
		if (err == nil) != (n > 0) {
			t.Errorf("call %d: %v", n, err)
		}
		if out.Closed {
			closed++
		}
	}
	if closed != 1 {
		t.Errorf("%d calls say that they closed the run", closed)
	}
}
