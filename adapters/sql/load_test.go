package sql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

func coding(err error) string { return fmt.Sprintf("%s: %v", fault.Of(err), err) }

const network = `
CREATE TABLE sites (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, region TEXT, latitude REAL, active BOOLEAN, extra JSON);
CREATE TABLE racks (id INTEGER PRIMARY KEY, site_id INTEGER NOT NULL REFERENCES sites, name TEXT NOT NULL, UNIQUE (site_id, name));
CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, site_id INTEGER REFERENCES sites(id), rack_id INTEGER REFERENCES racks(id), serial TEXT UNIQUE, role TEXT,
	CONSTRAINT role_known CHECK (role IN ('leaf', 'spine')));
`

const networkRows = `
INSERT INTO sites VALUES (1, 'ams01', 'emea', 52.3, 1, '{"b":1.50,"a":[null,true]}'), (2, 'ber01', 'emea', 1e21, 0, '"x"'), (7, 'sin01', NULL, NULL, NULL, NULL);
INSERT INTO racks VALUES (1, 1, 'r1'), (2, 1, 'r2'), (3, 2, 'r1');
INSERT INTO devices VALUES (10, 'leaf-1', 1, 2, 'S1', 'leaf'), (11, 'spine-1', 2, NULL, 'S2', 'spine'), (12, 'lonely', NULL, NULL, NULL, NULL);
`

const networkModels = `
site:
  identifiers: [name]
  attributes: [region, latitude, active, extra]
  children: [rack, device]
rack:
  identifiers: [site, name]
  parent: {site: {name: site}}
device:
  identifiers: [name]
  parent: {site: {name: site}}
  attributes: [serial, role, {rack: object}]
  rules: {rack: {references: rack}}
`

const networkMap = `
rack: {fields: {site: {column: site_id, key_of: site}}}
device: {fields: {site: {column: site_id, key_of: site}, rack: {column: rack_id, key_of: rack}}}
`

func TestLoad(t *testing.T) {
	b := newBench(t, "source", network+networkRows, networkMap, networkModels)
	equal(t, "records", b.load(), `
site {active=true extra={"a":[null,true],"b":1.5} latitude=52.3 name="ams01" region="emea"} local {id=1} at sites:1
site {active=false extra="x" latitude=1000000000000000000000 name="ber01" region="emea"} local {id=2} at sites:2
site {active=null extra=null latitude=null name="sin01" region=null} local {id=7} at sites:7
rack {name="r1" site_id="ams01"} local {id=1} at racks:1
rack {name="r2" site_id="ams01"} local {id=2} at racks:2
rack {name="r1" site_id="ber01"} local {id=3} at racks:3
device {name="leaf-1" rack_id={"name":"r2","site":"ams01"} role="leaf" serial="S1" site_id="ams01"} local {id=10} at devices:10
device {name="spine-1" rack_id=null role="spine" serial="S2" site_id="ber01"} local {id=11} at devices:11
device {name="lonely" rack_id=null role=null serial=null site_id=null} local {id=12} at devices:12
`)
}

// Parts of a key in fields of their own: a parent with two identifiers, one of which is a key itself.
func TestLoadParts(t *testing.T) {
	b := newBench(t, "source", network+networkRows, partsMap, `
site: {identifiers: [name], children: [rack]}
rack: {identifiers: [site, name], parent: {site: {name: site}}, children: [device]}
device: {identifiers: [name], parent: {rack: {site: site, name: rack}}}
`)
	got := b.load()
	equal(t, "devices", got[strings.Index(got, "device"):], `
device {name="leaf-1" rack_id.name="r2" rack_id.site="ams01"} local {id=10} at devices:10
device {name="spine-1" rack_id.name=null rack_id.site=null} local {id=11} at devices:11
device {name="lonely" rack_id.name=null rack_id.site=null} local {id=12} at devices:12
`)
}

