package nautobot

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// customFieldChanges is about a custom field that is made, and gone again, between loads: what is not there does not look like null.
func (b *bench) customFieldChanges(t *testing.T) {
	s := b.openJob(t, b.URL, "models: {tenant: {identifiers: [name], attributes: [cf.floor]}}\npolicy: sync\n")
	missing := func() {
		t.Helper()
		if _, err := s.load("tenant"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `model "tenant": field "cf.floor": Nautobot has no custom field "floor" of tenancy.tenant`) {
			t.Errorf("a custom field that is not there: got %s: %v", fault.Of(err), err)
		}
	}
	missing()
	f := call(t, b.Server, http.MethodPost, "extras/custom-fields/", `{"label": "floor", "key": "floor", "type": "integer", "content_types": ["tenancy.tenant"]}`)
	if _, err := s.load("tenant"); err != nil {
		t.Errorf("a custom field that was just made: %v", err)
	}
	call(t, b.Server, http.MethodDelete, "extras/custom-fields/"+text(f.Get("id"))+"/", "")
	s.known.forget() // as half a minute later
	missing()

	// Who may not see custom fields is told once.
	reader := b.reader(t, "tenants", "tenancy.tenant")
	s = reader.openJob(t, b.URL, "models: {tenant: {identifiers: [name], attributes: [cf.floor]}}\npolicy: sync\n")
	var log bytes.Buffer
	s.setup.Log = slog.New(slog.NewTextHandler(&log, nil))
	for range 2 {
		if _, err := s.load("tenant"); err != nil {
			t.Errorf("a token that may not see custom fields: %v", err)
		}
	}
	if n := strings.Count(log.String(), "the token may not see custom fields"); n != 1 {
		t.Errorf("it was said %d times:\n%s", n, log.String())
	}
}
