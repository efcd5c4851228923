package sql

import (
	"context"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestWrite(t *testing.T) {
	b := newBench(t, "target", network, networkMap, networkModels)
	ams := b.change(adapter.Create, "site", []any{"ams01"}, set("name", "ams01", "region", "emea", "latitude", 52.25, "active", true, "extra", map[string]any{"a": []any{1, nil}}))
	ber := b.change(adapter.Create, "site", []any{"ber01"}, set("name", "ber01", "region", nil, "extra", "text"))
	equal(t, "create sites", b.apply(ams, ber), `
site ams01: done {id=1}
site ber01: done {id=2}
`)
	parent := &adapter.Related{Field: "site_id", Key: ber.Key, Local: set("id", 2)}
	r1 := b.change(adapter.Create, "rack", []any{"ber01", "r1"}, set("name", "r1", "site_id", "ber01"))
	r1.Parent = parent
	r2 := b.change(adapter.Create, "rack", []any{"ams01", "r2"}, set("name", "r2", "site_id", "ams01")) // without local values: looked up
	equal(t, "create racks", b.apply(r1, r2), `
rack ber01 r1: done {id=1}
rack ams01 r2: done {id=2}
`)
	d := b.change(adapter.Create, "device", []any{"leaf-1"}, set("name", "leaf-1", "site_id", "ams01", "rack_id", map[string]any{"site": "ams01", "name": "r2"}, "role", "leaf"))
	equal(t, "create device", b.apply(d), `device leaf-1: done {id=1}`)
	equal(t, "what is there", b.load(), `
site {active=true extra={"a":[1,null]} latitude=52.25 name="ams01" region="emea"} local {id=1} at sites:1
site {active=null extra="text" latitude=null name="ber01" region=null} local {id=2} at sites:2
rack {name="r1" site_id="ber01"} local {id=1} at racks:1
rack {name="r2" site_id="ams01"} local {id=2} at racks:2
device {name="leaf-1" rack_id={"name":"r2","site":"ams01"} role="leaf" serial=null site_id="ams01"} local {id=1} at devices:1
`)

	move := b.change(adapter.Update, "device", []any{"leaf-1"}, set("site_id", "ber01", "rack_id", nil, "serial", "S1"))
	move.Parent, move.Move = parent, true
	equal(t, "move", b.apply(move), `device leaf-1: done {}`)
	equal(t, "moved", b.rows("SELECT * FROM devices"), `1|"leaf-1"|2|<nil>|"S1"|"leaf"`)

	equal(t, "delete", b.apply(b.change(adapter.Delete, "device", []any{"leaf-1"}, nil)), `device leaf-1: done {}`)
	equal(t, "gone", b.rows("SELECT count(*) FROM devices"), `0`)
}

// A refused change leaves no trace and takes no other down.
func TestWriteOneBad(t *testing.T) {
	b := newBench(t, "target", network+networkRows, networkMap, networkModels)
	var cs []*adapter.Change
	for _, n := range []string{"aaa", "leaf-1", "bbb"} {
		cs = append(cs, b.change(adapter.Create, "device", []any{n}, set("name", n)))
	}
	equal(t, "results", b.apply(cs...), `
device aaa: done {id=13}
device leaf-1: conflict: device leaf-1 is there already (unique devices.name)
device bbb: done {id=14}
`)
	equal(t, "rows", b.rows("SELECT name FROM devices WHERE id > 12 ORDER BY id"), "\"aaa\"\n\"bbb\"")
}

// refusals is everything that a database can say no to, in the words a user sees.
func TestRefusals(t *testing.T) {
	schema := network + networkRows + `
CREATE TABLE notes (id INTEGER PRIMARY KEY, device INTEGER REFERENCES devices ON DELETE RESTRICT, text TEXT);
INSERT INTO notes VALUES (1, 10, 'do not touch'), (2, 10, 'really');
CREATE TABLE tags (device INTEGER NOT NULL REFERENCES devices ON DELETE CASCADE, tag TEXT NOT NULL);
INSERT INTO tags VALUES (11, 'core');
CREATE TABLE owners (id INTEGER PRIMARY KEY, device INTEGER REFERENCES devices ON DELETE SET NULL);
INSERT INTO owners VALUES (1, 12);
CREATE TABLE ports (id INTEGER PRIMARY KEY, device TEXT NOT NULL, unit INTEGER CHECK (unit > 0), speed INTEGER, mac TEXT, label TEXT NOT NULL, CONSTRAINT "fast ""enough""" CHECK (speed >= 10 AND unit < 100));
CREATE UNIQUE INDEX one_unit ON ports (device, unit) WHERE unit IS NOT NULL;
CREATE UNIQUE INDEX one_mac ON ports (lower(mac));
INSERT INTO ports VALUES (1, 'leaf-1', 1, 10, 'AA', 'one'), (2, 'leaf-1', 2, 10, 'BB', 'two');
CREATE TRIGGER no_nine BEFORE INSERT ON ports WHEN NEW.unit = 9 BEGIN SELECT RAISE(ABORT, 'nine is not ours'); END;
CREATE TRIGGER silent BEFORE INSERT ON ports WHEN NEW.unit = 8 BEGIN SELECT RAISE(IGNORE); END;
CREATE TABLE strictly (name TEXT PRIMARY KEY, n INTEGER, r REAL, b BLOB) STRICT;
`
	b := newBench(t, "target", schema, networkMap+`
port: {fields: {device: {column: device}}}
strictly: {table: strictly}
`, networkModels+`
port: {identifiers: [label], attributes: [device, unit, speed, mac]}
strictly: {identifiers: [name], attributes: [n, r, b]}
`)
	port := func(label string, more ...any) *adapter.Change {
		return b.change(adapter.Create, "port", []any{label}, append(set("label", label, "device", "leaf-1"), set(more...)...))
	}
	withParent := func(c *adapter.Change, p *adapter.Related) *adapter.Change { c.Parent = p; return c }
	gone := b.change(adapter.Update, "port", []any{"none"}, set("speed", 40))
	gone.Local = set("id", 99)
	goneToo := b.change(adapter.Delete, "port", []any{"none"}, nil)
	goneToo.Local = set("id", 99)
	anew := b.change(adapter.Delete, "port", []any{"two"}, nil)
	anew.Local = set("id", 99)
	cases := []struct {
		reason string
		c      *adapter.Change
	}{
		{"a unique value, and who has it", b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "serial", "S1"))},
		{"the same by an update", b.change(adapter.Update, "device", []any{"leaf-1"}, set("serial", "S2"))},
		{"an identity that is there", b.change(adapter.Create, "site", []any{"ams01"}, set("name", "ams01"))},
		{"a unique index of two columns, one of which the update does not touch", b.change(adapter.Update, "port", []any{"two"}, set("unit", 1))},
		{"a unique index of expressions", port("three", "mac", "aa")},
		{"null in a column that must have a value", b.change(adapter.Create, "device", []any{"x"}, set("name", nil))},
		{"a column that must have a value left out", b.change(adapter.Create, "device", []any{"x"}, set("serial", "x"))},
		{"a named check", b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "role", "edgee"))},
		{"a check without a name", port("three", "unit", 0, "speed", 10)},
		{"a check with an odd name over two columns", port("three", "unit", 5, "speed", 1)},
		{"a reference to what is not there", b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "site_id", "nowhere"))},
		{"a parent whose row is gone", withParent(b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "site_id", "ams01")), &adapter.Related{Field: "site_id", Key: record.MakeKey("site", record.MustOf("ams01")), Local: set("id", 99)})},
		{"a reference that is no identity", b.change(adapter.Create, "device", []any{"new"}, set("name", "new", "rack_id", "r1"))},
		{"a delete of what other tables refer to", b.change(adapter.Delete, "device", []any{"leaf-1"}, nil)},
		{"a delete that cascades out of the job", b.change(adapter.Delete, "device", []any{"spine-1"}, nil)},
		{"a delete that would clear a column outside the job", b.change(adapter.Delete, "device", []any{"lonely"}, nil)},
		{"a delete of what the job's own table refers to", b.change(adapter.Delete, "site", []any{"ams01"}, nil)},
		{"a trigger that objects", port("nine", "unit", 9)},
		{"a trigger that ignores", port("eight", "unit", 8)},
		{"a row that is gone, update", gone},
		{"a row that is gone, delete", goneToo},
		{"a row that was deleted and made anew", anew},
		{"text in a strict column of integers", b.change(adapter.Create, "strictly", []any{"x"}, set("name", "x", "n", "abc"))},
		{"a fraction in a strict column of integers", b.change(adapter.Create, "strictly", []any{"x"}, set("name", "x", "n", 1.5))},
		{"no base64 in a column of bytes", b.change(adapter.Create, "strictly", []any{"x"}, set("name", "x", "b", "???"))},
		{"a list", b.change(adapter.Create, "strictly", []any{"x"}, set("name", "x", "r", []any{1, 2}))},
		{"a number beyond every range", b.change(adapter.Create, "strictly", []any{"x"}, record.Fields{{Name: "r", Value: record.Value(strings.Repeat("9", 400))}})},
	}
	var out strings.Builder
	before := b.load()
	for _, c := range cases {
		got := b.apply(c.c)
		out.WriteString("# " + c.reason + "\n" + got + "\n")
		if !strings.Contains(got, "conflict: ") && !strings.Contains(got, "invalid: ") && !strings.Contains(got, "not_found: ") {
			t.Errorf("%s: went through or has another code: %s", c.reason, got)
		}
	}
	golden(t, "refusals.txt", out.String())
	equal(t, "nothing was written", b.load(), before)
}

// Who is in conflict is told apart, so that values that change hands can be swapped.
func TestConflicting(t *testing.T) {
	b := newBench(t, "target", network+networkRows, networkMap, networkModels)
	one := b.change(adapter.Update, "device", []any{"leaf-1"}, set("serial", "S2", "role", "spine"))
	two := b.change(adapter.Update, "device", []any{"spine-1"}, set("serial", "S1"))
	rs, err := b.Apply(context.Background(), one.Model, adapter.Update, []*adapter.Change{one, two})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		if got := b.Conflicting(r.Err); len(got) != 1 || got[0] != "serial" {
			t.Errorf("conflicting %v of %v", got, r.Err)
		}
	}
	empty := b.change(adapter.Update, "device", []any{"leaf-1"}, set("serial", nil))
	equal(t, "swap by null", b.apply(empty)+b.apply(two)+b.apply(one), `
device leaf-1: done {}
device spine-1: done {}
device leaf-1: done {}
`)
	equal(t, "swapped", b.rows("SELECT name, serial FROM devices WHERE serial IS NOT NULL ORDER BY id"), "\"leaf-1\"|\"S2\"\n\"spine-1\"|\"S1\"")
}
