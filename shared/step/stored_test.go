package step_test

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// replace puts an object in the place of another.
func (w *world) replace(name string, text []byte) {
	w.t.Helper()
	o, err := w.env.Objects.Create(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	defer o.Abort()
	if _, err := o.Write(text); err != nil {
		w.t.Fatal(err)
	}
	if err := o.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) object(name string) []byte {
	w.t.Helper()
	text, err := w.env.Objects.Get(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// TestAnotherPlanIsNotTaken: a plan or a copy of the job that is whole, but not the one that the run noted, is not applied.
func TestAnotherPlanIsNotTaken(t *testing.T) {
	w := newWorld(t)
	w.source.fill(3, "leaf")
	w.run(step.Input{Job: "shelf"})
	w.source.fill(5, "spine")
	w.run(step.Input{Job: "shelf"})
	of := func(id, name string) []string { return snapshot.Objects(step.RunPrefix(id) + name) }
	for name, objects := range map[string][2][]string{
		"plan": {of("run-1", step.PlanName), of("run-2", step.PlanName)}, "copy of the job": {{"runs/run-1/job.yaml"}, nil},
	} {
		var was [][]byte
		for i, o := range objects[0] {
			was = append(was, w.object(o))
			if objects[1] != nil {
				w.replace(o, w.object(objects[1][i]))
			} else {
				w.replace(o, append(w.object(o), "# and more\n"...))
			}
		}
		out, err := w.try(t.Context(), step.Input{Plan: "run-1", DryRun: &wet})
		message := out.Message
		if err != nil {
			message = err.Error()
		}
		if out.Status == run.Succeeded || w.target.writes > 0 || !strings.Contains(message, name+` "runs/run-1/`) || !strings.Contains(message, "it was altered") || !strings.Contains(message, "a new run") {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
		for i, o := range objects[0] {
			w.replace(o, was[i])
		}
	}
	if out := w.run(step.Input{Plan: "run-1", DryRun: &wet}); out.Status != run.Succeeded || w.target.writes != 3 {
		t.Errorf("put back: %+v", out)
	}
}

// TestAnotherSnapshotIsNotCompared: nor is a snapshot that the run did not load.
func TestAnotherSnapshotIsNotCompared(t *testing.T) {
	w := newWorld(t)
	w.source.fill(3, "leaf")
	w.run(step.Input{Job: "shelf"})
	w.source.fill(5, "spine")
	ctx := t.Context()
	if _, err := w.env.Start(ctx, step.StartIn{Run: "two", Input: step.Input{Job: "shelf"}}); err != nil {
		t.Fatal(err)
	}
	for _, load := range []func() error{
		func() error { _, err := w.env.LoadSource(ctx, step.In{Run: "two"}); return err },
		func() error { _, err := w.env.LoadTarget(ctx, step.In{Run: "two"}); return err },
	} {
		if err := load(); err != nil {
			t.Fatal(err)
		}
	}
	for i, o := range snapshot.Objects("runs/two/source") {
		w.replace(o, w.object(snapshot.Objects("runs/run-1/source")[i]))
	}
	if _, err := w.env.Diff(ctx, step.In{Run: "two"}); err == nil || !strings.Contains(err.Error(), `snapshot "runs/two/source": it was altered`) {
		t.Errorf("diff: %v", err)
	}
}
