package job_test

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// A run reads its job several times; that is to cost nothing beside starting the program.
func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		if _, err := job.Read("testdata/good/inventory.yaml", catalog{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Loads convert every value.
func BenchmarkConvert(b *testing.B) {
	for name, x := range map[string]struct {
		typ job.Type
		v   string
	}{"integer": {job.Integer, `12345`}, "text to integer": {job.Integer, `"12345"`}, "time": {job.Time, `"2024-02-29T01:02:03Z"`}} {
		b.Run(name, func(b *testing.B) {
			v := record.Value(x.v)
			for b.Loop() {
				if _, err := job.Convert(v, x.typ); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
