package snapshot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/record"
)

func compare(t testing.TB, a, b *Reader) (out []string, s Stats) {
	t.Helper()
	s, err := Compare(t.Context(), a, b, func(a, b record.Line) error {
		out = append(out, fmt.Sprintf("%s|%s", a, b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, s
}

// Compare against a map diff on random small inputs, with tiny blocks, on one processor and on several.
func TestCompareBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	s := newMemory()
	for i := range 400 {
		n := []int{0, 1, 5, 40, 300}[r.IntN(5)]
		a := randomRecords(r, n)
		b := a.change(r, []float64{0, 0.02, 0.2, 1}[r.IntN(4)])
		if r.IntN(10) == 0 {
			b = randomRecords(r, n)
		}
		o := Options{Every: 1 + r.IntN(20), MaxBlock: 50 + r.IntN(3000)}
		x, y := a.write(t, s, fmt.Sprint("a", i), r, o), b.write(t, s, fmt.Sprint("b", i), r, o)
		recut := r.IntN(5) == 0
		if recut { // cut otherwise: slower, never wrong
			y = b.write(t, s, fmt.Sprint("c", i), r, Options{Every: 1 + r.IntN(20), MaxBlock: 50 + r.IntN(3000)})
		}
		var want []string
		stats := Stats{SameKinds: map[string]int64{}}
		union := a.keys()
		for _, k := range b.keys() {
			if a[k] == "" {
				union = append(union, k)
			}
		}
		slices.Sort(union)
		for _, k := range union {
			la, lb := record.Line(a[k]), record.Line(b[k])
			switch {
			case len(lb) == 0:
				stats.OnlyA++
			case len(la) == 0:
				stats.OnlyB++
			case string(la.Compared()) == string(lb.Compared()):
				stats.Same++
				stats.SameKinds[k.Kind()]++
				continue
			default:
				stats.Differ++
			}
			want = append(want, fmt.Sprintf("%s|%s", la, lb))
		}
		before := runtime.GOMAXPROCS(1 + i%3)
		got, have := compare(t, x, y)
		runtime.GOMAXPROCS(before)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%d: (-want +got)\n%s", i, diff)
		}
		if diff := cmp.Diff(stats, have); diff != "" {
			t.Fatalf("%d: (-want +got)\n%s", i, diff)
		}
		if (len(want) == 0) != (x.Info().Digest == y.Info().Digest) && !recut {
			t.Errorf("%d: %d changes, digests %s %s", i, len(want), x.Info().Digest, y.Info().Digest)
		}
	}
}

// It stops where it is told to, after as many calls, however far the decoding is ahead.
func TestCompareStops(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	s, _ := newStore(t)
	a := randomRecords(r, 100).write(t, s, "a", r, Options{Every: 5})
	b := randomRecords(r, 100).write(t, s, "b", r, Options{Every: 5})
	all, _ := compare(t, a, b)
	stop := errors.New("stop")
	onProcessors(t, func(t *testing.T) {
		for at := range all {
			n := 0
			_, err := Compare(t.Context(), a, b, func(_, _ record.Line) error {
				if n++; n > at {
					return stop
				}
				return nil
			})
			if err != stop || n != at+1 {
				t.Errorf("got %v after %d, want it after %d", err, n, at+1)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Compare(ctx, a, b, func(_, _ record.Line) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// Of two snapshots only those blocks are read that are not equal: what is damaged in the others does not show.
func TestCompareReadsWhatDiffers(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	s, dir := newStore(t)
	rs := randomRecords(r, 3000)
	a := rs.write(t, s, "a", r, Options{})
	changed := rs.keys()[len(rs)/2]
	rs[changed] = strings.Replace(rs[changed], `"v":`, `"u":1,"v":`, 1)
	b := rs.write(t, s, "b", r, Options{})
	equal := map[string]bool{}
	for block, err := range a.blocks.Blocks(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		equal[string(block.Label)+string(block.Digest[:])] = true
	}
	name := filepath.Join(dir, "b.ndjson.zst")
	data, kept := file(t, dir, "b.ndjson.zst"), 0
	for block, err := range b.blocks.Blocks(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if !equal[string(block.Label)+string(block.Digest[:])] {
			kept++
			continue
		}
		clear(data[block.Offset : block.Offset+int64(block.Size)])
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if kept != 1 {
		t.Fatalf("%d blocks differ, want 1", kept)
	}
	onProcessors(t, func(t *testing.T) {
		b := open(t, s, "b")
		if got, stats := compare(t, a, b); len(got) != 1 || stats.Differ != 1 || stats.Same != int64(len(rs)-1) {
			t.Errorf("got %v, %+v", got, stats)
		}
		if err := b.Verify(t.Context()); err == nil {
			t.Error("the damage is not there")
		}
	})
}

// onProcessors runs f as on a machine with one processor, and with several.
func onProcessors(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, n := range []int{1, 3} {
		t.Run(fmt.Sprintf("processors=%d", n), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
			f(t)
		})
	}
}
