// Package runtest is the conformance suite that every implementation of run.Store has to pass.
package runtest

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// Run runs the suite, from what every store does to what goes wrong; open returns an empty store for each case, and closes it at the case's end.
func Run(t *testing.T, open func(t *testing.T) run.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, run.Store)
	}{
		{"a run is kept as it is", keepsRun},
		{"the smallest run", smallest},
		{"a run that is not there", missing},
		{"an id is given once", createTwice},
		{"update", update},
		{"update touches neither id nor status", updateForces},
		{"update of a closed run is refused", updateClosed},
		{"close", closeRun},
		{"a closed run stays closed", closeTwice},
		{"close wants a status that ends", closeStatus},
		{"list: newest first", listOrder},
		{"list: filters", listFilters},
		{"list: pages", listPages},
		{"list: oldest first", listOldest},
		{"the last sync of a job", lastSync},
		{"jobs that have runs", jobs},
		{"delete takes all of a run", deleteRun},
		{"delete of an open run is refused", deleteOpen},
		{"steps", steps},
		{"log: in order, from a line on", log},
		{"log: texts of every kind", logTexts},
		{"log: the cap", logCap},
		{"log: the cap met exactly", logCapExact},
		{"baselines", baselines},
		{"lock", lock},
		{"touch", touch},
		{"touch by another invocation", touchOther},
		{"unlock", unlock},
		{"twelve create one id at once: one wins", createRace},
		{"of twelve updates at once none is lost", updateRace},
		{"twelve close at once: one does", closeRace},
		{"updates beside a close: nothing after it", updateCloseRace},
		{"twelve lock at once: one wins", lockRace},
		{"twelve log at once: every line once", logRace},
		{"a stopped context", stopped},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// when is a time with a nanosecond in it, in a zone that is not UTC.
func when() time.Time {
	return time.Date(2025, 11, 23, 8, 10, 12, 123456789, time.FixedZone("", 3600))
}

// full returns a run with every field set.
func full(id string) *run.Run {
	const big = math.MaxInt64 - 7 // no float64 holds it
	return &run.Run{
		ID: id, Job: "inventory", JobDigest: "d1", JobFile: "jobs/inventory.yaml", JobDir: "/srv/jobs", Status: run.Running,
		Written: true, Message: "täglich <b>\n\"x\" & y", Code: "refused", Step: "diff", Started: when(), Ended: when().Add(time.Nanosecond), By: "ana", Trigger: "cli", Version: "1.2.3",
		Input:  json.RawMessage(`{"job":"inventory","vars":{"x":"<&>"},"n":9007199254740993}`),
		Source: "files ./inventory", Target: "sqlite assets.db", PlanOf: "p", Resumes: "r", LockName: "sqlite:assets.db",
		SourceDigest: "s", TargetDigest: "t", PlanDigest: "p",
		Counts:   map[string]run.Counts{"device": {Create: 1, Update: 2, Move: 3, Delete: 4, Held: 5, Unchanged: big, Skip: 6, OutOfScope: 7, Source: 1<<53 + 1, Target: 9}, "": {}},
		Results:  map[string]int64{"done": 1<<53 + 1, "failed": big},
		Findings: map[string]int64{"source": 3}, Override: "Umzug",
	}
}

// create stores a run and returns its id.
func create(t *testing.T, s run.Store, r *run.Run) string {
	t.Helper()
	if err := s.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// small returns an open run of the job that started n seconds after when.
func small(job string, n int) *run.Run {
	return &run.Run{ID: fmt.Sprintf("%s-%03d", job, n), Job: job, Status: run.Running, Started: when().Add(time.Duration(n) * time.Second)}
}

func getRun(t *testing.T, s run.Store, id string) *run.Run {
	t.Helper()
	r, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustClose(t *testing.T, s run.Store, id string, status run.Status) {
	t.Helper()
	if _, closed, err := s.Close(t.Context(), id, status, nil); err != nil || !closed {
		t.Fatalf("close %s: %v, %v", id, closed, err)
	}
}

func wantCode(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.Of(err); got != want {
		t.Errorf("%s: got code %q (%v), want %q", what, got, err, want)
	}
}

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
