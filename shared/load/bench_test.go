package load_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// generator yields devices of about 350 bytes in an order that looks random, all through one record: it costs next to nothing beside the load.
type generator struct{ n int }

func (g *generator) Load(_ context.Context, _ adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		rnd := rand.New(rand.NewPCG(1, 2))
		names := []string{"id", "name", "site", "Serial Number", "role", "status", "model", "units", "tags", "asset", "comment", "live", "weight"}
		r := &record.Record{Model: "device", Place: "devices.ndjson"}
		for _, n := range names {
			r.Fields = append(r.Fields, record.Field{Name: n})
		}
		set := func(i int, form string, n int) {
			b := append(r.Fields[i].Value[:0], form...)
			b = strconv.AppendInt(b, int64(n), 10)
			if form != "" {
				b = append(b, '"')
			}
			r.Fields[i].Value = b
		}
		r.Fields[4].Value, r.Fields[5].Value, r.Fields[6].Value = record.MustOf("leaf"), record.MustOf("active"), record.MustOf("N9K-C93180YC-FX")
		r.Fields[8].Value = record.MustOf([]string{"prod", "emea", "q3"})
		r.Fields[10].Value = record.MustOf("moved from the old hall when the row was cleared, see the ticket for the cabling plan")
		r.Fields[11].Value, r.Fields[12].Value = record.MustOf(true), record.MustOf(12.5)
		for i := range g.n {
			n := int(uint32(i)*2654435761) % (1 << 30) // each number once, scattered
			r.Pos = int64(i + 1)
			set(0, "", i)
			set(1, `"ams-leaf-`, n)
			set(2, `"ams0`, n%1000)
			set(3, `"FDO`, int(rnd.Uint32()))
			set(7, "", n%42)
			set(9, `"A-`, i)
			if !yield(r, nil) {
				return
			}
		}
	}
}

func deviceJob() *job.Job {
	return &job.Job{Models: []*job.Model{{
		Name: "device", Identifiers: []job.Attribute{{Name: "name"}}, Shortname: []string{"name"},
		Attributes: []job.Attribute{
			{Name: "serial", Type: job.String},
			{Name: "role"},
			{Name: "status"},
			{Name: "model"},
			{Name: "units", Type: job.Integer},
			{Name: "tags", Type: job.List},
			{Name: "asset"},
			{Name: "comment"},
			{Name: "live", Type: job.Boolean},
			{Name: "weight", Type: job.Number},
		},
		Parents: []job.Parent{{Model: "site", Fields: []string{"site"}, Types: []job.Type{""}, IgnoreCase: []bool{false}}},
	}}}
}

// BenchmarkRun is a whole load into a snapshot, per record; run it with -benchtime 1x.
func BenchmarkRun(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			j := deviceJob()
			models, err := mapping.Models(j, &job.Side{Side: "source", Map: map[string]*job.Mapping{"device": {Fields: []job.FieldMap{{Name: "serial", From: "Serial Number"}}}}})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				out, err := load.Run(b.Context(), load.Input{
					Side: "source", Source: &generator{n}, Models: models, Job: j, Store: store(b), Name: "source", Findings: "findings-source", Temp: b.TempDir(),
				})
				if err != nil {
					b.Fatal(err)
				}
				if out.Info.Records != int64(n) || len(out.Findings) > 0 {
					b.Fatalf("%d records, findings %v", out.Info.Records, out.Findings)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
		})
	}
}
