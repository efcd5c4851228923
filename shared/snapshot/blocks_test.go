package snapshot

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// A container gives any range of lines and finds labels, also where many blocks have the same.
func TestContainer(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 10))
	s := newMemory()
	f := Format{What: "plan", Version: 3, Advice: "plan again"}
	w, err := NewBlockWriter(t.Context(), s, "p", f, 40)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	var lines, labels []string // the label of each line's block
	label := ""
	for i := range 3000 {
		if r.IntN(20) == 0 {
			label = fmt.Sprintf("%04d", i/50)
			if err := w.Cut([]byte(label)); err != nil {
				t.Fatal(err)
			}
		}
		line := fmt.Sprint("line ", i)
		if w.Lines() != int64(i) {
			t.Fatalf("%d lines, want %d", w.Lines(), i)
		}
		if err := w.Append([]byte(line), len(line)); err != nil {
			t.Fatal(err)
		}
		lines, labels = append(lines, line), append(labels, label)
	}
	if err := w.Finish([]byte("footer")); err != nil {
		t.Fatal(err)
	}
	in, err := OpenBlocks(t.Context(), s, "p", f)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if in.Version() != 3 || string(in.Footer()) != "footer" || in.Lines() != 3000 || len(in.IndexDigest()) != 64 || len(in.Digest()) != 64 {
		t.Errorf("got %d %s %d", in.Version(), in.Footer(), in.Lines())
	}
	if err := in.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for range 300 {
		from, to := r.Int64N(3200)-100, r.Int64N(3200)-100
		var got []string
		for line, err := range in.Range(t.Context(), from, to) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(line))
		}
		a, b := min(max(from, 0), 3000), min(max(to, 0), 3000)
		if want := lines[a:max(a, b)]; !slices.Equal(want, got) {
			t.Fatalf("%d to %d: %s", from, to, cmp.Diff(want, got))
		}
	}
	for i := range 62 {
		want := fmt.Sprintf("%04d", i)
		// The last block that is not after the label; of those with that label the first.
		n, _ := slices.BinarySearch(labels, want)
		if n == len(labels) || labels[n] != want {
			n, _ = slices.BinarySearch(labels, labels[max(n-1, 0)])
		}
		for b, err := range in.From(t.Context(), []byte(want)) {
			if err != nil {
				t.Fatal(err)
			}
			if labels[n] == want && b.First != int64(n) || string(b.Label) != labels[n] {
				t.Errorf("from %s: block %q at line %d, want %q at %d", want, b.Label, b.First, labels[n], n)
			}
			raw, err := in.Read(t.Context(), b, nil)
			if err != nil || !slices.Equal(raw, append([]byte(lines[b.First]+"\n"), raw[len(lines[b.First])+1:]...)) {
				t.Errorf("read %q, %v", raw, err)
			}
			break
		}
	}
	if _, err := OpenBlocks(t.Context(), s, "p", Format{What: "plan", Version: 2}); !fault.Is(err, fault.Invalid) || err.Error() != `plan "p": written in version 3 of its format, this Plumbline reads up to 2; use a newer Plumbline` {
		t.Errorf("got %v", err)
	}
	if _, err := OpenBlocks(t.Context(), s, "q", f); !fault.Is(err, fault.NotFound) || err.Error() != `plan "q": there is none: its index "q.index" is missing, so its writing never ended or somebody removed it; plan again` {
		t.Errorf("got %v", err)
	}
}
