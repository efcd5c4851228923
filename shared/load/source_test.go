package load_test

import (
	"context"
	"encoding/binary"
	"flag"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// item is what a source yields: a record or an error.
type item struct {
	rec record.Record
	err error
}

// source yields items, always through the same record and, as adapters do, with buffers that it uses again.
type source struct {
	items []item
	fail  error // yielded at the end
	hook  func(ctx context.Context, n int)
	reqs  []adapter.Request

	rec record.Record
	buf []byte
}

func (s *source) load(ctx context.Context, req adapter.Request, first int, at func(int)) iter.Seq2[*record.Record, error] {
	s.reqs = append(s.reqs, req)
	return func(yield func(*record.Record, error) bool) {
		for n := first; n < len(s.items); n++ {
			if s.hook != nil {
				s.hook(ctx, n)
			}
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			at(n + 1)
			it := s.items[n]
			if it.err != nil {
				if !yield(nil, it.err) {
					return
				}
				continue
			}
			for i := range s.buf {
				s.buf[i] = '!' // who kept a value of the last record would see it
			}
			s.buf = s.buf[:0]
			fs := s.rec.Fields[:0]
			for _, f := range it.rec.Fields {
				s.buf = append(s.buf, f.Value...)
				v := record.Value(s.buf[len(s.buf)-len(f.Value):])
				if f.Value == nil {
					v = nil
				}
				fs = append(fs, record.Field{Name: f.Name, Value: v})
			}
			s.rec = it.rec
			s.rec.Fields = fs
			if !yield(&s.rec, nil) {
				return
			}
		}
		if s.fail != nil {
			yield(nil, s.fail)
		}
	}
}

func (s *source) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return s.load(ctx, req, 0, func(int) {})
}

// resumer is a source that can stop and go on, but only when it has come some records further.
type resumer struct {
	source
	at    int
	free  int // the first record after which there is a cursor
	stuck bool
}

func (r *resumer) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	first := 0
	if req.Cursor != nil {
		first = int(binary.BigEndian.Uint32(req.Cursor))
	}
	return r.load(ctx, req, first, func(n int) { r.at = n })
}

func (r *resumer) Cursor() []byte {
	if r.at < r.free {
		return nil
	}
	if r.stuck {
		return []byte{0, 0, 0, 0}
	}
	return binary.BigEndian.AppendUint32(nil, uint32(r.at))
}

// versioned is a resumer that tells its version.
type versioned struct {
	resumer
	version func() string
}

func (v *versioned) Version(context.Context) (string, error) { return v.version(), nil }

// counted is a source that tells how much there is.
type counted struct{ source }

func (c *counted) Count(context.Context, adapter.Request) int64 { return int64(len(c.items)) }

// inventory is a job with a site and devices in sites or racks.
func inventory() *job.Job {
	return &job.Job{Models: []*job.Model{
		{
			Name: "site", Identifiers: []job.Attribute{{Name: "name", IgnoreCase: true}}, Shortname: []string{"name"},
			Attributes: []job.Attribute{{Name: "region"}, {Name: "latitude", Type: job.Number}},
		},
		{
			Name: "rack", Identifiers: []job.Attribute{{Name: "site"}, {Name: "row", Type: job.Integer}}, Shortname: []string{"row"},
			Parents: []job.Parent{{Model: "site", Fields: []string{"site"}, Types: []job.Type{""}, IgnoreCase: []bool{true}}},
		},
		{
			Name: "device", Identifiers: []job.Attribute{{Name: "name"}}, Shortname: []string{"name"},
			Attributes: []job.Attribute{{Name: "serial"}, {Name: "units", Type: job.Integer}, {Name: "status"}, {Name: "tags", Type: job.List}, {Name: "live", Type: job.Boolean}},
			Parents: []job.Parent{
				{Model: "site", Fields: []string{"site"}, Types: []job.Type{""}, IgnoreCase: []bool{true}},
				{Model: "rack", Fields: []string{"rack_site", "rack_row"}, Types: []job.Type{"", job.Integer}, IgnoreCase: []bool{false, false}},
			},
		},
	}}
}

// side maps some fields of devices.
func side() *job.Side {
	return &job.Side{Side: "source", Map: map[string]*job.Mapping{"device": {Fields: []job.FieldMap{
		{Name: "serial", From: "Serial Number"},
		{Name: "units", From: "RU"},
		{Name: "status", From: "State", Values: map[string]record.Value{"Up": record.MustOf("active"), "Down": record.MustOf("offline")}},
		{Name: "tags", Split: ";"},
	}}}}
}

// input is a load of the source into a new store.
func input(t testing.TB, src adapter.Source) load.Input {
	t.Helper()
	j := inventory()
	models, err := mapping.Models(j, side())
	if err != nil {
		t.Fatal(err)
	}
	return load.Input{
		Side: "source", Source: src, Models: models, Job: j, Store: store(t), Name: "source", Findings: "findings-source", Temp: t.TempDir(),
	}
}

func store(t testing.TB) objects.Store {
	t.Helper()
	s, err := objects.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rec makes a record of name=JSON texts.
func rec(model, place string, line int64, pairs ...string) item {
	r := record.Record{Model: model, Place: place, Pos: line}
	for _, p := range pairs {
		n, v, _ := strings.Cut(p, "=")
		c, err := record.AppendCanonical(nil, []byte(v))
		if err != nil {
			panic(p + ": " + err.Error())
		}
		r.Fields = append(r.Fields, record.Field{Name: n, Value: c})
	}
	return item{rec: r}
}

// lines returns a snapshot as text.
func lines(t testing.TB, s objects.Store) string {
	t.Helper()
	r, err := snapshot.Open(t.Context(), s, "source")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b strings.Builder
	for l, err := range r.Scan(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Check(); err != nil {
			t.Errorf("line %s: %v", l, err)
		}
		b.Write(l)
		b.WriteByte('\n')
	}
	return b.String()
}

// found returns the findings as text: what a person sees, then code and key.
func found(t testing.TB, s objects.Store) string {
	t.Helper()
	r, err := finding.Open(t.Context(), s, "findings-source")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b strings.Builder
	for f, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(f.String() + "\n    " + string(f.Code) + " " + string(f.Key) + "\n")
	}
	return b.String()
}

// stored returns every object of a store.
func stored(t testing.TB, s objects.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(t.Context(), info.Name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		all[info.Name] = string(b)
	}
	return all
}

func names(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
