package lookup

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// TestTable holds tables of several memory limits against a map: small ones never leave memory, others spill at once or on the way.
func TestTable(t *testing.T) {
	for _, limit := range []int{0, 5_000, 1 << 30} {
		t.Run(fmt.Sprint("limit ", limit), func(t *testing.T) {
			dir := t.TempDir()
			r := rand.New(rand.NewPCG(1, uint64(limit)))
			tb := NewTable(dir, limit)
			defer tb.Close()
			want := map[string]string{}
			for i := range 30_000 {
				k := fmt.Sprint("key ", r.IntN(12_000))
				v := fmt.Sprint(i, string(make([]byte, r.IntN(40))))
				if r.IntN(500) == 0 {
					v += string(make([]byte, 100_000))
				}
				want[k] = v
				if err := tb.Put(k, v); err != nil {
					t.Fatal(err)
				}
				if i%7 == 0 {
					k := fmt.Sprint("key ", r.IntN(14_000))
					got, ok, err := tb.Get(k)
					if w, has := want[k]; err != nil || ok != has || got != w {
						t.Fatalf("%s: got %d bytes, %v, %v; want %d bytes, %v", k, len(got), ok, err, len(w), has)
					}
				}
			}
			if tb.Len() != int64(len(want)) {
				t.Errorf("Len is %d, want %d", tb.Len(), len(want))
			}
			for k, w := range want {
				if got, ok, err := tb.Get(k); err != nil || !ok || got != w {
					t.Fatalf("%s: got %q, %v, %v; want %q", k, got, ok, err, w)
				}
			}
			tb.Close()
			tb.Close()
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("files left behind: %v, %v", left, err)
			}
		})
	}
}

// TestTableFull says that a table without a place to spill to answers with the reason.
func TestTableFull(t *testing.T) {
	tb := NewTable("/nonexistent/folder", 10)
	defer tb.Close()
	if err := tb.Put("some key", "some value"); err == nil {
		t.Fatal("no error")
	}
}

// TestLedger holds a ledger in memory and one on disk against a slice.
func TestLedger(t *testing.T) {
	for _, limit := range []int{0, 1 << 20} {
		const n = 5*pageSize + 17
		l, err := NewLedger(t.TempDir(), n, limit)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if (l.f != nil) != (limit == 0) {
			t.Errorf("limit %d: on disk: %v", limit, l.f != nil)
		}
		want := make([]byte, n)
		r := rand.New(rand.NewPCG(2, 3))
		for range 2_000 {
			i, b := r.Int64N(n), byte(r.IntN(256))
			want[i] = b
			if err := l.Set(i, b); err != nil {
				t.Fatal(err)
			}
		}
		first, last := int64(pageSize-3), int64(2*pageSize+3)
		for i := first; i <= last; i++ {
			want[i] ^= 1
		}
		if err := l.Update(first, last, func(b byte) byte { return b ^ 1 }); err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if b, err := l.Get(int64(i)); err != nil || b != w {
				t.Fatalf("limit %d, ordinal %d: got %d, %v, want %d", limit, i, b, err, w)
			}
		}
		next, err := l.Next(last+1, n, func(b byte) bool { return b == want[n-1] })
		if err != nil || want[next] != want[n-1] {
			t.Errorf("Next: %d, %v", next, err)
		}
		if _, err := l.Get(n); err == nil {
			t.Error("an ordinal too many: no error")
		}
	}
}
