package load

import (
	"math/rand/v2"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// BenchmarkBuildText is the load of a CSV file: every value comes as text and some are converted.
func BenchmarkBuildText(b *testing.B) {
	l := devices(b)
	rnd := rand.New(rand.NewPCG(1, 1))
	var rs []*record.Record
	for n := range 1000 {
		fs := deviceFields(rnd, n)
		for i := range fs {
			if fs[i].Name != "tags" {
				fs[i].Value = record.MustOf(fs[i].Value.String())
			}
		}
		rs = append(rs, &record.Record{Model: "device", Fields: fs, Place: "devices.csv", Pos: int64(n)})
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r := rs[i%len(rs)]
		i++
		k, _ := l.model(r.Model)
		if code, err := l.build(k, r); code != "" || err != nil {
			b.Fatal(code, k.trouble, err)
		}
	}
}
