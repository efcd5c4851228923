package nautobot

import (
	"net/http"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// partRefers is about records of the job that a part of a reference names: they are not what is referred to.
func (b *bench) partRefers(t *testing.T) {
	empty(t, b.Server)
	eu := call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "eu", "location_type": "Site", "status": "Active"}`).Get("id")
	ams := call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "ams", "parent": {"name": "eu"}, "location_type": "Site", "status": "Active"}`).Get("id")
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "ams", "location_type": "Site", "status": "Active"}`)
	rack := call(t, b.Server, http.MethodPost, "dcim/racks/", `{"name": "r1", "location": `+string(ams)+`, "status": "Active"}`).Get("id")
	known := func(field, model, name string, id record.Value) adapter.Related {
		return adapter.Related{Field: field, Key: record.MakeKey(model, record.MustOf(name)), Local: record.Fields{{Name: localID, Value: id}}}
	}
	const set = "set: {device_type: {manufacturer: Acme, model: Box}, role.name: Any, status: Active}"
	stands := func(t *testing.T, s *side, c *adapter.Change, in string, want map[string]string) {
		t.Helper()
		if err := s.Audit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		rs, err := s.apply(c)
		if err != nil || rs[0].Err != nil {
			t.Fatal(rs, err)
		}
		got := call(t, b.Server, http.MethodGet, "dcim/devices/"+text(rs[0].Local.Get(localID))+"/", "")
		if id := text(got.Get("location").Members().Get("id")); id != in {
			t.Errorf("the device is in %s, want %s", id, in)
		}
		all, err := s.load("device")
		if err != nil {
			t.Fatal(err)
		}
		for f, v := range want {
			if have := text(all[c.Name].Fields.Get(f)); have != v {
				t.Errorf("%s is %q, want %q", f, have, v)
			}
		}
	}
	t.Run("a region beside the site", func(t *testing.T) {
		s := b.openJob(t, b.URL, "  map:\n    region: {kind: location}\n    device: {"+set+", fields: {site: location.name, region: location.parent}}\nmodels:\n  region: {identifiers: [name]}\n  device: {identifiers: [name], attributes: [site, region], rules: {region: {references: region}}}\npolicy: sync\n")
		c := s.change(adapter.Create, "device", "d1", nil, map[string]any{"location.name": "ams", "location.parent": "eu"})
		c.References = map[string][]adapter.Related{"location.parent": {known("location.parent", "region", "eu", eu)}}
		stands(t, s, c, text(ams), map[string]string{"location.name": "ams", "location.parent": "eu"})
	})
	t.Run("a region as the parent", func(t *testing.T) {
		s := b.openJob(t, b.URL, "  map:\n    region: {kind: location}\n    device: {"+set+", fields: {site: location.name, region: location.parent}}\nmodels:\n  region: {identifiers: [name]}\n  device: {identifiers: [name], parent: {region: {name: region}}, attributes: [site]}\npolicy: sync\n")
		c := s.change(adapter.Create, "device", "d2", nil, map[string]any{"location.name": "ams", "location.parent": "eu"})
		parent := known("location.parent", "region", "eu", eu)
		c.Parent = &parent
		stands(t, s, c, text(ams), map[string]string{"location.name": "ams", "location.parent": "eu"})
	})
	t.Run("a rack that is known by its location", func(t *testing.T) {
		s := b.openJob(t, b.URL, "  map:\n    device: {"+set+", fields: {up: location.parent, site: location.name, rack: rack.name}}\n    rack: {fields: {site: location.name}}\nmodels:\n  rack: {identifiers: [site, name]}\n  device: {identifiers: [name], parent: {rack: {site: site, name: rack}}, attributes: [up]}\npolicy: sync\n")
		c := s.change(adapter.Create, "device", "d3", nil, map[string]any{"location.name": "ams", "location.parent": "eu", "rack.name": "r1"})
		c.Parent = &adapter.Related{Field: "location.name", Key: record.MakeKey("rack", record.MustOf("ams"), record.MustOf("r1")), Local: record.Fields{{Name: localID, Value: rack}}}
		stands(t, s, c, text(ams), map[string]string{"rack.name": "r1"})
	})
	t.Run("the site by its name", func(t *testing.T) { // there are two of that name: which is meant is what the engine says
		s := b.openJob(t, b.URL, "  map:\n    site: {kind: location}\n    device: {"+set+", fields: {site: location.name}}\nmodels:\n  site: {identifiers: [name]}\n  device: {identifiers: [name], attributes: [site], rules: {site: {references: site}}}\npolicy: sync\n")
		c := s.change(adapter.Create, "device", "d4", nil, map[string]any{"location.name": "ams"})
		c.References = map[string][]adapter.Related{"location.name": {known("location.name", "site", "ams", ams)}}
		stands(t, s, c, text(ams), map[string]string{"location.name": "ams"})
	})
}

// sameParts is about two models that refer to one kind by the same parts, each under names of its own.
func (b *bench) sameParts(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "ipam/vlan-groups/", `[{"name": "ams"}, {"name": "fra"}]`)
	call(t, b.Server, http.MethodPost, "ipam/vlans/", `[{"vid": 10, "name": "ten", "status": "Active", "vlan_group": {"name": "ams"}}, {"vid": 10, "name": "ten", "status": "Active", "vlan_group": {"name": "fra"}}]`)
	s := b.openJob(t, b.URL, `  map: {prefix: {set: {status: Active}}}
models:
  interface: {identifiers: [name], attributes: [untagged_vlan.vid, untagged_vlan.vlan_group.name]}
  prefix: {identifiers: [prefix], attributes: [vlan.vid, vlan.vlan_group.name]}
policy: sync
`)
	if err := s.Audit(t.Context(), s.change(adapter.Update, "interface", "eth0", nil, map[string]any{"untagged_vlan.vid": 10, "untagged_vlan.vlan_group.name": "ams"})); err != nil {
		t.Error(err)
	}
	c := s.change(adapter.Create, "prefix", "10.0.0.0/24", nil, map[string]any{"prefix": "10.0.0.0/24", "vlan.vid": 10, "vlan.vlan_group.name": "fra"})
	c.Set = c.Set[1:] // it has no name
	if err := s.Audit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if rs, err := s.apply(c); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	got, err := s.load("prefix")
	if err != nil || len(got) != 1 || text(got[""].Fields.Get("vlan.vlan_group.name")) != "fra" {
		t.Errorf("loaded %v: %v", got, err)
	}
}

// TestShape: what makes values of one answer under other names is another directory.
func TestShape(t *testing.T) {
	by := func(keys ...string) string {
		inner := &selector{name: "vlan_group", subs: []*selector{{name: "name"}, {name: "location"}}, keys: keys[2:]}
		return (&selector{name: "vlan", subs: []*selector{{name: "vid"}, inner}, keys: keys[:2]}).shape()
	}
	first := by("vid", "group", "name", "site")
	if first != by("vid", "group", "name", "site") || first == by("number", "group", "name", "site") || first == by("vid", "group", "name", "place") {
		t.Errorf("%s does not tell the names of parts apart", first)
	}
}
