package nautobot

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// recorder stands before the server and keeps what it is asked by POST.
func (b *bench) recorder(t *testing.T) (address string, asked func() []string) {
	t.Helper()
	var mu sync.Mutex
	var bodies []string
	address = b.proxy(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			mu.Lock()
			defer mu.Unlock()
			bodies = append(bodies, string(body))
		}
		return false
	})
	return address, func() []string {
		mu.Lock()
		defer mu.Unlock()
		defer func() { bodies = nil }()
		return bodies
	}
}

// references are about what a record refers to beside the job's own records: never a request for each, however many there are.
func (b *bench) references(t *testing.T) {
	empty(t, b.Server)
	const many = few + 200
	if _, err := b.SQL(t.Context(), fmt.Sprintf("INSERT INTO tenancy_tenant (id, created, last_updated, _custom_field_data, name, description, comments) SELECT gen_random_uuid(), now(), now(), '{}', 'many ' || i, '', '' FROM generate_series(1, %d) AS i", many)); err != nil {
		t.Fatal(err)
	}
	address, asked := b.recorder(t)
	s := b.openJob(t, address, "models: {location: {identifiers: [name], attributes: [tenant, status, location_type]}}\npolicy: sync\n")
	create := func(tenant string) error {
		return s.Audit(t.Context(), s.change(adapter.Create, "location", "x", nil, map[string]any{"tenant": tenant, "status": "Active", "location_type": "Site"}))
	}
	if err := create("many 1"); err != nil {
		t.Fatal(err)
	}
	asked()
	for i := range 3 * singly {
		if err := create(fmt.Sprintf("many %d", i+2)); err != nil {
			t.Fatal(err)
		}
	}
	one, pages := 0, 0
	for _, q := range asked() {
		switch {
		case strings.Contains(q, "(name: ["):
			one++
		case strings.Contains(q, "$ids"):
			pages++
		}
	}
	if one < singly-1 || one > singly || pages != (many+999)/1000 {
		t.Errorf("asked %d times for one name and %d for a page of names; want %d and %d", one, pages, singly-1, (many+999)/1000)
	}
	for range 3 {
		if err := create("nobody"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "tenant: Nautobot has no Tenant nobody") {
			t.Errorf("a tenant that there is not: %v", err)
		}
	}
	if q := asked(); len(q) > 1 {
		t.Errorf("asked %d times for a tenant that there is not: %v", len(q), q)
	}
	// What came later is found, too.
	call(t, b.Server, http.MethodPost, "tenancy/tenants/", `{"name": "late"}`)
	s.forget("TenantType")
	if err := create("late"); err != nil {
		t.Error(err)
	}
}

// parts is about a reference of which a part is a constant of the job: creates write it, and updates need it to find what is meant.
func (b *bench) parts(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "yard", "location_type": "Site", "status": "Active"}`)
	callAs(t, b.Server, b.token, http.MethodPost, "dcim/device-types/", `{"manufacturer": "Acme", "model": "Rack"}`)
	s := b.openJob(t, b.URL, `  map:
    device: {set: {device_type.manufacturer.name: Acme, role.name: Any, status: Active}, fields: {model: device_type.model, site: location}}
