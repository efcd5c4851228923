package sql

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Stopped after every record and resumed by another process, a load yields each record once.
func TestResume(t *testing.T) {
	statements := network + networkRows + `
CREATE TABLE pairs (a TEXT COLLATE NOCASE, b BLOB, c REAL, PRIMARY KEY (a, b, c)) WITHOUT ROWID;
INSERT INTO pairs VALUES ('x', x'01', 1.5), ('X', x'01', 1e300), ('x', x'', -1), ('y', x'00', 0), ('', x'ff', 9007199254740993);
CREATE TABLE loose (name TEXT);
INSERT INTO loose VALUES ('b'), ('a'), ('c');
CREATE TABLE codes (code TEXT PRIMARY KEY);
INSERT INTO codes VALUES (NULL), (NULL), ('a'), ('b');
CREATE VIEW listed AS SELECT code FROM codes WHERE code IS NOT NULL;
CREATE TABLE tags (at INTEGER, tag TEXT);
INSERT INTO tags VALUES (1, 'a'), (2, 'b'), (2, 'c'), (2, 'd'), (3, 'e'), (NULL, 'f'), (NULL, 'g'), (4, 'h'), (4, 'i');
`
	maps := networkMap + "listed: {key: code}\npair: {}\ntag: {key: at}\n"
	models := networkModels + `
pair: {identifiers: [a, b, c]}
loose: {identifiers: [name]}
code: {identifiers: [code]}
listed: {identifiers: [code]}
tag: {identifiers: [tag]}
`
	b := newBench(t, "source", statements, maps, models)
	want := b.load()
	var got strings.Builder
	var cursor []byte
	for n := 0; ; n++ {
		if n > 100 {
			t.Fatal("no end")
		}
		again := &bench{t: t, dir: b.dir, file: b.file}
		again.open("source", "", maps, models)
		ended := true
		for r, err := range again.Load(context.Background(), adapter.Request{Models: again.models, Cursor: cursor}) {
			got.WriteString(show(r, err) + "\n")
			if c := again.Cursor(); c != nil {
				cursor, ended = c, false
				break
			}
		}
		if ended {
			equal(t, "after the end", fmt.Sprint(len(again.Cursor()) > 0), "true")
			break
		}
	}
	equal(t, "in pieces", got.String(), want)
}

func TestResumeForeignCursor(t *testing.T) {
	b := newBench(t, "source", network+networkRows, networkMap, networkModels)
	for _, c := range []string{"", "{", `{"model":"nobody"}`, `{"model":"site","key":[{"i":"1"},{"i":"2"}]}`, `{"model":"site","key":[{"i":"x"}]}`} {
		for r, err := range b.Load(context.Background(), adapter.Request{Models: b.models, Cursor: []byte(c)}) {
			if err == nil || !strings.HasPrefix(coding(err), "invalid: ") {
				t.Errorf("cursor %q: %s", c, show(r, err))
			}
			break
		}
	}
}

func TestScope(t *testing.T) {
	b := newBench(t, "source", `
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, vid INTEGER, loose);
INSERT INTO things VALUES (1, 'a', 1, 1), (2, 'A', 2, '1'), (3, '1', 3, 1.0), (4, 'b''); DROP TABLE things; --', 4, x'31'), (5, NULL, 5, NULL);
`, "", `thing: {identifiers: [name, vid, loose], attributes: [id]}`)
	m := b.models[0]
	for _, c := range []struct {
		where job.Where
		want  string
	}{
		{job.Where{{Field: "name", Values: []record.Value{record.MustOf("a")}}}, "1 5"}, // a record without identifier is the engine's finding
		{job.Where{{Field: "name", Values: []record.Value{record.MustOf("b'); DROP TABLE things; --"), record.MustOf(1)}}}, "3 4"},
		{job.Where{{Field: "name", Regexp: "^[aA]$"}}, "1 2"},
		{job.Where{{Field: "vid", Values: []record.Value{record.MustOf("2"), record.MustOf(3)}}}, "2 3"},
		{job.Where{{Field: "vid", Values: []record.Value{record.MustOf(1), record.MustOf(2)}}, {Field: "name", Regexp: "^A"}}, "2"},
		{job.Where{{Field: "loose", Values: []record.Value{record.MustOf("1")}}}, "1 2 3"},
	} {
		var got []string
		for r, err := range b.Load(context.Background(), adapter.Request{Models: b.models, Scope: map[string]job.Where{"thing": c.where}}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(r.Local.Get("id")))
		}
		// What the engine would keep of a whole load, and what cannot be told.
		var all []string
		for r := range b.Load(context.Background(), adapter.Request{Models: b.models}) {
			if c.where.Match(r.Fields.Get) {
				all = append(all, string(r.Local.Get("id")))
			}
		}
		for _, id := range all {
			if !strings.Contains(strings.Join(got, " "), id) {
				t.Errorf("%v: lost row %s", c.where, id)
			}
		}
		for _, id := range got {
			if !strings.Contains(strings.Join(all, " ")+" 5", id) {
				t.Errorf("%v: row %s is not in scope", c.where, id)
			}
		}
	}
	for name, want := range map[string]bool{"name": true, "vid": true, "id": false} {
		if b.Scopes(m, name) != want {
			t.Errorf("Scopes(%s) is not %v", name, want)
		}
	}
}

func TestFind(t *testing.T) {
	b := newBench(t, "source", network+networkRows, `
site: {fields: {region: {column: region, values: {emea: EU}}}}
rack: {fields: {site: {column: site_id, key_of: site}}}
device: {fields: {site: {column: site_id, key_of: site}, rack: {column: rack_id, key_of: rack}, role: {column: role, values: {leaf: LEAF, spine: SPINE}, default: NONE}}}
`, `
site: {identifiers: [name, region], attributes: [latitude], rules: {name: {ignore_case: true}}}
rack: {identifiers: [name, site], rules: {}}
device: {identifiers: [role, name], attributes: [serial, site, rack], rules: {site: {references: site}, rack: {references: rack}}}
`)
	find := func(model string, keys ...record.Key) string {
		var out strings.Builder
		for r, err := range b.Find(context.Background(), b.model(model), keys) {
			out.WriteString(show(r, err) + "\n")
		}
		return out.String()
	}
	k := func(kind string, ids ...any) record.Key {
		var vs []record.Value
		for _, id := range ids {
			vs = append(vs, record.MustOf(id))
		}
		return record.MakeKey(kind, vs...)
	}
	equal(t, "ignoring case, translated", find("site", k("site", "ams01", "EU"), k("site", "nowhere", "EU")), `site {latitude=52.3 name="ams01" region="emea"} local {id=1} at sites:1`)
	equal(t, "through a key of two", find("rack", k("rack", "r1", map[string]any{"name": "ber01", "region": "EU"})), `rack {name="r1" site_id={"name":"ber01","region":"EU"}} local {id=3} at racks:3`)
	equal(t, "a default", find("device", k("device", "NONE", "lonely"), k("device", "SPINE", "leaf-1")), `device {name="lonely" rack_id=null role=null serial=null site_id=null} local {id=12} at devices:12`)
	var many []record.Key
	for i := range 1000 {
		many = append(many, k("device", "LEAF", fmt.Sprint("leaf-", i)))
	}
	equal(t, "many", find("device", many...), `device {name="leaf-1" rack_id={"name":"r2","site":{"name":"ams01","region":"EU"}} role="leaf" serial="S1" site_id={"name":"ams01","region":"EU"}} local {id=10} at devices:10`)
}
