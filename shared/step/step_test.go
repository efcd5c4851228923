package step_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

var wet = false

func wetSync() step.Input { return step.Input{Job: "shelf", DryRun: &wet} }

func TestDryRunIsTheDefaultAndWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.source.fill(5, "leaf")
	out := w.run(step.Input{Job: "shelf"})
	if out.Status != run.Succeeded || out.Written || w.target.writes != 0 {
		t.Fatalf("got %+v and %d writes, want succeeded with none", out, w.target.writes)
	}
	if !strings.Contains(out.Message, "5 changes found, nothing was changed") {
		t.Errorf("message %q", out.Message)
	}
}

func TestSyncTwiceIsEmpty(t *testing.T) {
	w := newWorld(t)
	w.source.fill(50, "leaf")
	w.target.fill(40, "spine")
	w.job += "limits: {update: 100%}\n"
	if out := w.run(wetSync()); out.Status != run.Succeeded || !out.Written {
		t.Fatalf("got %+v", out)
	}
	if !maps.Equal(w.source.roles, w.target.roles) {
		t.Fatal("the target is not the source")
	}
	before := w.target.writes
	if out := w.run(wetSync()); out.Status != run.Succeeded || out.Message != "nothing to do" || w.target.writes != before {
		t.Fatalf("the second sync: %+v, %d writes more", out, w.target.writes-before)
	}
}

func TestWhatTheTargetMakesOfValuesIsNoDifference(t *testing.T) {
	w := newWorld(t)
	w.source.roles = map[string]string{" padded ": " leaf", "plain": "spine "}
	w.target.trims = true
	if out := w.run(wetSync()); out.Status != run.Succeeded || !maps.Equal(w.target.roles, map[string]string{"padded": "leaf", "plain": "spine"}) {
		t.Fatalf("got %+v: %v", out, w.target.roles)
	}
	before := w.target.writes
	if out := w.run(wetSync()); out.Status != run.Succeeded || out.Message != "nothing to do" || w.target.writes != before {
		t.Fatalf("the second sync: %+v, %d writes more", out, w.target.writes-before)
	}
}

func TestDeadlinesStopAndGoOn(t *testing.T) {
	w := newWorld(t)
	w.source.fill(120, "leaf")
	w.source.slow, w.target.slow = 3*time.Millisecond, 3*time.Millisecond
	w.env.Now = nil
	w.env.Budget = 150 * time.Millisecond // long enough for a busy machine
	out := w.run(wetSync())
	if out.Status != run.Succeeded || !maps.Equal(w.source.roles, w.target.roles) || w.target.writes != 120 {
		t.Fatalf("got %+v with %d writes", out, w.target.writes)
	}
	steps, err := w.env.Runs.Steps(context.Background(), "run-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if (s.Name == step.StepLoadSource || s.Name == step.StepSync) && s.Calls < 2 {
			t.Errorf("%s took %d calls: the deadline stopped nothing", s.Name, s.Calls)
		}
	}
}

func TestLimitsRefuseAndAReasonOverrides(t *testing.T) {
	w := newWorld(t)
	w.source.fill(40, "leaf")
	w.target.fill(100, "leaf")
	w.job += "limits: {delete: 30%}\n"
	out := w.run(wetSync())
	if out.Status != run.Refused || out.Written || !strings.Contains(out.Message, "delete of device: 60 of 100 records are more than limits.delete allows (30%)") {
		t.Fatalf("got %+v", out)
	}
	in := wetSync()
	in.OverrideLimits = "decommissioned hall 2"
	if out := w.run(in); out.Status != run.Succeeded {
		t.Fatalf("got %+v", out)
	}
	r, err := w.env.Runs.Get(context.Background(), "run-2")
	if err != nil || r.Override != "decommissioned hall 2" {
		t.Errorf("the reason is not kept: %+v, %v", r, err)
	}
}

func TestEmptyAndShrunkenSourcesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.source.fill(100, "leaf")
	w.job += "limits: {delete: 100%}\n"
	w.run(wetSync())
	clear(w.source.roles)
	w.source.fill(40, "leaf")
	if out := w.run(wetSync()); out.Status != run.Refused || !strings.Contains(out.Message, "shrank from 100 records (run run-1) to 40") {
		t.Errorf("shrunken: %+v", out)
	}
	clear(w.source.roles)
	if out := w.run(wetSync()); out.Status != run.Refused || !strings.Contains(out.Message, "the source is empty") {
		t.Errorf("empty: %+v", out)
	}
}

func TestAPlanIsAppliedExactlyOrRefusedAsStale(t *testing.T) {
	w := newWorld(t)
	w.source.fill(20, "leaf")
	w.run(step.Input{Job: "shelf"})
	w.source.roles["device-0000"] = "spine" // later changes of the source are not in the plan
	in := step.Input{Plan: "run-1", DryRun: &wet}
	if out := w.run(in); out.Status != run.Succeeded || w.target.roles["device-0000"] != "leaf" {
		t.Fatalf("got %+v and role %s", out, w.target.roles["device-0000"])
	}
	// Applied a second time nothing of it fits any more.
	if out := w.run(in); out.Status != run.Refused || !strings.Contains(out.Message, "stale: 20 of its changes") {
		t.Fatalf("got %+v", out)
	}
	delete(w.target.roles, "device-0007")
	in.SkipStale = true
	if out := w.run(in); out.Status != run.Partial || w.target.roles["device-0007"] != "leaf" {
		t.Fatalf("got %+v", out)
	}
}

func TestFailuresMakeARunPartialAndSayWhich(t *testing.T) {
	w := newWorld(t)
	w.source.fill(10, "leaf")
	w.target.deny = func(name string) error {
		if name == "device-0003" {
			return fault.Errorf(fault.Invalid, "role %q is not known here", "leaf")
		}
		return nil
	}
	out := w.run(wetSync())
	if out.Status != run.Partial || !out.Written || !strings.Contains(out.Message, "9 of 10 changes written, 1 failed") {
		t.Fatalf("got %+v", out)
	}
	w.target.deny = nil
	if out := w.run(step.Input{Resume: "run-1", DryRun: &wet}); out.Status != run.Partial && out.Status != run.Succeeded {
		t.Fatalf("resume: %+v", out)
	}
}

func TestNoAtThePromptIsADryRun(t *testing.T) {
	w := newWorld(t)
	w.source.fill(3, "leaf")
	out := w.run(wetSync(), func(l *step.Local) {
		l.Confirm = func(context.Context, int64) (bool, error) { return false, nil }
	})
	if out.Status != run.Succeeded || out.Written || w.target.writes != 0 {
		t.Fatalf("got %+v", out)
	}
	locks, err := w.env.Runs.Locks(context.Background())
	if err != nil || len(locks) != 0 {
		t.Errorf("locks left: %v, %v", locks, err)
	}
}

func TestALongLookAtThePromptLoadsAgain(t *testing.T) {
	w := newWorld(t)
	w.source.fill(3, "leaf")
	out := w.run(wetSync(), func(l *step.Local) {
		l.Confirm = func(context.Context, int64) (bool, error) {
			w.pass(time.Hour)
			w.target.roles["device-0001"] = "leaf" // somebody was quicker
			return true, nil
		}
	})
	if out.Status != run.Refused || !strings.Contains(out.Message, "stale") || w.target.writes != 0 {
		t.Fatalf("got %+v", out)
	}
}

func TestTheLockKeepsASecondSyncOut(t *testing.T) {
	w := newWorld(t)
	w.source.fill(3, "leaf")
	w.job += "lock: the-target\n"
	w.holder("other", "the-target")
	if out := w.run(wetSync()); out.Status != run.Refused || !strings.Contains(out.Message, `run "other" holds the lock`) {
		t.Fatalf("got %+v", out)
	}
	if out := w.run(step.Input{Job: "shelf"}); out.Status != run.Succeeded {
		t.Fatalf("a dry run takes no lock: %+v", out)
	}
	w.job += "lock_wait: 10s\n"
	free := time.AfterFunc(500*time.Millisecond, func() { _ = w.env.Runs.Unlock(context.Background(), "the-target", "other") })
	defer free.Stop()
	if out := w.run(wetSync()); out.Status != run.Succeeded {
		t.Fatalf("waiting: %+v", out)
	}
}

