package plan

import (
	"fmt"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func refTo(kind string) func(*job.Attribute) {
	return func(a *job.Attribute) { a.References = kind }
}

func lateTo(kind string) func(*job.Attribute) {
	return func(a *job.Attribute) { a.References, a.Defer = kind, true }
}

// TestWhatAKeptRecordRefersToIsNotDeleted: tenant t is on the target only, and device d, which stays, refers to it.
func TestWhatAKeptRecordRefersToIsNotDeleted(t *testing.T) {
	d := rec{key: "device d", attrs: m{"tenant": "t"}}
	away := rec{key: "device d", attrs: m{"tenant": "none"}}
	tests := map[string]struct {
		set            func(j *job.Job, w *world)
		source, target []rec
		why            string
	}{
		"policy":              {func(j *job.Job, _ *world) { j.Model("device").Policy = job.UpsertOnly }, nil, []rec{d}, "device d refers to it (policy)"},
		"flag":                {func(j *job.Job, _ *world) { j.Model("device").Flags = record.SkipUnmatchedDst }, nil, []rec{d}, "device d refers to it (skip_unmatched_dst)"},
		"finding":             {func(_ *job.Job, w *world) { w.in.SourceFindings = w.findings("source", "device d") }, nil, []rec{d}, "device d refers to it (finding)"},
		"scope":               {func(j *job.Job, _ *world) { where("x", "in")(j.Model("device")) }, nil, []rec{d}, "device d refers to it (out of scope)"},
		"a held update":       {nil, []rec{away}, []rec{d}, "device d refers to it (reference-missing)"},
		"a create":            {nil, []rec{d}, nil, "device d refers to it (on the source)"},
		"an update":           {nil, []rec{d}, []rec{away}, "device d refers to it (on the source)"},
		"no change":           {nil, []rec{d}, []rec{d}, "device d refers to it (on the source too)"},
		"another attribute":   {nil, []rec{{key: "device d", attrs: m{"x": "1"}}}, []rec{{key: "device d", attrs: m{"x": "0", "tenant": "t"}}}, "device d refers to it (on the source too)"},
		"one of a list":       {nil, nil, []rec{{key: "device d", flags: record.SkipUnmatchedDst, attrs: m{"tenant": []string{"s", "t", "t"}}}}, "device d refers to it (skip_unmatched_dst)"},
		"deferred attributes": {nil, nil, []rec{{key: "device d", flags: record.SkipUnmatchedDst, attrs: m{"late": "t"}}}, "device d refers to it (skip_unmatched_dst)"},
		"a refused delete":    {func(_ *job.Job, w *world) { w.audit = refuses(Delete, "device d") }, nil, []rec{d}, "device d refers to it (its delete is held)"},
		"a refused update":    {func(_ *job.Job, w *world) { w.audit = refuses(Update, "device d") }, []rec{{key: "device d", attrs: m{"tenant": nil}}}, []rec{d}, "device d refers to it (its change is held)"},
		"several": {
			func(j *job.Job, _ *world) { j.Model("device").Policy = job.UpsertOnly }, nil,
			[]rec{d, {key: "device e", attrs: m{"tenant": "t"}}},
			"2 devices refer to it (policy), device d among them",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := newJob(model("tenant"), model("device", attr("x"), attr("tenant", refTo("tenant")), attr("late", lateTo("tenant"))))
			w := newWorld(t, j)
			if tt.set != nil {
				tt.set(j, w)
			}
			r := w.diff(tt.source, append(tt.target, rec{key: "tenant t"}))
			heldBelow(t, r, "tenant t", tt.why)
			if name == "a create" && r.Index().Counts["device"].Create != 1 {
				t.Errorf("the create is held:\n%s", shown(t, r))
			}
		})
	}
}

// TestWhatIsReferredToNoMoreIsDeleted: what refers to it goes, or is to refer to something else.
func TestWhatIsReferredToNoMoreIsDeleted(t *testing.T) {
	d := rec{key: "device d", attrs: m{"tenant": "t", "late": "t"}}
	for name, source := range map[string][]rec{
		"it goes":             nil,
		"to something else":   {{key: "tenant s"}, {key: "device d", attrs: m{"tenant": "s", "late": "s"}}},
		"to nothing any more": {{key: "device d", attrs: m{"tenant": nil, "late": nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, newJob(model("tenant"), model("device", attr("tenant", refTo("tenant")), attr("late", lateTo("tenant")))))
			r := w.diff(source, []rec{{key: "tenant t"}, d})
			if c := r.Index().Counts["tenant"]; c.Delete != 1 || c.Held != 0 {
				t.Errorf("not deleted:\n%s", shown(t, r))
			}
		})
	}
}

