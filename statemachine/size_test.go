package statemachine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

// most is what a load, diff or sync may have in memory, whatever the size.
const most = 96 << 20

// TestSize syncs two sides that differ in 1% through the state machine, and prints what each step took: memory, and room for what it spills.
// PLUMB_RECORDS is how many records a side has; make bench asks for a million.
func TestSize(t *testing.T) {
	n := 30_000
	if text := os.Getenv("PLUMB_RECORDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	e := stacktest.Start(t)
	w := newWorld(t, e.Deploy(t, stacktest.Build(t), "plumbline-size", "StepSeconds=0"))
	w.patience = time.Hour
	w.put("data/large.ndjson", large(n, 0))
	w.put("data/large-out.ndjson", large(n, n/100))
	job := strings.Replace(jobOf("data/large.ndjson", "data/large-out.ndjson", ""), "[site, role, serial]", "[site, role, serial, comments]", 1)
	w.put("jobs/large.yaml", job)
	room := watchRoom(t)
	r := w.want(w.execute(`{"job":"large","dry_run":false}`), run.Succeeded, "")
	if r.Results["done"] != int64(n/100) {
		t.Errorf("run: %+v", r)
	}
	steps, err := w.runs.Steps(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%d records a side, 1%% changed   %12s %12s\n", n, "seconds", "peak MB")
	for _, s := range steps {
		switch s.Name {
		case step.StepLoadSource, step.StepLoadTarget, step.StepDiff, step.StepSync:
			fmt.Printf("%-40s %12.1f %12.1f\n", s.Name, s.Duration.Seconds(), float64(s.Memory.Peak)/(1<<20))
			if s.Memory.Peak > most {
				t.Errorf("%s took %d bytes of memory, more than %d", s.Name, s.Memory.Peak, int64(most))
			}
		}
	}
	fmt.Printf("%-40s %12s %12.1f\n", "ephemeral storage of all together", "", float64(room())/(1<<20))
}

// large is a file of records of about 350 bytes in random order; the first so many have another role.
func large(n, other int) string {
	var b strings.Builder
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(n) { //nolint:gosec // reproducible data
		role := "leaf"
		if i < other {
			role = "spine"
		}
		fmt.Fprintf(&b, `{"name":"device-%08x-%d","site":"site-%05d","role":"%s","serial":"FDO%08X","comments":"installed by team %d, rack row %d, power feed A+B; ticket CHG%07d; %s"}`+"\n",
			uint32(i)*2654435761, i, i/500, role, i*7, i%40, i%30, i, strings.Repeat("note ", 30))
	}
	return b.String()
}

// watchRoom samples how much the functions have in temporary files, which have no names; what it returns gives the most that was seen.
func watchRoom(t *testing.T) func() int64 {
	var top atomic.Int64
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
			var sum int64
			files, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is well formed
			for _, f := range files {
				if name, err := os.Readlink(f); err != nil || !strings.HasPrefix(name, filepath.Join(os.TempDir(), "plumbline-")) {
					continue
				}
				if info, err := os.Stat(f); err == nil {
					sum += info.Size()
				}
			}
			top.Store(max(top.Load(), sum))
		}
	}()
	return top.Load
}