// Values come as they are stored, whatever the column was declared as.
func TestLoadValues(t *testing.T) {
	b := newBench(t, "source", `
CREATE TABLE things (name TEXT PRIMARY KEY, v);
INSERT INTO things VALUES
 ('01 big', 9007199254740993), ('02 least', -9223372036854775808), ('03 real', 0.1), ('04 whole real', 5.0), ('05 huge', 1.7976931348623157e308), ('06 tiny', 5e-324),
 ('07 text', '007'), ('08 empty', ''), ('09 nul', 'a'||char(0)||'b'), ('10 bytes', x'00ff'), ('11 no bytes', x''), ('12 null', NULL), ('13 unicode', 'Zürich 😀 e'||char(769)),
 ('14 infinite', 9e999), ('15 broken', CAST(x'61ff' AS TEXT)), ('16 quotes', '"'' \ <&> '||char(10)), ('17 minus zero', -0.0);
`, "", `thing: {identifiers: [name], attributes: [v]}`)
	golden(t, "values.txt", b.load())
}

func TestLoadDeclared(t *testing.T) {
	b := newBench(t, "source", `
CREATE TABLE things (n INTEGER PRIMARY KEY, b BOOLEAN, j JSON, d DATETIME, blob BLOB);
INSERT INTO things VALUES (1, 1, '[1.0, 1e2]', '2024-01-01 10:00:00', x'61'), (2, 'true', '5', 1700000000, 'text'), (3, 7, 'null', '2024', NULL), (4, NULL, '{broken', NULL, NULL), (5, 0.5, '{"a":1,"a":2}', 1.5, 3);
`, "", `thing: {identifiers: [n], attributes: [b, j, d, blob]}`)
	golden(t, "declared.txt", b.load())
}

// Odd tables: no key, a key of text, several columns, without row numbers, generated columns, names that are words of SQL.
func TestLoadOddTables(t *testing.T) {
	b := newBench(t, "source", `
CREATE TABLE "select" ("from" TEXT, "a ""quoted"" name" TEXT, "ünïcode; DROP TABLE x --" TEXT);
INSERT INTO "select" VALUES ('x', 'y', 'z');
CREATE TABLE pair (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO pair VALUES ('y', 1, 'y1'), ('x', 2, 'x2'), ('x', 1, 'x1');
CREATE TABLE code (code TEXT PRIMARY KEY, double GENERATED ALWAYS AS (code || code));
INSERT INTO code (code) VALUES ('b'), ('a'), (NULL);
CREATE TABLE bytes (k BLOB PRIMARY KEY NOT NULL) STRICT;
INSERT INTO bytes VALUES (x'02'), (x'01');
CREATE TABLE rowids (rowid TEXT, _rowid_ TEXT, x TEXT);
INSERT INTO rowids VALUES ('r', 's', 't');
CREATE VIEW shout AS SELECT upper(code) AS name FROM code WHERE code IS NOT NULL;
`, `
odd: {table: select, fields: {name: {column: from}, v: {column: 'a "quoted" name'}, w: {column: 'ünïcode; DROP TABLE x --'}}}
up: {table: shout}
asked: {query: "SELECT v AS name, b*2 AS twice FROM pair -- twice"}
`, `
odd: {identifiers: [name], attributes: [v, w]}
pair: {identifiers: [a, b], attributes: [v]}
code: {identifiers: [code], attributes: [double]}
bytes: {identifiers: [k]}
rowids: {identifiers: [x], attributes: [rowid]}
up: {identifiers: [name]}
asked: {identifiers: [name], attributes: [twice]}
`)
	golden(t, "oddtables.txt", b.load())
}

// What points nowhere is a finding, not a record without a parent.
func TestLoadDangling(t *testing.T) {
	b := newBench(t, "source", network+`PRAGMA foreign_keys = OFF;
INSERT INTO sites (id, name) VALUES (1, 'ams01');
INSERT INTO racks VALUES (1, 99, 'r1'), (2, 1, 'r2');
INSERT INTO devices (id, name, site_id, rack_id) VALUES (1, 'a', 98, 2), (2, 'b', 1, 1), (3, 'c', 1, 97);`, networkMap, networkModels)
	golden(t, "dangling.txt", b.load())
}
