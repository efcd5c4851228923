package nautobot

import (
	"net/http"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// twice is about updates that are sent again since the answer was lost: what is as they want it, or as it was, by the rules of the job, was changed by nobody else.
func (b *bench) twice(t *testing.T) {
	empty(t, b.Server)
	for _, n := range []string{"blue", "red"} {
		call(t, b.Server, http.MethodPost, "extras/tags/", `{"name": "`+n+`", "content_types": ["tenancy.tenant"]}`)
	}
	call(t, b.Server, http.MethodPost, "tenancy/tenants/", `[{"name": "a", "description": "old"}]`)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "Home", "location_type": "Site", "status": "Active"}`)
	room := call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "room", "parent": {"name": "Home"}, "location_type": "Site", "status": "Active", "custom_fields": {"note": "7"}}`)
	s := b.openJob(t, b.URL, `  map:
    place: {kind: location, fields: {up: parent, note: cf.note}}
models:
  tenant: {identifiers: [name], attributes: [description, tags], rules: {description: {empty_is_null: true}, tags: {compare: set}}}
  place: {identifiers: [name], parent: {place: {name: up}}, attributes: [{note: integer}, description], rules: {name: {ignore_case: true}}}
policy: sync
`)
	for name, set := range map[string]map[string]any{
		"null, kept as an empty text": {"description": nil},
		"a list in another order":     {"description": "new", "tags": []string{"red", "blue"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.load("tenant")
			if err != nil {
				t.Fatal(err)
			}
			c := s.change(adapter.Update, "tenant", "a", got["a"].Local, set)
			c.Before = got["a"].Fields
			for _, time := range []string{"first", "second"} {
				if rs, err := s.apply(c); err != nil || rs[0].Err != nil {
					t.Errorf("the %s time: %v %v", time, rs, err)
				}
			}
			call(t, b.Server, http.MethodPatch, "tenancy/tenants/"+text(got["a"].Local.Get(localID))+"/", `{"description": "another's, after `+name+`"}`)
			if rs, err := s.apply(c); err != nil || rs[0].Err == nil {
				t.Errorf("after another's change: %v %v", rs, err)
			}
		})
	}
	t.Run("a parent whose case does not count, and a number in a text", func(t *testing.T) {
		got, err := s.load("place")
		if err != nil {
			t.Fatal(err)
		}
		c := s.change(adapter.Update, "place", "room", got["room"].Local, map[string]any{"description": "ours"})
		c.Key = record.MakeKey("place", job.Fold(record.MustOf("room")))
		c.Parent = &adapter.Related{Field: "parent", Key: record.MakeKey("place", job.Fold(record.MustOf("Home"))), Local: got["Home"].Local}
		c.Before = record.Fields{ // as the engine has it: the parent by its key, values of their types
			{Name: "cf.note", Value: record.MustOf(7)},
			{Name: "description", Value: record.MustOf("")},
			{Name: "name", Value: record.MustOf("room")},
			{Name: "parent", Value: job.Fold(record.MustOf("Home"))},
		}
		call(t, b.Server, http.MethodPatch, "dcim/locations/"+text(room.Get("id"))+"/", `{"facility": "what is not the job's"}`)
		if rs, err := s.apply(c); err != nil || rs[0].Err != nil {
			t.Errorf("got %v %v", rs, err)
		}
	})
}
