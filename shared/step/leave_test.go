package step_test

import (
	"context"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// deafen is a run store whose answers are lost when an invocation takes its note out of the lock: so many, from the first or the second of the two touches on that this takes.
type deafen struct {
	run.Store
	at, times, left int
}

// Touch implements run.Store.
func (d *deafen) Touch(ctx context.Context, name, id, invocation string, deadline time.Time) error {
	err := d.Store.Touch(ctx, name, id, invocation, deadline)
	if err == nil && (invocation == "" || deadline.Before(time.Now())) {
		if d.left++; d.left >= d.at && d.left < d.at+d.times {
			return fault.Errorf(fault.Unavailable, "the answer cannot be read")
		}
	}
	return err
}

// TestLeavingUnheard: a sync whose answer is lost while it takes its note out of the lock tries again. Where it does not get through it is not to be called again, as the next would be turned away;
// finish, which is told that it has ended, takes the note away, and the next run begins.
func TestLeavingUnheard(t *testing.T) {
	for _, c := range []struct {
		at, times int
		code      fault.Code
	}{{1, 1, ""}, {2, 1, ""}, {1, 99, fault.Internal}, {2, 99, fault.Internal}} {
		w := newWorld(t)
		w.source.fill(9, "leaf")
		w.env.Now = nil
		w.untilSync("r")
		e := *w.env
		e.Runs = &deafen{Store: w.env.Runs, at: c.at, times: c.times}
		_, err := e.Sync(t.Context(), step.In{Run: "r"})
		if fault.Of(err) != c.code || w.target.writes != 9 {
			t.Errorf("%+v: %v, %d writes", c, err, w.target.writes)
		}
		in := step.FinishIn{Run: "r", Failure: step.FailureOf(step.StepSync, err), Gone: err != nil}
		if out, err := w.env.Finish(t.Context(), in); err != nil || !out.Written || (out.Status == run.Succeeded) != (c.code == "") {
			t.Errorf("%+v: %+v, %v", c, out, err)
		}
		if out := w.run(wetSync()); out.Status != run.Succeeded {
			t.Errorf("%+v: the next run: %+v", c, out)
		}
	}
}
