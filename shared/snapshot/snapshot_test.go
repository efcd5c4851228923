package snapshot

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// What is written is read, whole, by kind and one by one, whatever the sizes.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s, dir := newStore(t)
	for i, o := range []Options{{}, {Every: 4, MaxBlock: 200}, {Every: 1}, {Every: 1000000, MaxBlock: 500}, {Every: 3, Memory: 5000}} {
		for _, n := range []int{0, 1, 2, 30, 2000} {
			rs := randomRecords(r, n)
			name := fmt.Sprintf("s%d-%d", i, n)
			in := rs.write(t, s, name, r, o)
			var want []string
			kinds := map[string]int64{}
			for _, k := range rs.keys() {
				want = append(want, rs[k])
				kinds[k.Kind()]++
			}
			if diff := cmp.Diff(want, scan(t, in, "")); diff != "" {
				t.Fatalf("%s (-want +got)\n%s", name, diff)
			}
			info := in.Info()
			if diff := cmp.Diff(kinds, info.Kinds); diff != "" || info.Version != 1 || info.RawBytes != int64(len(strings.Join(want, "\n"))+min(n, 1)) || info.Flagged != strings.Contains(strings.Join(want, ""), "\t,\"f\"") {
				t.Errorf("%s: %+v (-want +got)\n%s", name, info, diff)
			}
			for kind, n := range map[string]int{"a": 0, "b": 0, "é\"": 0, "none": 0, "zzz": 0} {
				for _, k := range rs.keys() {
					if k.Kind() == kind {
						n++
					}
				}
				if got := scan(t, in, record.KindPrefix(kind)); len(got) != n {
					t.Errorf("%s: %d of kind %s, want %d", name, len(got), kind, n)
				}
			}
			if err := in.Verify(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			decoder, err := zstd.NewReader(bytes.NewReader(file(t, dir, name+".ndjson.zst")))
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if _, err := decoder.WriteTo(&text); err != nil || text.Len() != int(info.RawBytes) || int64(len(file(t, dir, name+".ndjson.zst"))) != info.Bytes || info.Bytes == 0 {
				t.Errorf("%s: zstdcat gives %d bytes, %v", name, text.Len(), err)
			}
			decoder.Close()
		}
	}
}

// The same records give the same bytes, in whatever order they come, sorted or broken late, with much memory or little, on one core or several, in one go or saved and resumed.
func TestSameBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	s, dir := newStore(t)
	rs := randomRecords(r, 3000)
	rs.write(t, s, "first", r, Options{})
	want := [2][]byte{file(t, dir, "first.ndjson.zst"), file(t, dir, "first.index")}
	check := func(what string) {
		t.Helper()
		if !bytes.Equal(want[0], file(t, dir, "x.ndjson.zst")) || !bytes.Equal(want[1], file(t, dir, "x.index")) {
			t.Errorf("%s: other bytes", what)
		}
	}
	for _, memory := range []int{0, 10_000, 100_000} {
		for _, cores := range []int{1, 2} {
			before := runtime.GOMAXPROCS(cores)
			rs.write(t, s, "x", r, Options{Memory: memory})
			check(fmt.Sprintf("random order, memory %d, %d cores", memory, cores))
			rs.write(t, s, "x", nil, Options{Memory: memory})
			check(fmt.Sprintf("sorted, memory %d, %d cores", memory, cores))
			runtime.GOMAXPROCS(before)
		}
		for _, late := range []int{1, len(rs) / 2, len(rs) - 2} {
			o := Options{Store: s, Name: "x", Temp: t.TempDir(), Memory: memory}
			w := NewWriter(o)
			keys := rs.keys()
			keys = append(append(append(keys[:0:0], keys[:late]...), keys[late+1:]...), keys[late])
			for i, k := range keys {
				if err := w.Add(record.Line(rs[k]), uint64(i)); err != nil {
					t.Fatal(err)
				}
			}
			commit(t, w)
			check(fmt.Sprintf("sorted but the last, which belongs at %d, memory %d", late, memory))
		}
	}
}

