package plan

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record/recordtest"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

var benchRecords = flag.Int("plan.records", 100_000, "devices a side in BenchmarkDiff")

// BenchmarkDiff gives the CPU time of Diff as a ratio to that of decoding both sides and doing nothing, and how far the process grew meanwhile.
func BenchmarkDiff(b *testing.B) {
	for _, share := range []float64{0, 0.0001, 0.001, 0.01, 1} {
		b.Run(fmt.Sprintf("changed=%g%%", share*100), func(b *testing.B) { benchDiff(b, share) })
	}
}

func benchJob() *job.Job {
	j := newJob(model("site", attrs("region", "latitude", "description")),
		model("device", attrs("role", "status", "serial", "asset_tag", "model", "rack", "position", "primary_ip", "mtu", "managed", "tags", "comments"), under("site", "site")))
	j.Model("device").Attribute("position").Type = job.Integer
	j.Model("device").Attribute("serial").Type = job.String
	return j
}

func benchDiff(b *testing.B, share float64) {
	ctx := context.Background()
	store, err := objects.NewFolder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	in := Input{Job: benchJob(), Store: store, Name: "plan", Temp: b.TempDir()}
	in.Source = benchSnapshot(b, ctx, store, "source", recordtest.Data{Seed: 1, Records: *benchRecords, Changed: share})
	in.Target = benchSnapshot(b, ctx, store, "target", recordtest.Data{Seed: 1, Records: *benchRecords, Changed: share, Target: true})
	floor, best := time.Hour, time.Hour
	decode := func() {
		from := cpu()
		for _, r := range []*snapshot.Reader{in.Source, in.Target} {
			for _, err := range r.Scan(ctx, "") {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		floor = min(floor, cpu()-from)
	}
	for range 3 {
		decode()
	}
	var ix *Index
	before := resident(b)
	for b.Loop() {
		from := cpu()
		if ix, err = Diff(ctx, in); err != nil {
			b.Fatal(err)
		}
		best = min(best, cpu()-from)
		b.StopTimer()
		decode()
		b.StartTimer()
	}
	b.ReportMetric(float64(best)/float64(floor), "floors")
	b.ReportMetric(float64(best.Microseconds())/1000, "cpu-ms")
	b.ReportMetric(float64(floor.Microseconds())/1000, "floor-ms")
	b.ReportMetric(float64(resident(b)-before)/(1<<20), "MB-more")
	b.ReportMetric(float64(ix.Changes()), "changes")
}

func benchSnapshot(b *testing.B, ctx context.Context, store objects.Store, name string, d recordtest.Data) *snapshot.Reader {
	w := snapshot.NewWriter(snapshot.Options{Store: store, Name: name, Temp: b.TempDir()})
	n := uint64(0)
	for l := range d.Lines() {
		n++
		if err := w.Add(l, n); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := w.Commit(ctx); err != nil {
		b.Fatal(err)
	}
	r, err := snapshot.Open(ctx, store, name)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close() })
	return r
}

// cpu is the CPU time of the process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the process's peak of resident memory, set back first where the system allows it.
func resident(b *testing.B) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	return kb << 10
}
