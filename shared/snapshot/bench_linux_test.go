package snapshot

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/record/recordtest"
)

var (
	benchRecords = flag.Int("records", 100_000, "devices of the benchmarks")
	benchDir     = flag.String("dir", "", "folder that keeps the benchmarks' snapshots; made where they are missing")
)

// cpu returns the CPU time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak resets the peak of resident memory, or reads it.
func resetPeak() { os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) } //nolint:errcheck // then the figure is the process's

func resident(field string) int {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), field+":")
	var kb int
	fmt.Sscan(rest, &kb) //nolint:errcheck // 0 then
	return kb
}

// benchSide returns the snapshot of one side.
func benchSide(b *testing.B, s objects.Store, changed float64, target bool) *Reader {
	b.Helper()
	name := fmt.Sprintf("bench-%d-%v-%v", *benchRecords, changed, target)
	if r, err := Open(b.Context(), s, name); err == nil {
		b.Cleanup(func() { r.Close() })
		return r
	}
	w := NewWriter(Options{Store: s, Name: name})
	defer w.Abort()
	n := uint64(0)
	for line := range (recordtest.Data{Seed: 1, Records: *benchRecords, Changed: changed, Target: target}).Lines() {
		if err := w.Add(line, n); err != nil {
			b.Fatal(err)
		}
		n++
	}
	commit(b, w)
	return open(b, s, name)
}

func benchStore(b *testing.B) objects.Store {
	b.Helper()
	dir := *benchDir
	if dir == "" {
		dir = b.TempDir()
	}
	s, err := objects.NewFolder(dir)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// decodeAll decodes a side and does nothing with it.
func decodeAll(b *testing.B, r *Reader) {
	b.Helper()
	d, err := newDecoder()
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	f := r.blocks.newFetcher(d)
	var raw []byte
	for block, err := range r.blocks.Blocks(b.Context(), 0) {
		if err == nil {
			raw, err = f.read(b.Context(), block, raw)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompare compares two sides of which a share differs. "ratio" is its CPU time against decoding both sides and doing nothing, taken in turn with it; the least of all rounds.
func BenchmarkCompare(b *testing.B) {
	for _, changed := range []float64{0, 0.0001, 0.001, 0.01, 0.1, 1} {
		b.Run(fmt.Sprint(changed), func(b *testing.B) {
			s := benchStore(b)
			x, y := benchSide(b, s, changed, false), benchSide(b, s, changed, true)
			var floors, times []time.Duration
			var stats Stats
			memory := 0
			for b.Loop() {
				start := cpu()
				decodeAll(b, x)
				decodeAll(b, y)
				floors = append(floors, cpu()-start)
				resetPeak()
				before := resident("VmRSS")
				start = cpu()
				var err error
				if stats, err = Compare(b.Context(), x, y, func(_, _ record.Line) error { return nil }); err != nil {
					b.Fatal(err)
				}
				times = append(times, cpu()-start)
				memory = max(memory, resident("VmHWM")-before)
			}
			floor, least := slices.Min(floors), slices.Min(times)
			b.ReportMetric(float64(least)/float64(floor), "ratio")
			b.ReportMetric(float64(least.Microseconds())/1000, "cpu-ms")
			b.ReportMetric(float64(floor.Microseconds())/1000, "floor-ms")
			b.ReportMetric(float64(stats.Differ+stats.OnlyA+stats.OnlyB), "changes")
			b.ReportMetric(float64(memory)/1024, "MB")
		})
	}
}

// BenchmarkWrite writes lines in random order, and sorted ones, that lie in memory.
func BenchmarkWrite(b *testing.B) {
	for _, order := range []string{"random", "sorted"} {
		b.Run(order, func(b *testing.B) {
			d := recordtest.Data{Seed: 1, Records: *benchRecords}
			var all []byte
			var ends []int
			keep := func(line record.Line) {
				all = append(all, line...)
				ends = append(ends, len(all))
			}
			if order == "sorted" {
				for _, line := range d.Sorted() {
					keep(line)
				}
			} else {
				for line := range d.Lines() {
					keep(line)
				}
			}
			s := benchStore(b)
			var times []time.Duration
			memory := 0
			for b.Loop() {
				resetPeak()
				before := resident("VmRSS")
				start := cpu()
				w := NewWriter(Options{Store: s, Name: "bench-write"})
				at := 0
				for n, end := range ends {
					if err := w.Add(all[at:end], uint64(n)); err != nil {
						b.Fatal(err)
					}
					at = end
				}
				commit(b, w)
				times = append(times, cpu()-start)
				memory = max(memory, resident("VmHWM")-before)
			}
			b.ReportMetric(float64(slices.Min(times).Microseconds())/1000, "cpu-ms")
			b.ReportMetric(float64(memory)/1024, "MB")
		})
	}
}