models: {device: {identifiers: [name], attributes: [model, site]}}
policy: sync
`)
	c := s.change(adapter.Create, "device", "d1", nil, map[string]any{"device_type.model": "Box", "location": "yard"})
	if err := s.Audit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	rs, err := s.apply(c)
	if err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	c = s.change(adapter.Update, "device", "d1", rs[0].Local, map[string]any{"device_type.model": "Rack"})
	if err := s.Audit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if rs, err = s.apply(c); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	if got, err := s.load("device"); err != nil || text(got["d1"].Fields.Get("device_type.model")) != "Rack" {
		t.Errorf("loaded %v, %v", got["d1"], err)
	}
}

// besides is about a reference as a whole beside a part of it, of which only the part changes.
func (b *bench) besides(t *testing.T) {
	s := b.openJob(t, b.URL, "models: {device: {identifiers: [name], attributes: [device_type, device_type.part_number]}}\npolicy: sync\n")
	c := s.change(adapter.Update, "device", "d1", nil, map[string]any{"device_type.part_number": "x"})
	c.After = record.Fields{{Name: "device_type", Value: record.MustOf(map[string]any{"manufacturer": "Acme", "model": "Box"})}}
	if err := s.Audit(t.Context(), c); err != nil {
		t.Error(err)
	}
}

// choices is about a choice of the kind that an object refers to, read with a token that may write nothing: REST tells it nobody's choices.
func (b *bench) choices(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "yard", "location_type": "Site", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/devices/", `{"name": "r1", "location": "yard", "role": "Any", "device_type": "Acme;Box", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/interfaces/", `[{"device": {"name": "r1"}, "name": "eth0", "type": "virtual", "status": "Active"}, {"device": {"name": "r1"}, "name": "eth1", "type": "10gbase-x-sfpp", "status": "Active"}]`)
	call(t, b.Server, http.MethodPost, "ipam/prefixes/", `{"prefix": "10.9.0.0/24", "status": "Active"}`)
	ip := text(call(t, b.Server, http.MethodPost, "ipam/ip-addresses/", `{"address": "10.9.0.1/24", "namespace": "Global", "status": "Active"}`).Get("id"))
	port := text(call(t, b.Server, http.MethodGet, "dcim/interfaces/?name=eth1", "").Get("results").Elements()[0].Members().Get("id"))
	call(t, b.Server, http.MethodPost, "ipam/ip-address-to-interface/", `{"ip_address": "`+ip+`", "interface": "`+port+`"}`)
	s := b.openJob(t, b.URL, "models: {ip_address_to_interface: {identifiers: [ip_address.address, interface.name], attributes: [interface.type]}}\npolicy: sync\n")
	s.known.rules = map[string]*rules{"dcim/interfaces": nil} // as a token is told that may not create
	s.known.schema.enums = map[string]*enum{}
	for r, err := range s.Load(t.Context(), adapter.Request{Models: slices.Collect(maps.Values(s.models))}) {
		if err != nil || text(r.Fields.Get("interface.type")) != "10gbase-x-sfpp" {
			t.Errorf("loaded %v, %v", r, err)
		}
	}
}

// conditions are about a scope and a model's own filter, both pushed to the server.
func (b *bench) conditions(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "tenancy/tenants/", `[{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]`)
	address, asked := b.recorder(t)
	for name, c := range map[string]struct{ filter, want, says string }{
		"a scope":                       {"", "[a b]", `tenants(name: [\"a\", \"b\"]`},
		"a filter of the same argument": {"  map: {tenant: {filter: {name: [b, c]}}}\n", "[b]", `tenants(name: [\"b\", \"c\"]`},
	} {
		t.Run(name, func(t *testing.T) {
			s := b.openJob(t, address, c.filter+"models: {tenant: {identifiers: [name]}}\npolicy: sync\n")
			asked()
			req := adapter.Request{Models: []*adapter.Model{s.models["tenant"]}, Scope: map[string]job.Where{"tenant": {{Field: "name", Values: []record.Value{record.MustOf("a"), record.MustOf("b")}}}}}
			got := []string{}
			for r, err := range s.Load(t.Context(), req) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, text(r.Fields.Get("name")))
			}
			slices.Sort(got)
			if fmt.Sprint(got) != c.want {
				t.Errorf("loaded %v, want %s", got, c.want)
			}
			if !slices.ContainsFunc(asked(), func(q string) bool { return strings.Contains(q, c.says) }) {
				t.Error("the server was not asked for " + c.says)
			}
			req.Scope["tenant"][0].Values = []record.Value{record.MustOf("nobody")}
			for r, err := range s.Load(t.Context(), req) {
				t.Errorf("in a scope that nothing is in there is %v: %v", r, err)
			}
			keys := []record.Key{record.MakeKey("tenant", record.MustOf("b")), record.MakeKey("tenant", record.MustOf("nobody"))}
			var found []string
			for r, err := range s.Find(t.Context(), s.models["tenant"], keys) {
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, text(r.Fields.Get("name")))
			}
			if fmt.Sprint(found) != "[b]" {
				t.Errorf("found %v", found)
			}
		})
	}
}

