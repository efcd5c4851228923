package dashboard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// bench is a store with a dashboard, for measuring.
type bench struct {
	runs    *sqlite.Store
	objects objects.Store
	handler http.Handler
	temp    string
}

func newBench(b testing.TB) *bench {
	b.Helper()
	dir := b.TempDir()
	runs, err := sqlite.Open(filepath.Join(dir, "runs.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = runs.Shutdown() })
	folder, err := objects.NewFolder(filepath.Join(dir, "objects"))
	if err != nil {
		b.Fatal(err)
	}
	env := &step.Env{Runs: runs, Objects: folder, Jobs: folderJobs{dir}, Temp: dir}
	d, err := dashboard.New(dashboard.Options{Env: env, Hosts: []string{"x"}})
	if err != nil {
		b.Fatal(err)
	}
	return &bench{runs, folder, d, dir}
}

// plan writes a plan with so many creates, as the plan of a run.
func (w *bench) plan(b testing.TB, id string, n int) {
	b.Helper()
	ctx := b.Context()
	model := &job.Model{Name: "device", Identifiers: []job.Attribute{{Name: "name"}}, Attributes: []job.Attribute{{Name: "role"}, {Name: "serial"}}, Shortname: []string{"name"}}
	j := &job.Job{Name: "big", Models: []*job.Model{model}, FileOrder: []string{"device"}, Policy: job.Sync, Source: &job.Side{}, Target: &job.Side{}}
	for side, count := range map[string]int{"source": n, "target": 0} {
		out, err := snapshot.Create(ctx, w.objects, "runs/"+id+"/"+side)
		if err != nil {
			b.Fatal(err)
		}
		for i := range count {
			r := record.Record{Kind: "device", IDs: []record.Value{record.MustOf(fmt.Sprintf("dev%07d", i))}, Attrs: record.Fields{{Name: "role", Value: record.MustOf("leaf")}, {Name: "serial", Value: record.MustOf(fmt.Sprintf("S%07d", i))}}}
			if err := add(out, &r); err != nil {
				b.Fatal(err)
			}
		}
		if err := commit(out); err != nil {
			b.Fatal(err)
		}
	}
	source, err := snapshot.Open(ctx, w.objects, "runs/"+id+"/source")
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	target, err := snapshot.Open(ctx, w.objects, "runs/"+id+"/target")
	if err != nil {
		b.Fatal(err)
	}
	defer target.Close()
	ix, err := plan.Diff(ctx, plan.Input{Job: j, Source: source, Target: target, Store: w.objects, Name: "runs/" + id + "/plan", Temp: w.temp})
	if err != nil {
		b.Fatal(err)
	}
	r := &run.Run{ID: id, Job: "big", Status: run.Running, DryRun: true, Started: time.Now(), PlanDigest: ix.Digest, Counts: ix.Counts}
	if err := w.runs.Create(ctx, r); err != nil {
		b.Fatal(err)
	}
	if _, _, err := w.runs.Close(ctx, id, run.Succeeded, nil); err != nil {
		b.Fatal(err)
	}
}

// time returns the least time that the page took of many tries, and its size.
func (w *bench) time(b testing.TB, path string, tries int) (best time.Duration) {
	b.Helper()
	best = time.Hour
	for range tries {
		req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
		req.Host = "x"
		rec := httptest.NewRecorder()
		start := time.Now()
		w.handler.ServeHTTP(rec, req)
		best = min(best, time.Since(start))
		if rec.Code != 200 {
			b.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	return best
}

// BenchmarkChanges compares the first page of a plan of 1,000,000 changes with that of one of 1,000, and reports the ratio, how long a search takes to its first answer, and the memory that is held.
func BenchmarkChanges(b *testing.B) {
	w := newBench(b)
	w.plan(b, "small", 1_000)
	w.plan(b, "large", 1_000_000)
	for b.Loop() {
		small, large := w.time(b, "/runs/small/changes", 40), w.time(b, "/runs/large/changes", 40)
		b.ReportMetric(float64(large)/float64(small), "ratio")
		b.ReportMetric(float64(w.time(b, "/runs/large/changes?from=999900", 20))/float64(small), "last-page-ratio")
		b.ReportMetric(float64(w.time(b, "/runs/large/changes?match=dev0999999", 3).Milliseconds()), "search-ms")
		b.ReportMetric(float64(w.time(b, "/runs/large/changes?view=tree", 1).Milliseconds()), "tree-ms")
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-held")
}

// BenchmarkRuns compares Home and Runs over 100,000 runs with those over 100.
func BenchmarkRuns(b *testing.B) {
	fill := func(n int) *bench {
		w := newBench(b)
		ctx := context.Background()
		for i := range n {
			r := &run.Run{ID: fmt.Sprintf("r%06d", i), Job: fmt.Sprintf("job%d", i%5), Status: run.Succeeded, By: "ana", Started: time.Now().Add(time.Duration(i-n) * time.Minute), Message: strings.Repeat("x", 100)}
			if err := w.runs.Create(ctx, r); err != nil {
				b.Fatal(err)
			}
		}
		return w
	}
	few, many := fill(100), fill(100_000)
	for b.Loop() {
		for name, path := range map[string]string{"home-ratio": "/", "runs-ratio": "/runs", "job-ratio": "/runs?job=job3"} {
			b.ReportMetric(float64(many.time(b, path, 40))/float64(few.time(b, path, 40)), name)
		}
	}
}
