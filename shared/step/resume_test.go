package step_test

import (
	"context"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestResumeIsDryUnlessToldOtherwise: also of a run that was to write and came to no plan.
func TestResumeIsDryUnlessToldOtherwise(t *testing.T) {
	yes := true
	for _, dry := range []*bool{nil, &yes, &wet} {
		w := newWorld(t)
		w.source.fill(9, "leaf")
		if _, err := w.env.Start(t.Context(), step.StartIn{Run: "gone", Input: wetSync()}); err != nil {
			t.Fatal(err)
		}
		if err := w.env.CloseDead(t.Context(), func(string) bool { return false }); err != nil {
			t.Fatal(err)
		}
		out := w.run(step.Input{Resume: "gone", DryRun: dry})
		if want := dry == &wet; out.Status != run.Succeeded || out.Written != want || (w.target.writes > 0) != want {
			t.Errorf("wet %v: %d writes, %+v", want, w.target.writes, out)
		}
	}
}

// TestResumeOfALook: a run that wrote is stopped; a dry run that resumes it is stopped before it has looked; a run that resumes that one ends it.
func TestResumeOfALook(t *testing.T) {
	w := newWorld(t)
	w.source.fill(60, "leaf")
	w.target.slow = 2 * time.Millisecond
	w.env.Now = nil
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	w.target.deny = func(string) error {
		if w.target.writes == 5 {
			stop()
		}
		return nil
	}
	if out, err := w.try(ctx, wetSync()); err != nil || out.Status != run.Aborted || !out.Written {
		t.Fatalf("%+v, %v", out, err)
	}
	w.target.deny = nil
	ctx, stop = context.WithCancel(context.Background())
	defer stop()
	out, err := w.try(ctx, step.Input{Resume: "run-1"}, func(l *step.Local) {
		e := *l.Env
		e.Progress = func(s run.Step) {
			if s.Name == step.StepLoadTarget {
				stop()
			}
		}
		l.Env = &e
	})
	if err != nil || out.Status != run.Aborted || out.Written {
		t.Fatalf("%+v, %v", out, err)
	}
	if out := w.run(step.Input{Resume: "run-2", DryRun: &wet}); out.Status != run.Succeeded || len(w.target.roles) != 60 || w.target.writes != 60 {
		t.Errorf("%+v; %d devices by %d writes", out, len(w.target.roles), w.target.writes)
	}
}

// TestLongLook: what somebody changes in the target while a plan is long looked at makes the plan stale, whether it is of this run or of an earlier one.
func TestLongLook(t *testing.T) {
	for _, earlier := range []bool{false, true} {
		w := newWorld(t)
		w.source.fill(20, "leaf")
		w.target.fill(20, "leaf")
		w.source.roles["device-0003"] = "spine"
		in := wetSync()
		if earlier {
			w.run(step.Input{Job: "shelf"})
			in = step.Input{Plan: "run-1", DryRun: &wet}
		}
		out := w.run(in, func(l *step.Local) {
			l.Confirm = func(context.Context, int64) (bool, error) {
				w.pass(3 * time.Hour)
				w.target.roles["device-0003"] = "by hand"
				return true, nil
			}
		})
		if out.Status != run.Refused || w.target.roles["device-0003"] != "by hand" {
			t.Errorf("of an earlier run %v: %+v; %s", earlier, out, w.target.roles["device-0003"])
		}
	}
}

// TestLongAuditAsksToo: a plan that is old before a person was asked is held against a new load, and the person is asked all the same.
func TestLongAuditAsksToo(t *testing.T) {
	w := newWorld(t)
	w.source.fill(20, "leaf")
	w.target.full = func(string) error { w.pass(time.Minute); return nil }
	asked := 0
	out := w.run(wetSync(), func(l *step.Local) {
		l.Confirm = func(context.Context, int64) (bool, error) { asked++; return false, nil }
	})
	if asked != 1 || out.Written || w.target.writes > 0 {
		t.Errorf("asked %d times, %d writes, %+v", asked, w.target.writes, out)
	}
}
