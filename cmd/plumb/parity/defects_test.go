package parity

import (
	"fmt"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// DiffSync's known defects, each shown beside what we do; docs/coming-from-diffsync.md tells of each.

func TestDefectAMovedRecordIsLost(t *testing.T) {
	k := network()
	k.Flags = 1
	k.Source = k.rows("site s1", "site s2", "device d in site s1", "port p in device d")
	k.Target = k.rows("site s1", "site s2", "device d in site s2", "port p in device d")
	a, b := both(t, k, false)
	same(t, "DiffSync's actions", "[[create device d error] [delete device d success] [delete port p success]]", fmt.Sprint(a.Log))
	same(t, "DiffSync's target", "site s1\nsite s2", k.state(t, a.After).String())
	r := b.run()
	same(t, "our target", "device d in site s1\nport p in device d\nsite s1\nsite s2", r.after.String())
	if want := (plan.Summary{Create: 2, Delete: 2, NoChange: 2}); a.summary() != want || r.summary != want || r.changes != 1 {
		t.Errorf("summaries %+v and %+v, want %+v; %d changes, want 1", a.summary(), r.summary, want, r.changes)
	}
}

func TestDefectAMovedRecordIsMadeAnew(t *testing.T) {
	k := network()
	k.Source = k.rows("site s1", "site s2", "device d in site s2", "port p in device d")
	k.Target = k.rows("site s1", "site s2", "device d in site s1", "port p in device d")
	a, b := both(t, k, false)
	same(t, "DiffSync's actions", "[[delete device d success] [delete port p success] [create device d success] [create port p success]]", fmt.Sprint(a.Log))
	if r := b.run(); r.changes != 1 || r.deleted[`["device","d"]`] {
		t.Errorf("%d changes, deleted %v; want one move", r.changes, r.deleted)
	}
}

func TestDefectANaturalDeleteIsLoggedAsItsChild(t *testing.T) {
	k := network()
	k.Source = k.rows("site other")
	k.Target = k.rows("site other", "site s flags=16", "device d in site s")
	a, b := both(t, k, false)
	same(t, "DiffSync's actions", "[[delete device d success] [delete device d success]]", fmt.Sprint(a.Log))
	if r := b.run(); !r.deleted[`["site","s"]`] || !r.deleted[`["device","d"]`] || r.changes != 2 {
		t.Errorf("deleted %v, %d changes; want the site and its device", r.deleted, r.changes)
	}
}

func TestDefectAFailedChildDoesNotStopANaturalDelete(t *testing.T) {
	k := network()
	k.Flags, k.Fail = 1, []string{"d"}
	k.Source = k.rows("site other")
	k.Target = k.rows("site other", "site s flags=16", "device d in site s")
	a, b := both(t, k, true)
	same(t, "DiffSync's target", "device d\nsite other", k.state(t, a.After).String())
	b.fault = failDelete("d")
	r := b.run()
	same(t, "our target", "device d in site s\nsite other\nsite s", r.after.String())
	if r.status != run.Partial {
		t.Errorf("our run is %s, want partial", r.status)
	}
}

// failDelete fails the delete of the record with the name.
func failDelete(name string) func(memory.Call) error {
	return func(c memory.Call) error {
		if c.Op == "delete" && c.Changes[0].Name == name {
			return fault.Errorf(fault.Invalid, "it cannot be deleted")
		}
		return nil
	}
}

func TestDefectAnyOtherExceptionEndsTheSync(t *testing.T) {
	k := network()
	k.Flags, k.Crash = 1, []string{"a"} // in spite of continue_on_failure
	k.Source, k.Target = k.rows("site z"), k.rows("site z", "site a", "site b")
	a, b := both(t, k, true)
	same(t, "DiffSync raises", "ValueError: a cannot be deleted", a.Error)
	same(t, "DiffSync's target", "site a\nsite b\nsite z", k.state(t, a.After).String())
	b.fault = failDelete("a")
	r := b.run()
	same(t, "our target", "site a\nsite z", r.after.String())
	if r.status != run.Partial {
		t.Errorf("our run is %s, want partial", r.status)
	}
}

func TestDefectAnEmptyDiffIsDoneAnew(t *testing.T) {
	k := network()
	k.Later = k.rows("site new") // the diff that was looked at was empty
	a, b := both(t, k, false)
	same(t, "DiffSync's target", "site new", k.state(t, a.After).String())
	dry := b.start(step.Input{})
	b.write("source.json", []byte(`{"site": {"new": {"name": "new"}}}`))
	wet := false
	b.start(step.Input{Plan: dry.ID, DryRun: &wet})
	same(t, "our target", "", b.state().String())
}

func TestDefectADiffIsAppliedToWhateverTheTargetIsNow(t *testing.T) {
	k := network()
	k.Source, k.Target = k.rows("site s x=2"), k.rows("site s x=1")
	k.Drift = map[string]map[string]any{`["site","s"]`: {"x": "somebody's"}}
	a, b := both(t, k, false)
	same(t, "DiffSync's target", "site s x=2", k.state(t, a.After).String())
	dry := b.start(step.Input{})
	b.write("target.json", []byte(`{"site": {"s": {"name": "s", "x": "somebody's"}}}`))
	wet := false
	r := b.start(step.Input{Plan: dry.ID, DryRun: &wet})
	same(t, "our target", `site s x="somebody's"`, b.state().String())
	same(t, "our run", `refused: the plan is stale: 1 of its changes no longer fit the target (site s: x is "somebody's" now, the plan saw 1)`, string(r.Status)+": "+r.Message)
}

func TestDefectIdentifiersRunTogether(t *testing.T) {
	k := network()
	k.Kinds = []*kind{{Name: "port", IDs: []string{"device", "name"}, Parents: []string{}}}
	k.Source, k.Target = k.rows("port a__b/c"), k.rows("port a/b__c")
	a, b := both(t, k, false)
	same(t, "DiffSync raises", "ValueError: Keys mismatch: {'device': 'a__b', 'name': 'c'} vs {'device': 'a', 'name': 'b__c'}", a.Error)
	r := b.run()
	if want := (plan.Summary{Create: 1, Delete: 1}); r.summary != want {
		t.Errorf("our summary %+v, want %+v", r.summary, want)
	}
	same(t, "our str", "port\nport: [\"a\",\"b__c\"] MISSING in source\nport: [\"a__b\",\"c\"] MISSING in target", r.str)
}

func TestDefectSiblingsOfOneShortnameEndTheDiff(t *testing.T) {
	k := network()
	k.Kinds = []*kind{{Name: "port", IDs: []string{"device", "name"}, Short: []string{"name"}, Parents: []string{}}}
	k.Source = k.rows("port a/e0", "port b/e0")
	a, b := both(t, k, false)
	if want := "ObjectAlreadyExists: ('Already storing a port named e0'"; len(a.Error) < len(want) || a.Error[:len(want)] != want {
		t.Errorf("DiffSync raises %q", a.Error)
	}
	same(t, "our str", "port\nport: a__e0 MISSING in target\nport: b__e0 MISSING in target", b.run().str)
}

func TestDefectTheOrderOfASetIsAChange(t *testing.T) {
	k := network()
	k.Source, k.Target = k.rows(`site s x=["a","b"]`), k.rows(`site s x=["b","a"]`)
	k.Rules = map[string]string{"site": "    rules: {x: {compare: set}}\n"} // without it a list is a list for us, too
	a, b := both(t, k, false)
	if r := b.run(); a.summary() != (plan.Summary{Update: 1}) || r.summary != (plan.Summary{NoChange: 1}) {
		t.Errorf("DiffSync's summary %+v, ours %+v", a.summary(), r.summary)
	}
}

func TestDefectUnchangedRecordsFillTheDiff(t *testing.T) {
	k := network()
	k.Source, k.Target = k.rows("site s", "device d in site s", "site t"), k.rows("site s", "device d in site s", "site t")
	a, b := both(t, k, false)
	if r := b.run(); a.Elements != 3 || r.changes != 0 || r.lines != 0 {
		t.Errorf("DiffSync keeps %d elements, want 3; our plan has %d changes in %d lines, want none", a.Elements, r.changes, r.lines)
	}
}

func TestDefectASelfContainingKindAtTheTopIsDoneAgain(t *testing.T) {
	k := network()
	k.Kinds = []*kind{{Name: "area", IDs: []string{"name"}, Parents: []string{"area"}}}
	k.Top = []string{"area"}
	k.Source = k.rows("area z", "area y in area z", "area x in area y")
	a, b := both(t, k, false)
	same(t, "DiffSync raises", "ObjectNotCreated: Failed to create area {'name': 'y'} - it already exists!", a.Error)
	r := b.run()
	if a.summary() != (plan.Summary{Create: 6}) || r.summary != (plan.Summary{Create: 3}) {
		t.Errorf("DiffSync's summary %+v, ours %+v", a.summary(), r.summary)
	}
	same(t, "our target", "area x in area y\narea y in area z\narea z", r.after.String())
}
