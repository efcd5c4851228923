package run_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// history is a store with runs that started and ended on days before now, each with two objects.
type history struct {
	store run.Store
	objs  objects.Store
	now   time.Time
}

func newHistory(t *testing.T) *history {
	t.Helper()
	folder, err := objects.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &history{openStore(t, filepath.Join(t.TempDir(), "runs.db")), folder, time.Date(2025, 11, 23, 12, 0, 0, 0, time.UTC)}
}

// add adds a run that took an hour so many days ago; an open one where status is Running.
func (h *history) add(t *testing.T, id, job string, days int, status run.Status, more func(*run.Run)) {
	t.Helper()
	start := h.now.Add(-time.Duration(days) * 24 * time.Hour)
	r := &run.Run{ID: id, Job: job, Status: run.Running, Started: start}
	if more != nil {
		more(r)
	}
	if err := h.store.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plan", "journal/000001"} {
		if err := h.objs.PutNew(t.Context(), "runs/"+id+"/"+name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if status != run.Running {
		if _, _, err := h.store.Close(t.Context(), id, status, func(r *run.Run) { r.Ended = start.Add(time.Hour) }); err != nil {
			t.Fatal(err)
		}
	}
}

// left returns which runs and whose objects there are.
func (h *history) left(t *testing.T) (runs, folders []string) {
	t.Helper()
	all, err := h.store.List(t.Context(), run.Filter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		runs = append([]string{r.ID}, runs...)
	}
	for _, id := range runs {
		for range h.objs.List(t.Context(), "runs/"+id+"/") {
			folders = append(folders, id)
			break
		}
	}
	return runs, folders
}

func TestPrune(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		keep run.Keep
		want []string // gone, oldest first
	}{
		"by age":                {run.Keep{Younger: 10 * day}, []string{"a30", "a20"}},
		"an hour counts":        {run.Keep{Younger: 20*day - 61*time.Minute}, []string{"a30", "a20"}},
		"by age, to the end":    {run.Keep{Younger: 20 * day}, []string{"a30"}},
		"by number":             {run.Keep{Last: 2}, []string{"a30", "a20"}},
		"by number, the last":   {run.Keep{Last: 1}, []string{"a30", "a20", "a08"}},
		"both must let it go":   {run.Keep{Younger: 25 * day, Last: 2}, []string{"a30"}},
		"old, but the newest":   {run.Keep{Younger: time.Hour}, []string{"a30", "a20", "a08"}},
		"said only":             {run.Keep{Last: 2, DryRun: true}, []string{"a30", "a20"}},
		"nothing is old enough": {run.Keep{Younger: 400 * day}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t)
			h.add(t, "b90", "b", 90, run.Failed, nil) // the newest of its job
			h.add(t, "a30", "a", 30, run.Succeeded, nil)
			h.add(t, "a20", "a", 20, run.Failed, nil)
			h.add(t, "a08", "a", 8, run.Aborted, nil)
			h.add(t, "a07", "a", 7, run.Succeeded, nil)
			gone, err := run.Prune(t.Context(), h.store, h.objs, c.keep, h.now)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range gone {
				got = append(got, r.ID)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("gone (-want +got):\n%s", d)
			}
			want := 5 - len(got)
			if c.keep.DryRun {
				want = 5
			}
			if runs, folders := h.left(t); len(runs) != want || cmp.Diff(runs, folders) != "" {
				t.Errorf("left: runs %q, objects of %q", runs, folders)
			}
		})
	}
}

// TestPruneInUse: an open run stays, and what it and other runs that stay were made from.
func TestPruneInUse(t *testing.T) {
	h := newHistory(t)
	h.add(t, "plan", "a", 60, run.Succeeded, nil)
	h.add(t, "died", "a", 59, run.Aborted, func(r *run.Run) { r.PlanOf = "plan" })
	h.add(t, "died-again", "a", 58, run.Aborted, func(r *run.Run) { r.Resumes = "died" })
	h.add(t, "unused", "a", 57, run.Succeeded, nil)
	h.add(t, "resumes", "a", 56, run.Running, func(r *run.Run) { r.Resumes = "died-again" })
	h.add(t, "plan2", "a", 50, run.Succeeded, nil)
	h.add(t, "took", "a", 1, run.Partial, func(r *run.Run) { r.PlanOf = "plan2" })
	h.add(t, "lost", "b", 1, run.Failed, func(r *run.Run) { r.PlanOf, r.Resumes = "gone long ago", "lost" })
	if _, err := run.Prune(t.Context(), h.store, h.objs, run.Keep{Younger: 24 * time.Hour}, h.now); err != nil {
		t.Fatal(err)
	}
	runs, folders := h.left(t)
	if d := cmp.Diff([]string{"plan", "died", "died-again", "resumes", "plan2", "lost", "took"}, runs); d != "" {
		t.Errorf("left (-want +got):\n%s", d)
	}
	if d := cmp.Diff(runs, folders); d != "" {
		t.Errorf("objects (-want +got):\n%s", d)
	}
}

func TestPruneManyAndStopped(t *testing.T) {
	h := newHistory(t)
	for n := range 227 {
		err := h.store.Create(t.Context(), &run.Run{ID: fmt.Sprintf("r%03d", n), Job: "a", Status: run.Failed, Started: h.now.AddDate(-2, 0, n)})
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		h.add(t, fmt.Sprint("s", n), "a", 4-n, run.Succeeded, nil)
	}
	_, err := run.Prune(t.Context(), h.store, h.objs, run.Keep{}, h.now)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("without a rule: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := run.Prune(ctx, h.store, h.objs, run.Keep{Last: 3}, h.now); !fault.Is(err, fault.Stopped) {
		t.Errorf("stopped: %v", err)
	}
	gone, err := run.Prune(t.Context(), h.store, h.objs, run.Keep{Last: 3}, h.now)
	if err != nil || len(gone) != 227 {
		t.Errorf("%d gone, %v", len(gone), err)
	}
	if runs, folders := h.left(t); len(runs) != 3 || len(folders) != 3 {
		t.Errorf("left: %q, %q", runs, folders)
	}
}
