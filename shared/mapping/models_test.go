package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestInvertible(t *testing.T) {
	tests := map[string]struct {
		fields []job.FieldMap
		want   string
	}{
		"plain":      {},
		"expression": {[]job.FieldMap{{Name: "name", Expr: "lower(n)"}}, `map model "device": field "name": an expression can only be read, a target needs a form that can be written`},
		"two texts for one value": {
			[]job.FieldMap{{Name: "status", Values: map[string]record.Value{"Up": val(1), "up": val(1)}}},
			`map model "device": field "status": two of its values stand for one of ours: it cannot be told which to write`,
		},
		"a text with the separator": {
			[]job.FieldMap{{Name: "tags", Split: ";", Values: map[string]record.Value{"a;b": val(1)}}},
			`map model "device": field "tags": value "a;b" contains the separator ";"`,
		},
		"two fields in one": {
			[]job.FieldMap{{Name: "serial", From: "x"}, {Name: "role", From: "x"}},
			`map model "device": fields "role" and "serial" are both kept in "x"`,
		},
		"a constant in another's name": {
			[]job.FieldMap{{Name: "serial", From: "x"}, {Name: "x", Value: val("c")}},
			`map model "device": fields "serial" and "x" are both kept in "x"`,
		},
		"a constant for a field that no model has": {[]job.FieldMap{{Name: "origin", Value: val("c")}}, ""},
		"a field in another's name":                {[]job.FieldMap{{Name: "serial", From: "role"}}, `map model "device": fields "role" and "serial" are both kept in "role"`},
		"fields that change names":                 {[]job.FieldMap{{Name: "serial", From: "role"}, {Name: "role", From: "serial"}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mapping.CompileTarget(device(), &job.Mapping{Fields: tt.fields})
			got := ""
			if err != nil {
				got = err.Error()
				if !fault.Is(err, fault.Invalid) {
					t.Errorf("code is %q, want Invalid", fault.Of(err))
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestUnknownField(t *testing.T) {
	_, err := mapping.Compile(device(), &job.Mapping{Fields: []job.FieldMap{{Name: "colour"}}})
	if want := `map model "device": the model has no field "colour"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestModels(t *testing.T) {
	d := device()
	j := &job.Job{
		Policy: job.UpsertOnly,
		Models: []*job.Model{{Name: "site", Identifiers: []job.Attribute{{Name: "name"}}, Policy: job.CreateOnly}, d},
	}
	side := &job.Side{Side: "source", Map: map[string]*job.Mapping{"device": {Config: 7, Fields: []job.FieldMap{
		{Name: "serial", From: "Serial Number"}, {Name: "role", Value: val("switch")}, {Name: "name", Expr: `lower(Host) + $env["Domain Name"]`},
	}}}}
	ms, err := mapping.Models(j, side)
	if err != nil {
		t.Fatal(err)
	}
	type model struct {
		Name   string
		Policy job.Policy
		Config any
		Fields []string
	}
	var got []model
	for _, m := range ms {
		got = append(got, model{m.Name, m.Policy, m.Config, m.Fields})
		if m.Mapping == nil {
			t.Errorf("%s has no mapping", m.Name)
		}
	}
	if d.Policy != "" {
		t.Errorf("the job's own model has the policy %q now", d.Policy)
	}
	want := []model{
		{"site", job.CreateOnly, nil, []string{"name"}},
		{"device", job.UpsertOnly, 7, []string{"Domain Name", "Host", "Serial Number", "site", "status", "tags"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, err := mapping.Models(j, &job.Side{Side: "target", Map: side.Map}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a target with an expression: got %v, want Invalid", err)
	}
}

func TestEntries(t *testing.T) {
	m := compile(t, true,
		job.FieldMap{Name: "serial", From: "Serial Number"}, job.FieldMap{Name: "role", Value: val("switch")}, job.FieldMap{Name: "site", From: "site_id", KeyOf: "site"},
		job.FieldMap{Name: "status", From: "State", Values: map[string]record.Value{"Up": val("active"), "Down": val(0)}, Default: val("none")}, job.FieldMap{Name: "tags", Split: ";"})
	want := []mapping.Entry{
		{Model: "device", Ours: "name", Theirs: "name"},
		{Model: "device", Ours: "role", Theirs: "role", How: "always switch, written by creates"},
		{Model: "device", Ours: "serial", Theirs: "Serial Number"},
		{Model: "device", Ours: "site", Theirs: "site_id", How: "key of site"},
		{Model: "device", Ours: "status", Theirs: "State", How: `values Down: 0, Up: "active", default none`},
		{Model: "device", Ours: "tags", Theirs: "tags", How: `split ";"`},
	}
	if d := cmp.Diff(want, m.Entries()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
