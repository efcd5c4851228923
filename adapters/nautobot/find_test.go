package nautobot

import (
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// finds are about candidates that cannot be read: one of them may be what is looked for, so it is not said to be missing.
func (b *bench) finds(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "yard", "location_type": "Site", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/devices/", `{"name": "r1", "location": "yard", "role": "Any", "device_type": "Acme;Box", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/interfaces/", `[{"device": {"name": "r1"}, "name": "eth0", "type": "virtual", "status": "Active"}, {"device": {"name": "r1"}, "name": "eth1", "type": "10gbase-x-sfpp", "status": "Active"}]`)
	refused := 0
	s := b.open(t, b.proxy(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "dcim/interfaces/") || refused > 0 {
			return false
		}
		refused++
		return answering(http.StatusForbidden, "Content-Type: application/json", `{"detail": "not now"}`)(w, r)
	}), "  page: 1\n")
	s.known.rules = map[string]*rules{"dcim/interfaces": nil} // as a token is told that may not create: choices are asked for one by one
	s.known.schema.enums = map[string]*enum{}
	var keys []record.Key
	for _, n := range []string{"eth0", "eth1"} {
		keys = append(keys, record.MakeKey("port", record.MustOf("r1"), record.MustOf(n)))
	}
	var last error
	found := 0
	for _, err := range s.Find(t.Context(), s.models["port"], keys) {
		if last = err; err == nil {
			found++
		}
	}
	if last == nil || !strings.Contains(last.Error(), "not now") || refused != 1 {
		t.Errorf("found %d of two, one of which was refused %d times: %v", found, refused, last)
	}
	found = 0
	for r, err := range s.Find(t.Context(), s.models["port"], keys) {
		if found++; err != nil {
			t.Fatal(r, err)
		}
	}
	if found != 2 {
		t.Errorf("found %d of two", found)
	}
}
