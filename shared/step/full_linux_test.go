package step_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestTempFull has no room left where a step sorts what memory does not hold: it says so, as something that may pass, nothing is lost, and once there is room the same step goes on.
func TestTempFull(t *testing.T) {
	small := faulttest.SmallDisk(t, "1m")
	if err := os.WriteFile(filepath.Join(small, "ballast"), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{step.StepLoadSource, step.StepLoadTarget, step.StepDiff, step.StepSync} {
		t.Run(state, func(t *testing.T) {
			w := newWorld(t)
			w.job += "limits: {update: 100%}\n"
			w.source.backwards, w.target.backwards = true, true
			for i := range 3000 { // 12 MB each, of which 8 are sorted in memory
				name := fmt.Sprintf("device-%04d", i)
				w.source.roles[name] = name + strings.Repeat("s", 4000)
				w.target.roles[name] = name + strings.Repeat("t", 4000)
			}
			id, full := "run-1", *w.env
			full.Temp = small
			ctx := context.Background()
			begun, err := w.env.Start(ctx, step.StartIn{Run: id, By: "tester", Trigger: "test", Input: wetSync()})
			if err != nil || !begun.Diff {
				t.Fatalf("%+v, %v", begun, err)
			}
			in := step.In{Run: id}
			var audit, sync bool
			for _, s := range []struct {
				name string
				do   func(e *step.Env) error
			}{
				{step.StepLoadSource, func(e *step.Env) error { _, err := e.LoadSource(ctx, in); return err }},
				{step.StepLoadTarget, func(e *step.Env) error { _, err := e.LoadTarget(ctx, in); return err }},
				{step.StepDiff, func(e *step.Env) error { out, err := e.Diff(ctx, in); audit = out.Audit; return err }},
				{step.StepAudit, func(e *step.Env) error {
					if !audit {
						return nil
					}
					_, err := e.LoadTarget(ctx, step.In{Run: id, Audit: true})
					return err
				}},
				{step.StepGate, func(e *step.Env) error { out, err := e.Gate(ctx, in); sync = out.Decision == "sync"; return err }},
				{step.StepSync, func(e *step.Env) error { _, err := e.Sync(ctx, in); return err }},
			} {
				if s.name == state {
					err := s.do(&full)
					if state == step.StepSync { // it keeps little, and nothing here that memory does not hold
						continue
					}
					if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "no space left on device; give a folder with space") {
						t.Fatalf("with a full disk: %v", err)
					}
				}
				if err := s.do(w.env); err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
			}
			if !sync {
				t.Error("the gate let nothing through")
			}
			out, err := w.env.Finish(ctx, step.FinishIn{Run: id})
			if err != nil || out.Status != run.Succeeded || !maps.Equal(w.source.roles, w.target.roles) {
				t.Errorf("%+v, %v", out, err)
			}
		})
	}
}