// TestASyncThatGetsNowhereEnds: a deadline that is over before the first batch is sent would be met for ever.
func TestASyncThatGetsNowhereEnds(t *testing.T) {
	w := newWorld(t)
	w.source.fill(50, "leaf")
	w.env.Now = nil
	out := w.run(wetSync(), func(l *step.Local) {
		l.Env.Progress = func(s run.Step) {
			if s.Name == step.StepDiff { // the next step is sync
				l.Env.Budget = time.Nanosecond
			}
		}
	})
	if out.Status != run.TimedOut || !strings.Contains(out.Message, "one call needs more time") || out.Written {
		t.Fatalf("got %+v", out)
	}
}

// holder makes an open run that holds the lock.
func (w *world) holder(id, lock string) {
	w.t.Helper()
	r := &run.Run{ID: id, Job: "shelf", Status: run.Running, Started: time.Now(), LockName: lock, Input: []byte("{}")}
	if err := w.env.Runs.Create(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.env.Runs.Lock(w.t.Context(), lock, id); err != nil {
		w.t.Fatal(err)
	}
}

// TestTheLockOutlivesARunWhileAnInvocationWrites is what becomes of the lock of a run that is closed from outside.
func TestTheLockOutlivesARunWhileAnInvocationWrites(t *testing.T) {
	for name, c := range map[string]struct {
		deadline time.Duration // of the invocation that stands in the lock, from now; 0: none stands there
		gone     bool
		want     run.Status // of the next run
	}{
		"nobody writes":               {0, false, run.Succeeded},
		"somebody may still write":    {time.Hour, false, run.Refused},
		"its clock may be slow":       {-4 * time.Minute, false, run.Refused},
		"its deadline is long past":   {-6 * time.Minute, false, run.Succeeded},
		"it is known to have stopped": {time.Hour, true, run.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.source.fill(3, "leaf")
			w.job += "lock: the-target\n"
			w.holder("other", "the-target")
			if c.deadline != 0 {
				if err := w.env.Runs.Touch(t.Context(), "the-target", "other", "another", time.Now().Add(c.deadline)); err != nil {
					t.Fatal(err)
				}
			}
			stopped := &step.Failure{Code: fault.Stopped, Message: "stopped from outside"}
			if out, err := w.env.Finish(t.Context(), step.FinishIn{Run: "other", Failure: stopped, Gone: c.gone}); err != nil || out.Status != run.Aborted {
				t.Fatalf("got %+v, %v", out, err)
			}
			if out := w.run(wetSync()); out.Status != c.want {
				t.Fatalf("the next run: %+v", out)
			}
		})
	}
}

