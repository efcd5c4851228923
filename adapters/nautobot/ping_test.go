package nautobot

import (
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// pings is about the permissions that plumb check --connect misses, one after the other.
func (b *bench) pings(t *testing.T) {
	const job = "  mark: Checked\n  map:\n    location: {set: {location_type: Site}, fields: {status: {value: Active}, note: cf.note}}\n" +
		"models: {location: {identifiers: [name], attributes: [note]}, tenant: {identifiers: [name], attributes: []}}\npolicy: upsert-only\n"
	r := b.reader(t, "checker", "dcim.location", "tenancy.tenant")
	r.may(t, "add", "dcim.location", "tenancy.tenant")
	r.may(t, "change", "dcim.location", "tenancy.tenant")
	// check returns what check says, with the error that it ends with.
	check := func() string {
		t.Helper()
		s := r.openJob(t, b.URL, job)
		lines, err := s.Ping(t.Context(), s.setup.Models)
		if err != nil && !fault.Is(err, fault.Denied) {
			t.Errorf("got %s: %v", fault.Of(err), err)
		}
		said := strings.Join(lines, "\n")
		if err != nil {
			said += "\nrefused: " + err.Error()
		}
		return said
	}
	wants := func(said string, wants ...string) {
		t.Helper()
		for _, w := range wants {
			if !strings.Contains(said, w) {
				t.Errorf("want %q:\n%s", w, said)
			}
		}
	}
	const customs = "needs the permission to view extras.customfield"
	wants(check(), "may not view extras/statuses", "may not view dcim/location-types", "may not view extras/tags", customs)
	r.may(t, "view", "extras.status", "dcim.locationtype", "extras.tag")
	wants(check(), `refused: mark: Nautobot has no tag "Checked", and the token may not add to extras/tags`)
	r.may(t, "add", "extras.tag")
	if said := check(); strings.Contains(said, "refused") || !strings.Contains(said, customs) {
		t.Errorf("it may all that the job needs, and not view custom fields:\n%s", said)
	}
	tag := call(t, b.Server, http.MethodPost, "extras/tags/", `{"name": "Checked", "content_types": ["tenancy.tenant"]}`)
	wants(check(), `refused: mark: the tag "Checked" is not for dcim.location, and the token may not change extras/tags`)
	r.may(t, "change", "extras.tag")
	r.may(t, "view", "extras.customfield")
	if said := check(); strings.Contains(said, "refused") || strings.Contains(said, customs) {
		t.Errorf("it may all that the job needs:\n%s", said)
	}
	call(t, b.Server, http.MethodDelete, "extras/tags/"+text(tag.Get("id"))+"/", "")
}
