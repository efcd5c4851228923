package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func expect(t *testing.T, r *Reader, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), shown(t, r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRulesOnlyDecideWhetherThereIsAChange(t *testing.T) {
	j := newJob(model("device", attr("tags", func(a *job.Attribute) { a.Set = true }), attr("role", func(a *job.Attribute) { a.IgnoreCase = true }),
		attr("lat", func(a *job.Attribute) { a.Type, a.Tolerance = job.Number, 0.1 }), attr("note", func(a *job.Attribute) { a.AbsentIsNull = true }),
		attr("status", func(a *job.Attribute) { a.OnCreate = true }), attrs("plain", "fixed")))
	j.Target.Map = map[string]*job.Mapping{"device": {Fields: []job.FieldMap{{Name: "fixed", Value: record.MustOf("x")}}}}
	w := newWorld(t, j)
	r := w.diff([]rec{
		{key: "device a", attrs: m{"tags": []string{"x", "y"}, "role": "Leaf", "lat": 1.05, "status": "new", "plain": true, "fixed": 1}},
		{key: "device b", attrs: m{"tags": []string{"x"}, "role": "leaf", "plain": "p"}},
		{key: "device c", attrs: m{"status": "new"}},
		{key: "device d", attrs: m{}},
	}, []rec{
		{key: "device a", attrs: m{"tags": []string{"y", "x"}, "role": "LEAF", "lat": 1.1, "status": "old", "plain": 1, "fixed": 2}},
		{key: "device b", attrs: m{"tags": []string{"x", "z"}, "role": "spine", "other": 1}},
		{key: "device d", attrs: m{"note": "gone"}},
	})
	expect(t, r, `
[device create 0]
+ device c {"status":"new"}
[device update 0]
~ device b {"role":"leaf","tags":["x"]}
~ device d {"note":null}
`)
	if c := r.Index().Counts["device"]; c.Unchanged != 1 {
		t.Errorf("unchanged = %d, want 1: device a is equal under the rules", c.Unchanged)
	}
}

func TestDeferredAttributesStandApart(t *testing.T) {
	late := func(a *job.Attribute) { a.Defer, a.References = true, "ip" }
	j := newJob(model("device", attrs("role"), attr("primary", late)), model("ip", ids("addr"), under("device", "device")))
	w := newWorld(t, j)
	r := w.diff([]rec{
		{key: "device new", attrs: m{"role": "r", "primary": "10.0.0.1"}},
		{key: "ip 10.0.0.1", parent: "device new"},
		{key: "device old", attrs: m{"role": "r", "primary": "10.0.0.1"}},
		{key: "device lost", attrs: m{"role": "r", "primary": "10.9.9.9"}},
	}, []rec{
		{key: "device old", attrs: m{"role": "s", "primary": "10.0.0.2"}},
		{key: "device gone", attrs: m{"role": "s", "primary": "10.0.0.3"}},
		{key: "ip 10.0.0.3", parent: "device gone"},
	})
	expect(t, r, `
[device create 0]
+ device lost {"role":"r"}
+ device new {"role":"r"}
[device update 0]
~ device old {"role":"r"}
[ip create 0]
+ ip 10.0.0.1 in device new {}
[device update deferred 0]
~ device new {"primary":"10.0.0.1"} part
~ device old {"primary":"10.0.0.1"} part
[device update deferred clear 0]
~ device gone {"primary":null} part
[ip delete 0]
- ip 10.0.0.3 in device gone
[device delete 0]
- device gone
held ~ device lost {"primary":"10.9.9.9"} part !reference-missing: primary: ip 10.9.9.9 is not on the target and will not be created
`)
	if n, l := r.Index().Changes(), r.Index().Last(); n != 6 || l != 9 {
		t.Errorf("changes %d, lines %d; want 6 and 9: a record counts once", n, l)
	}
	s, ok := SummaryOf(r.Index())
	if want := (Summary{Create: 3, Update: 1, Delete: 2}); !ok || s != want {
		t.Errorf("summary %+v, want %+v", s, want)
	}
}

func TestReferencesMayBeObjectsAndLists(t *testing.T) {
	vlans := func(a *job.Attribute) { a.References = "vlan" }
	j := newJob(model("vlan", ids("site", "vid")), model("port", attr("vlan", vlans), attr("trunk", vlans)))
	j.Model("vlan").Identifiers[1].Type = job.Integer
	w := newWorld(t, j)
	vlan := func(vid any) m { return m{"site": "a", "vid": vid} }
	ports := w.snapshot([]rec{
		{key: "port p1", attrs: m{"vlan": vlan(1)}},
		{key: "port p2", attrs: m{"vlan": vlan("1")}},
		{key: "port p3", attrs: m{"trunk": []m{vlan(1), vlan(7)}}},
		{key: "port p4", attrs: m{"vlan": "a 1"}},
		{key: "port p5", attrs: m{"vlan": vlan(1), "trunk": []m{}}},
	})
	line := record.AppendLine(nil, record.MakeKey("vlan", record.MustOf("a"), record.MustOf(1)), "", nil, nil, 0, nil)
	w.in.Target = w.lines(line, record.AppendLine(nil, keyOf("port p5"), "", m{"vlan": nil}.fields(), nil, 0, nil))
	w.in.Source = w.lines(append([]record.Line{line}, w.all(ports)...)...)
	if _, err := Diff(w.ctx, w.in); err != nil {
		t.Fatal(err)
	}
	expect(t, w.open(), `
[port create 0]
+ port p1 {"vlan":{"site":"a","vid":1}}
+ port p2 {"vlan":{"site":"a","vid":"1"}}
[port update 0]
~ port p5 {"vlan":{"site":"a","vid":1}}
held + port p3 {"trunk":[{"site":"a","vid":1},{"site":"a","vid":7}]} !reference-missing: trunk: vlan a 7 is not on the target and will not be created
held + port p4 {"vlan":"a 1"} !reference-missing: vlan: a 1 names no vlan
`)
	for c, err := range w.open().Changes(w.ctx, 1, 2) {
		if err != nil || len(c.References) != 1 || c.References[0].Attribute != "vlan" || c.References[0].Key.String() != "vlan a 1" {
			t.Errorf("references of %v: %v, %v", c, c.References, err)
		}
	}
}

func TestHeldSaysWhyAndWhatDependsOnItIsHeld(t *testing.T) {
	j := newJob(model("tenant", attrs("x")), model("site", attrs("x"), attr("tenant", func(a *job.Attribute) { a.References = "tenant" })),
		model("device", attrs("x"), under("site", "site")))
	j.Model("tenant").Policy = job.UpdateOnly
	w := newWorld(t, j)
	w.in.SourceFindings = w.findings("source", "site bad")
	w.audit = func(c *Change) error {
		if c.Name == "audited" {
			return fault.Errorf(fault.Invalid, "x is too long")
		}
		return nil
	}
	r := w.diff([]rec{
		{key: "tenant t", attrs: m{"x": "1"}},
		{key: "site a", attrs: m{"tenant": "t"}},
		{key: "device under-a", parent: "site a", attrs: m{"x": "1"}},
		{key: "site audited", attrs: m{"x": "1"}},
		{key: "device under-audited", parent: "site audited"},
		{key: "device lost", parent: "site nowhere"},
		{key: "device of-bad", parent: "site bad"},
	}, []rec{
		{key: "site bad", attrs: m{"x": "1"}},
		{key: "device below-bad", parent: "site bad"},
	})
	expect(t, r, `
held + tenant t {"x":"1"} !policy: policy update-only
held + site a {"tenant":"t"} !reference-missing: tenant: tenant t is not on the target and will not be created
held + site audited {"x":"1"} !audit: x is too long
held - site bad !finding: source: bad value
held + device lost {} !orphan: its parent site nowhere is not on the source
held + device of-bad {} !finding: site bad could not be used on the source
held + device under-a in site a {"x":"1"} !parent-missing: site a is not on the target and will not be created
held + device under-audited in site audited {} !parent-missing: site audited is not on the target and will not be created
held - device below-bad in site bad !finding: site bad could not be used on the source
`)
	found, err := finding.Open(w.ctx, w.store, w.in.Findings)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var list []string
	for f, err := range found.All(w.ctx) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f.Side+" "+string(f.Code)+" "+f.String())
	}
	want := []string{"source orphan device lost: its parent site nowhere is not on the source", "audit rejected site audited: x is too long"}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
}

