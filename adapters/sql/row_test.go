package sql

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// onBoth runs a story on each database, with tables that both understand.
func onBoth(t *testing.T, statements, maps, models string, story func(t *testing.T, b *bench)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(t, newBench(t, "target", statements, maps, models)) })
	t.Run("postgres", func(t *testing.T) { story(t, newPG(t, "target", statements, maps, models)) })
}

// without returns the results without the local values.
func without(results string) string {
	lines := strings.Split(strings.TrimSpace(results), "\n")
	for i, l := range lines {
		lines[i], _, _ = strings.Cut(l, " {")
	}
	return strings.Join(lines, "\n")
}

// In a table without a key a row is found however its identifier is spelled: by another case, or as a text that is the number.
func TestSpelledOtherwise(t *testing.T) {
	onBoth(t, `CREATE TABLE sites (name text, region text); INSERT INTO sites VALUES ('AMS', 'x'), ('Ber', 'x'), ('ber2', 'x');
CREATE TABLE vlans (vid text, site text, v text); INSERT INTO vlans VALUES ('007', 'AMS', 'x'), ('008', 'AMS', 'x'), ('9', 'AMS', 'x');`, `
vlan: {fields: {site: {column: site, values: {AMS: 1}}}}
`, `
site: {identifiers: [name], attributes: [region], rules: {name: {ignore_case: true}}}
vlan: {identifiers: [{vid: integer}, {site: string}], attributes: [v]}
`, func(t *testing.T, b *bench) {
		equal(t, "update", without(b.apply(b.change(adapter.Update, "site", []any{"ams"}, set("region", "new")))), "site ams: done")
		equal(t, "delete", without(b.apply(b.change(adapter.Delete, "site", []any{"ber"}, nil))), "site ber: done")
		equal(t, "update a number", without(b.apply(b.change(adapter.Update, "vlan", []any{7, "1"}, set("v", "new")))), "vlan 7 1: done")
		equal(t, "delete a number", without(b.apply(b.change(adapter.Delete, "vlan", []any{8, "1"}, nil))), "vlan 8 1: done")
		equal(t, "sites", b.rows("SELECT * FROM sites ORDER BY name"), "\"AMS\"|\"new\"\n\"ber2\"|\"x\"")
		equal(t, "vlans", b.rows("SELECT vid, v FROM vlans ORDER BY vid"), "\"007\"|\"new\"\n\"9\"|\"x\"")
	})
}

// A reference is looked up through identifiers that the tables on the way spell in their own way.
func TestReferToSpelledOtherwise(t *testing.T) {
	onBoth(t, `CREATE TABLE vlans (id integer PRIMARY KEY, vid text); INSERT INTO vlans VALUES (1, '007'), (2, '8');
CREATE TABLE nets (id integer PRIMARY KEY, vlan_id integer REFERENCES vlans, name text); INSERT INTO nets VALUES (5, 1, 'a'), (6, 2, 'a');
CREATE TABLE hosts (id integer PRIMARY KEY, name text, net_id integer REFERENCES nets); INSERT INTO hosts VALUES (1, 'h', NULL);`, `
net: {fields: {vlan: {column: vlan_id, key_of: vlan}}}
host: {fields: {net: {column: net_id, key_of: net}}}
`, `
vlan: {identifiers: [vid]}
net: {identifiers: [{vlan: integer}, name]}
host: {identifiers: [name], attributes: [net]}
`, func(t *testing.T, b *bench) {
		for vlan, id := range map[int]string{7: "5", 8: "6"} {
			equal(t, "refer", without(b.apply(b.change(adapter.Update, "host", []any{"h"}, set("net_id", map[string]any{"vlan": vlan, "name": "a"})))), "host h: done")
			equal(t, "row", b.rows("SELECT net_id FROM hosts"), id)
		}
	})
}

