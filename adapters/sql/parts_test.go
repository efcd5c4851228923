package sql

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// partsMap maps racks by the key of their site, and the parts of a device's rack to fields of their own.
const partsMap = `
rack: {fields: {site: {column: site_id, key_of: site}}}
device: {fields: {site: {column: rack_id.site, key_of: rack}, rack: {column: rack_id.name, key_of: rack}}}
`

// A key whose parts are fields of their own is written from what the change has of them.
func TestWriteParts(t *testing.T) {
	b := newBench(t, "target", network+networkRows, partsMap, `
site: {identifiers: [name], children: [rack]}
rack: {identifiers: [site, name], parent: {site: {name: site}}, children: [device]}
device: {identifiers: [name], parent: {rack: {site: site, name: rack}}}
`)
	create := b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "rack_id.site", "ber01", "rack_id.name", "r1"))
	equal(t, "create", b.apply(create), "device new: done {id=13}")
	move := b.change(adapter.Update, "device", []any{"leaf-1"}, set("rack_id.name", "r1"))
	move.After = set("name", "leaf-1", "rack_id.site", "ams01", "rack_id.name", "r1")
	equal(t, "one part changes", b.apply(move), "device leaf-1: done {}")
	given := b.change(adapter.Update, "device", []any{"spine-1"}, set("rack_id.site", "x", "rack_id.name", "y"))
	given.Parent = &adapter.Related{Field: "rack_id.site", Key: record.MakeKey("rack", record.MustOf("x"), record.MustOf("y")), Local: set("id", 2)}
	equal(t, "local values given", b.apply(given), "device spine-1: done {}")
	equal(t, "no such rack", b.apply(b.change(adapter.Update, "device", []any{"lonely"}, set("rack_id.site", "ber01", "rack_id.name", "r9"))), `device lonely: conflict: rack_id: table "racks" has no row of rack ber01 r9`)
	equal(t, "emptied", b.apply(b.change(adapter.Update, "device", []any{"new"}, set("rack_id.site", nil, "rack_id.name", nil))), "device new: done {}")
	equal(t, "rows", b.rows("SELECT name, rack_id FROM devices ORDER BY id"), "\"leaf-1\"|1\n\"spine-1\"|2\n\"lonely\"|<nil>\n\"new\"|<nil>")
}

// Of a key whose parts are fields of their own some may not be null and others not: the audit says so, and nothing is written.
func TestHalfAKey(t *testing.T) {
	b := newBench(t, "target", network+networkRows, partsMap, `
site: {identifiers: [name], children: [rack]}
rack: {identifiers: [site, name], parent: {site: {name: site}}}
device: {identifiers: [name], attributes: [site, rack]}
`)
	before := b.rows("SELECT name, rack_id FROM devices ORDER BY id")
	half := `invalid: column "rack_id" of table "devices" holds the key of one row of table "racks": rack_id.site has a value, but rack_id.name is null; want all of them or none`
	emptied := b.change(adapter.Update, "device", []any{"leaf-1"}, set("rack_id.name", nil))
	emptied.After = set("name", "leaf-1", "rack_id.site", "ams01", "rack_id.name", nil)
	for _, c := range []*adapter.Change{
		b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "rack_id.site", "ams01", "rack_id.name", nil)),
		b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "rack_id.name", nil, "rack_id.site", "ams01")),
		b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "rack_id.site", "ams01")),
		emptied,
	} {
		equal(t, "audit", coding(b.Audit(t.Context(), c)), half)
		equal(t, "write", b.apply(c), c.Key.String()+": "+half)
	}
	equal(t, "nothing was written", b.rows("SELECT name, rack_id FROM devices ORDER BY id"), before)
	for _, c := range []*adapter.Change{
		b.change(adapter.Create, "device", []any{"none"}, set("name", "none", "rack_id.site", nil, "rack_id.name", nil)),
		b.change(adapter.Create, "device", []any{"all"}, set("name", "all", "rack_id.site", "ber01", "rack_id.name", "r1")),
	} {
		if err := b.Audit(t.Context(), c); err != nil {
			t.Error(err)
		}
		equal(t, "all or none", strings.TrimRight(b.apply(c), "0123456789{id=}\n"), c.Key.String()+": done ")
	}
}
