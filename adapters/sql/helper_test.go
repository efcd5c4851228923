package sql

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

var update = flag.Bool("update", false, "write the golden files anew")

// bench is a database in a file with a job around it.
type bench struct {
	t    *testing.T
	dir  string
	file string
	url  string // of the database; "": the file
	name string // of a database of the server; "": it is the file
	*database
	models []*adapter.Model
	job    *job.Job
}

// newBench runs the statements in a new file and opens it as the target (or source) of a job with the models; maps is the side's `map:`, both in YAML.
func newBench(t *testing.T, side, statements, maps, models string) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	b.file = filepath.Join(b.dir, "assets.db")
	if statements != "" {
		b.exec(statements)
	}
	b.open(side, "", maps, models)
	return b
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by)
}

// open makes the adapter.
func (b *bench) open(side, options, maps, models string) {
	b.t.Helper()
	other := map[string]string{"source": "target", "target": "source"}[side]
	if b.url == "" {
		b.url = "sqlite:assets.db"
	}
	if maps != "" {
		options = "  map:\n" + indent(maps, "    ") + "\n" + options
	}
	text := fmt.Sprintf("policy: sync\n%s:\n  adapter: sql\n  url: %q\n%s\n%s:\n  adapter: sql\n  url: sqlite:other.db\nmodels:\n%s\n", side, b.url, options, other, indent(models, "  "))
	j, err := job.Parse("test.yaml", []byte(text), b.dir, adapter.NewRegistry(Type()))
	if err != nil {
		b.t.Fatalf("%v\n%s", err, text)
	}
	s := j.Source
	if side == "target" {
		s = j.Target
	}
	b.job = j
	if b.models, err = mapping.Models(j, s); err != nil {
		b.t.Fatal(err)
	}
	if _, err := secret.ResolveAll(context.Background(), secret.Env(), s.Config); err != nil {
		b.t.Fatal(err)
	}
	src, err := Type().New(context.Background(), adapter.Setup{Config: s.Config, Models: b.models, Dir: b.dir, Side: side, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.t.Fatal(err)
	}
	b.database = src.(*database)
	b.t.Cleanup(func() {
		if err := b.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

// exec runs statements on the file, beside the adapter.
func (b *bench) exec(statements string) {
	b.t.Helper()
	if b.name != "" {
		server(b.t).Exec(b.t, b.name, statements)
		return
	}
	db, err := sql.Open("sqlite", fileURL(b.file, "mode=rwc"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		b.t.Fatal(err)
	}
}

// rows returns what a query yields, one row a line.
func (b *bench) rows(query string) string {
	b.t.Helper()
	db, err := sql.Open("sqlite", fileURL(b.file, "mode=ro"))
	if b.name != "" {
		db, err = beside(b.t, b.name), nil
	}
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	cols, _ := rows.Columns()
	var out strings.Builder
	for rows.Next() {
		row, dest := make([]any, len(cols)), make([]any, len(cols))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			b.t.Fatal(err)
		}
		for i, v := range row {
			if i > 0 {
				out.WriteByte('|')
			}
			switch x := v.(type) {
			case string:
				fmt.Fprintf(&out, "%q", x)
			case []byte:
				fmt.Fprintf(&out, "x'%x'", x)
			default:
				fmt.Fprint(&out, x)
			}
		}
		out.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		b.t.Fatal(err)
	}
	return out.String()
}

func (b *bench) model(name string) *adapter.Model {
	for _, m := range b.models {
		if m.Name == name {
			return m
		}
	}
	b.t.Fatalf("no model %q", name)
	return nil
}

// show renders a record on one line.
func show(r *record.Record, err error) string {
	if err != nil {
		if bad := record.AsBad(err); bad != nil {
			return fmt.Sprintf("BAD %s %s at %s: %s", bad.Model, fields(bad.IDs), bad.Where, bad.Reason)
		}
		return "ERROR " + err.Error()
	}
	return fmt.Sprintf("%s %s local %s at %s", r.Model, fields(r.Fields), fields(r.Local), r.Position())
}

func fields(fs record.Fields) string {
	var parts []string
	for _, f := range fs {
		parts = append(parts, f.Name+"="+string(f.Value))
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// load returns all records, one a line.
func (b *bench) load() string {
	b.t.Helper()
	var out strings.Builder
	for r, err := range b.Load(context.Background(), adapter.Request{Models: b.models}) {
		out.WriteString(show(r, err) + "\n")
	}
	return out.String()
}

// set makes fields of name, value, name, value, ...
func set(pairs ...any) record.Fields {
	var out record.Fields
	for i := 0; i < len(pairs); i += 2 {
		v := record.MustOf(pairs[i+1])
		out = append(out, record.Field{Name: pairs[i].(string), Value: v})
	}
	return out
}

// change makes a change of a model. ids are the values of the identifiers.
func (b *bench) change(action adapter.Action, model string, ids []any, set record.Fields) *adapter.Change {
	b.t.Helper()
	m := b.model(model)
	c := &adapter.Change{Action: action, Model: m, Set: set}
	var vs []record.Value
	mp, err := mapping.For(m, "target")
	if err != nil {
		b.t.Fatal(err)
	}
	for i, id := range m.Identifiers {
		v := record.MustOf(ids[i])
		vs = append(vs, v)
		c.IDs = append(c.IDs, record.Field{Name: mp.TheirName(id.Name), Value: v})
	}
	c.Key = record.MakeKey(m.Name, vs...)
	if action != adapter.Create {
		for r, err := range b.Find(context.Background(), m, []record.Key{c.Key}) {
			if err != nil {
				b.t.Fatal(err)
			}
			for _, f := range r.Fields {
				c.Before = append(c.Before, record.Field{Name: f.Name, Value: append(record.Value{}, f.Value...)})
			}
			for _, f := range r.Local {
				c.Local = append(c.Local, record.Field{Name: f.Name, Value: append(record.Value{}, f.Value...)})
			}
		}
	}
	return c
}

// apply carries out changes of one action to one model and renders the results, one a line.
func (b *bench) apply(cs ...*adapter.Change) string {
	b.t.Helper()
	rs, err := b.Apply(context.Background(), cs[0].Model, cs[0].Action, cs)
	if err != nil {
		return fmt.Sprintf("BATCH %s\n", coding(err))
	}
	var out strings.Builder
	for i, r := range rs {
		if r.Err != nil {
			fmt.Fprintf(&out, "%s: %s\n", cs[i].Key, coding(r.Err))
			continue
		}
		fmt.Fprintf(&out, "%s: done %s\n", cs[i].Key, fields(r.Local))
	}
	return out.String()
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if d := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// golden compares with testdata/NAME.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, name, got, string(want))
}
