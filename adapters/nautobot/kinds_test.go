package nautobot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
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
	t.Run("those that are seldom written", func(t *testing.T) { b.seldom(t) })
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

// seldom writes an object of kinds whose keys are of several parts, and reads it again.
func (b *bench) seldom(t *testing.T) {
	call(t, b.Server, http.MethodPost, "dcim/location-types/", `{"name": "Hall", "content_types": ["dcim.device", "dcim.rack", "dcim.controller"]}`)
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "hall", "location_type": "Hall", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/racks/", `{"name": "r1", "location": "hall", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/devices/", `{"name": "s1", "location": "hall", "role": "Any", "device_type": "Acme;Box", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "ipam/namespaces/", `{"name": "Lab"}`)
	call(t, b.Server, http.MethodPost, "ipam/prefixes/", `{"prefix": "10.0.0.0/24", "namespace": "Lab", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "ipam/vrfs/", `{"name": "red", "namespace": "Lab", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/interfaces/", `{"name": "eth0", "device": {"name": "s1"}, "type": "virtual", "status": "Active"}`)
	type fields = map[string]any
	for _, c := range []struct {
		kind string
		set  fields
	}{
		{"ip_address_range", fields{"start_address": "10.0.0.10", "end_address": "10.0.0.20", "namespace": "Lab", "name": "pool", "status": "Active", "is_exclusive": true}},
		{"vrf_prefix_assignment", fields{"vrf.name": "red", "vrf.namespace": "Lab", "prefix.prefix": "10.0.0.0/24", "prefix.namespace": "Lab"}},
		{"vrf_device_assignment", fields{"vrf.name": "red", "vrf.namespace": "Lab", "device": "s1", "rd": "65000:1"}},
		{"rack_reservation", fields{"rack": "r1", "units": []int{3, 4}, "description": "a switch"}},
		{"module_bay", fields{"parent_device": "s1", "name": "slot 1", "position": "1"}},
		{"virtual_device_context", fields{"device": "s1", "name": "left", "status": "Active", "identifier": 1}},
		{"interface_vdc_assignment", fields{"virtual_device_context.device": "s1", "virtual_device_context.name": "left", "interface.device": "s1", "interface.name": "eth0"}},
		{"interface_redundancy_group", fields{"name": "pair", "status": "Active", "protocol": "vrrp"}},
		{"interface_redundancy_group_association", fields{"interface_redundancy_group": "pair", "interface.device": "s1", "interface.name": "eth0", "priority": 100}},
		{"rear_port_template", fields{"device_type.manufacturer": "Acme", "device_type.model": "Box", "name": "rear", "type": "8p8c", "positions": 2}},
		{"front_port_template", fields{"device_type.manufacturer": "Acme", "device_type.model": "Box", "name": "front", "type": "8p8c", "rear_port_position": 1, "rear_port_template": fields{"device_type.manufacturer": "Acme", "device_type.model": "Box", "name": "rear"}}},
		{"controller", fields{"name": "wlc", "status": "Active", "location": "hall"}},
		{"controller_managed_device_group", fields{"name": "aps", "controller": "wlc", "weight": 1000, "capabilities": []string{"wireless"}}},
		{"wireless_network", fields{"name": "guests", "ssid": "Guests", "mode": "Central", "authentication": "Open", "enabled": true}},
		{"controller_managed_device_group_wireless_network_assignment", fields{"controller_managed_device_group": "aps", "wireless_network": "guests"}},
		{"supported_data_rate", fields{"standard": "802.11g", "rate": 54000}},
		{"radio_profile", fields{"name": "fast", "frequency": "2.4GHz", "regulatory_domain": "DE", "channel_width": []int{20, 40}, "supported_data_rates": []fields{{"standard": "802.11g", "rate": 54000}}}},
		{"cloud_account", fields{"name": "prod", "account_number": "1234", "provider": "Acme"}},
		{"cloud_resource_type", fields{"name": "VPC", "provider": "Acme", "content_types": []string{"cloud.cloudnetwork"}}},
		{"cloud_network", fields{"name": "vpc-1", "cloud_account": "prod", "cloud_resource_type": "VPC", "extra_config": fields{"zone": "b", "prompt": "sw1> "}}},
		{"cloud_network_prefix_assignment", fields{"cloud_network": "vpc-1", "prefix.prefix": "10.0.0.0/24", "prefix.namespace": "Lab"}},
		{"secret", fields{"name": "password", "provider": "environment-variable", "parameters": fields{"variable": "X"}}},
		{"secrets_group", fields{"name": "login"}},
		{"secrets_group_association", fields{"secrets_group": "login", "secret": "password", "access_type": "Generic", "secret_type": "password"}},
		{"dynamic_group", fields{"name": "racked", "content_type": "dcim.device", "group_type": "dynamic-filter", "filter": fields{"name": []string{"s1"}}}},
		{"vpn_profile", fields{"name": "site", "nat_traversal": true}},
		{"vpn_phase_1_policy", fields{"name": "strong", "ike_version": "IKEv2", "encryption_algorithm": []string{"AES-256-GCM"}}},
		{"vpn_profile_phase_1_policy_assignment", fields{"vpn_profile": "site", "vpn_phase1_policy": "strong", "weight": 100}},
		{"vpn", fields{"name": "hub", "vpn_profile": "site"}},
		{"vpn_tunnel_endpoint", fields{"device": "s1", "source_interface.device": "s1", "source_interface.name": "eth0"}},
		{"vpn_tunnel", fields{"name": "t1", "vpn": "hub", "status": "Active", "encapsulation": "IPsec-Tunnel", "endpoint_a": fields{"source_interface.device": "s1", "source_interface.name": "eth0"}}},
		{"cable_type", fields{"name": "trunk", "a_connectors": 1, "b_connectors": 1, "total_lanes": 1, "strands_per_lane": 2}},
		{"cable", fields{"label": "c1", "type": "cat6", "status": "Connected"}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			s := b.openJob(t, b.URL, "models: {"+c.kind+": {}}\npolicy: sync\n")
			change := &adapter.Change{Action: adapter.Create, Model: s.models[c.kind], Key: record.MakeKey(c.kind, record.MustOf("x"))}
			for n, v := range c.set {
				change.Set = append(change.Set, record.Field{Name: n, Value: record.MustOf(v)})
			}
			change.Set.Sort()
			if err := s.Audit(t.Context(), change); err != nil {
				t.Fatal(err)
			}
			if rs, err := s.apply(change); err != nil || rs[0].Err != nil {
				t.Fatal(rs, err)
			}
			same, all := 0, ""
			for r, err := range s.Load(t.Context(), adapter.Request{Models: []*adapter.Model{s.models[c.kind]}}) {
				if err != nil {
					t.Fatal(err)
				}
				all += fmt.Sprintln(r.Fields)
				if !slices.ContainsFunc(change.Set, func(f record.Field) bool { return string(r.Fields.Get(f.Name)) != string(f.Value) }) {
					same++
				}
			}
			if same != 1 {
				t.Errorf("there are %d as written:\n%v\nof\n%s", same, change.Set, all)
			}
		})
	}
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
