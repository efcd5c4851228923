package apply

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// snapshotOf stores a side as a snapshot; f gives the local values where it is a target.
func snapshotOf(t *testing.T, s *memStore, name string, recs side, f *fake) *snapshot.Reader {
	t.Helper()
	w := snapshot.NewWriter(snapshot.Options{Store: s, Name: name, Temp: t.TempDir(), Every: 4})
	defer w.Abort()
	for i, k := range slices.Sorted(maps.Keys(recs)) {
		var local record.Fields
		if f != nil {
			local = f.rows[k].local()
		}
		if err := w.Add(record.AppendLine(nil, k, recs[k].parent, recs[k].whole(k), nil, 0, local), uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := snapshot.Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// whole returns the attributes with null for those it lacks, so that they are compared.
func (r rec) whole(k record.Key) record.Fields {
	j, _ := testJob()
	var fs record.Fields
	for _, a := range j.Model(k.Kind()).Attributes {
		fs = append(fs, record.Field{Name: a.Name, Value: value(r.attrs[a.Name])})
	}
	slices.SortFunc(fs, func(a, b record.Field) int { return cmpText(a.Name, b.Name) })
	return fs
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// planOf diffs for real.
func planOf(t *testing.T, s *memStore, name string, want side, f *fake) (*plan.Reader, *snapshot.Reader) {
	t.Helper()
	j, _ := jobFor(f)
	target := snapshotOf(t, s, name+"-target", f.side(), f)
	in := plan.Input{Job: j, Source: snapshotOf(t, s, name+"-source", want, nil), Target: target, Store: s, Name: name, Temp: t.TempDir()}
	in.Cascades = func(string, string) (bool, error) { return f.cascades, nil }
	if _, err := plan.Diff(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, target
}

// TestReal goes the whole way with snapshots and plans as they are: plan, be killed, be resumed, plan again and find nothing.
func TestReal(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(6) {
				want, have := random(seed+50, 25)
				f := shape()
				have.into(f)
				s := newMemStore()
				p, snap := planOf(t, s, "plan", want, f)
				j, ms := testJob()
				in := Input{Run: "r1", Job: j, Models: ms, Plan: p, Snapshot: snap, Store: s, Journal: "r1/journal/", Temp: t.TempDir(), Tuning: Tuning{Tries: 2, Memory: 1}}
				l := &life{at: 5 + int(seed)*4}
				s.life, f.life = l, l
				in.Target = f.target()
				if _, err := Run(t.Context(), in); err == nil || !l.dead {
					t.Fatalf("it lived: %v", err)
				}
				s.life = &life{}
				f.restart(s.life)
				in.Earlier, in.Journal, in.Stale, in.Target = []string{in.Journal}, "r2/journal/", "stale", f.target()
				in.Fresh = snapshotOf(t, s, "fresh", f.side(), f)
				st, err := Stale(t.Context(), StaleInput{Job: j, Plan: p, Fresh: in.Fresh, Store: s, Journals: in.Earlier, Name: in.Stale, Temp: t.TempDir()})
				if err != nil || st.Count > 0 {
					t.Fatalf("stale: %+v, %v", st, err)
				}
				out, err := Run(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(map[adapter.Status]int64{adapter.Done: p.Index().Changes()}, out.Results); d != "" {
					t.Errorf("results: -want +got\n%s", d)
				}
				if d := cmp.Diff(want, f.side(), cmp.AllowUnexported(rec{})); d != "" {
					t.Fatalf("source and target differ: -want +got\n%s", d)
				}
				if len(f.wrong) > 0 {
					t.Fatalf("%d violations, first: %s", len(f.wrong), f.wrong[0])
				}
				again, _ := planOf(t, s, "again", want, f)
				if n := again.Index().Last(); n > 0 {
					t.Errorf("a second plan has %d changes", n)
				}
			}
		})
	}
}

// TestStale finds what no longer fits the target, leaves it out, and applies the rest.
func TestStale(t *testing.T) {
	have := side{
		key("site", "a"): site("1"), key("site", "b"): site("2"), key("site", "c"): site("3"), key("site", "d"): site("4"),
		key("device", "m"): {parent: key("site", "d"), attrs: attrs("serial", "m", "role", "x")},
	}
	want := side{
		key("site", "a"): site("11"), key("site", "b"): site("12"), key("site", "d"): site("4"), key("site", "new"): site("5"), key("site", "new2"): site("6"),
		key("device", "m"):    {parent: key("site", "d"), attrs: attrs("serial", "m", "role", "y")},
		key("device", "n"):    {parent: key("site", "new"), attrs: attrs("serial", "n", "role", "y", "primary", "n/p")},
		key("port", "n/p"):    {parent: key("device", "n"), attrs: attrs("speed", "1")},
		key("device", "fine"): {parent: key("site", "new2"), attrs: attrs("serial", "f", "role", "y")},
	}
	f := newFake()
	have.into(f)
	s := newMemStore()
	p, snap := planOf(t, s, "plan", want, f)
	// Somebody works on the target meanwhile.
	f.rows[key("site", "a")].fields["code"] = value("99")
	delete(f.rows, key("site", "b"))
	f.rows[key("site", "c")].fields["code"] = value("33")
	f.rows[key("site", "d")].fields["note"] = value("not planned")
	f.rows[key("device", "m")].parent = key("site", "a")
	other := side{key("site", "new"): site("50")}
	o := newFake()
	other.into(o)
	f.rows[key("site", "new")] = o.rows[key("site", "new")]

	j, ms := testJob()
	fresh := snapshotOf(t, s, "fresh", f.side(), f)
	in := StaleInput{Job: j, Plan: p, Fresh: fresh, Store: s, Journals: []string{"r1/journal/"}, Name: "stale", Temp: t.TempDir()}
	st, err := Stale(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for c, err := range OpenStale(t.Context(), s, "stale") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(c.Key, ": ", c.Reason))
	}
	list := []string{
		`site new: it is there already`,
		`site a: code is "99" now, the plan saw "1"`,
		`site b: it is no longer there`,
		`device m: its parent is site a now, the plan saw site d`,
		`site c: code is "33" now, the plan saw "3"`,
	}
	if d := cmp.Diff(list, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if d := cmp.Diff(Staleness{Count: 5, Names: list}, st); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	out, err := Run(t.Context(), Input{Run: "r1", Job: j, Models: ms, Plan: p, Snapshot: snap, Fresh: fresh, Stale: "stale", Store: s, Journal: "r1/journal/", Temp: t.TempDir(), Target: f.target()})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, store: s}
	wantJournal := []string{
		`create site new: skipped: stale: it is there already`,
		`create site new2: done`,
		`update site a: skipped: stale: code is "99" now, the plan saw "1"`,
		`update site b: skipped: stale: it is no longer there`,
		`create device n: skipped: its parent site new was not created: stale: it is there already`,
		`create device fine: done`,
		`update device m: skipped: stale: its parent is site a now, the plan saw site d`,
		`create port n/p: skipped: its parent device n was not created: its parent site new was not created: stale: it is there already`,
		`update device n: skipped: it was not created: its parent site new was not created: stale: it is there already`,
		`delete site c: skipped: stale: code is "33" now, the plan saw "3"`,
	}
	if d := cmp.Diff(wantJournal, r.journal("r1/journal/")); d != "" {
		t.Errorf("journal: -want +got\n%s", d)
	}
	if d := cmp.Diff(map[adapter.Status]int64{adapter.Done: 2, adapter.Skipped: 7}, out.Results); d != "" {
		t.Errorf("results: -want +got\n%s", d)
	}
}

// TestStaleDamage says what is wrong with a list that was damaged.
func TestStaleDamage(t *testing.T) {
	have := manySites(50)
	f := newFake()
	have.into(f)
	s := newMemStore()
	p, _ := planOf(t, s, "plan", side{}, f)
	fresh := snapshotOf(t, s, "fresh", side{}, nil)
	st, err := Stale(t.Context(), StaleInput{Plan: p, Fresh: fresh, Store: s, Name: "stale", Temp: t.TempDir()})
	if err != nil || st.Count != 50 || len(st.Names) != named {
		t.Fatalf("%+v, %v", st, err)
	}
	whole := s.data["stale"]
	for cut := range whole {
		s.data["stale"] = whole[:cut]
		var last error
		for _, err := range OpenStale(t.Context(), s, "stale") {
			last = err
		}
		if !fault.Is(last, fault.Invalid) {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), last)
		}
	}
}