func TestDeletesNeverTakeAlongWhatStays(t *testing.T) {
	j := newJob(model("region", attrs("x"), under("region", "up")), model("site", attrs("x"), under("region", "region")), model("device", attrs("x"), under("site", "site"), flagged(0)))
	w := newWorld(t, j)
	target := []rec{
		{key: "region top"},
		{key: "region sub", parent: "region top"},
		{key: "site s", parent: "region sub"},
		{key: "site t", parent: "region sub"},
		{key: "device d1", parent: "site s", flags: record.SkipUnmatchedDst},
		{key: "device d2", parent: "site s", flags: record.SkipUnmatchedDst},
		{key: "device d3", parent: "site t"},
	}
	expect(t, w.diff(nil, target), `
[device delete 0]
- device d3 in region top/region sub/site t
[site delete 0]
- site t in region top/region sub
held - region top !below-kept: 1 region below it stays (below-kept)
held - region sub in region top !below-kept: 1 site below it stays (below-kept)
held - site s in region top/region sub !below-kept: 2 devices below it stay (skip_unmatched_dst)
`)
	t.Run("what moves away does not keep it", func(t *testing.T) {
		w := newWorld(t, newJob(model("site", attrs("x")), model("device", attrs("x"), under("site", "site"))))
		source := []rec{{key: "site new"}, {key: "device d", parent: "site new"}}
		target := []rec{{key: "site old"}, {key: "device d", parent: "site old"}}
		expect(t, w.diff(source, target), `
[site create 0]
+ site new {}
[device move 0]
> device d in site new from site old {}
[site delete 0]
- site old
`)
		w.audit = func(c *Change) error {
			if c.Op == Move {
				return fault.Errorf(fault.Conflict, "no")
			}
			return nil
		}
		expect(t, w.diff(source, target), `
[site create 0]
+ site new {}
held - site old !below-kept: 1 device below it stays (its move is held)
held > device d in site new from site old {} !audit: no
`)
	})
}

