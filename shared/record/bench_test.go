package record_test

import (
	"slices"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/record/recordtest"
)

// BenchmarkScanner takes devices from JSON to fields, and on to the line that a snapshot stores.
func BenchmarkScanner(b *testing.B) {
	var texts [][]byte
	size := 0
	for text := range (recordtest.Data{Seed: 1, Records: 10_000}).Devices() {
		texts = append(texts, slices.Clone(text))
		size += len(text)
	}
	for _, line := range []bool{false, true} {
		name := "fields"
		if line {
			name = "line"
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size / len(texts)))
			b.ReportAllocs()
			var s record.Scanner
			var out, key []byte
			var attrs record.Fields
			n := 0
			for b.Loop() {
				fields, err := s.Object(texts[n%len(texts)])
				if err != nil {
					b.Fatal(err)
				}
				n++
				if !line {
					continue
				}
				key = record.AppendKey(key[:0], "device", fields[1].Value)
				attrs = append(attrs[:0], fields[3:]...)
				attrs.Sort()
				out = record.AppendLine(out[:0], "[\"device\",\"x\"]", "", attrs, nil, 0, fields[:1])
			}
		})
	}
}
