package step_test

import (
	"context"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// deafen is a run store whose answer is lost when an invocation takes its note out of the lock: at the first or the second of the two touches that this takes.
type deafen struct {
	run.Store
	at, left int
}

// Touch implements run.Store.
func (d *deafen) Touch(ctx context.Context, name, id, invocation string, deadline time.Time) error {
	err := d.Store.Touch(ctx, name, id, invocation, deadline)
	if err == nil && (invocation == "" || deadline.Before(time.Now())) {
		if d.left++; d.left == d.at {
			return fault.Errorf(fault.Unavailable, "the answer cannot be read")
		}
	}
	return err
}

// TestLeavingUnheard: a sync whose answer is lost while it takes its note out of the lock does not keep the next call of the run out.
func TestLeavingUnheard(t *testing.T) {
	for at := 1; at <= 2; at++ {
		w := newWorld(t)
		w.source.fill(9, "leaf")
		w.env.Now = nil
		w.untilSync("r")
		first, second := *w.env, *w.env
		first.Invocation, first.Runs = "A", &deafen{Store: w.env.Runs, at: at}
		second.Invocation = "B"
		if _, err := first.Sync(t.Context(), step.In{Run: "r"}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("touch %d: the answer was heard: %v", at, err)
		}
		if out, err := second.Sync(t.Context(), step.In{Run: "r"}); err != nil || out.More || w.target.writes != 9 {
			t.Errorf("touch %d: the next call: %+v, %v, %d writes", at, out, err, w.target.writes)
		}
	}
}
