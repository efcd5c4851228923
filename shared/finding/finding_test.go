package finding_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func store(t testing.TB) objects.Store {
	t.Helper()
	s, err := objects.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func key(kind string, ids ...any) record.Key {
	var vs []record.Value
	for _, id := range ids {
		vs = append(vs, record.MustOf(id))
	}
	return record.MakeKey(kind, vs...)
}

func writer(t testing.TB, s objects.Store) *finding.Writer {
	t.Helper()
	return finding.NewWriter(finding.Options{Store: s, Name: "findings-source", Temp: t.TempDir(), Memory: 64 << 10})
}

// keep stores findings and opens them.
func keep(t testing.TB, s objects.Store, fs ...finding.Finding) *finding.Reader {
	t.Helper()
	w := writer(t, s)
	for _, f := range fs {
		if err := w.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return open(t, s)
}

func open(t testing.TB, s objects.Store) *finding.Reader {
	t.Helper()
	r, err := finding.Open(t.Context(), s, "findings-source")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func all(t testing.TB, r *finding.Reader) []finding.Finding {
	t.Helper()
	var fs []finding.Finding
	for f, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f)
	}
	return fs
}

func TestString(t *testing.T) {
	for want, f := range map[string]finding.Finding{
		"devices.csv:88: device ams01-leaf-01: units: want an integer": {Model: "device", Key: key("device", "ams01-leaf-01"), Name: "ams01-leaf-01", Where: "devices.csv:88", Reason: "units: want an integer"},
		"interface leaf-01 e0: too odd":                                {Model: "interface", Key: key("interface", "leaf-01", "e0"), Reason: "too odd"},
		"a.csv:3: device: it has 3 fields, the header has 4":           {Model: "device", Where: "a.csv:3", Reason: "it has 3 fields, the header has 4"},
	} {
		if d := cmp.Diff(want, f.String()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

func TestJSON(t *testing.T) {
	f := finding.Finding{Side: "source", Model: "device", Key: key("device", "a\"b", 5), Name: "a", Where: "x:1", Code: finding.Bad, Reason: "because"}
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"side":"source","model":"device","key":["device","a\"b",5],"name":"a","where":"x:1","code":"bad","reason":"because"}`
	if d := cmp.Diff(want, string(b)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, f := range []finding.Finding{f, {Model: "site", Code: finding.Cycle}} {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back finding.Finding
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(f, back); d != "" {
			t.Errorf("there and back (-want +got):\n%s", d)
		}
	}
}

func TestNone(t *testing.T) {
	r := keep(t, store(t))
	if r.Len() != 0 || len(r.Counts()) != 0 || len(r.Unreadable()) != 0 || len(all(t, r)) != 0 {
		t.Errorf("got %d findings, counts %v", r.Len(), r.Counts())
	}
	c := r.Cursor()
	defer c.Close()
	if _, ok, err := c.Held(t.Context(), key("device", "a")); ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestSortedAndCounted(t *testing.T) {
	fs := []finding.Finding{
		{Model: "site", Key: key("site", "b"), Reason: "1"},
		{Model: "device", Reason: "2"},
		{Model: "device", Key: key("device", "z"), Reason: "3"},
		{Model: "device", Key: key("device", "a"), Reason: "5"},
		{Model: "device", Key: key("device", "a"), Reason: "4"},
		{Model: "vlan", Reason: "6"},
	}
	r := keep(t, store(t), fs...)
	var got []string
	for _, f := range all(t, r) {
		got = append(got, f.Reason)
	}
	if d := cmp.Diff([]string{"2", "6", "4", "5", "3", "1"}, got); d != "" {
		t.Errorf("without a key first, then by key, then by text (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]int64{"device": 4, "site": 1, "vlan": 1}, r.Counts()); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]int64{"device": 1, "vlan": 1}, r.Unreadable()); d != "" {
		t.Errorf("unreadable (-want +got):\n%s", d)
	}
	if err := r.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPositionsOrderWhatHasOneKey(t *testing.T) {
	s := store(t)
	w := writer(t, s)
	for _, pos := range []uint64{300, 9, 20} {
		if err := w.AddAt(finding.Finding{Model: "device", Where: fmt.Sprintf("a.csv:%d", pos)}, pos); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all(t, open(t, s)) {
		got = append(got, f.Where)
	}
	if d := cmp.Diff([]string{"a.csv:9", "a.csv:20", "a.csv:300"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// many makes findings of which some have no key, some share one, some are long, enough for many blocks.
func many(rnd *rand.Rand, n int) []finding.Finding {
	var fs []finding.Finding
	for i := range n {
		f := finding.Finding{Side: "source", Model: "device", Code: finding.Bad, Reason: strings.Repeat("x", rnd.IntN(300)) + fmt.Sprint(i)}
		if rnd.IntN(4) > 0 {
			f.Key = key("device", fmt.Sprintf("d%04d", rnd.IntN(n)))
		}
		fs = append(fs, f)
	}
	return fs
}

// TestHeld holds the cursor against a map, for keys that ascend, descend and jump.
func TestHeld(t *testing.T) {
	for seed, n := range []int{1, 2, 50, 3000} {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		fs := many(rnd, n)
		r := keep(t, store(t), fs...)
		want := map[record.Key]finding.Finding{}
		for _, f := range fs {
			if old, ok := want[f.Key]; f.Key != "" && (!ok || text(f) < text(old)) {
				want[f.Key] = f
			}
		}
		var asked []record.Key
		for i := range n {
			asked = append(asked, key("device", fmt.Sprintf("d%04d", i)))
		}
		asked = append(asked, "", key("a"), key("zz", 1))
		ascending := slices.Sorted(slices.Values(asked))
		jumping := slices.Clone(asked)
		rnd.Shuffle(len(jumping), func(i, j int) { jumping[i], jumping[j] = jumping[j], jumping[i] })
		if len(jumping) > 100 {
			jumping = jumping[:100]
		}
		twice := append(slices.Clone(ascending), ascending...)
		slices.Sort(twice)
		for name, order := range map[string][]record.Key{"ascending": ascending, "jumping": jumping, "each twice": twice, "some": slices.Clone(ascending[len(ascending)/2:])} {
			c := r.Cursor()
			for _, k := range order {
				f, ok, err := c.Held(t.Context(), k)
				if err != nil {
					t.Fatal(err)
				}
				w, has := want[k]
				if ok != has {
					t.Fatalf("%d findings, %s: %s: got %v, want %v", n, name, k, ok, has)
				}
				if d := cmp.Diff(w, f); d != "" {
					t.Fatalf("%d findings, %s: %s (-want +got):\n%s", n, name, k, d)
				}
			}
			c.Close()
		}
	}
}

func text(f finding.Finding) string {
	b, _ := json.Marshal(f)
	return string(b)
}

// TestSaveAndResume is the law: however often a writer stops and another goes on, and in whatever order findings come, the stored bytes are the same.
func TestSaveAndResume(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	fs := many(rnd, 500)
	whole := store(t)
	want := counts(keep(t, whole, fs...))
	for range 5 {
		rnd.Shuffle(len(fs), func(i, j int) { fs[i], fs[j] = fs[j], fs[i] })
		s := store(t)
		w := writer(t, s)
		for i, f := range fs {
			if rnd.IntN(100) == 0 {
				state, err := w.Save(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				w = writer(t, s)
				if err := w.Resume(t.Context(), state); err != nil {
					t.Fatal(err)
				}
				if i%2 == 0 { // what comes after the last Save is thrown away
					if err := w.Add(f); err != nil {
						t.Fatal(err)
					}
					w.Abort()
					w = writer(t, s)
					if err := w.Resume(t.Context(), state); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := w.Add(f); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, counts(open(t, s))); d != "" {
			t.Errorf("counts (-want +got):\n%s", d)
		}
		if d := cmp.Diff(bytesOf(t, whole), bytesOf(t, s)); d != "" {
			t.Fatalf("stored (-want +got):\n%s", d)
		}
	}
}

func counts(r *finding.Reader) []map[string]int64 {
	return []map[string]int64{r.Counts(), r.Unreadable(), {"all": r.Len()}}
}

// bytesOf returns every object of a store.
func bytesOf(t testing.TB, s objects.Store) map[string]string {
	t.Helper()
	got := map[string]string{}
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Get(t.Context(), info.Name)
		if err != nil {
			t.Fatal(err)
		}
		got[info.Name] = string(b)
	}
	return got
}

func TestNotThere(t *testing.T) {
	if _, err := finding.Open(t.Context(), store(t), "findings-source"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want NotFound", err)
	}
}

func TestAbort(t *testing.T) {
	s := store(t)
	w := writer(t, s)
	if err := w.Add(finding.Finding{Model: "device"}); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	w.Abort()
	if got := slices.Collect(maps.Keys(bytesOf(t, s))); len(got) > 0 {
		t.Errorf("it left %v", got)
	}
}

func TestCancelled(t *testing.T) {
	s := store(t)
	r := keep(t, s, many(rand.New(rand.NewPCG(1, 1)), 100)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := writer(t, s)
	if _, err := w.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: got %v", err)
	}
	for _, err := range r.All(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("read: got %v", err)
		}
		break
	}
}

// TestDamage alters the stored bytes: that is an error, never another list.
func TestDamage(t *testing.T) {
	s := store(t)
	keep(t, s, many(rand.New(rand.NewPCG(1, 1)), 200)...)
	good := bytesOf(t, s)
	for name, text := range good {
		for _, at := range []int{0, len(text) / 2, len(text) - 1} {
			for _, cut := range []bool{true, false} {
				bad := []byte(text)
				bad[at] ^= 0x41
				if cut {
					bad = bad[:at]
				}
				put(t, s, name, bad)
				err := read(t.Context(), s)
				if err == nil {
					t.Errorf("%s: altered at %d (cut %v) and read all the same", name, at, cut)
				}
			}
		}
		put(t, s, name, []byte(text))
	}
	if err := read(t.Context(), s); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

func read(ctx context.Context, s objects.Store) error {
	r, err := finding.Open(ctx, s, "findings-source")
	if err != nil {
		return err
	}
	defer r.Close()
	for _, err := range r.All(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

func put(t testing.TB, s objects.Store, name string, b []byte) {
	t.Helper()
	w, err := s.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}
