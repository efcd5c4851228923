package load

import (
	"bytes"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// everything is a model with every type, several parents, folded identifiers and each form of map.
func everything(t testing.TB) *loader {
	t.Helper()
	j := &job.Job{Models: []*job.Model{{
		Name: "x", Identifiers: []job.Attribute{{Name: "a", IgnoreCase: true}, {Name: "b", Type: job.Integer}}, Shortname: []string{"a"},
		Attributes: []job.Attribute{
			{Name: "s", Type: job.String},
			{Name: "i", Type: job.Integer},
			{Name: "n", Type: job.Number},
			{Name: "o", Type: job.Object},
			{Name: "l", Type: job.List},
			{Name: "t", Type: job.Time},
			{Name: "z", Type: job.Boolean},
			{Name: "any"},
			{Name: "split"},
			{Name: "values"},
			{Name: "expr"},
		},
		Parents: []job.Parent{
			{Model: "p", Fields: []string{"p1", "p2"}, Types: []job.Type{"", job.Integer}, IgnoreCase: []bool{true, false}},
			{Model: "q", Fields: []string{"q"}, Types: []job.Type{""}, IgnoreCase: []bool{false}},
		},
	}}}
	models, err := mapping.Models(j, &job.Side{Side: "source", Map: map[string]*job.Mapping{"x": {Fields: []job.FieldMap{
		{Name: "split", Split: ";"},
		{Name: "values", Values: map[string]record.Value{"1": record.MustOf("one"), "": record.MustOf(nil)}},
		{Name: "expr", Expr: `lower(any ?? "") + "!"`},
		{Name: "any", Default: record.MustOf("none")},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	l := &loader{in: Input{Side: "source", Models: models, Job: j}, kinds: map[string]*kind{}}
	if l.kinds["x"], err = newKind(models[0], "source"); err != nil {
		t.Fatal(err)
	}
	return l
}

// FuzzBuild gives a model whatever an adapter may yield: it becomes a well-formed line with the record's identity, or a finding with a reason; the same again, whatever came between.
func FuzzBuild(f *testing.F) {
	for _, s := range []string{
		`{"a":"A","b":1}`, `{"a":"A","b":"1","s":5,"i":"7","n":"1e3","o":"{\"x\":1}","l":"[1]","t":"2026-01-02","z":"yes","any":null,"split":"a;b","values":"1"}`,
		`{"a":null,"b":{}}`, `{"a":"x","b":1,"p1":"P","p2":"7"}`, `{"a":"x","b":1,"p1":"P","q":1}`, `{"a":"x","b":1,"p1":"P","p2":1,"q":1}`, `{"values":"2","a":["É"],"b":9007199254740993}`,
		`{"a":{"k":"V"},"b":-0,"any":"\u0000\t\"","unknown":1}`, `{}`,
	} {
		f.Add([]byte(s))
	}
	l := everything(f)
	k := l.kinds["x"]
	between := record.Fields{{Name: "q", Value: record.MustOf(1)}, {Name: "i", Value: record.MustOf("bad")}, {Name: "a", Value: record.MustOf("Ä")}}
	f.Fuzz(func(t *testing.T, text []byte) {
		var sc record.Scanner
		fs, err := sc.Object(text)
		if err != nil {
			return
		}
		r := &record.Record{Model: "x", Fields: fs, Flags: 4, Local: record.Fields{{Name: "z", Value: record.MustOf(1)}, {Name: "a", Value: record.MustOf(2)}}}
		before := make([]string, len(fs))
		for i, f := range fs {
			before[i] = string(f.Value)
		}
		code, err := l.build(k, r)
		if err != nil {
			t.Fatal(err)
		}
		line, trouble, key := bytes.Clone(l.line), strings.Join(k.trouble, "; "), string(l.key)
		switch {
		case code != "" && trouble == "":
			t.Errorf("refused as %s without a reason", code)
		case code == "" && trouble != "":
			t.Errorf("taken in spite of %s", trouble)
		case code == "":
			if err := record.Line(line).Check(); err != nil {
				t.Errorf("line %s: %v", line, err)
			}
			if got := string(record.Line(line).Key()); got != key {
				t.Errorf("the line's key is %s, want %s", got, key)
			}
		}
		for i, f := range fs {
			if string(f.Value) != before[i] {
				t.Errorf("the adapter's value of %s was %s and is %s", f.Name, before[i], f.Value)
			}
		}
		if _, err := l.build(k, &record.Record{Model: "x", Fields: between}); err != nil {
			t.Fatal(err)
		}
		again, err := l.build(k, r)
		if err != nil || again != code || strings.Join(k.trouble, "; ") != trouble || code == "" && !bytes.Equal(line, l.line) {
			t.Errorf("the same record again: %q %v, %v\n%s\n%s", again, k.trouble, err, line, l.line)
		}
	})
}
