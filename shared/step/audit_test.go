package step_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// everySeventh has no room for one device of seven.
func everySeventh(name string) error {
	var n int
	if _, err := fmt.Sscanf(name, "device-%d", &n); err == nil && n%7 == 3 {
		return fault.Errorf(fault.Invalid, "no room for %s", name)
	}
	return nil
}

// auditWorld is a world of 60 creates, of which the target refuses some.
func auditWorld(t *testing.T) *world {
	w := newWorld(t)
	w.source.fill(60, "leaf")
	w.target.full = everySeventh
	w.job += "limits: {findings: 100%}\n"
	return w
}

// held returns the names of what the run's plan holds, checked against its findings.
func (w *world) held(id string) []string {
	w.t.Helper()
	ctx := context.Background()
	p, err := plan.Open(ctx, w.env.Objects, step.RunPrefix(id)+step.PlanName)
	if err != nil {
		w.t.Fatal(err)
	}
	defer p.Close()
	var names []string
	for c, err := range p.Held(ctx) {
		if err != nil {
			w.t.Fatal(err)
		}
		if c.Held.Code != plan.HeldAudit || c.Held.Detail != "no room for "+c.Name {
			w.t.Errorf("%s is held: %+v", c.Name, c.Held)
		}
		names = append(names, c.Name)
	}
	f, err := finding.Open(ctx, w.env.Objects, step.RunPrefix(id)+step.FindingsPlan)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	r, err := w.env.Runs.Get(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	if n := int64(len(names)); f.Len() != n || r.Findings["audit"] != n || r.Counts["device"].Held != n {
		w.t.Errorf("%d held, %d findings, the run says %d and %+v", n, f.Len(), r.Findings["audit"], r.Counts)
	}
	return names
}

func (w *world) stepOf(id, name string) *run.Step {
	w.t.Helper()
	steps, err := w.env.Runs.Steps(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range steps {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func TestAuditHoldsWhatTheTargetRefuses(t *testing.T) {
	w := auditWorld(t)
	out := w.run(wetSync())
	if out.Status != run.Succeeded || w.target.writes != 51 || len(w.held("run-1")) != 9 {
		t.Fatalf("%+v, %d writes, held %v", out, w.target.writes, w.held("run-1"))
	}
	if d := w.stepOf("run-1", step.StepDiff); d.Calls != 2 {
		t.Errorf("diff was called %d times, want twice: the second holds", d.Calls)
	}
	w.target.full = nil // there is room now
	if out := w.run(wetSync()); out.Status != run.Succeeded || !maps.Equal(w.source.roles, w.target.roles) {
		t.Errorf("%+v", out)
	}
	if d := w.stepOf("run-2", step.StepDiff); d.Calls != 1 {
		t.Errorf("diff was called %d times, want once: the draft is the plan", d.Calls)
	}
	if out := w.run(wetSync()); out.Message != "nothing to do" || w.stepOf("run-3", step.StepAudit) != nil {
		t.Errorf("the third: %+v: nobody is asked about nothing", out)
	}
}

// TestAuditGoesOnInTheNextCall gives each call little time; the plan is that of one call, and nothing is asked twice.
func TestAuditGoesOnInTheNextCall(t *testing.T) {
	one, many := auditWorld(t), auditWorld(t)
	one.run(step.Input{Job: "shelf"})
	many.env.Now = nil
	many.env.Budget = 40 * time.Millisecond
	many.target.slow = 3 * time.Millisecond
	if out := many.run(step.Input{Job: "shelf"}); out.Status != run.Succeeded {
		t.Fatalf("%+v", out)
	}
	if s := many.stepOf("run-1", step.StepAudit); s.Calls < 3 || s.Handled != 60 {
		t.Errorf("%+v", s)
	}
	for name, n := range many.target.asked {
		if n != 1 {
			t.Errorf("%s was asked about %d times", name, n)
		}
	}
	a, aerr := one.env.Runs.Get(context.Background(), "run-1")
	b, berr := many.env.Runs.Get(context.Background(), "run-1")
	if err := errors.Join(aerr, berr); err != nil {
		t.Fatal(err)
	}
	if a.PlanDigest == "" || a.PlanDigest != b.PlanDigest || len(b.Audit.Parts) < 2 {
		t.Errorf("plans %q and %q, %+v", a.PlanDigest, b.PlanDigest, b.Audit)
	}
}

func TestAuditThatFailsEndsTheRun(t *testing.T) {
	w := auditWorld(t)
	w.target.full = func(name string) error {
		if name == "device-0010" {
			return fault.Errorf(fault.Unavailable, "the shelf is not there")
		}
		return everySeventh(name)
	}
	out := w.run(wetSync())
	if out.Status != run.Failed || w.target.writes > 0 || !strings.Contains(out.Message, "audit device device-0010: the shelf is not there") {
		t.Fatalf("%+v, %d writes", out, w.target.writes)
	}
	if r, err := w.env.Runs.Get(context.Background(), "run-1"); err != nil || r.Step != step.StepAudit || r.PlanDigest != "" {
		t.Errorf("%+v, %v: a plan that was not audited to its end is none", r, err)
	}
	w.target.full = everySeventh
	if out := w.run(step.Input{Resume: "run-1", DryRun: &wet}); out.Status != run.Succeeded || w.target.writes != 51 {
		t.Errorf("resumed: %+v, %d writes", out, w.target.writes)
	}
}

// TestAuditIsTakenAsItWasLeft: refusals that were altered or lost between two calls hold nobody's changes; they end the run.
func TestAuditIsTakenAsItWasLeft(t *testing.T) {
	for _, harm := range []string{"lost", "of another run", "the draft of another run"} {
		t.Run(harm, func(t *testing.T) {
			w := auditWorld(t)
			ctx := context.Background()
			w.run(step.Input{Job: "shelf"})
			w.source.roles["device-0001"] = "spine"
			w.target.full = func(name string) error {
				if name == "device-0001" {
					return fault.Errorf(fault.Invalid, "no room for %s", name)
				}
				return nil
			}
			id := "by-hand"
			if _, err := w.env.Start(ctx, step.StartIn{Run: id, Input: step.Input{Job: "shelf"}}); err != nil {
				t.Fatal(err)
			}
			call := func(f func(context.Context, step.In) (step.Out, error), in step.In) (step.Out, error) {
				t.Helper()
				in.Run = id
				return f(ctx, in)
			}
			for _, f := range []func(context.Context, step.In) (step.Out, error){w.env.LoadSource, w.env.LoadTarget, w.env.Diff} {
				if _, err := call(f, step.In{}); err != nil {
					t.Fatal(err)
				}
			}
			if harm == "the draft of another run" {
				w.copyOver("runs/run-1/plan", "runs/"+id+"/plan")
				if _, err := call(w.env.LoadTarget, step.In{Audit: true}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "altered") {
					t.Errorf("got %v", err)
				}
				return
			}
			if out, err := call(w.env.LoadTarget, step.In{Audit: true}); err != nil || !out.Again {
				t.Fatal(out, err)
			}
			if out, err := call(w.env.LoadTarget, step.In{Audit: true}); err != nil || !out.Again || w.target.asked["device-0001"] != 2 {
				t.Errorf("called once more: %+v, %v, asked %d times", out, err, w.target.asked["device-0001"])
			}
			want := fault.Invalid
			if harm == "lost" {
				want = fault.NotFound
				for _, part := range []string{".index", ".ndjson.zst"} {
					if err := w.env.Objects.Delete(ctx, "runs/"+id+"/audit-1"+part); err != nil {
						t.Fatal(err)
					}
				}
			} else {
				w.copyOver("runs/run-1/audit-1", "runs/"+id+"/audit-1")
			}
			if _, err := call(w.env.Diff, step.In{}); !fault.Is(err, want) || !strings.Contains(err.Error(), "a new run") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// copyOver puts one container in the place of another.
func (w *world) copyOver(from, to string) {
	w.t.Helper()
	for _, part := range []string{".index", ".ndjson.zst"} {
		w.replace(to+part, w.object(from+part))
	}
}
