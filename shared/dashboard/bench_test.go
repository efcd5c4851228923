package dashboard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// time returns the least time that a page took of many tries.
func (w *world) time(path string, tries int) time.Duration {
	w.t.Helper()
	best := time.Hour
	for range tries {
		req := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, path, nil)
		req.Host = w.server.Listener.Addr().String()
		rec := httptest.NewRecorder()
		start := time.Now()
		w.server.Config.Handler.ServeHTTP(rec, req)
		best = min(best, time.Since(start))
		if rec.Code != http.StatusOK {
			w.t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	return best
}

// BenchmarkChanges compares the first page of a plan of 1,000,000 changes with that of one of 1,000, and reports the ratio; the same for the last page, how long a search and a tree take
// to their first answer, and how much memory is in use when all that is done.
func BenchmarkChanges(b *testing.B) {
	w := newWorld(b)
	w.devices(numbered(1_000)...)
	small := "/runs/" + w.run(dry("devices")).ID + "/changes"
	w.devices(numbered(1_000_000)...)
	large := "/runs/" + w.run(dry("devices")).ID + "/changes"
	for b.Loop() {
		of := w.time(small, 40)
		b.ReportMetric(float64(w.time(large, 40))/float64(of), "first-ratio")
		b.ReportMetric(float64(w.time(large+"?from=999951", 40))/float64(of), "last-ratio")
		b.ReportMetric(float64(w.time(large+"?match=dev999999", 3).Milliseconds()), "search-ms")
		b.ReportMetric(float64(w.time(large+"?view=tree", 1).Milliseconds()), "tree-ms")
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapInuse+m.StackInuse)/(1<<20), "MB")
}

// BenchmarkRuns compares Home and Runs over 100,000 runs with those over 100.
func BenchmarkRuns(b *testing.B) {
	fill := func(n int) *world {
		w := newWorld(b)
		for i := range n {
			r := &run.Run{ID: fmt.Sprintf("r%06d", i), Job: fmt.Sprintf("job%d", i%5), Status: run.Succeeded, By: "ana", Started: time.Now().Add(time.Duration(i-n) * time.Minute), Message: strings.Repeat("x", 100)}
			if err := w.env.Runs.Create(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
		return w
	}
	few, many := fill(100), fill(100_000)
	for b.Loop() {
		for name, path := range map[string]string{"home-ratio": "/", "runs-ratio": "/runs"} {
			b.ReportMetric(float64(many.time(path, 40))/float64(few.time(path, 40)), name)
		}
	}
}
