package spill

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

type rec struct {
	Rec, Key string
	Seq      uint64
}

func sorted(in []rec) []rec {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b rec) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(a.Seq, b.Seq), strings.Compare(a.Rec, b.Rec))
	})
	return out
}

func add(t testing.TB, s *Sorter, in []rec) {
	t.Helper()
	for _, r := range in {
		if err := s.Add([]byte(r.Rec), strings.Index(r.Rec, r.Key), len(r.Key), r.Seq); err != nil {
			t.Fatal(err)
		}
	}
}

func all(t testing.TB, s *Sorter) (out []rec) {
	t.Helper()
	for it, err := range s.Sorted() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec{string(it.Rec), string(it.Key()), it.Seq})
	}
	return out
}

// inputs are the shapes that input has, n records of each.
func inputs(r *rand.Rand, n int) map[string][]rec {
	shapes := map[string]func(i int) string{
		"random":      func(i int) string { return fmt.Sprintf(`["device","%08x"]`, r.Uint32()) },
		"sorted":      func(i int) string { return fmt.Sprintf(`["device","%08d"]`, i) },
		"reversed":    func(i int) string { return fmt.Sprintf(`["device","%08d"]`, n-i) },
		"breaks late": func(i int) string { return fmt.Sprintf(`["device","%08d"]`, (i+3)%n) },
		"two kinds":   func(i int) string { return fmt.Sprintf(`["%s","%08d"]`, []string{"site", "device"}[i*2/max(n, 1)], i) },
		"duplicates":  func(i int) string { return fmt.Sprintf(`%d`, r.IntN(5)) },
		"all equal":   func(i int) string { return `same` },
		"zero bytes":  func(i int) string { return strings.Repeat("\x00", r.IntN(20)) },
		"prefixes":    func(i int) string { return strings.Repeat("a", r.IntN(40)) },
		"any bytes": func(i int) string {
			b := make([]byte, r.IntN(12))
			for j := range b {
				b[j] = byte(r.Uint32())
			}
			return string(b)
		},
		"long and tiny": func(i int) string { return strings.Repeat("long", r.IntN(2)*700) + fmt.Sprint(r.IntN(1000)) },
	}
	out := map[string][]rec{}
	for name, key := range shapes {
		list := []rec{}
		for i := range n {
			k := key(i)
			list = append(list, rec{Rec: "{k:" + k + strings.Repeat("x", r.IntN(30)), Key: k, Seq: uint64(i)})
		}
		if r.IntN(2) == 0 {
			for i := range list {
				list[i].Seq = r.Uint64N(10)<<uint(r.IntN(60)) + uint64(i)
			}
		}
		out[name] = list
	}
	return out
}

func TestSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 50, 3000} {
		for name, in := range inputs(r, n) {
			for _, memory := range []int{0, 1 << 20, 40_000, 3000, 1} {
				if memory == 1 && n > 100 {
					continue
				}
				s := NewSorter(Options{Dir: t.TempDir(), Memory: memory})
				add(t, s, in)
				if s.Len() != int64(n) {
					t.Errorf("length %d, want %d", s.Len(), n)
				}
				got := all(t, s)
				if want := sorted(in); len(got) != n || (n > 0 && !slices.Equal(want, got)) {
					t.Fatalf("%s, %d records, memory %d: %s", name, n, memory, gocmp.Diff(want, got))
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestTempFilesGo(t *testing.T) {
	dir := t.TempDir()
	in := inputs(rand.New(rand.NewPCG(3, 4)), 3000)["random"]
	s := NewSorter(Options{Dir: dir, Memory: 3000})
	add(t, s, in)
	for range s.Sorted() {
		break
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := s.Add(nil, 0, 0, 0); !fault.Is(err, fault.Internal) {
		t.Errorf("add to a closed sorter: %v", err)
	}
	for _, err := range s.Sorted() {
		if !fault.Is(err, fault.Internal) {
			t.Errorf("read a closed sorter: %v", err)
		}
	}
}

func TestNoFolder(t *testing.T) {
	s := NewSorter(Options{Dir: t.TempDir() + "/none", Memory: 10})
	defer s.Close()
	var err error
	for i := 0; i < 5 && err == nil; i++ {
		err = s.Add([]byte("x"), 0, 1, 0)
	}
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "sort: create a temporary file") {
		t.Errorf("got %v", err)
	}
}

func TestRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	in := inputs(r, 2000)["random"]
	last := NewSorter(Options{Dir: t.TempDir(), Memory: 20_000})
	defer last.Close()
	for i := range 3 {
		s := NewSorter(Options{Dir: t.TempDir(), Memory: 8_000})
		add(t, s, in[i*500:i*500+500])
		var part bytes.Buffer
		if err := s.WriteSorted(&part); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if err := last.AddRun(ReadRun(&part, 500)); err != nil {
			t.Fatal(err)
		}
	}
	add(t, last, in[1500:])
	if last.Len() != 2000 {
		t.Errorf("length %d", last.Len())
	}
	if diff := gocmp.Diff(sorted(in), all(t, last)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A run that was changed or cut anywhere is found damaged, or gives what it gave.
func TestDamagedRun(t *testing.T) {
	in := inputs(rand.New(rand.NewPCG(7, 8)), 40)["random"]
	s := NewSorter(Options{Memory: 600})
	defer s.Close()
	add(t, s, in)
	var part bytes.Buffer
	if err := s.WriteSorted(&part); err != nil {
		t.Fatal(err)
	}
	read := func(text []byte) (n int, err error) {
		last := NewSorter(Options{})
		defer last.Close()
		if err := last.AddRun(ReadRun(bytes.NewReader(text), 0)); err != nil {
			return 0, err
		}
		for _, err := range last.Sorted() {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	if n, err := read(part.Bytes()); n != 40 || err != nil {
		t.Fatal(n, err)
	}
	for i := range part.Len() {
		if n, err := read(part.Bytes()[:i]); !fault.Is(err, fault.Invalid) {
			t.Errorf("cut at %d: %d records, %v", i, n, err)
		}
		for bit := range 8 {
			text := bytes.Clone(part.Bytes())
			text[i] ^= 1 << bit
			if n, err := read(text); !fault.Is(err, fault.Invalid) {
				t.Errorf("byte %d bit %d: %d records, %v", i, bit, n, err)
			}
		}
	}
}

func BenchmarkSort(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 10))
	var lines [][]byte
	for range 200_000 {
		lines = append(lines, fmt.Appendf(nil, `{"k":["device","ams%02d-leaf-%05d"],"a":{%s}`, r.IntN(100), r.IntN(100000), strings.Repeat(fmt.Sprint(r.Uint32()), 30)))
	}
	b.ReportAllocs()
	for b.Loop() {
		s := NewSorter(Options{Dir: b.TempDir()})
		for i, l := range lines {
			if err := s.Add(l, 5, 28, uint64(i)); err != nil {
				b.Fatal(err)
			}
		}
		n := 0
		for _, err := range s.Sorted() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		s.Close()
	}
}
