package nautobot

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// kinds are about kinds that the table has not, fields that cannot be told, and keys that are not unique.
func (b *bench) kinds(t *testing.T) {
	empty(t, b.Server)
	t.Run("of an app", func(t *testing.T) { b.unheard(t) })
	for name, c := range map[string]struct{ rest, says string }{
		"an app that is not there":    {"  map: {peer: {endpoint: plugins/vpn/tunnels, key: [name]}}\nmodels: {peer: {identifiers: [name]}}\npolicy: sync\n", `model "peer": Nautobot's GraphQL has no list "tunnels"`},
		"a reference to any kind":     {"models: {cable: {identifiers: [label], attributes: [termination_a]}}\npolicy: sync\n", `model "cable": field "termination_a": `},
		"a relationship":              {"models: {tenant: {identifiers: [name], attributes: [rel_home]}}\npolicy: sync\n", `model "tenant": field "rel_home": a Tenant of Nautobot has no "rel_home"`},
		"no such custom field":        {"models: {tenant: {identifiers: [name], attributes: [cf.rank, cf.rack_unit]}}\npolicy: sync\n", `model "tenant": field "cf.rack_unit": Nautobot has no custom field "rack_unit" of tenancy.tenant`},
		"another's custom field":      {"models: {tenant: {identifiers: [name], attributes: [cf.note]}}\npolicy: sync\n", `model "tenant": field "cf.note": Nautobot has no custom field "note" of tenancy.tenant`},
		"a custom field of no record": {"models: {cable: {identifiers: [cf.x]}, status: {identifiers: [name], attributes: [name.length]}}\npolicy: sync\n", `model "status": field "name.length": "name" is no object`},
	} {
		t.Run(name, func(t *testing.T) {
			s := b.openJob(t, b.URL, c.rest)
			for m := range s.models {
				if _, err := s.load(m); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %s: %v\nwant it to say %q", fault.Of(err), err, c.says)
				}
			}
		})
	}
	t.Run("of an app, only referred to", func(t *testing.T) { b.onlyReferredTo(t) })
	t.Run("a custom field that comes and goes", func(t *testing.T) { b.customFieldChanges(t) })
	t.Run("two with one natural key", func(t *testing.T) {
		for _, l := range []string{`{"name": "north"}`, `{"name": "south"}`, `{"name": "twin", "parent": {"name": "north"}}`, `{"name": "twin", "parent": {"name": "south"}}`} {
			call(t, b.Server, http.MethodPost, "dcim/locations/", strings.Replace(l, "{", `{"location_type": "Site", "status": "Active", `, 1))
		}
		s := b.openJob(t, b.URL, "models: {location: {}, rack_group: {identifiers: [name], attributes: [location, location.parent]}}\npolicy: sync\n")
		twins := 0
		for r, err := range s.Load(t.Context(), adapter.Request{Models: []*adapter.Model{s.models["location"]}}) {
			if err != nil {
				t.Fatal(err)
			}
			if text(r.Fields.Get("name")) == "twin" {
				twins++
			}
		}
		if twins != 2 {
			t.Errorf("%d twins were loaded: which of them is meant is not the adapter's to say", twins)
		}
		s = b.openJob(t, b.URL, "models: {rack_group: {identifiers: [name], attributes: [location]}}\npolicy: sync\n")
		err := s.Audit(t.Context(), s.change(adapter.Create, "rack_group", "x", nil, map[string]any{"location": "twin"}))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Nautobot has 2 of the Location twin; name more of it (location.FIELD)") {
			t.Errorf("a reference to one of two: got %s: %v", fault.Of(err), err)
		}
		s = b.openJob(t, b.URL, "models: {rack_group: {identifiers: [name], attributes: [location.name, location.parent]}}\npolicy: sync\n")
		if err := s.Audit(t.Context(), s.change(adapter.Create, "rack_group", "x", nil, map[string]any{"location.name": "twin", "location.parent": "south"})); err != nil {
			t.Errorf("a reference that says which: %v", err)
		}
	})
}

// proxied is about a proxy on the way: it alone knows where the server is.
func (b *bench) proxied(t *testing.T) {
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "nautobot.invalid" {
			t.Errorf("the proxy was asked for %q", r.URL.Host)
		}
		asked.Add(1)
		forward.ServeHTTP(w, r)
	}))
	if _, err := b.open(t, "http://nautobot.invalid", "  proxy: "+p.URL+"\n").load("tenant"); err != nil || asked.Load() == 0 {
		t.Errorf("through a proxy: %v, which was asked %d times", err, asked.Load())
	}
	p.Close()
	if _, err := b.open(t, "http://nautobot.invalid", "  proxy: "+p.URL+"\n").load("tenant"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("through a proxy that is not there: got %s: %v", fault.Of(err), err)
	}
}
