package plan

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// TestReferencesOfAnotherSpelling: references that name the same records are equal, however case and types of the referred identifiers have them spelled; one is no list of one.
func TestReferencesOfAnotherSpelling(t *testing.T) {
	to := func(k string) func(*job.Attribute) { return func(a *job.Attribute) { a.References = k } }
	tenant := record.AppendLine(nil, keyOf("tenant acme"), "", nil, []record.Value{record.MustOf("ACME")}, 0, nil)
	vlan := record.AppendLine(nil, record.MakeKey("vlan", record.MustOf("a"), record.MustOf(7)), "", nil, nil, 0, nil)
	for _, c := range []struct {
		source, target m
		changes        int64
	}{
		{m{"tenant": "acme", "vlan": m{"site": "a", "vid": "7"}}, m{"tenant": "ACME", "vlan": m{"site": "a", "vid": 7}}, 0},
		{m{"tenant": []string{"acme"}}, m{"tenant": []string{"Acme"}}, 0},
		{m{"tenant": []string{"acme"}}, m{"tenant": "ACME"}, 1},
		{m{"tenant": "acme"}, m{"tenant": "other"}, 1},
		{m{"tenant": "acme"}, m{"tenant": nil}, 1},
	} {
		j := newJob(model("tenant"), model("vlan", ids("site", "vid")), model("device", attr("tenant", to("tenant")), attr("vlan", to("vlan"))))
		j.Model("tenant").Identifiers[0].IgnoreCase = true
		j.Model("vlan").Identifiers[1].Type = job.Integer
		w := newWorld(t, j)
		device := func(a m) record.Line { return record.AppendLine(nil, keyOf("device d"), "", a.fields(), nil, 0, nil) }
		w.in.Source, w.in.Target = w.lines(tenant, vlan, device(c.source)), w.lines(tenant, vlan, device(c.target))
		if _, err := Diff(w.ctx, w.in); err != nil {
			t.Fatal(err)
		}
		if n := w.open().Index().Changes(); n != c.changes {
			t.Errorf("%v and %v: %d changes\n%s", c.source, c.target, n, shown(t, w.open()))
		}
	}
}

// TestARefusedClearIsNoFinding: where the target refuses that a deferred attribute is cleared before a delete, the delete is tried without, and nothing is said against the record.
func TestARefusedClearIsNoFinding(t *testing.T) {
	w := newWorld(t, newJob(model("device", attr("note", func(a *job.Attribute) { a.Defer = true }))))
	w.audit = func(c *Change) error {
		if c.Clear {
			return fault.Errorf(fault.Invalid, "note is NOT NULL")
		}
		return nil
	}
	expect(t, w.diff(nil, []rec{{key: "device d", attrs: m{"note": "n"}}}), `
[device delete 0]
- device d
`)
	found, err := finding.Open(w.ctx, w.store, w.in.Findings)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	if n := found.Len(); n != 0 {
		t.Errorf("%d findings on a record whose delete is applied", n)
	}
}