func TestSkipChildrenOnDelete(t *testing.T) {
	build := func() *world {
		return newWorld(t, newJob(model("site", flagged(record.SkipChildrenOnDelete)), model("device", under("site", "site")), model("port", under("device", "device"))))
	}
	target := []rec{{key: "site s"}, {key: "device d", parent: "site s"}, {key: "port p", parent: "device d"}}
	w := build()
	w.in.Cascades = func(parent, child string) (bool, error) { return true, nil }
	r := w.diff(nil, target)
	expect(t, r, `
[site delete 0]
- site s
[device delete cascade 0]
- device d in site s with site s
[port delete cascade 0]
- port p in site s/device d with site s
`)
	if n := r.Index().Changes(); n != 3 {
		t.Errorf("%d changes, want 3: what is not sent is counted", n)
	}
	w = build()
	w.in.Cascades = func(parent, child string) (bool, error) { return child == "device", nil }
	expect(t, w.diff(nil, target), `
held - site s !cascade: skip_children_on_delete, and the target does not delete ports with it
held - device d in site s with site s !cascade: site s, whose delete would take it along, is held
held - port p in site s/device d with site s !cascade: site s, whose delete would take it along, is held
`)
}

func TestScope(t *testing.T) {
	j := newJob(model("region", attrs("x"), under("region", "up"), where("x", "in")), model("site", attrs("x"), under("region", "region"), where("x", "in", "also")))
	w := newWorld(t, j)
	r := w.diff([]rec{
		{key: "region top", attrs: m{"x": "in"}},
		{key: "region sub", parent: "region top", attrs: m{"x": "-"}},
		{key: "region other", attrs: m{"x": "-"}},
		{key: "site a", parent: "region sub", attrs: m{"x": "in"}},
		{key: "site leaves", parent: "region top", attrs: m{"x": "no more"}},
		{key: "site enters", parent: "region top", attrs: m{"x": "also"}},
		{key: "site under-other", parent: "region other", attrs: m{"x": "in"}},
	}, []rec{
		{key: "region top", attrs: m{"x": "in"}},
		{key: "site leaves", parent: "region top", attrs: m{"x": "in"}},
		{key: "site enters", parent: "region top", attrs: m{"x": "out"}},
		{key: "site gone", parent: "region top", attrs: m{"x": "in"}},
		{key: "site out", parent: "region top", attrs: m{"x": "out"}},
	})
	expect(t, r, `
[region create 1]
+ region sub in region top {"x":"-"}
[site create 0]
+ site a in region top/region sub {"x":"in"}
[site update 0]
~ site enters in region top {"x":"also"}
[site delete 0]
- site gone in region top
out + region other {"x":"-"}
out + site under-other in region other {"x":"in"}
out ~ site leaves in region top {"x":"no more"}
out - site out in region top
`)
	c := r.Index().Counts["site"]
	if c.Source != 2 || c.Target != 2 || c.OutOfScope != 3 {
		t.Errorf("source %d, target %d, out of scope %d; want 2, 2, 3", c.Source, c.Target, c.OutOfScope)
	}
}

func TestUnchangedRecordsAreListedWhenAskedFor(t *testing.T) {
	j := newJob(model("site", attrs("x")))
	j.Flags = job.LogUnchangedRecords
	w := newWorld(t, j)
	r := w.diff([]rec{{key: "site a"}, {key: "site b", attrs: m{"x": 1}}}, []rec{{key: "site a"}, {key: "site b", attrs: m{"x": 2}}})
	var got []string
	for c, err := range r.Unchanged(w.ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(c.Op)+" "+c.Name)
	}
	if diff := cmp.Diff([]string{"unchanged a"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestIgnoreCaseKeepsTheSpelling(t *testing.T) {
	j := newJob(model("site", attrs("x")))
	j.Model("site").Identifiers[0].IgnoreCase = true
	w := newWorld(t, j)
	w.in.Source = w.lines(record.AppendLine(nil, keyOf("site ams"), "", m{"x": 1}.fields(), []record.Value{record.MustOf("AMS")}, 0, nil))
	w.in.Target = w.lines(record.AppendLine(nil, keyOf("site ams"), "", m{"x": 2}.fields(), []record.Value{record.MustOf("Ams")}, 0, nil))
	if _, err := Diff(w.ctx, w.in); err != nil {
		t.Fatal(err)
	}
	for c, err := range w.open().Changes(w.ctx, 1, 0) {
		if err != nil || c.Name != "AMS" || c.IDs[0].String() != "AMS" || c.Key != keyOf("site ams") {
			t.Errorf("change %+v, %v", c, err)
		}
	}
}
