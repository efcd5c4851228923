package parity

import (
	"fmt"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// What we do otherwise by design, each shown beside DiffSync; docs/coming-from-diffsync.md tells of each.

func TestDifferenceADeleteIsHeldWhereSomethingBelowStays(t *testing.T) {
	k := network()
	k.Source = k.rows("site other")
	k.Target = k.rows("site other", "site s", "device kept in site s flags=8", "device gone in site s")
	a, b := both(t, k, false)
	same(t, "DiffSync's target", "device kept\nsite other", k.state(t, a.After).String())
	r := b.run()
	same(t, "our target", "device kept in site s\nsite other\nsite s", r.after.String())
	same(t, "held", `map[["site","s"]:below-kept]`, fmt.Sprint(r.held))
	if a.summary() != r.summary {
		t.Errorf("DiffSync's summary %+v, ours %+v: a held change counts there as a change", a.summary(), r.summary)
	}
}

func TestDifferenceSkipChildrenOnDeleteWantsACascade(t *testing.T) {
	k := network()
	k.Source = k.rows("site other")
	k.Target = k.rows("site other", "site s flags=2", "device d in site s")
	a, b := both(t, k, false) // a file deletes nothing by itself
	same(t, "DiffSync's target", "site other", k.state(t, a.After).String())
	r := b.run()
	same(t, "our target without a cascade", "device d in site s\nsite other\nsite s", r.after.String())
	same(t, "held", `map[["device","d"]:cascade ["site","s"]:cascade]`, fmt.Sprint(r.held))
	_, b = both(t, k, true)
	r = b.run()
	same(t, "our target with a cascade", "site other", r.after.String())
	if calls := b.memory.Calls()["delete"]; calls != 1 || len(a.Log) != 1 {
		t.Errorf("%d deletes sent, DiffSync logs %v; want one each", calls, a.Log)
	}
	same(t, "how our changes ended", "map[done:2]", fmt.Sprint(r.results))
}

func TestDifferenceARecordsFlagsAddToItsModels(t *testing.T) {
	k := network()
	k.Kinds[0].Flags = 8
	k.Source = k.rows("site other")
	k.Target = k.rows("site other", "site a", "site b flags=0")
	a, b := both(t, k, false)
	same(t, "DiffSync's target", "site a\nsite other", k.state(t, a.After).String())
	same(t, "our target", "site a\nsite b\nsite other", b.run().after.String())
}

func TestDifferenceAnOrphanIsAFinding(t *testing.T) {
	k := network()
	k.Source = k.rows("site s", "device d") // no site lists it
	a, b := both(t, k, false)
	r := b.run()
	if want := (plan.Summary{Create: 1}); a.summary() != want || r.summary != want || r.notes["source"] != 1 {
		t.Errorf("DiffSync's summary %+v, ours %+v, want %+v; findings %v, want one", a.summary(), r.summary, want, r.notes)
	}
}

func TestDifferenceAListThatNamesWhatIsNotThereIsAFinding(t *testing.T) {
	k := network()
	k.Source, k.Target = k.rows("site s", "site t"), k.rows("site s")
	k.Lists = map[string][][2]any{"source": {{`["site","s"]`, []string{"device", "nobody"}}}}
	a, b := both(t, k, false)
	same(t, "DiffSync raises", "ObjectNotFound: device nobody not present in LocalStore", a.Error)
	r := b.run()
	same(t, "our target", "site s\nsite t", r.after.String())
	if r.notes["source"] != 1 || r.status != run.Succeeded {
		t.Errorf("our run is %s with findings %v, want one", r.status, r.notes)
	}
}

func TestDifferenceAChildOfTwoParentsIsAFinding(t *testing.T) {
	k := network()
	k.Source = k.rows("site s", "site t", "device d in site s")
	k.Lists = map[string][][2]any{"source": {{`["site","t"]`, []string{"device", "d"}}}}
	a, b := both(t, k, false)
	same(t, "DiffSync raises", "ObjectNotCreated: Failed to create device {'name': 'd'} - it already exists!", a.Error)
	r := b.run()
	same(t, "our target", "site s\nsite t", r.after.String())
	if r.notes["source"] != 1 {
		t.Errorf("findings %v, want one", r.notes)
	}
}

func TestDifferenceIdentifiersAreValues(t *testing.T) {
	k := network()
	k.Source, k.Target = k.rows("site 1"), k.rows(`site "1"`)
	a, b := both(t, k, false)
	same(t, "DiffSync raises", "ValueError: Keys mismatch: {'name': 1} vs {'name': '1'}", a.Error)
	if r := b.run(); r.summary != (plan.Summary{Create: 1, Delete: 1}) {
		t.Errorf("our summary %+v: 1 and \"1\" are two, unless the identifier has a type", r.summary)
	}
	k = network()
	k.Source, k.Target = k.rows("site 1.0"), k.rows("site 1")
	a, b = both(t, k, false)
	if r := b.run(); a.summary() != (plan.Summary{Create: 1, Delete: 1}) || r.summary != (plan.Summary{NoChange: 1}) {
		t.Errorf("DiffSync's summary %+v, ours %+v: 1.0 and 1 are one number", a.summary(), r.summary)
	}
}

func TestDifferenceValuesHaveOneSpelling(t *testing.T) {
	k := network()
	k.Source = k.rows(`site s x={"b":1.0,"a":1e16}`)
	k.Target = k.rows(`site s`)
	a, b := both(t, k, false)
	same(t, "DiffSync's str", "site\nsite: s\nx    source({'b': 1.0, 'a': 1e+16})    target(None)", a.Str)
	r := b.run()
	same(t, "our str", "site\nsite: s\nx    source({'a': 10000000000000000, 'b': 1})    target(None)", r.str)
	if a.summary() != r.summary {
		t.Errorf("DiffSync's summary %+v, ours %+v", a.summary(), r.summary)
	}
}

func TestDifferenceACreateWritesWhatTheTargetsClassLacks(t *testing.T) {
	k := network()
	k.Kinds[0].Attrs = []attr{{Name: "x"}, {Name: "y", Only: "source"}}
	k.Source = k.rows("site s x=1 y=2")
	a, b := both(t, k, false)
	b.run()
	k.Kinds[0].Attrs[1].Only = ""
	same(t, "DiffSync's target", "site s x=1 y=null", k.state(t, a.After).String())
	same(t, "our target", "site s x=1 y=2", b.state().String())
}

func TestDifferenceAKindOfOneSideIsNotCounted(t *testing.T) {
	k := network()
	k.Kinds[1].Only, k.Kinds[2].Only = "source", "source"
	k.Kinds = append(k.Kinds, &kind{Name: "tenant", IDs: []string{"name"}, Parents: []string{}, Only: "source"})
	k.Source = k.rows("site s", "device d in site s", "port p in device d", "tenant t1", "tenant t2")
	k.Target = k.rows("site s")
	a, b := both(t, k, false)
	if r := b.run(); a.summary() != (plan.Summary{NoChange: 1, Skip: 3}) || r.summary != (plan.Summary{NoChange: 1}) {
		t.Errorf("DiffSync's summary %+v, ours %+v", a.summary(), r.summary)
	}
}

func TestDifferenceSiblingsStandInOurOrder(t *testing.T) {
	k := network()
	k.Source, k.Target = k.rows("site c", "site a"), k.rows("site b")
	a, b := both(t, k, false)
	same(t, "DiffSync's str", "site\nsite: c MISSING in target\nsite: a MISSING in target\nsite: b MISSING in source", a.Str)
	same(t, "our str", "site\nsite: a MISSING in target\nsite: b MISSING in source\nsite: c MISSING in target", b.run().str)
}
