package dashboard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
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

// BenchmarkMemory reports the peak memory of plumb ui, a process of its own, over a sync of 1,000,000 changes, of which 10,000 failed: each way of looking at its plan, at how changes ended
// and at its journal, and downloads at once. Over 100 MB it fails.
func BenchmarkMemory(b *testing.B) {
	const most = 100
	w := newWorld(b)
	rows := numbered(1_000_000)
	for i := 0; i < len(rows); i += 100 {
		rows[i] = strings.Replace(rows[i], "leaf", "edgee", 1)
	}
	w.devices(rows...)
	plumb := buildPlumb(b)
	made := exec.CommandContext(b.Context(), plumb, "sync", "devices", "--yes", "--output", "json")
	made.Dir, made.Env = w.dir, plainEnviron()
	if out, err := made.Output(); !strings.Contains(string(out), `"results":{"done":990000,"failed":10000}`) {
		b.Fatalf("%v: %s", err, out)
	}
	for b.Loop() {
		address, pid := serveUI(b, plumb, w.dir)
		fetch := func(path string) string {
			res, err := http.Get(address + path) //nolint:noctx // a benchmark
			if err != nil {
				b.Error(err)
				return ""
			}
			defer res.Body.Close()
			head, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
			if _, rest := io.Copy(io.Discard, res.Body); err != nil || rest != nil || res.StatusCode != http.StatusOK {
				b.Errorf("%s: %d %v %v", path, res.StatusCode, err, rest)
			}
			return string(head)
		}
		run := regexp.MustCompile(`/runs/[a-z0-9]+-[a-z0-9]+`).FindString(fetch("/runs"))
		for _, path := range []string{
			"/changes", "/changes?from=999951", "/changes?match=dev99999*", "/changes?action=create&attribute=role", "/changes?view=tree", "/changes?view=tree&match=dev5*", "/changes?format=json",
			"/changes?result=failed", "/changes?result=failed&from=990000", "/changes?result=done&match=dev99999*", "/journal", "/journal?status=failed", "/journal?match=dev999999",
		} {
			for range 5 { // the first of them may still be counting
				fetch(run + path)
			}
		}
		if n := strings.Count(fetch(run+"/changes?result=failed"), "refuses role"); n < 50 {
			b.Errorf("%d failed changes are shown", n)
		}
		var all sync.WaitGroup
		for _, form := range []string{"ndjson", "csv", "diffsync", "ndjson?match=dev9*"} {
			all.Go(func() { fetch(run + "/download/" + form) })
		}
		all.Wait()
		peak := peakOf(b, pid)
		b.ReportMetric(peak, "peak-MB")
		b.ReportMetric(most, "bound-MB")
		if peak > most {
			b.Errorf("plumb ui needed %.0f MB over a sync of 1,000,000 changes, at most %d", peak, most)
		}
	}
}

// peakOf is the most memory that a process had so far, in MB, as Linux counts it.
func peakOf(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("only Linux tells the peak memory of another process:", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kB float64
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}

// BenchmarkRuns compares Home and Runs over 100,000 runs with those over 100. Of five jobs two have made dry runs only since their first run, which was a sync that failed.
func BenchmarkRuns(b *testing.B) {
	fill := func(n int) *world {
		w := newWorld(b)
		for i := range n {
			r := &run.Run{ID: fmt.Sprintf("r%06d", i), Job: fmt.Sprintf("job%d", i%5), Status: run.Succeeded, By: "ana", Started: time.Now().Add(time.Duration(i-n) * time.Minute), Message: strings.Repeat("x", 100)}
			if r.DryRun = i%5 < 2; i < 2 {
				r.DryRun, r.Status = false, run.Failed
			}
			if err := w.env.Runs.Create(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
		if n := w.get("/").Find("[data-part=attention] .notice").Length(); n != 2 {
			b.Fatalf("%d syncs wait for a person, not 2", n)
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
