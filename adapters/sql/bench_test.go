package sql

import (
	"context"
	"fmt"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

const manyModels = `
site: {identifiers: [name], children: [device]}
device: {identifiers: [name], parent: {site: {name: site}}, attributes: [serial, role, status, comment, {rack_unit: integer}]}
`

const manyTables = `
CREATE TABLE sites (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, site_id INTEGER NOT NULL REFERENCES sites, serial TEXT UNIQUE, role TEXT, status TEXT, comment TEXT, rack_unit INTEGER);
CREATE INDEX devices_site ON devices (site_id);
INSERT INTO sites VALUES (1, 'ams01');
`

// BenchmarkCreate writes 100,000 records in batches, with a reference each; BenchmarkLoad reads as many.
func BenchmarkCreate(b *testing.B) {
	for b.Loop() {
		many(b)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/many0, "µs/record")
}

const many0 = 100_000

func many(tb testing.TB) *bench {
	x := &bench{t: &testing.T{}, dir: tb.TempDir()}
	x.file = x.dir + "/assets.db"
	x.exec(manyTables)
	return fillMany(tb, x)
}

// fillMany writes 100,000 records into the tables.
func fillMany(tb testing.TB, x *bench) *bench {
	x.open("target", "", "device: {fields: {site: {column: site_id, key_of: site}}}", manyModels)
	m := x.model("device")
	for at := 0; at < many0; at += batchSize {
		var cs []*adapter.Change
		for i := at; i < at+batchSize; i++ {
			name := fmt.Sprintf("device-%07d", (i*7919)%many0)
			c := x.change(adapter.Create, "device", []any{name}, set("name", name, "site_id", "ams01", "serial", fmt.Sprint("FDO", i), "role", "leaf", "status", "active", "comment", "installed with care in the second row", "rack_unit", i%42))
			c.Parent = &adapter.Related{Field: "site_id", Key: x.change(adapter.Create, "site", []any{"ams01"}, nil).Key, Local: set("id", 1)}
			cs = append(cs, c)
		}
		rs, err := x.Apply(context.Background(), m, adapter.Create, cs)
		if err != nil || rs[0].Err != nil {
			tb.Fatal(err, rs[0].Err)
		}
	}
	return x
}

func BenchmarkLoad(b *testing.B) {
	x := many(b)
	for b.Loop() {
		n := 0
		for _, err := range x.Load(context.Background(), adapter.Request{Models: x.models}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != many0+1 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/many0, "µs/record")
}
