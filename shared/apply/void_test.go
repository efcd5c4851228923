package apply

import (
	"maps"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// staging returns a target that stages, and that rolls back at its n-th commit.
func staging(n int) *fake {
	f := newFake()
	f.size, f.staged = 5, true
	commits := 0
	f.fault = func(c *call) error {
		if c.action != "commit" {
			return nil
		}
		if commits++; commits == n {
			time.Sleep(20 * time.Millisecond) // the journal has what came before
			f.restart(f.life)
			return fault.Errorf(fault.Throttled, "slow down")
		}
		return nil
	}
	return f
}

// rolledBack is one call of Run that ends as the target rolls back.
func (r *rig) rolledBack() {
	r.t.Helper()
	if out, err := r.run(); !fault.Is(err, fault.Throttled) {
		r.t.Fatalf("want it rolled back, got %+v, %v", out, err)
	}
}

// resumes lets a new run resume those before; the target is loaded again.
func (r *rig) resumes(journal string) {
	r.in.Earlier, r.in.Journal, r.fresh = append(r.in.Earlier, r.in.Journal), journal, cursorOf(r.target)
}

// edit is a person's change to a record of the target.
func (f *fake) edit(model, name, field, v string) {
	k := key(model, name)
	f.rows[k] = f.rows[k].clone()
	f.rows[k].fields[field] = value(v)
	f.saved[k] = f.rows[k]
}

// staleNow writes the list of what is stale and returns how much that is.
func (r *rig) staleNow(name string, journals ...string) int64 {
	r.t.Helper()
	in := StaleInput{Job: r.in.Job, Store: r.store, Name: name, Journals: journals, Temp: r.t.TempDir()}
	s, err := in.stale(r.t.Context(), r.plan, r.fresh)
	if err != nil {
		r.t.Fatal(err)
	}
	return s.Count
}

// TestVoidStale: what a person changed is skipped as stale again after a commit that went wrong, by the next call and by a run that resumes.
func TestVoidStale(t *testing.T) {
	for _, resumed := range []bool{false, true} {
		f := staging(1)
		r := newRig(t, side{key("site", "a"): site("11"), key("site", "b"): site("12")}, side{key("site", "a"): site("1"), key("site", "b"): site("2")}, f)
		f.edit("site", "a", "code", "99")
		r.fresh, r.in.Stale = cursorOf(f), "stale"
		if n := r.staleNow("stale", r.in.Journal); n != 1 {
			t.Fatalf("%d are stale", n)
		}
		r.rolledBack()
		if resumed {
			r.resumes("runs/r2/journal/")
			if n := r.staleNow("stale", r.in.Earlier...); n != 1 {
				t.Errorf("%d are stale once more", n)
			}
		}
		out := r.mustRun()
		r.wantJournal(`update site a: skipped: stale: code is "99" now, the plan saw "1"`, `update site b: done`)
		r.wantResults(out, map[adapter.Status]int64{adapter.Skipped: 1, adapter.Done: 1})
		r.want[key("site", "a")] = site("99")
		r.same()
	}
}

// TestStaleInFlight: a process dies that sends a range of changes, one of which a person's change made stale. The run that resumes finds it stale again.
func TestStaleInFlight(t *testing.T) {
	for _, f := range []*fake{newFake(), staging(0)} {
		have, want := side{}, side{}
		for _, n := range []string{"a", "b", "c"} {
			have[key("site", n)], want[key("site", n)] = site(n), site(n+"2")
		}
		l := &life{}
		r := newRig(t, want, have, f)
		r.in.Tuning.Together = time.Hour
		f.size = min(f.size, 1)
		f.edit("site", "c", "code", "99")
		r.fresh, r.in.Stale = cursorOf(f), "stale"
		if n := r.staleNow("stale", r.in.Journal); n != 1 {
			t.Fatalf("%d are stale", n)
		}
		r.store.life = l
		f.restart(l)
		f.fault = func(c *call) error {
			l.kill()
			return fault.Errorf(fault.UnknownOutcome, "dead")
		}
		if _, err := r.run(); err == nil {
			t.Fatal("it lived")
		}
		r.store.life, f.fault = &life{}, nil
		f.restart(r.store.life)
		r.resumes("runs/r2/journal/")
		if n := r.staleNow("stale", r.in.Earlier...); n != 1 {
			t.Errorf("%d are stale for the run that resumes\n%s", n, r.dump())
		}
		r.mustRun()
		r.want[key("site", "c")] = site("99")
		r.same()
	}
}

// TestVoidSkipped: what was skipped, and so never sent, before a commit that went wrong is held against the new load of the target, whatever flight was noted around it.
func TestVoidSkipped(t *testing.T) {
	dev := func(serial, tenant string) rec {
		return rec{parent: key("site", "s"), attrs: attrs("serial", serial, "role", "leaf", "tenant", tenant)}
	}
	have := side{
		key("site", "s"): site("1"), key("tenant", "t"): {attrs: attrs("label", "x")},
		key("device", "a"): dev("1", "t"), key("device", "m"): dev("2", "t"), key("device", "z"): dev("3", "t"),
	}
	want := maps.Clone(have)
	want[key("tenant", "new")] = rec{attrs: attrs("label", "x")}
	want[key("device", "a")], want[key("device", "m")], want[key("device", "z")] = dev("1", "new"), dev("22", "t"), dev("3", "new")
	f := staging(2)
	rollback := f.fault
	f.fault = func(c *call) error {
		if c.action == adapter.Create {
			return fault.Errorf(fault.Invalid, "no more tenants")
		}
		return rollback(c)
	}
	r := newRig(t, want, have, f)
	r.rolledBack()
	f.edit("device", "a", "role", "spine")
	f.edit("device", "z", "role", "spine")
	r.resumes("runs/r2/journal/")
	if n := r.staleNow("", r.in.Earlier...); n != 2 {
		t.Errorf("%d are stale, want the two that were skipped\n%s", n, r.dump())
	}
}

// TestVoidFreed: values change hands although the target forgot that they were let go of, and although it forgot the second tries.
func TestVoidFreed(t *testing.T) {
	for _, commit := range []int{2, 3} {
		f := staging(commit)
		f.tells = true
		r := swap(t, f)
		r.rolledBack()
		out := r.mustRun()
		r.same()
		r.wantResults(out, map[adapter.Status]int64{adapter.Done: 2})
	}
}

// TestVoidLoose: a record that let go, and whose second try was rolled back, is not stale for a run that resumes, also where a call in between was refused.
func TestVoidLoose(t *testing.T) {
	f := staging(3)
	f.tells, f.size = true, 1
	r := swap(t, f)
	r.rolledBack()
	r.in.Deadline = time.Now().Add(50 * time.Millisecond)
	f.fault = func(c *call) error {
		if c.after || c.action != adapter.Update {
			return nil
		}
		time.Sleep(time.Until(r.in.Deadline) + 5*time.Millisecond)
		return fault.Errorf(fault.Conflict, "it is locked")
	}
	if out, err := r.run(); err != nil || !out.More {
		t.Fatalf("%+v, %v", out, err)
	}
	f.fault, r.in.Deadline = nil, time.Time{}
	r.resumes("runs/r2/journal/")
	r.notStale(0)
	r.mustRun()
	r.same()
}

// TestVoidCascade: a delete that was rolled back takes nothing along, also where the next call stops before it sends it again.
func TestVoidCascade(t *testing.T) {
	have := side{
		key("site", "a"):    site("1"),
		key("site", "b"):    site("2"),
		key("device", "b1"): {parent: key("site", "b"), attrs: attrs("serial", "1")},
	}
	f := staging(1)
	f.size, f.cascades = 1, true
	r := newRig(t, side{}, have, f)
	for _, c := range r.plan.cs {
		if c.Model() == "device" {
			c.Cascade = c.Parent
		}
	}
	r.rolledBack()
	r.in.Deadline = time.Now().Add(50 * time.Millisecond)
	f.fault = func(c *call) error {
		if c.action == adapter.Delete {
			time.Sleep(time.Until(r.in.Deadline) + 5*time.Millisecond)
		}
		return nil
	}
	out, err := r.run()
	if err != nil || !out.More {
		t.Fatalf("%+v, %v", out, err)
	}
	r.wantResults(out, map[adapter.Status]int64{adapter.Done: 1})
	r.in.Deadline = time.Time{}
	f.fault = func(c *call) error {
		if c.action == adapter.Delete {
			return fault.Errorf(fault.Invalid, "b stays")
		}
		return nil
	}
	out = r.mustRun()
	r.wantResults(out, map[adapter.Status]int64{adapter.Done: 1, adapter.Failed: 1, adapter.Skipped: 1})
	if f.rows[key("device", "b1")] == nil {
		t.Error("what site b was to take along is gone")
	}
}

// TestVoidLocal: the local values of a create that was rolled back are not its record's.
func TestVoidLocal(t *testing.T) {
	r := newRig(t, side{key("site", "s"): site("1"), key("device", "d"): {parent: key("site", "s"), attrs: attrs("serial", "1")}}, side{}, staging(1))
	r.rolledBack()
	for _, resumed := range []bool{false, true} {
		if resumed {
			r.resumes("runs/r2/journal/")
		}
		r.in.Target = r.target.target()
		e, err := newEngine(r.ctx, r.in, r.plan, r.fresh, r.snap)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok, err := e.local(key("site", "s")); ok || err != nil {
			t.Errorf("resumed %v: %+v, %v", resumed, s, err)
		}
		e.pen.close()
		e.close()
	}
}
