package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// TestKeeps: a target whose names are in capitals, and whose field raw is kept as it comes.
func TestKeeps(t *testing.T) {
	capitals := &adapter.Type{Keeps: func(_ any, m *adapter.Model, field string) func(record.Value) record.Value {
		if field == "raw" {
			return nil
		}
		return func(v record.Value) record.Value { return record.MustOf(m.Name + ":" + strings.ToUpper(v.String())) }
	}}
	one := job.Attribute{Name: "name"}
	models := []*adapter.Model{
		{Model: &job.Model{Name: "site", Identifiers: []job.Attribute{one}}},
		{Model: &job.Model{Name: "device", Identifiers: []job.Attribute{one}, Parents: []job.Parent{{Model: "site", Fields: []string{"at"}}}, Attributes: []job.Attribute{{Name: "raw"}, {Name: "note"}, {Name: "state"}}}, Mapping: &job.Mapping{
			Fields: []job.FieldMap{{Name: "note", From: "raw"}, {Name: "state", Values: map[string]record.Value{"on": val(true)}}},
		}},
		{Model: &job.Model{
			Name: "port", Identifiers: []job.Attribute{{Name: "device"}, one}, Parents: []job.Parent{{Model: "device", Fields: []string{"device"}}},
			Attributes: []job.Attribute{{Name: "peers", References: "port"}, {Name: "home", References: "site"}},
		}},
		{Model: &job.Model{Name: "area", Identifiers: []job.Attribute{one}, Parents: []job.Parent{{Model: "area", Fields: []string{"name"}}}}},
	}
	for _, m := range models {
		if m.Mapping == nil {
			m.Mapping = &job.Mapping{}
		}
	}
	keeps := mapping.Keeps(capitals, nil, models)
	for what, want := range map[string]any{
		"device name x":  "device:X",
		"device at x":    "site:X", // as the parent's name is
		"device raw x":   "x",
		"device note x":  "x", // kept in raw
		"device state x": "x", // translated
		"port device x":  "device:X",
		"port home x":    "site:X",
		"area name x":    "area:X", // itself
		"nobody name x":  "x",
	} {
		f := strings.Fields(what)
		got := val(f[2])
		if keep := keeps(f[0], f[1]); keep != nil {
			got = keep(got)
		}
		if d := cmp.Diff(string(val(want)), string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	list := val([]any{map[string]any{"device": "d", "name": "p"}, nil})
	if got, want := keeps("port", "peers")(list), `[{"device":"device:D","name":"port:P"},null]`; string(got) != want {
		t.Errorf("a list of identities: got %s, want %s", got, want)
	}
	if got, want := keeps("port", "home")(val([]any{"x", nil})), `["site:X",null]`; string(got) != want {
		t.Errorf("a list of names: got %s, want %s", got, want)
	}
}
