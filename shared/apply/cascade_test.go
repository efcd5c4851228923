package apply

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func device(in, serial string) rec {
	return rec{parent: key("site", in), attrs: attrs("serial", serial)}
}

func port(on string) rec { return rec{parent: key("device", on), attrs: attrs("speed", "1")} }

// TestCascade leaves to the target's cascade what the plan marks so, and ends it with its ancestor.
func TestCascade(t *testing.T) {
	have := side{
		key("site", "a"): site("1"), key("device", "a1"): device("a", "1"), key("port", "p"): port("a1"),
		key("site", "b"): site("2"), key("device", "b1"): device("b", "2"),
	}
	f := newFake()
	f.cascades = true
	f.fault = func(c *call) error {
		if c.cs[0].Name == "b" {
			return fault.Errorf(fault.Invalid, "b stays")
		}
		return nil
	}
	r := newRig(t, side{}, have, f)
	out := r.mustRun()
	r.wantJournal(
		`delete site a: done`,
		`delete site b: failed: b stays`,
		`delete device a1: done: taken along by the delete of site a`,
		`delete device b1: skipped: site b, whose delete takes it along, was not deleted: b stays`,
		`delete port p: done: taken along by the delete of site a`)
	r.wantResults(out, map[adapter.Status]int64{adapter.Done: 3, adapter.Skipped: 1, adapter.Failed: 1})
	if n := len(f.calls); n != 1 {
		t.Errorf("sent: %v", f.calls)
	}
}

// TestCascadeKeeps sends no delete whose cascade would take along what the plan keeps, or what somebody changed.
func TestCascadeKeeps(t *testing.T) {
	have := side{
		key("site", "a"): site("1"), key("device", "a1"): device("a", "1"), key("port", "p"): port("a1"), key("port", "q"): port("a1"), key("device", "a2"): device("a", "2"),
		key("site", "b"): site("2"), key("device", "b1"): device("b", "3"),
		key("site", "z"): site("3"), key("device", "z1"): device("z", "4"),
	}
	have[key("device", "b1")].attrs["primary"] = "p"
	gone := side{key("site", "b"): site("2"), key("device", "b1"): device("b", "3")}
	moved := side{key("site", "b"): site("2"), key("device", "b1"): device("b", "3"), key("port", "p"): port("b1")}
	moved[key("device", "b1")].attrs["primary"] = "p"

	refuse := func(code fault.Code) func(r *rig) {
		return func(r *rig) {
			r.target.fault = func(c *call) error {
				if c.action == adapter.Update {
					return fault.Errorf(code, "no")
				}
				return nil
			}
		}
	}
	changed := func(k record.Key, field string) func(r *rig) {
		return func(r *rig) {
			r.target.rows[k].fields[field] = value("in use again")
			r.fresh, r.in.Stale = cursorOf(r.target), "stale"
			in := StaleInput{Job: r.in.Job, Store: r.store, Name: r.in.Stale, Temp: r.t.TempDir()}
			if s, err := in.stale(r.t.Context(), r.plan, r.fresh); err != nil || s.Count != 1 {
				r.t.Fatalf("stale: %+v, %v", s, err)
			}
		}
	}
	const (
		still   = "what hangs below it, or refers to it, is still there: "
		stays   = "site a, whose delete takes it along, was not deleted: "
		twice   = "refused twice: no; the target cannot say which fields are in conflict, so where values change hands none could be set to null first"
		a1Stale = `stale: serial is "in use again" now, the plan saw "1"`
		qStale  = `stale: speed is "in use again" now, the plan saw "1"`
	)
	// rest is the end of the journal: why device a1 stays, then what the ports say.
	rest := func(why string, ports ...string) []string {
		return append([]string{
			`delete site a: skipped: ` + still + `device a1: ` + why,
			`delete site z: done`,
			`delete device a1: skipped: ` + why,
			`delete device a2: skipped: ` + stays + still + `device a1: ` + why,
			`delete device z1: done: taken along by the delete of site z`,
		}, ports...)
	}
	// along is what a port says that nothing holds but the ancestor, where device a1 stays for a reason.
	along := func(name, why string) string {
		return `delete port ` + name + `: skipped: ` + stays + still + `device a1: ` + why
	}
	tests := map[string]struct {
		want    side
		nasty   func(r *rig)
		first   string
		journal []string
	}{
		"a move is refused": {
			moved, refuse(fault.Invalid), `move port p: failed: no`,
			rest(still+`port p: no`, along("q", still+`port p: no`)),
		},
		"a move is in conflict for good": {
			moved, refuse(fault.Conflict), `move port p: failed: ` + twice,
			rest(still+`port p: `+twice, along("q", still+`port p: `+twice)),
		},
		"what refers to it still does": {
			gone, refuse(fault.Invalid), `update device b1: failed: no`,
			rest(still+`port p: `+still+`device b1: no`, `delete port p: skipped: `+still+`device b1: no`, along("q", still+`port p: `+still+`device b1: no`)),
		},
		"a child was changed": {
			gone, changed(key("device", "a1"), "sn"), `update device b1: done`,
			rest(a1Stale, along("p", a1Stale), along("q", a1Stale)),
		},
		"a child's child was changed": {
			gone, changed(key("port", "q"), "speed"), `update device b1: done`,
			rest(still+`port q: `+qStale, along("p", still+`port q: `+qStale), `delete port q: skipped: `+qStale),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			build := func() *rig {
				f := newFake()
				f.cascades = true
				r := newRig(t, tt.want, have, f)
				tt.nasty(r)
				return r
			}
			check := func(r *rig) {
				got := r.journal(r.in.Journal)
				for i := range got { // what a killed call deleted, and did not tell, is gone when the next one comes
					got[i] = strings.TrimSuffix(got[i], ": it was gone already")
				}
				if d := cmp.Diff(append([]string{tt.first}, tt.journal...), got); d != "" {
					t.Errorf("journal: -want +got\n%s", d)
				}
				for _, k := range []record.Key{key("site", "a"), key("device", "a1"), key("device", "a2"), key("port", "p"), key("port", "q")} {
					if r.target.rows[k] == nil {
						t.Errorf("%s is gone", k)
					}
				}
			}
			r := build()
			r.target.life = r.store.life
			r.mustRun()
			check(r)
			// Whenever the process dies, another call of the run comes to the same.
			for at := 1; at <= r.store.life.events; at++ {
				r := build()
				r.store.life = &life{at: at}
				r.target.restart(r.store.life)
				_, _ = r.run() // its answer, if it lives to give one, counts for nothing
				r.store.life = &life{}
				r.target.restart(r.store.life)
				r.mustRun()
				check(r)
			}
		})
	}
}