// narrowed is about scopes that Nautobot narrows a load down by, and such as it refuses: a device that there is not.
func (b *bench) narrowed(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "ipam/prefixes/", `[{"prefix": "10.1.0.0/16", "status": "Active"}, {"prefix": "10.2.0.0/16", "status": "Active"}]`)
	call(t, b.Server, http.MethodPost, "ipam/vlans/", `[{"vid": 10, "name": "ten", "status": "Active"}, {"vid": 20, "name": "twenty", "status": "Active"}]`)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "yard", "location_type": "Site", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/devices/", `{"name": "r1", "location": "yard", "role": "Any", "device_type": "Acme;Box", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/interfaces/", `{"device": {"name": "r1"}, "name": "eth0", "type": "virtual", "status": "Active"}`)
	address, asked := b.recorder(t)
	s := b.openJob(t, address, "models:\n  prefix: {attributes: []}\n  vlan: {attributes: []}\n  interface: {identifiers: [device, name]}\npolicy: sync\n")
	for _, c := range []struct {
		model, field string
		values       []any
		want         int
		says         string
	}{
		{"prefix", "prefix", []any{"10.1.0.0/16"}, 1, `prefixes(prefix: [\"10.1.0.0/16\"]`},
		{"prefix", "prefix", []any{"none"}, 0, `prefixes(prefix: [\"none\"]`},
		{"vlan", "vid", []any{20, 30}, 1, "vlans(vid: [20, 30]"},
		{"interface", "device", []any{"r1"}, 1, `interfaces(device: [\"r1\"]`},
		{"interface", "device", []any{"r1", "r9"}, 1, "{interfaces(limit: "},
	} {
		where := job.Where{{Field: c.field}}
		for _, v := range c.values {
			where[0].Values = append(where[0].Values, record.MustOf(v))
		}
		asked()
		got := 0
		for r, err := range s.Load(t.Context(), adapter.Request{Models: []*adapter.Model{s.models[c.model]}, Scope: map[string]job.Where{c.model: where}}) {
			if got++; err != nil {
				t.Errorf("%s with %s %v: %v, %v", c.model, c.field, c.values, r, err)
			}
		}
		if got != c.want || !slices.ContainsFunc(asked(), func(q string) bool { return strings.Contains(q, c.says) }) {
			t.Errorf("%s with %s %v: loaded %d, want %d, asked for %s", c.model, c.field, c.values, got, c.want, c.says)
		}
	}
}

// lists are about a field that refers to several records of the job: their ids are what the engine says, without asking.
func (b *bench) lists(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "yard", "location_type": "Site", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/devices/", `{"name": "r1", "location": "yard", "role": "Any", "device_type": "Acme;Box", "status": "Active"}`)
	ten := call(t, b.Server, http.MethodPost, "ipam/vlans/", `{"vid": 10, "name": "ten", "status": "Active"}`).Get("id")
	s := b.openJob(t, b.URL, "  map: {interface: {set: {type: virtual, status: Active, mode: tagged}}}\nmodels:\n  vlan: {identifiers: [{vid: integer}, name]}\n  interface: {identifiers: [device, name], attributes: [tagged_vlans], rules: {tagged_vlans: {references: vlan, compare: set}}}\npolicy: sync\n")
	c := s.change(adapter.Create, "interface", "eth0", nil, map[string]any{"device": "r1", "tagged_vlans": []any{map[string]any{"vid": 10, "name": "a name that nobody has"}}})
	c.References = map[string][]adapter.Related{"tagged_vlans": {{Field: "tagged_vlans", Local: record.Fields{{Name: localID, Value: ten}}}}}
	if rs, err := s.apply(c); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	if got, err := s.load("interface"); err != nil || string(got["eth0"].Fields.Get("tagged_vlans")) != `[{"name":"ten","vid":10}]` {
		t.Errorf("loaded %v: %v", got["eth0"], err)
	}
}

// manners are about a server that asks to slow down in the midst of a write, and what it is told of who we are.
func (b *bench) manners(t *testing.T) {
	empty(t, b.Server)
	var posts atomic.Int64
	s := b.open(t, b.proxy(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.UserAgent() != agent {
			t.Errorf("it says it is %q", r.UserAgent())
		}
		if strings.Contains(r.URL.Path, "graphql") || r.Method != http.MethodPost || posts.Add(1) > 2 {
			return false
		}
		return answering(http.StatusTooManyRequests, "Content-Type: text/plain", "slow down")(w, r)
	}), "  requests_per_second: 1000\n")
	if rs, err := s.apply(s.change(adapter.Create, "tenant", "a", nil, nil), s.change(adapter.Create, "tenant", "b", nil, nil)); err != nil || rs[0].Err != nil || rs[1].Err != nil {
		t.Fatal(rs, err)
	}
	if got, err := s.load("tenant"); err != nil || len(got) != 2 || posts.Load() != 3 {
		t.Errorf("after %d requests there is %v: %v", posts.Load(), got, err)
	}
	broken := b.open(t, b.proxy(t, func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodPost && !strings.Contains(r.URL.Path, "graphql") && answering(http.StatusBadGateway, "", "")(w, r)
	}), "")
	if rs, err := broken.apply(broken.change(adapter.Create, "tenant", "c", nil, nil)); !fault.Is(err, fault.UnknownOutcome) {
		t.Errorf("a gateway that lost the answer to a write: %v, %v", rs, err)
	}
}
