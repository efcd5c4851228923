package nautobot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// kind is what must be known of a kind of Nautobot beside what its GraphQL schema and its REST API say of it themselves.
type kind struct {
	name     string
	endpoint string
	key      string // paths of the natural key, by which others refer to it
	// reads are attributes of REST that GraphQL has elsewhere: "namespace=parent.namespace".
	reads string
	list  string // of GraphQL; "": the last part of the endpoint
	// pageless says that Nautobot shows people no page of such an object.
	pageless bool
}

// kinds are Nautobot's own. A kind that is not here is used with endpoint and key.
var kinds = []kind{
	{name: "circuit", endpoint: "circuits/circuits", key: "cid provider.name"},
	{name: "circuit_termination", endpoint: "circuits/circuit-terminations", key: "circuit.cid circuit.provider.name term_side"},
	{name: "circuit_type", endpoint: "circuits/circuit-types", key: "name"},
	{name: "provider", endpoint: "circuits/providers", key: "name"},
	{name: "provider_network", endpoint: "circuits/provider-networks", key: "name provider.name"},
	{name: "cable", endpoint: "dcim/cables", key: "label"},
	{name: "console_port", endpoint: "dcim/console-ports", key: "device.name name"},
	{name: "console_server_port", endpoint: "dcim/console-server-ports", key: "device.name name"},
	{name: "controller", endpoint: "dcim/controllers", key: "name"},
	{name: "device", endpoint: "dcim/devices", key: "name"},
	{name: "device_bay", endpoint: "dcim/device-bays", key: "device.name name"},
	{name: "device_family", endpoint: "dcim/device-families", key: "name"},
	{name: "device_redundancy_group", endpoint: "dcim/device-redundancy-groups", key: "name"},
	{name: "device_type", endpoint: "dcim/device-types", key: "manufacturer.name model"},
	{name: "front_port", endpoint: "dcim/front-ports", key: "device.name name"},
	{name: "interface", endpoint: "dcim/interfaces", key: "device.name name"},
	{name: "interface_template", endpoint: "dcim/interface-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "inventory_item", endpoint: "dcim/inventory-items", key: "device.name name"},
	{name: "location", endpoint: "dcim/locations", key: "name"},
	{name: "location_type", endpoint: "dcim/location-types", key: "name"},
	{name: "manufacturer", endpoint: "dcim/manufacturers", key: "name"},
	{name: "module", endpoint: "dcim/modules", key: "serial"},
	{name: "module_type", endpoint: "dcim/module-types", key: "manufacturer.name model"},
	{name: "platform", endpoint: "dcim/platforms", key: "name"},
	{name: "power_feed", endpoint: "dcim/power-feeds", key: "power_panel.name name"},
	{name: "power_outlet", endpoint: "dcim/power-outlets", key: "device.name name"},
	{name: "power_panel", endpoint: "dcim/power-panels", key: "location.name name"},
	{name: "power_port", endpoint: "dcim/power-ports", key: "device.name name"},
	{name: "rack", endpoint: "dcim/racks", key: "name"},
	{name: "rack_group", endpoint: "dcim/rack-groups", key: "name"},
	{name: "rear_port", endpoint: "dcim/rear-ports", key: "device.name name"},
	{name: "software_image_file", endpoint: "dcim/software-image-files", key: "image_file_name software_version.version"},
	{name: "software_version", endpoint: "dcim/software-versions", key: "platform.name version"},
	{name: "virtual_chassis", endpoint: "dcim/virtual-chassis", key: "name"},
	{name: "config_context", endpoint: "extras/config-contexts", key: "name"},
	{name: "contact", endpoint: "extras/contacts", key: "name"},
	{name: "role", endpoint: "extras/roles", key: "name"},
	{name: "secrets_group", endpoint: "extras/secrets-groups", key: "name"},
	{name: "status", endpoint: "extras/statuses", key: "name"},
	{name: "tag", endpoint: "extras/tags", key: "name"},
	{name: "team", endpoint: "extras/teams", key: "name"},
	{name: "ip_address", endpoint: "ipam/ip-addresses", key: "address parent.namespace.name", reads: "namespace=parent.namespace"},
	{name: "ip_address_to_interface", endpoint: "ipam/ip-address-to-interface", key: "ip_address.address interface.device.name interface.name", list: "ip_address_assignments", pageless: true},
	{name: "namespace", endpoint: "ipam/namespaces", key: "name"},
	{name: "prefix", endpoint: "ipam/prefixes", key: "prefix namespace.name"},
	{name: "prefix_location_assignment", endpoint: "ipam/prefix-location-assignments", key: "prefix.prefix location.name", pageless: true},
	{name: "rir", endpoint: "ipam/rirs", key: "name"},
	{name: "route_target", endpoint: "ipam/route-targets", key: "name"},
	{name: "service", endpoint: "ipam/services", key: "device.name name"},
	{name: "vlan", endpoint: "ipam/vlans", key: "vid name"},
	{name: "vlan_group", endpoint: "ipam/vlan-groups", key: "name"},
	{name: "vlan_location_assignment", endpoint: "ipam/vlan-location-assignments", key: "vlan.vid location.name", pageless: true},
	{name: "vrf", endpoint: "ipam/vrfs", key: "name namespace.name"},
	{name: "tenant", endpoint: "tenancy/tenants", key: "name"},
	{name: "tenant_group", endpoint: "tenancy/tenant-groups", key: "name"},
	{name: "cluster", endpoint: "virtualization/clusters", key: "name"},
	{name: "cluster_group", endpoint: "virtualization/cluster-groups", key: "name"},
	{name: "cluster_type", endpoint: "virtualization/cluster-types", key: "name"},
	{name: "virtual_machine", endpoint: "virtualization/virtual-machines", key: "cluster.name name"},
	{name: "vm_interface", endpoint: "virtualization/interfaces", key: "virtual_machine.name name", list: "vm_interfaces"},
}

// filters are identifiers by which Nautobot looks for objects of any kind that has them; ownFilters those of them that take any text.
const (
	filters    = ownFilters + "prefix address vid device virtual_machine "
	ownFilters = " name model cid "
)

// kindOf returns the kind that a model stands for.
func kindOf(m *adapter.Model) (*kind, error) {
	c, _ := m.Config.(*ModelConfig)
	if c == nil {
		c = &ModelConfig{}
	}
	if c.Endpoint != "" {
		k := &kind{name: m.Name, endpoint: c.Endpoint, key: strings.Join(c.Key, " "), list: c.GraphQL}
		return k.filled(), nil
	}
	name := c.Kind
	if name == "" {
		name = m.Name
	}
	for _, k := range kinds {
		if k.name != name {
			continue
		}
		if len(c.Key) > 0 {
			k.key = strings.Join(c.Key, " ")
		}
		if c.GraphQL != "" {
			k.list = c.GraphQL
		}
		return k.filled(), nil
	}
	return nil, fault.Errorf(fault.Invalid, "model %q: Nautobot's kind of that name is not known; say which it is with kind, or give its endpoint and key", m.Name)
}

func (k *kind) filled() *kind {
	if k.list == "" {
		k.list = strings.ReplaceAll(k.endpoint[strings.LastIndexByte(k.endpoint, '/')+1:], "-", "_")
	}
	return k
}

// likely returns what GraphQL probably calls the kinds of models and of what their fields refer to: then one question for all of them does. What it calls otherwise is asked for later.
func likely(models []*adapter.Model) []string {
	var types []string
	add := func(kind string) {
		var t strings.Builder
		for part := range strings.FieldsFuncSeq(kind, func(r rune) bool { return r == '_' }) {
			if strings.Contains(" ip rir vlan vm vrf ", " "+part+" ") {
				part = strings.ToUpper(part)
			}
			t.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		if name := t.String() + "Type"; isName(name) && !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	for _, m := range models {
		k, err := kindOf(m)
		if err != nil {
			continue
		}
		add(k.name)
		for t := range strings.FieldsSeq(fields[k.name]) {
			f := readToken(t)
			if f.kind != "" && slices.ContainsFunc(m.Fields, func(n string) bool { return n == f.name || strings.HasPrefix(n, f.name+".") }) {
				add(f.kind)
			}
		}
	}
	return types
}

// listed reports whether the kind is one of the table.
func (k *kind) listed() bool {
	return slices.ContainsFunc(kinds, func(o kind) bool { return o.endpoint == k.endpoint })
}

// listAt returns what GraphQL calls the list of an endpoint's objects.
func listAt(endpoint string) string {
	for _, k := range kinds {
		if k.endpoint == endpoint {
			return k.filled().list
		}
	}
	return (&kind{endpoint: endpoint}).filled().list
}

// read returns the path in GraphQL of what REST has under the path.
func (k *kind) read(path string) string {
	for r := range strings.FieldsSeq(k.reads) {
		from, to, _ := strings.Cut(r, "=")
		if path == from || strings.HasPrefix(path, from+".") {
			return to + path[len(from):]
		}
	}
	return path
}

func (k *kind) String() string { return fmt.Sprintf("%s (%s)", k.name, k.endpoint) }