// TestCascadeWaits lets an ancestor's delete, and what goes with it, wait for a move away from below it that is in conflict at first.
func TestCascadeWaits(t *testing.T) {
	have := side{
		key("site", "a"): site("1"), key("device", "a1"): device("a", "1"), key("port", "p"): port("a1"), key("port", "q"): port("a1"),
		key("site", "b"): site("2"), key("device", "b1"): device("b", "2"),
	}
	want := side{key("site", "b"): site("2"), key("device", "b1"): device("b", "2"), key("port", "p"): port("b1")}
	for at := range 60 { // 0: it is not killed
		f := newFake()
		f.cascades = true
		r := newRig(t, want, have, f)
		locked := true
		f.fault = func(c *call) error {
			if !c.after && c.action == adapter.Update && locked {
				locked = false
				return fault.Errorf(fault.Conflict, "locked")
			}
			return nil
		}
		r.killed(uint64(at), at)
		r.sound()
		r.same()
		if n := slices.Index(f.calls, "delete site a"); n < slices.Index(f.calls, "update port p") {
			t.Fatalf("event %d: %v", at, f.calls)
		}
	}
}

// TestCascadeKilled kills runs with cascades anywhere.
func TestCascadeKilled(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at := 1; at < 120; at += 2 {
				want, have := random(uint64(at), 8)
				f := shape()
				f.cascades = true
				r := newRig(t, want, have, f)
				r.killed(uint64(at), at)
				r.sound()
				r.same()
			}
		})
	}
}

// TestCascadePlan holds diff's sections to the planner's, and applies the planner's own: every change ends, though what goes with an ancestor stands behind it.
func TestCascadePlan(t *testing.T) {
	for seed := range uint64(6) {
		_, have := random(seed, 10)
		f := newFake()
		f.cascades = true
		r := newRig(t, side{}, have, f)
		p, snap := planOf(t, r.store, "plan", side{}, f)
		if d := cmp.Diff(p.Index().Sections, r.plan.ix.Sections); d != "" {
			t.Fatalf("sections: -planner +diff\n%s", d)
		}
		takers := map[string]record.Key{}
		for c, err := range p.Changes(t.Context(), 1, 0) {
			if err != nil {
				t.Fatal(err)
			}
			takers[fmt.Sprint(c.Op, c.Key)] = c.Cascade
		}
		for _, c := range r.plan.cs {
			if got, ok := takers[fmt.Sprint(c.Op, c.Key)]; !ok || got != c.Cascade {
				t.Fatalf("%s %s goes with %q, by the planner with %q", c.Op, c.Key, c.Cascade, got)
			}
		}
		in := r.in
		in.Plan, in.Snapshot, in.Target = p, snap, f.target()
		out, err := Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		r.wantResults(out, map[adapter.Status]int64{adapter.Done: p.Index().Changes()})
		r.same()
	}
}

// TestCascadeEarlier goes on from a journal that has an ancestor as deleted and says nothing of what went with it, though something below was to stay: what is gone is gone.
func TestCascadeEarlier(t *testing.T) {
	have := side{
		key("site", "a"): site("1"), key("device", "a1"): device("a", "1"), key("port", "p"): port("a1"),
		key("site", "b"): site("2"), key("device", "b1"): device("b", "2"),
	}
	want := side{key("site", "b"): site("2"), key("device", "b1"): device("b", "2"), key("port", "p"): port("b1")}
	f := newFake()
	f.cascades = true
	r := newRig(t, want, have, f)
	w, err := journal.NewWriter(journal.Options{Store: r.store, Prefix: r.in.Journal, Next: 1, Plan: r.plan.ix.Digest, Run: r.in.Run})
	if err != nil {
		t.Fatal(err)
	}
	w.Add(&journal.Entry{Kind: journal.Flight, N: 1, Last: 1})
	w.Add(&journal.Entry{Kind: journal.Result, N: 1, Op: "move", Key: key("port", "p"), Status: adapter.Failed, Message: "no"})
	w.Add(&journal.Entry{Kind: journal.Flight, N: 2, Last: 2})
	w.Add(&journal.Entry{Kind: journal.Result, N: 2, Op: "delete", Key: key("site", "a"), Status: adapter.Done})
	if err := w.Put(t.Context(), w.Seal()); err != nil {
		t.Fatal(err)
	}
	f.remove(key("site", "a"))
	r.mustRun()
	r.wantJournal(
		`move port p: failed: no`,
		`delete site a: done`,
		`delete device a1: done: taken along by the delete of site a`)
}
