package file

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// model returns a model for tests: "site: name | region, latitude". Identifiers stand before the bar, the name of a parent behind an @.
func model(spec string) *adapter.Model {
	spec, parent, _ := strings.Cut(spec, " @ ")
	name, rest, _ := strings.Cut(spec, ": ")
	ids, attrs, _ := strings.Cut(rest, " | ")
	m := &adapter.Model{Model: &job.Model{Name: name}, Mapping: &job.Mapping{}}
	for n := range strings.SplitSeq(ids, ", ") {
		m.Identifiers = append(m.Identifiers, attribute(n))
		m.Fields = append(m.Fields, m.Identifiers[len(m.Identifiers)-1].Name)
	}
	for n := range strings.SplitSeq(attrs, ", ") {
		if n != "" {
			m.Attributes = append(m.Attributes, attribute(n))
			m.Fields = append(m.Fields, m.Attributes[len(m.Attributes)-1].Name)
		}
	}
	for p := range strings.SplitSeq(parent, ", ") {
		if p != "" {
			m.Parents = append(m.Parents, job.Parent{Model: p, Fields: []string{p}, Types: []job.Type{""}, IgnoreCase: []bool{false}})
			m.Fields = append(m.Fields, p)
		}
	}
	slices.Sort(m.Fields)
	m.Fields = slices.Compact(m.Fields)
	return m
}

func attribute(spec string) job.Attribute {
	n, t, _ := strings.Cut(spec, "=")
	return job.Attribute{Name: n, Type: job.Type(t)}
}

// side opens a side on the folder.
func side(t testing.TB, dir, which string, cfg *Config, models ...*adapter.Model) adapter.Source {
	t.Helper()
	for _, err := range cfg.Validate() {
		t.Fatal(err)
	}
	s, err := Type().New(context.Background(), adapter.Setup{Config: cfg, Models: models, Dir: dir, Side: which, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write puts a file into the folder.
func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// text renders what a source yields, a record, finding or error a line.
func text(s adapter.Source, cursor []byte, models ...*adapter.Model) string {
	var b strings.Builder
	for r, err := range s.Load(context.Background(), adapter.Request{Models: models, Cursor: cursor}) {
		b.WriteString(line(r, err))
	}
	return b.String()
}

func line(r *record.Record, err error) string {
	if bad := record.AsBad(err); bad != nil {
		s := "! " + bad.Model
		for _, f := range bad.IDs {
			s += fmt.Sprintf(" %s=%s", f.Name, []byte(f.Value))
		}
		return s + " " + err.Error() + "\n"
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	s := r.Model
	for _, f := range r.Fields {
		s += fmt.Sprintf(" %s=%s", f.Name, []byte(f.Value))
	}
	if r.Flags != 0 {
		s += fmt.Sprintf(" flags=%d", r.Flags)
	}
	return s + " (" + r.Position() + ")\n"
}

func models(specs ...string) []*adapter.Model {
	var ms []*adapter.Model
	for _, s := range specs {
		ms = append(ms, model(s))
	}
	return ms
}
