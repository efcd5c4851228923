package sql

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

func manyPG(b *testing.B) *bench {
	b.Helper()
	x := &bench{t: &testing.T{}, dir: b.TempDir(), name: server(b).Database(b)}
	x.url = server(b).Reference(x.name)
	server(b).Exec(b, x.name, strings.Replace(manyTables, "id INTEGER PRIMARY KEY", "id serial PRIMARY KEY", 2))
	return x
}

// took returns how long it took.
func took(f func()) time.Duration {
	begun := time.Now()
	f()
	return time.Since(begun)
}

// BenchmarkPGCreate writes 100,000 records; the yardstick is the server, which makes as many rows by one statement of its own.
func BenchmarkPGCreate(b *testing.B) {
	var ours, theirs time.Duration
	for b.Loop() {
		x := manyPG(b)
		theirs += took(func() {
			server(b).Exec(b, x.name, "INSERT INTO devices (name, site_id, serial, role, status, comment, rack_unit) SELECT 'device-' || n, 1, 'FDO' || n, 'leaf', 'active', 'installed with care in the second row', n % 42 FROM generate_series(1, 100000) n")
		})
		server(b).Exec(b, x.name, "TRUNCATE devices")
		ours += took(func() { fillMany(b, x) })
		_ = x.Close()
	}
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N)/many0, "µs/record")
	b.ReportMetric(float64(ours)/float64(theirs), "x-server")
}

// BenchmarkPGLoad reads as many; the yardstick reads the same rows and throws them away.
func BenchmarkPGLoad(b *testing.B) {
	x := fillMany(b, manyPG(b))
	var ours, theirs time.Duration
	for b.Loop() {
		theirs += took(func() {
			_ = x.rowsRead(b, "SELECT t0.*, t1.id, t1.name FROM devices t0 LEFT JOIN sites t1 ON t1.id = t0.site_id ORDER BY t0.id")
		})
		ours += took(func() {
			n := 0
			for _, err := range x.Load(b.Context(), adapter.Request{Models: x.models}) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != many0+1 {
				b.Fatal(n)
			}
		})
	}
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N)/many0, "µs/record")
	b.ReportMetric(float64(ours)/float64(theirs), "x-rows")
}

func (b *bench) rowsRead(tb testing.TB, query string) (n int) {
	db := beside(tb, b.name)
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if rows.Err() != nil {
		tb.Fatal(rows.Err())
	}
	return n
}
