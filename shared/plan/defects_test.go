package plan

import (
	"bytes"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Each defect of DiffSync that concerns diffing, and what is done instead.

func TestDefect1AMovedRecordIsNeitherDeletedNorCreated(t *testing.T) {
	for _, order := range [][2]string{{"rack p1", "rack p2"}, {"rack p2", "rack p1"}} {
		w := newWorld(t, treeJob())
		racks := []rec{{key: "rack p1", attrs: m{"x": 1}}, {key: "rack p2", attrs: m{"x": 1}}}
		r := w.diff(append(racks, rec{key: "device d", parent: order[0], attrs: m{"x": 1}}, rec{key: "port e", parent: "device d"}),
			append(racks, rec{key: "device d", parent: order[1], attrs: m{"x": 1}}, rec{key: "port e", parent: "device d"}))
		expect(t, r, "\n[device move 0]\n> device d in "+order[0]+" from "+order[1]+" {}\n")
		s, err := forms(w).Summary(w.ctx)
		if want := (Summary{Create: 2, Delete: 2, NoChange: 2}); err != nil || s != want {
			t.Errorf("DiffSync's numbers %+v, %v; want %+v: a move is a delete and a create of it and all below", s, err, want)
		}
		if _, ok := SummaryOf(r.Index()); ok {
			t.Error("SummaryOf claims to know DiffSync's numbers of a plan with moves")
		}
	}
}

func TestDefect2And3DeletesGoChildrenFirstWithoutAFlag(t *testing.T) {
	w := newWorld(t, newJob(model("site", flagged(record.NaturalDeletionOrder)), model("device", under("site", "site")), model("port", under("device", "device"))))
	expect(t, w.diff(nil, []rec{{key: "site s"}, {key: "device d", parent: "site s"}, {key: "port p", parent: "device d"}}), `
[port delete 0]
- port p in site s/device d
[device delete 0]
- device d in site s
[site delete 0]
- site s
`)
}

func TestDefect4AnEmptyPlanIsAPlan(t *testing.T) {
	w := newWorld(t, treeJob())
	same := []rec{{key: "rack r", attrs: m{"x": 1}}}
	r := w.diff(same, same)
	if ix := r.Index(); ix.Changes() != 0 || ix.Last() != 0 || ix.Digest == "" || ix.Counts["rack"].Unchanged != 1 {
		t.Errorf("index %+v", ix)
	}
	for c, err := range r.Changes(w.ctx, 1, 0) {
		t.Errorf("a change: %v, %v", c, err)
	}
	var b bytes.Buffer
	if err := forms(w).Str(w.ctx, &b); err != nil || b.String() != "(no diffs)\n" {
		t.Errorf("str %q, %v", b.String(), err)
	}
}

func TestDefect5IdentifiersDoNotRunTogether(t *testing.T) {
	w := newWorld(t, newJob(model("port", ids("device", "name"), attrs("x"))))
	w.in.Job.Model("port").Shortname = []string{"name"}
	r := w.diff([]rec{{key: "port a__b c"}, {key: "port a e0"}, {key: "port b e0"}}, []rec{{key: "port a b__c"}})
	expect(t, r, `
[port create 0]
+ port a e0 {}
+ port a__b c {}
+ port b e0 {}
[port delete 0]
- port a b__c
`)
	var b bytes.Buffer
	want := `{"port":{"[\"a\",\"b__c\"]":{"-":{}},"a__e0":{"+":{}},"[\"a__b\",\"c\"]":{"+":{}},"b__e0":{"+":{}}}}` + "\n"
	if err := forms(w).Dict(w.ctx, &b); err != nil || b.String() != want {
		t.Errorf("dict %s, %v; want %s", b.String(), err, want)
	}
}

func TestDefect6APlanKnowsWhatItIsOf(t *testing.T) {
	w := newWorld(t, treeJob())
	ix := w.diff([]rec{{key: "rack a"}}, []rec{{key: "rack b"}}).Index()
	if ix.SourceDigest != w.in.Source.Info().Digest || ix.TargetDigest != w.in.Target.Info().Digest || ix.JobDigest != w.in.Job.Digest || ix.SourceDigest == ix.TargetDigest {
		t.Errorf("index %+v", ix)
	}
}

func TestDefect7TheOrderOfASetIsNoChange(t *testing.T) {
	w := newWorld(t, newJob(model("device", attr("tags", func(a *job.Attribute) { a.Set = true }), attrs("list"))))
	expect(t, w.diff([]rec{{key: "device d", attrs: m{"tags": []int{1, 2}, "list": []int{1, 2}}}}, []rec{{key: "device d", attrs: m{"tags": []int{2, 1}, "list": []int{2, 1}}}}), `
[device update 0]
~ device d {"list":[1,2]}
`)
}

func TestDefect9AKindThatContainsItselfCountsOnce(t *testing.T) {
	w := newWorld(t, newJob(model("region", under("region", "up"))))
	r := w.diff([]rec{{key: "region z"}, {key: "region y", parent: "region z"}, {key: "region x", parent: "region y"}}, nil)
	expect(t, r, `
[region create 0]
+ region z {}
[region create 1]
+ region y in region z {}
[region create 2]
+ region x in region z/region y {}
`)
	for _, s := range []func() (Summary, error){
		func() (Summary, error) { s, _ := SummaryOf(r.Index()); return s, nil },
		func() (Summary, error) { return forms(w).Summary(w.ctx) },
	} {
		if got, err := s(); err != nil || got != (Summary{Create: 3}) {
			t.Errorf("summary %+v, %v", got, err)
		}
	}
}