// TestARunThatStartRefusedHasARecord is what finish makes of one.
func TestARunThatStartRefusedHasARecord(t *testing.T) {
	w := newWorld(t)
	out, err := w.env.Finish(t.Context(), step.FinishIn{Run: "bad", Failure: &step.Failure{Code: fault.Invalid, Message: "job is missing"}})
	if err != nil || out.Status != run.Failed || out.Message != "job is missing" || out.Written {
		t.Fatalf("got %+v, %v", out, err)
	}
	r, err := w.env.Runs.Get(t.Context(), "bad")
	if err != nil || r.Status != run.Failed || r.Step != step.StepStart {
		t.Fatalf("got %+v, %v", r, err)
	}
	if _, err := w.env.Finish(t.Context(), step.FinishIn{Run: "never"}); !fault.Is(err, fault.NotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestCtrlCStopsCleanlyAndResumeCarriesOn(t *testing.T) {
	w := newWorld(t)
	w.source.fill(200, "leaf")
	w.target.slow = 2 * time.Millisecond
	w.env.Now = nil
	ctx, cancel := context.WithCancel(context.Background())
	out, err := w.try(ctx, wetSync(), func(l *step.Local) {
		env := *l.Env
		env.Progress = func(s run.Step) {
			if s.Name == step.StepSync && s.Handled > 5 {
				cancel()
			}
		}
		l.Env = &env
	})
	if err != nil || out.Status != run.Aborted || !out.Written {
		t.Fatalf("got %+v, %v", out, err)
	}
	if out := w.run(step.Input{Resume: "run-1", DryRun: &wet}); out.Status != run.Succeeded {
		t.Fatalf("resume: %+v", out)
	}
	if !maps.Equal(w.source.roles, w.target.roles) || w.target.writes != 200 {
		t.Fatalf("after the resume: %d records, %d writes", len(w.target.roles), w.target.writes)
	}
}

func TestARunWhoseProcessEndedIsClosed(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	if _, err := w.env.Start(ctx, step.StartIn{Run: "gone", By: "x", Trigger: "test", Input: wetSync()}); err != nil {
		t.Fatal(err)
	}
	if err := w.env.CloseDead(ctx, func(string) bool { return false }); err != nil {
		t.Fatal(err)
	}
	r, err := w.env.Runs.Get(ctx, "gone")
	if err != nil || r.Status != run.Aborted || r.Written {
		t.Fatalf("got %+v, %v", r, err)
	}
	if _, err := w.env.LoadSource(ctx, step.In{Run: "gone"}); !fault.Is(err, fault.Stopped) {
		t.Errorf("a step of a closed run: %v, want stopped", err)
	}
	if out := w.run(step.Input{Resume: "gone", DryRun: &wet}); out.Status != run.Succeeded {
		t.Errorf("resume without a plan starts over: %+v", out)
	}
}

// TestClosedAndGone: a process that ends after it closed its run, and before it freed the lock, leaves no lock to the next; one that still works keeps its own.
func TestClosedAndGone(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	if _, err := w.env.Start(ctx, step.StartIn{Run: "closed", By: "x", Trigger: "test", Input: wetSync()}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.env.Runs.Close(ctx, "closed", run.Succeeded, func(*run.Run) {}); err != nil {
		t.Fatal(err)
	}
	for _, alive := range []bool{true, false} {
		if err := w.env.CloseDead(ctx, func(string) bool { return alive }); err != nil {
			t.Fatal(err)
		}
		locks, err := w.env.Runs.Locks(ctx)
		if err != nil || (len(locks) == 1) != alive {
			t.Errorf("alive %v: %+v, %v", alive, locks, err)
		}
	}
}

func TestInputsAreRefusedAllProblemsAtOnce(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                        "job is missing",
		`{"job":"x","dryrun":true}`: "dryrun: no such key",
		`{"plan":"a","resume":"b","vars":{"x":"y"}}`:        "plan and resume exclude each other",
		`{"plan":"../../etc"}`:                              `"../../etc" is not the id of a run`,
		`{"job":"x","skip_stale":true}`:                     "skip_stale needs plan or resume",
		`{"job":"x"} {}`:                                    "more than one JSON value",
		`{"resume":"b","where":{"site":{"region":"emea"}}}`: "where cannot be given with plan or resume",
		`{"job":"x","override_limits":"   "}`:               "override_limits wants a reason",
	} {
		_, err := step.ParseInput([]byte(in))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", in, err, want)
		}
	}
	in, err := step.ParseInput([]byte(`{"job":"x"}`))
	if err != nil || !in.Dry() {
		t.Errorf("the default is a dry run: %+v, %v", in, err)
	}
}

func TestPayloadsAreSmall(t *testing.T) {
	for _, v := range []any{step.In{Run: strings.Repeat("r", 80), Fresh: true}, step.Out{Run: strings.Repeat("r", 80)}, step.GateOut{Run: strings.Repeat("r", 80)}} {
		b, err := json.Marshal(v)
		if err != nil || len(b) > 1024 {
			t.Errorf("%T: %d bytes, %v", v, len(b), err)
		}
	}
}
