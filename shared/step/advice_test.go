package step_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestAdvise: each way in which a run can end says what to do now, and what it says is true of that run.
func TestAdvise(t *testing.T) {
	counts := map[string]run.Counts{"device": {Create: 3, Held: 2}}
	for name, c := range map[string]struct {
		run  run.Run
		want string // the deeds, in order; in brackets what a terminal leaves out
	}{
		"dry run with changes":        {run.Run{Status: run.Succeeded, DryRun: true, Counts: counts}, "(see changes), sync plan"},
		"dry run without":             {run.Run{Status: run.Succeeded, DryRun: true}, "()"},
		"dry run over the limits":     {run.Run{Status: run.Succeeded, DryRun: true, Counts: counts, Message: step.Refusal + "too many"}, "(see changes), sync anyway"},
		"with findings":               {run.Run{Status: run.Succeeded, DryRun: true, Counts: counts, Findings: map[string]int64{"source": 1}}, "see findings, (see changes), sync plan"},
		"sync":                        {run.Run{Status: run.Succeeded, Counts: counts, Written: true}, "(see changes)"},
		"some failed":                 {run.Run{Status: run.Partial, Counts: counts, Results: map[string]int64{"done": 2, "failed": 1}}, "(see failed), start anew"},
		"some were skipped":           {run.Run{Status: run.Partial, Counts: counts, Results: map[string]int64{"done": 2, "skipped": 1}}, "(see skipped), start anew"},
		"refused by limits":           {run.Run{Status: run.Refused, PlanDigest: "d", Step: step.StepGate, Message: "limit delete"}, "see changes, sync anyway"},
		"refused because it is stale": {run.Run{Status: run.Refused, PlanDigest: "d", Step: step.StepGate, Message: "the plan is stale"}, "plan anew, sync rest"},
		"refused by the lock":         {run.Run{Status: run.Refused, Step: step.StepStart}, "(see log)"},
		"stopped while it wrote":      {run.Run{Status: run.Aborted, Written: true}, "see journal, resume"},
		"stopped before":              {run.Run{Status: run.Aborted}, "resume"},
		"out of time":                 {run.Run{Status: run.TimedOut}, "resume"},
		"failed while it wrote":       {run.Run{Status: run.Failed, Written: true}, "see journal, resume"},
		"failed before":               {run.Run{Status: run.Failed}, "see log, (start anew)"},
		"at work":                     {run.Run{Status: run.Running}, ""},
	} {
		var got []string
		for _, a := range step.Advise(&c.run) {
			do := string(a.Do)
			if a.Shown {
				do = "(" + do + ")"
			}
			got = append(got, do)
			if strings.Contains(a.Fact, "Nothing was written") && c.run.Written {
				t.Errorf("%s: says %q", name, a.Fact)
			}
		}
		if all := strings.Join(got, ", "); all != c.want {
			t.Errorf("%s: %s, want %s", name, all, c.want)
		}
	}
	r := &run.Run{ID: "b", PlanOf: "a", DryRun: true}
	for do, want := range map[step.Deed]string{
		step.SyncPlan: "sync --plan a", step.SyncRest: "sync --plan a --skip-stale", step.SyncAnyway: `sync --plan a --override-limits "REASON"`, step.Resume: "resume b",
		step.PlanAnew: "plan x", step.StartAnew: "plan x", step.SeeFindings: "show b findings", step.SeeFailed: "show b journal",
	} {
		if got := do.Command(r, "x"); got != want {
			t.Errorf("%s: %q, want %q", do, got, want)
		}
	}
	names := []string{}
	for _, s := range step.InOrder([]*run.Step{{Name: step.StepSync}, {Name: step.StepLoadTarget}, {Name: step.StepStart}, {Name: step.StepLoadSource}}) {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{step.StepStart, step.StepLoadSource, step.StepLoadTarget, step.StepSync}) {
		t.Errorf("steps in order: %v", names)
	}
}
