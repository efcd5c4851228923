package snapshot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
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

// Compare against a map diff on random small inputs, with tiny blocks.
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
		got, have := compare(t, x, y)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%d: (-want +got)\n%s", i, diff)
		}
		stats.ReadA, stats.ReadB = have.ReadA, have.ReadB
		if diff := cmp.Diff(stats, have); diff != "" {
			t.Fatalf("%d: (-want +got)\n%s", i, diff)
		}
		if (len(want) == 0) != (x.Info().Digest == y.Info().Digest) && !recut {
			t.Errorf("%d: %d changes, digests %s %s", i, len(want), x.Info().Digest, y.Info().Digest)
		}
	}
}

func TestCompareStops(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	s, _ := newStore(t)
	a := randomRecords(r, 100).write(t, s, "a", r, Options{Every: 5})
	b := randomRecords(r, 100).write(t, s, "b", r, Options{Every: 5})
	stop, n := errors.New("stop"), 0
	_, err := Compare(t.Context(), a, b, func(_, _ record.Line) error {
		if n++; n == 7 {
			return stop
		}
		return nil
	})
	if err != stop || n != 7 {
		t.Errorf("got %v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compare(ctx, a, b, func(_, _ record.Line) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