// A row that a trigger keeps as it is was not written, whatever the database counts; one that the trigger wrote itself is gone.
func TestKept(t *testing.T) {
	const table = "CREATE TABLE sites (id integer PRIMARY KEY, name text UNIQUE, region text);\nINSERT INTO sites VALUES (1, 'ams', 'x'), (2, 'ber', 'x'), (3, 'cph', 'x'), (4, 'dub', 'x');\n"
	story := func(t *testing.T, b *bench) {
		upd := func(name string) *adapter.Change {
			return b.change(adapter.Update, "site", []any{name}, set("region", "new"))
		}
		del := func(name string) *adapter.Change { return b.change(adapter.Delete, "site", []any{name}, nil) }
		kept := `: conflict: site ams is there and was not written: a trigger, a rule or a policy of table "sites" keeps it as it is`
		equal(t, "updates", b.apply(upd("ams"), upd("ber")), "site ams"+kept+"\nsite ber: done {}")
		gone := del("dub")
		b.exec("DELETE FROM sites WHERE name = 'dub'")
		equal(t, "deletes", b.apply(del("ams"), del("ber"), del("cph"), gone), "site ams"+kept+`
site ber: done {}
site cph: not_found: table "sites" has no row of site cph any more
site dub: not_found: table "sites" has no row of site dub any more
`)
		equal(t, "rows", b.rows("SELECT * FROM sites"), `1|"ams"|"x"`)
	}
	t.Run("sqlite", func(t *testing.T) {
		story(t, newBench(t, "target", table+`
CREATE TRIGGER keep BEFORE UPDATE ON sites WHEN OLD.name = 'ams' BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER stay BEFORE DELETE ON sites WHEN OLD.name = 'ams' BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER self BEFORE DELETE ON sites WHEN OLD.name = 'cph' BEGIN DELETE FROM sites WHERE id = OLD.id; SELECT RAISE(IGNORE); END;`, "", "site: {identifiers: [name], attributes: [region]}"))
	})
	t.Run("postgres", func(t *testing.T) {
		story(t, newPG(t, "target", table+`
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF OLD.name = 'ams' THEN RETURN NULL; END IF;
	IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
	IF OLD.name = 'cph' AND pg_trigger_depth() = 1 THEN DELETE FROM sites WHERE id = OLD.id; RETURN NULL; END IF;
	RETURN OLD; END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON sites FOR EACH ROW EXECUTE FUNCTION keep();`, "", "site: {identifiers: [name], attributes: [region]}"))
	})
}

// SQLite has primary keys that are null, in several rows too: those are told by where they lie.
func TestNullKeys(t *testing.T) {
	b := newBench(t, "target", `CREATE TABLE sites (code TEXT PRIMARY KEY, name TEXT, region TEXT); INSERT INTO sites VALUES (NULL, 'ams', 'x'), (NULL, 'ber', 'x'), (NULL, 'cph', 'x'), ('d', 'dub', 'x');`,
		"", "site: {identifiers: [name], attributes: [region]}")
	upd := b.change(adapter.Update, "site", []any{"ams"}, set("region", "new"))
	equal(t, "local", fields(upd.Local), "{code=null}")
	equal(t, "update", b.apply(upd), "site ams: done {}")
	equal(t, "delete", b.apply(b.change(adapter.Delete, "site", []any{"ber"}, nil)), "site ber: done {}")
	equal(t, "rows", b.rows("SELECT * FROM sites ORDER BY name"), `
<nil>|"ams"|"new"
<nil>|"cph"|"x"
"d"|"dub"|"x"
`)
}

// Keys follow the rows that they refer to while the plan is applied: the row is found again, and not the one that has its old key by now.
func TestKeysThatFollow(t *testing.T) {
	onBoth(t, `CREATE TABLE sites (code text PRIMARY KEY, name text UNIQUE);
CREATE TABLE devices (site text NOT NULL REFERENCES sites ON UPDATE CASCADE, name text, role text, PRIMARY KEY (site, name));
INSERT INTO sites VALUES ('a', 'ams'), ('b', 'ber'); INSERT INTO devices VALUES ('a', 'd1', 'x'), ('a', 'd2', 'x'), ('b', 'd1', 'y'), ('b', 'd2', 'y'), ('b', 'd3', 'y');`, `
device: {fields: {site: {column: site, key_of: site}}}
`, `
site: {identifiers: [name], attributes: [code], children: [device]}
device: {identifiers: [site, name], parent: {site: {name: site}}, attributes: [role]}
`, func(t *testing.T, b *bench) {
		change := func(action adapter.Action, site, name string, set record.Fields) *adapter.Change {
			return b.change(action, "device", []any{site, name}, set)
		}
		upd := []*adapter.Change{change(adapter.Update, "ams", "d2", set("role", "new")), change(adapter.Update, "ber", "d2", set("role", "newer"))}
		del := []*adapter.Change{change(adapter.Delete, "ber", "d1", nil), change(adapter.Delete, "ber", "d3", nil)}
		for _, s := range []string{"ber", "ams"} { // b becomes c, then a becomes b
			code := map[string]string{"ber": "c", "ams": "b"}[s]
			equal(t, "sites", b.apply(b.change(adapter.Update, "site", []any{s}, set("code", code))), "site "+s+": done {code=\""+code+"\"}")
		}
		equal(t, "updates", b.apply(upd...), "device ams d2: done {}\ndevice ber d2: done {}")
		equal(t, "deletes", b.apply(del...), "device ber d1: done {}\ndevice ber d3: done {}")
		equal(t, "rows", b.rows("SELECT * FROM devices ORDER BY site, name"), `
"b"|"d1"|"x"
"b"|"d2"|"new"
"c"|"d2"|"newer"
`)
	})
}
