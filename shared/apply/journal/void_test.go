package journal

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// TestTold says of each result whether it counts, also where the target began to stage only at a later call.
func TestTold(t *testing.T) {
	s := newStore(t)
	res := func(n int64) *Entry {
		return &Entry{Kind: Result, N: n, Op: "create", Key: record.MakeKey("m", record.MustOf(n)), Status: "done"}
	}
	begin, commit := &Entry{Kind: Begin, N: 1}, &Entry{Kind: Commit, N: 1}
	put(t, newWriter(t, s, 1, false), begin, res(1))
	w := newWriter(t, s, 2, true)
	put(t, w, begin, res(2), commit, res(3))
	put(t, w, res(4))
	w = newWriter(t, s, 4, true)
	put(t, w, begin, res(5), res(6), commit)
	put(t, w, res(7))
	put(t, newWriter(t, s, 6, false), begin, res(8))
	var got []string
	for h, entries := range Open(s, "j/", "").Told(t.Context()) {
		for e, err := range entries {
			if err != nil {
				t.Fatal(err)
			}
			if e.Void {
				got = append(got, fmt.Sprint(h.Number, ": ", e.N))
			}
		}
	}
	if d := cmp.Diff([]string{"2: 3", "3: 4", "5: 7"}, got); d != "" {
		t.Errorf("void: -want +got\n%s", d)
	}
}
