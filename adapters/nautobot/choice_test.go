package nautobot

import (
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// numbers are about choices that are whole numbers: GraphQL has names for them as for texts.
func (b *bench) numbers(t *testing.T) {
	empty(t, b.Server)
	yard := call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "yard", "location_type": "Site", "status": "Active"}`).Get("id")
	call(t, b.Server, http.MethodPost, "dcim/racks/", `[{"name": "wide", "width": 23, "location": `+string(yard)+`, "status": "Active"}, {"name": "usual", "location": `+string(yard)+`, "status": "Active"}]`)
	call(t, b.Server, http.MethodPost, "dcim/location-types/", `{"name": "Plant", "content_types": ["dcim.powerpanel"]}`)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "plant", "location_type": "Plant", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/power-panels/", `{"name": "p1", "location": {"name": "plant"}}`)
	call(t, b.Server, http.MethodPost, "dcim/power-feeds/", `[{"name": "one", "power_panel": {"name": "p1"}, "breaker_pole_count": 3, "status": "Active"}, {"name": "none", "power_panel": {"name": "p1"}, "status": "Active"}]`)
	for name, may := range map[string]bool{"who may write": true, "who only reads": false} {
		t.Run(name, func(t *testing.T) {
			s := b.openJob(t, b.URL, "models: {rack: {}, power_feed: {}}\npolicy: sync\n")
			s.known.rules, s.known.schema.enums = map[string]*rules{}, map[string]*enum{}
			if !may {
				s.known.rules = map[string]*rules{"dcim/racks": nil, "dcim/power-feeds": nil} // as a token is told that may not create
			}
			got, err := s.load("rack", "power_feed")
			if err != nil {
				t.Fatal(err)
			}
			for record, want := range map[string]string{"wide": "23", "usual": "19"} {
				if have := got[record].Fields.Get("width"); string(have) != want {
					t.Errorf("%s is %s wide, want %s", record, have, want)
				}
			}
			for record, want := range map[string]string{"one": "3", "none": "null"} {
				if have := got[record].Fields.Get("breaker_pole_count"); string(have) != want {
					t.Errorf("%s has %s poles, want %s", record, have, want)
				}
			}
		})
	}
	s := b.openJob(t, b.URL, "models: {rack: {}}\npolicy: sync\n")
	create := func(width any) *adapter.Change {
		return s.change(adapter.Create, "rack", "new", nil, map[string]any{"width": width, "location": "yard", "status": "Active"})
	}
	for _, width := range []any{20, "wide", []int{20}} {
		if err := s.Audit(t.Context(), create(width)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "is none of its choices: 10, 19, 21, 23") {
			t.Errorf("a rack that is %v wide: %v", width, err)
		}
	}
	if err := s.Audit(t.Context(), create("21")); err != nil {
		t.Errorf("a width whose digits are a text: %v", err)
	}
	if err := s.Audit(t.Context(), create(21)); err != nil {
		t.Fatal(err)
	}
	if rs, err := s.apply(create(21)); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	if got, err := s.load("rack"); err != nil || string(got["new"].Fields.Get("width")) != "21" {
		t.Errorf("loaded %v: %v", got["new"], err)
	}
}