// TestAHeldDeleteKeepsWhatItsRecordRefersTo follows chains, with the kinds in any order.
func TestAHeldDeleteKeepsWhatItsRecordRefersTo(t *testing.T) {
	target := []rec{
		{key: "group g"},
		{key: "tenant t", attrs: m{"group": "g"}},
		{key: "device d", attrs: m{"tenant": "t"}},
		{key: "port p", parent: "device d", flags: record.SkipUnmatchedDst},
	}
	build := func(to func(string) func(*job.Attribute)) []*job.Model {
		return []*job.Model{
			model("group"), model("tenant", attr("group", to("group"))), model("device", attr("tenant", to("tenant"))), model("port", under("device", "device")),
		}
	}
	check := func(t *testing.T, w *world) {
		t.Helper()
		r := w.diff(nil, target)
		heldBelow(t, r, "device d", "1 port below it stays (skip_unmatched_dst)")
		heldBelow(t, r, "tenant t", "device d refers to it (its delete is held)")
		heldBelow(t, r, "group g", "tenant t refers to it (its delete is held)")
		if n := r.Index().Changes(); n != 0 {
			t.Errorf("%d changes, want none:\n%s", n, shown(t, r))
		}
	}
	t.Run("in order", func(t *testing.T) { check(t, newWorld(t, newJob(build(refTo)...))) })
	t.Run("deferred, in reverse", func(t *testing.T) {
		ms := build(lateTo)
		check(t, newWorld(t, newJob(ms[2], ms[3], ms[1], ms[0])))
	})
	t.Run("what goes with an ancestor", func(t *testing.T) {
		w := newWorld(t, newJob(model("site", flagged(record.SkipChildrenOnDelete)), model("tenant"), model("device", under("site", "site"), attr("tenant", refTo("tenant")))))
		r := w.diff(nil, []rec{{key: "site s"}, {key: "tenant t"}, {key: "device d", parent: "site s", attrs: m{"tenant": "t"}}})
		heldBelow(t, r, "tenant t", "1 device refers to it (its delete is held)")
	})
}

// TestALongChainOfDeferredReferencesEnds: where the plan would have to be made again and again, the last attempt holds whatever might have to be held.
func TestALongChainOfDeferredReferencesEnds(t *testing.T) {
	w := newWorld(t, newJob(model("site", flagged(record.SkipChildrenOnDelete)), model("device", under("site", "site"), attr("next", lateTo("device")))))
	w.in.Cascades = func(string, string) (bool, error) { return true, nil }
	target := []rec{
		{key: "device alone"},
		{key: "site s"},
		{key: "device s1", parent: "site s", attrs: m{"next": "s2"}},
		{key: "device s2", parent: "site s", attrs: m{"next": "s1"}},
	}
	for i := range 3 * attempts {
		target = append(target, rec{key: fmt.Sprintf("device %03d", i), attrs: m{"next": fmt.Sprintf("%03d", i+1)}})
	}
	w.audit = refuses(Delete, "device 000")
	r := w.diff(nil, target)
	if c := r.Index().Total(); c.Delete != 4 || c.Held != 3*attempts {
		t.Errorf("deletes %d, held %d; want 4, %d:\n%s", c.Delete, c.Held, 3*attempts, shown(t, r))
	}
}

func refuses(op Op, key string) func(*Change) error {
	return func(c *Change) error {
		if c.Op == op && c.Key == keyOf(key) && !c.Clear {
			return fault.Errorf(fault.Invalid, "no")
		}
		return nil
	}
}

// heldBelow fails the test unless the key's delete is held for the reason.
func heldBelow(t *testing.T, r *Reader, key, why string) {
	t.Helper()
	for c, err := range r.Held(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Op == Delete && c.Key == keyOf(key) {
			if c.Held.Code != HeldBelow || c.Held.Detail != why {
				t.Errorf("%s is held with %s: %s; want %s", key, c.Held.Code, c.Held.Detail, why)
			}
			return
		}
	}
	t.Errorf("the delete of %s is not held:\n%s", key, shown(t, r))
}
