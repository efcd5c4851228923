package load

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// devices is a job like the one that the speed of a load is measured with: records of about 350 bytes with a parent of another kind, types, and a renamed field.
func devices(t testing.TB) *loader {
	t.Helper()
	j := &job.Job{Models: []*job.Model{{
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
	models, err := mapping.Models(j, &job.Side{Side: "source", Map: map[string]*job.Mapping{"device": {Fields: []job.FieldMap{{Name: "serial", From: "Serial Number"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	l := &loader{in: Input{Side: "source", Models: models, Job: j}, kinds: map[string]*kind{}}
	if l.kinds["device"], err = newKind(models[0], "source"); err != nil {
		t.Fatal(err)
	}
	return l
}

// deviceFields returns the fields of the nth device.
func deviceFields(rnd *rand.Rand, n int) record.Fields {
	f := func(name string, x any) record.Field { return record.Field{Name: name, Value: record.MustOf(x)} }
	return record.Fields{
		f("id", n), f("name", fmt.Sprintf("ams%04d-leaf-%06d", n%1000, n)), f("site", fmt.Sprintf("ams%04d", n%1000)), f("Serial Number", fmt.Sprintf("FDO%08X", rnd.Uint32())),
		f("role", []string{"leaf", "spine", "edge"}[n%3]), f("status", "active"), f("model", "N9K-C93180YC-FX"), f("units", n%42), f("tags", []string{"prod", "emea", "q3"}),
		f("asset", fmt.Sprintf("A-%09d", n)), f("comment", "moved from the old hall when the row was cleared, see the ticket for the cabling plan"), f("live", n%2 == 0), f("weight", 12.5),
	}
}

func TestBuildAllocatesNothing(t *testing.T) {
	l := devices(t)
	rnd := rand.New(rand.NewPCG(1, 1))
	r := &record.Record{Model: "device", Fields: deviceFields(rnd, 1), Place: "devices.ndjson", Pos: 1, Local: record.Fields{{Name: "pk", Value: record.MustOf(7)}}}
	if n := testing.AllocsPerRun(100, func() {
		k, err := l.model(r.Model)
		if err != nil {
			t.Fatal(err)
		}
		if code, err := l.build(k, r); code != "" || err != nil {
			t.Fatal(code, k.trouble, err)
		}
		l.position(r)
	}); n > 0 {
		t.Errorf("a record takes %v allocations, want none", n)
	}
}

func BenchmarkBuild(b *testing.B) {
	l := devices(b)
	rnd := rand.New(rand.NewPCG(1, 1))
	var rs []*record.Record
	for n := range 1000 {
		rs = append(rs, &record.Record{Model: "device", Fields: deviceFields(rnd, n), Place: "devices.ndjson", Pos: int64(n)})
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
		l.position(r)
	}
	b.ReportMetric(float64(len(l.line)), "bytes/line")
}
