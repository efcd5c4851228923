package job_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/job"
)

// TestDescribed: what an adapter knows of its models need not be written; the job narrows it. See catalog.Describe.
func TestDescribed(t *testing.T) {
	read := func(models string) (*job.Job, error) {
		text := "source:\n  adapter: api\n  url: https://x\n  token: \"${env:T}\"\n  map: {shelf: {fields: {place: room, high: {from: height}}}}\ntarget: {adapter: file, path: out}\npolicy: sync\nmodels:\n" + models
		return job.Parse("x.yaml", []byte(text), t.TempDir(), catalog{})
	}
	j, err := read("  room: {}\n  shelf:\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []*job.Model{
		{
			Name: "room", Identifiers: []job.Attribute{{Name: "name"}}, Shortname: []string{"name"}, Children: []string{"shelf"},
			Attributes: []job.Attribute{{Name: "size", Type: job.Integer}, {Name: "labels", Set: true}, {Name: "note", EmptyIsNull: true}},
		},
		{
			Name: "shelf", Identifiers: []job.Attribute{{Name: "place"}, {Name: "number", Type: job.Integer}}, Shortname: []string{"place", "number"}, // with our names of fields
			Attributes: []job.Attribute{{Name: "high", Type: job.Number}},
			Parents:    []job.Parent{{Model: "room", Fields: []string{"place"}, Types: []job.Type{""}, IgnoreCase: []bool{false}}},
		},
	}
	if d := cmp.Diff(want, j.Models); d != "" {
		t.Errorf("described (-want +got):\n%s", d)
	}

	j, err = read("  room: {attributes: [note, size, mine], rules: {note: {absent_is_null: true}, mine: {type: time}}, policy: none}\n  shelf: {identifiers: [number], attributes: [place, high]}\n")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]job.Attribute{{Name: "note", EmptyIsNull: true, AbsentIsNull: true}, {Name: "size", Type: job.Integer}, {Name: "mine", Type: job.Time}}, j.Model("room").Attributes); d != "" {
		t.Errorf("narrowed (-want +got):\n%s", d)
	}
	if s := j.Model("shelf"); len(s.Parents) > 0 || s.Attributes[1].Type != "" {
		t.Errorf("a model with identifiers of its own is as it says: %+v", s)
	}

	_, err = read("  room: {rules: {nothing: {type: time}}}\n  table: {}\n  shelf: {}\n")
	for _, want := range []string{"10:3: models.table.identifiers is missing", "9:18: models.room.rules.nothing: room has no identifier or attribute of that name"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in: %v", want, err)
		}
	}
}
