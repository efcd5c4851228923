package typed_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/adapter/typed"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func models() []*adapter.Model {
	m := func(name string, ids, attrs []string) *adapter.Model {
		jm := &job.Model{Name: name}
		for _, n := range ids {
			jm.Identifiers = append(jm.Identifiers, job.Attribute{Name: n})
		}
		for _, n := range attrs {
			jm.Attributes = append(jm.Attributes, job.Attribute{Name: n})
		}
		return &adapter.Model{Model: jm, Mapping: &job.Mapping{}, Fields: append(ids, attrs...)}
	}
	return []*adapter.Model{m("rack_row", []string{"name"}, nil), m("rack", []string{"row", "name"}, []string{"units", "note"})}
}

func open(t *testing.T, typ *adapter.Type, ms []*adapter.Model) adapter.Source {
	t.Helper()
	s, err := typ.New(context.Background(), adapter.Setup{Config: typ.Config(), Models: ms, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoad(t *testing.T) {
	sys := &plant{load: []any{
		Row{Name: "r1", PK: 7},
		&Rack{Row: "r1", Name: "a", Units: 42, PK: 8, At: "shelf 3"},
		Rack{Row: "r1", Name: "b\xff"},
		record.Bad("rack", "shelf 9", "half a rack"),
		Rack{Row: "r1", Name: "c", Note: new("x"), Extra: 5},
	}}
	s := open(t, Type(sys), models())
	var got []string
	for r, err := range s.Load(context.Background(), adapter.Request{Models: models()}) {
		if err != nil {
			got = append(got, "! "+err.Error())
			continue
		}
		line := r.Model
		for _, f := range append(r.Fields, r.Local...) {
			line += fmt.Sprintf(" %s=%s", f.Name, []byte(f.Value))
		}
		got = append(got, strings.TrimSpace(line+" "+r.Position()))
	}
	want := []string{
		`rack_row name="r1" pk=7`, `rack row="r1" name="a" units=42 note=null pk=8 shelf 3`, `! name: text "b\xff" is not valid UTF-8; convert the data to UTF-8`, "! shelf 9: half a rack", `rack row="r1" name="c" units=0 note="x" extra=5 pk=0`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWrite(t *testing.T) {
	sys, ms, ctx := &plant{}, models(), context.Background()
	w, ok := open(t, Type(sys), ms).(adapter.Writer)
	if !ok {
		t.Fatal("it is no target")
	}
	fields := func(kv ...any) record.Fields {
		var fs record.Fields
		for i := 0; i < len(kv); i += 2 {
			fs = append(fs, record.Field{Name: kv[i].(string), Value: record.MustOf(kv[i+1])})
		}
		return fs
	}
	r, err := w.Create(ctx, &adapter.Change{
		Action: adapter.Create, Model: ms[1], Set: fields("row", "r1", "name", "a", "units", 42, "note", nil),
		Parent: &adapter.Related{Field: "row", Local: fields("pk", 7)},
	})
	if err != nil || r.Local.Get("pk").String() != "100" {
		t.Errorf("create: %v, %v", r, err)
	}
	r, err = w.Update(ctx, &adapter.Change{
		Action: adapter.Update, Model: ms[1], Set: fields("units", 48), Local: fields("pk", 100),
		Before: fields("row", "r1", "name", "a", "units", 42), After: fields("row", "r1", "name", "a", "units", 48),
	})
	if err != nil || r.Local != nil {
		t.Errorf("update: %v, %v", r, err)
	}
	if _, err = w.Delete(ctx, &adapter.Change{Action: adapter.Delete, Model: ms[0], IDs: fields("name", "r1"), Local: fields("pk", 7)}); err != nil {
		t.Error(err)
	}
	_, err = w.Create(ctx, &adapter.Change{Action: adapter.Create, Model: ms[1], Set: fields("row", "r1", "name", "a", "units", "many")})
	if !fault.Is(err, fault.Invalid) || err.Error() != "units: many does not fit into int" {
		t.Errorf("a text for a number: %v", err)
	}
	want := []string{"create rack r1 a 42 in 7", "update rack 100 from 42 to 48", "delete row 7"}
	if d := cmp.Diff(want, sys.log); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestClashes(t *testing.T) {
	ms := models()
	ms[1].Fields = append(ms[1].Fields, "unit")
	ms[1].Identifiers = ms[1].Identifiers[1:]
	ms[0].Model.Name = "row"
	typ := Type(&plant{})
	_, err := typ.New(context.Background(), adapter.Setup{Config: typ.Config(), Models: ms})
	want := `model "row": adapter "plant" has none of that name; it has rack_row, rack
model "rack": the job asks for field "unit", and adapter "plant" has none of that name; did you mean "units"?`
	if err == nil || err.Error() != want || !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestOverride(t *testing.T) {
	sys, ms := &plant{}, models()
	var made []string
	typ := typed.Override(Type(sys), typed.Funcs[adapter.Source, Rack]{
		Create: func(_ adapter.Source, _ context.Context, r *Rack) error {
			made = append(made, r.Name)
			return nil
		},
	})
	w := open(t, typ, ms).(adapter.Writer)
	set := record.Fields{{Name: "name", Value: record.MustOf("x")}}
	for _, m := range ms {
		if _, err := w.Create(context.Background(), &adapter.Change{Action: adapter.Create, Model: m, Set: set}); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"x"}, made); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"create row x"}, sys.log); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