func TestSaveAndResume(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	s, dir := newStore(t)
	rs := randomRecords(r, 2000)
	rs.write(t, s, "first", r, Options{})
	for _, sorted := range []bool{false, true} {
		for _, memory := range []int{0, 20_000} {
			keys := rs.keys()
			if !sorted {
				r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			}
			var state []byte
			done := 0
			for done < len(keys) {
				w := NewWriter(Options{Store: s, Name: "x", Temp: t.TempDir(), Memory: memory})
				if state != nil {
					if err := w.Resume(t.Context(), state); err != nil {
						t.Fatal(err)
					}
				}
				end := min(done+r.IntN(700), len(keys))
				for ; done < end; done++ {
					if err := w.Add(record.Line(rs[keys[done]]), uint64(done)); err != nil {
						t.Fatal(err)
					}
				}
				var err error
				if state, err = w.Save(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.Abort()
				if err := w.Add(record.Line(rs[keys[0]]), 0); !fault.Is(err, fault.Internal) {
					t.Errorf("added after Save: %v", err)
				}
				// A call that is killed before its state was noted counts for nothing.
				lost := NewWriter(Options{Store: s, Name: "x", Temp: t.TempDir(), Memory: memory})
				if err := lost.Resume(t.Context(), state); err != nil {
					t.Fatal(err)
				}
				rs.add(t, lost, r)
				if _, err := lost.Save(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if len(state) > 4000 {
				t.Errorf("state of %d bytes", len(state))
			}
			w := NewWriter(Options{Store: s, Name: "x", Temp: t.TempDir(), Memory: memory})
			if err := w.Resume(t.Context(), state); err != nil {
				t.Fatal(err)
			}
			commit(t, w)
			if !bytes.Equal(file(t, dir, "first.ndjson.zst"), file(t, dir, "x.ndjson.zst")) || !bytes.Equal(file(t, dir, "first.index"), file(t, dir, "x.index")) {
				t.Errorf("sorted %v, memory %d: other bytes", sorted, memory)
			}
			for o, err := range s.List(t.Context(), "x.part/") {
				t.Errorf("left behind: %s, %v", o.Name, err)
			}
		}
	}
}

func TestDamagedPart(t *testing.T) {
	s, dir := newStore(t)
	rs := randomRecords(rand.New(rand.NewPCG(4, 4)), 20)
	w := NewWriter(Options{Store: s, Name: "x", Temp: t.TempDir()})
	rs.add(t, w, nil)
	state, err := w.Save(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resume := func(state []byte) error {
		w := NewWriter(Options{Store: s, Name: "x", Temp: t.TempDir()})
		defer w.Abort()
		if err := w.Resume(t.Context(), state); err != nil {
			return err
		}
		_, err := w.Commit(t.Context())
		return err
	}
	part := file(t, dir, "x.part/000001")
	damage := map[string]func(){
		`snapshot "x": damaged: its saved part "x.part/000001" is missing; a new run loads that side again`: func() { s.Delete(t.Context(), "x.part/000001") }, //nolint:errcheck // seen by what follows
		`snapshot "x": damaged: its saved part "x.part/000001" has 5 bytes, not`:                            func() { put(t, s, "x.part/000001", part[:5]) },
		`snapshot "x": damaged: its saved part "x.part/000001": sort: sorted records are damaged: a chunk whose checksum is wrong; start over; a new run loads that side again`: func() {
			changed := bytes.Clone(part)
			changed[50] ^= 1
			put(t, s, "x.part/000001", changed)
		},
	}
	for want, do := range damage {
		do()
		if err := resume(state); !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		put(t, s, "x.part/000001", part)
	}
	if err := resume([]byte("{}")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no state: %v", err)
	}
	if err := resume(state); err != nil {
		t.Error(err)
	}
}

func TestDuplicates(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, memory := range []int{0, 3000} {
		for _, sorted := range []bool{true, false} {
			s, _ := newStore(t)
			var got []string
			w := NewWriter(Options{Store: s, Name: "x", Memory: memory, Temp: t.TempDir(), Every: 2, Duplicate: func(kept, dropped record.Line, a, b uint64) error {
				got = append(got, fmt.Sprintf("%s %d %s %d", kept.Key(), a, dropped.Attrs(nil)[0].Value, b))
				if !bytes.Equal(kept.KeyText(), dropped.KeyText()) {
					t.Errorf("%s is no duplicate of %s", dropped, kept)
				}
				return nil
			}})
			var order []int
			for i := range 200 {
				order = append(order, i)
			}
			if !sorted {
				r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			}
			for _, i := range order {
				key := record.MakeKey("d", record.MustOf(fmt.Sprintf("%03d", i/10*10+i%10%9)))
				if err := w.Add(record.AppendLine(nil, key, "", record.Fields{{Name: "v", Value: record.MustOf(i)}}, nil, 0, nil), uint64(i)); err != nil {
					t.Fatal(err)
				}
			}
			if info := commit(t, w); info.Records != 180 {
				t.Errorf("%d records", info.Records)
			}
			var want []string
			for i := range 20 {
				want = append(want, fmt.Sprintf("d %03d %d %d %d", i*10, i*10, i*10+9, i*10+9))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("memory %d, sorted %v (-want +got)\n%s", memory, sorted, diff)
			}
		}
	}
	s, _ := newStore(t)
	w := NewWriter(Options{Store: s, Name: "x"})
	for i := range 2 {
		if err := w.Add(record.AppendLine(nil, record.MakeKey("d", record.MustOf("a")), "", nil, nil, 0, nil), uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(t.Context()); !fault.Is(err, fault.Invalid) || err.Error() != `snapshot "x": record d a stands twice` {
		t.Errorf("got %v", err)
	}
	if _, err := Open(t.Context(), s, "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("opened: %v", err)
	}
}

func TestLargeLines(t *testing.T) {
	s, _ := newStore(t)
	rs := records{}
	for i, n := range []int{10, 300 << 10, 4 << 20, 12, 9 << 20, 5} {
		key := record.MakeKey("d", record.MustOf(i))
		rs[key] = string(record.AppendLine(nil, key, "", record.Fields{{Name: "v", Value: record.MustOf(strings.Repeat("x", n))}}, nil, 0, nil))
	}
	in := rs.write(t, s, "x", nil, Options{})
	other := rs.write(t, s, "y", nil, Options{Memory: 100})
	for i, line := range scan(t, in, "") {
		if line != rs[rs.keys()[i]] {
			t.Errorf("line %d has %d bytes", i, len(line))
		}
	}
	if in.Info().Digest != other.Info().Digest {
		t.Error("other digests")
	}
	w := NewWriter(Options{Store: s, Name: "z"})
	defer w.Abort()
	line := record.AppendLine(nil, record.MakeKey("d", record.MustOf("a")), "", record.Fields{{Name: "v", Value: record.MustOf(strings.Repeat("x", MaxLine))}}, nil, 0, nil)
	if err := w.Add(line, 0); !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), `snapshot "z": record d a has 16777`) {
		t.Errorf("got %v", err)
	}
}

func TestFind(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	s, _ := newStore(t)
	for _, n := range []int{0, 1, 3000} {
		rs := randomRecords(r, n)
		in := rs.write(t, s, fmt.Sprint("x", n), r, Options{Every: 3, MaxBlock: 2000})
		keys := append(rs.keys(), "", "a", "[", `["zz",1]`, `["`, `["a","`)
		for i := range n {
			keys = append(keys, record.MakeKey("b", record.MustOf(fmt.Sprint(i, "none"))))
		}
		find := func(c *Cursor, k record.Key) {
			t.Helper()
			line, ok, err := c.Find(t.Context(), k)
			if want, there := rs[k]; err != nil || ok != there || string(line) != want {
				t.Fatalf("%s: got %s, %v, %v; want %s, %v", k, line, ok, err, want, there)
			}
		}
		c := in.Cursor()
		for _, k := range rs.keys() {
			find(c, k)
			find(c, k)
		}
		c = in.Cursor()
		for range 3 * len(keys) {
			find(c, keys[r.IntN(len(keys))])
		}
		for range 50 { // ascending with gaps, then from the beginning again
			for i := 0; i < len(rs); i += 1 + r.IntN(len(rs)) {
				find(c, rs.keys()[i])
			}
		}
	}
}
