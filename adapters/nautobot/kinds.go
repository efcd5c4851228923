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
	{name: "cloud_account", endpoint: "cloud/cloud-accounts", key: "name"},
	{name: "cloud_network", endpoint: "cloud/cloud-networks", key: "name"},
	{name: "cloud_network_prefix_assignment", endpoint: "cloud/cloud-network-prefix-assignments", key: "cloud_network.name prefix.prefix prefix.namespace.name", pageless: true},
	{name: "cloud_resource_type", endpoint: "cloud/cloud-resource-types", key: "name"},
	{name: "cloud_service", endpoint: "cloud/cloud-services", key: "name"},
	{name: "cloud_service_network_assignment", endpoint: "cloud/cloud-service-network-assignments", key: "cloud_service.name cloud_network.name", pageless: true},
	{name: "cable", endpoint: "dcim/cables", key: "label"},
	{name: "cable_type", endpoint: "dcim/cable-types", key: "name"},
	{name: "console_port", endpoint: "dcim/console-ports", key: "device.name name"},
	{name: "console_port_template", endpoint: "dcim/console-port-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "console_server_port", endpoint: "dcim/console-server-ports", key: "device.name name"},
	{name: "console_server_port_template", endpoint: "dcim/console-server-port-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "controller", endpoint: "dcim/controllers", key: "name"},
	{name: "controller_managed_device_group", endpoint: "dcim/controller-managed-device-groups", key: "name"},
	{name: "device", endpoint: "dcim/devices", key: "name"},
	{name: "device_bay", endpoint: "dcim/device-bays", key: "device.name name"},
	{name: "device_bay_template", endpoint: "dcim/device-bay-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "device_cluster_assignment", endpoint: "dcim/device-cluster-assignments", key: "device.name cluster.name", pageless: true},
	{name: "device_family", endpoint: "dcim/device-families", key: "name"},
	{name: "device_redundancy_group", endpoint: "dcim/device-redundancy-groups", key: "name"},
	{name: "device_type", endpoint: "dcim/device-types", key: "manufacturer.name model"},
	{name: "device_type_to_software_image_file", endpoint: "dcim/device-types-to-software-image-files", key: "device_type.manufacturer.name device_type.model software_image_file.image_file_name software_image_file.software_version.version", list: "device_type_to_software_image_file_mappings", pageless: true},
	{name: "front_port", endpoint: "dcim/front-ports", key: "device.name name"},
	{name: "front_port_template", endpoint: "dcim/front-port-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "interface", endpoint: "dcim/interfaces", key: "device.name name"},
	{name: "interface_redundancy_group", endpoint: "dcim/interface-redundancy-groups", key: "name"},
	{name: "interface_redundancy_group_association", endpoint: "dcim/interface-redundancy-group-associations", key: "interface_redundancy_group.name interface.device.name interface.name", pageless: true},
	{name: "interface_template", endpoint: "dcim/interface-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "interface_vdc_assignment", endpoint: "dcim/interface-vdc-assignments", key: "virtual_device_context.device.name virtual_device_context.name interface.device.name interface.name", pageless: true},
	{name: "inventory_item", endpoint: "dcim/inventory-items", key: "device.name name"},
	{name: "location", endpoint: "dcim/locations", key: "name"},
	{name: "location_type", endpoint: "dcim/location-types", key: "name"},
	{name: "manufacturer", endpoint: "dcim/manufacturers", key: "name"},
	{name: "module", endpoint: "dcim/modules", key: "serial"},
	{name: "module_bay", endpoint: "dcim/module-bays", key: "parent_device.name name"},
	{name: "module_bay_template", endpoint: "dcim/module-bay-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "module_family", endpoint: "dcim/module-families", key: "name"},
	{name: "module_type", endpoint: "dcim/module-types", key: "manufacturer.name model"},
	{name: "platform", endpoint: "dcim/platforms", key: "name"},
	{name: "power_feed", endpoint: "dcim/power-feeds", key: "power_panel.name name"},
	{name: "power_outlet", endpoint: "dcim/power-outlets", key: "device.name name"},
	{name: "power_outlet_template", endpoint: "dcim/power-outlet-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "power_panel", endpoint: "dcim/power-panels", key: "location.name name"},
	{name: "power_port", endpoint: "dcim/power-ports", key: "device.name name"},
	{name: "power_port_template", endpoint: "dcim/power-port-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "rack", endpoint: "dcim/racks", key: "name"},
	{name: "rack_group", endpoint: "dcim/rack-groups", key: "name"},
	{name: "rack_reservation", endpoint: "dcim/rack-reservations", key: "rack.name units"},
	{name: "rear_port", endpoint: "dcim/rear-ports", key: "device.name name"},
	{name: "rear_port_template", endpoint: "dcim/rear-port-templates", key: "device_type.manufacturer.name device_type.model name", pageless: true},
	{name: "software_image_file", endpoint: "dcim/software-image-files", key: "image_file_name software_version.version"},
	{name: "software_version", endpoint: "dcim/software-versions", key: "platform.name version"},
	{name: "virtual_chassis", endpoint: "dcim/virtual-chassis", key: "name"},
	{name: "virtual_device_context", endpoint: "dcim/virtual-device-contexts", key: "device.name name"},
	{name: "config_context", endpoint: "extras/config-contexts", key: "name"},
	{name: "config_context_schema", endpoint: "extras/config-context-schemas", key: "name"},
	{name: "contact", endpoint: "extras/contacts", key: "name"},
	{name: "dynamic_group", endpoint: "extras/dynamic-groups", key: "name"},
	{name: "role", endpoint: "extras/roles", key: "name"},
	{name: "secret", endpoint: "extras/secrets", key: "name"},
	{name: "secrets_group", endpoint: "extras/secrets-groups", key: "name"},
	{name: "secrets_group_association", endpoint: "extras/secrets-groups-associations", key: "secrets_group.name access_type secret_type", list: "secrets_group_associations", pageless: true},
	{name: "status", endpoint: "extras/statuses", key: "name"},
	{name: "tag", endpoint: "extras/tags", key: "name"},
	{name: "team", endpoint: "extras/teams", key: "name"},
	{name: "ip_address", endpoint: "ipam/ip-addresses", key: "address parent.namespace.name", reads: "namespace=parent.namespace"},
	{name: "ip_address_range", endpoint: "ipam/ip-address-ranges", key: "start_address parent.namespace.name", reads: "namespace=parent.namespace"},
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
	{name: "vrf_device_assignment", endpoint: "ipam/vrf-device-assignments", key: "vrf.name vrf.namespace.name device.name", pageless: true},
	{name: "vrf_prefix_assignment", endpoint: "ipam/vrf-prefix-assignments", key: "vrf.name vrf.namespace.name prefix.prefix prefix.namespace.name", pageless: true},
	{name: "certificate_profile", endpoint: "load-balancers/certificate-profiles", key: "name"},
	{name: "health_check_monitor", endpoint: "load-balancers/health-check-monitors", key: "name"},
	{name: "load_balancer_pool", endpoint: "load-balancers/load-balancer-pools", key: "name"},
	{name: "load_balancer_pool_member", endpoint: "load-balancers/load-balancer-pool-members", key: "load_balancer_pool.name ip_address.address port"},
	{name: "virtual_server", endpoint: "load-balancers/virtual-servers", key: "name"},
	{name: "virtual_server_certificate_profile_assignment", endpoint: "load-balancers/virtual-server-certificate-profile-assignments", key: "virtual_server.name certificate_profile.name", pageless: true},
	{name: "tenant", endpoint: "tenancy/tenants", key: "name"},
	{name: "tenant_group", endpoint: "tenancy/tenant-groups", key: "name"},
	{name: "cluster", endpoint: "virtualization/clusters", key: "name"},
	{name: "cluster_group", endpoint: "virtualization/cluster-groups", key: "name"},
	{name: "cluster_type", endpoint: "virtualization/cluster-types", key: "name"},
	{name: "virtual_machine", endpoint: "virtualization/virtual-machines", key: "cluster.name name"},
	{name: "vm_interface", endpoint: "virtualization/interfaces", key: "virtual_machine.name name", list: "vm_interfaces"},
	{name: "vpn", endpoint: "vpn/vpns", key: "name"},
	{name: "vpn_phase_1_policy", endpoint: "vpn/vpn-phase-1-policies", key: "name"},
	{name: "vpn_phase_2_policy", endpoint: "vpn/vpn-phase-2-policies", key: "name"},
	{name: "vpn_profile", endpoint: "vpn/vpn-profiles", key: "name"},
	{name: "vpn_profile_phase_1_policy_assignment", endpoint: "vpn/vpn-profile-phase-1-policy-assignments", key: "vpn_profile.name vpn_phase1_policy.name", list: "vpn_profile_phase1_policy_assignments", pageless: true},
	{name: "vpn_profile_phase_2_policy_assignment", endpoint: "vpn/vpn-profile-phase-2-policy-assignments", key: "vpn_profile.name vpn_phase2_policy.name", list: "vpn_profile_phase2_policy_assignments", pageless: true},
	{name: "vpn_tunnel", endpoint: "vpn/vpn-tunnels", key: "name"},
	{name: "vpn_tunnel_endpoint", endpoint: "vpn/vpn-tunnel-endpoints", key: "source_interface.device.name source_interface.name"},
	{name: "controller_managed_device_group_radio_profile_assignment", endpoint: "wireless/controller-managed-device-group-radio-profile-assignments", key: "controller_managed_device_group.name radio_profile.name", pageless: true},
	{name: "controller_managed_device_group_wireless_network_assignment", endpoint: "wireless/controller-managed-device-group-wireless-network-assignments", key: "controller_managed_device_group.name wireless_network.name", pageless: true},
	{name: "radio_profile", endpoint: "wireless/radio-profiles", key: "name"},
	{name: "supported_data_rate", endpoint: "wireless/supported-data-rates", key: "standard rate"},
	{name: "wireless_network", endpoint: "wireless/wireless-networks", key: "name"},
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
			if strings.Contains(" ip rir vdc vlan vm vpn vrf ", " "+part+" ") {
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
