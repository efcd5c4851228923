package sql

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/adaptertest"
)

// Tables as a database designer makes them: generated keys, foreign keys, types, checks.
const designed = `
CREATE TABLE tenants (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, rank INTEGER);
CREATE TABLE site (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, region TEXT, latitude REAL, note TEXT CONSTRAINT polite CHECK (note <> 'damn'));
CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, site_id INTEGER REFERENCES site, role TEXT, units INTEGER, active BOOLEAN, tags JSON, meta JSON, tenant_id INTEGER REFERENCES tenants);
CREATE TABLE ports (id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL REFERENCES devices, name TEXT NOT NULL, speed NUMERIC, UNIQUE (device_id, name));
CREATE TABLE areas (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, area_id INTEGER REFERENCES areas, note TEXT);
`

// Tables as they grow: text, no types, no generated keys, no constraints.
const grown = `
CREATE TABLE tenant (name, rank TEXT);
CREATE TABLE site (name TEXT PRIMARY KEY, region TEXT, latitude TEXT, note TEXT) WITHOUT ROWID;
CREATE TABLE device (name TEXT, site TEXT, role TEXT, units TEXT, active TEXT, tags "TEXT JSON", meta "TEXT JSON", tenant TEXT);
CREATE TABLE port (device TEXT, name TEXT, speed TEXT, PRIMARY KEY (device, name));
CREATE TABLE area (name PRIMARY KEY, area, note);
`

func TestSuite(t *testing.T) {
	system := func(schema, maps string) func(t *testing.T, dir string) string {
		return func(t *testing.T, dir string) string {
			if err := os.WriteFile(filepath.Join(dir, "schema.sql"), []byte(schema), 0o644); err != nil {
				t.Fatal(err)
			}
			b := &bench{t: t, file: filepath.Join(dir, "assets.db")}
			b.exec(schema)
			return "url: sqlite:assets.db\n" + maps
		}
	}
	t.Run("designed", func(t *testing.T) {
		adaptertest.Run(t, adaptertest.Harness{Type: Type(), Refused: "damn", New: system(designed, `map:
  device: {fields: {site: {column: site_id, key_of: site}, tenant: {column: tenant_id, key_of: tenant}}}
  port: {fields: {device: {column: device_id, key_of: device}}}
  area: {fields: {area: {column: area_id, key_of: area}}}
`), Lacks: map[adaptertest.Feature]string{
			adaptertest.BigNumbers: "a column of integers has 64 bits",
			adaptertest.Fractions:  "a column of numbers has binary fractions",
		}})
	})
	t.Run("grown", func(t *testing.T) {
		adaptertest.Run(t, adaptertest.Harness{Type: Type(), New: system(grown, ""), Lacks: map[adaptertest.Feature]string{
			adaptertest.Refusals: "there are no constraints",
		}})
	})
}
