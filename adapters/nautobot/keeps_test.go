package nautobot

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestKeeps(t *testing.T) {
	for _, c := range []struct{ kind, field, from, to string }{
		{"tenant", "name", `" padded "`, `"padded"`},
		{"tenant", "name", `"\u00a0as it is\u001f"`, `"as it is"`},
		{"tenant", "cf.note", `" as it comes "`, `" as it comes "`},
		{"device", "local_config_context_data", `{"a":" b "}`, `{"a":" b "}`},
		{"cloud_network", "extra_config", `{"prompt":"sw1> "}`, `{"prompt":"sw1> "}`},
		{"device", "platform.napalm_args", `{"a":" b "}`, `{"a":" b "}`},
		{"device", "tags", `[" a","b"]`, `["a","b"]`},
		{"device", "device_type", `{"manufacturer":"Acme ","model":"Box"}`, `{"manufacturer":"Acme","model":"Box"}`},
		{"prefix", "prefix", `"10.0.0.1/24"`, `"10.0.0.0/24"`},
		{"prefix", "prefix", `"2001:DB8::1/32"`, `"2001:db8::/32"`},
		{"prefix", "prefix", `"10.0.0.1"`, `"10.0.0.1/32"`},
		{"prefix", "prefix", `" none"`, `"none"`},
		{"ip_address", "address", `"10.0.0.1/24 "`, `"10.0.0.1/24"`},
		{"ip_address", "address", `"2001:DB8::1"`, `"2001:db8::1/128"`},
		{"ip_address", "dns_name", `"Host.Example.com"`, `"host.example.com"`},
		{"interface", "mac_address", `"aabb.ccdd.eeff"`, `"AA:BB:CC:DD:EE:FF"`},
		{"interface", "mac_address", `"none"`, `"none"`},
		{"prefix", "prefix_length", `24`, `24`},
	} {
		got := record.Value(c.from)
		if keep := keeps(nil, &adapter.Model{Model: &job.Model{Name: c.kind}}, c.field); keep != nil {
			got = keep(got)
		}
		if string(got) != c.to {
			t.Errorf("%s.%s: %s is kept as %s, want %s", c.kind, c.field, c.from, got, c.to)
		}
	}
	mark := keeps(&Config{Mark: "Ours"}, &adapter.Model{Model: &job.Model{Name: "device"}}, "tags")
	for from, to := range map[string]string{`["Ours","a "]`: `["a"]`, `["a","b"]`: `["a","b"]`, `["Ours"]`: `[]`} {
		if got := mark(record.Value(from)); string(got) != to {
			t.Errorf("tags %s are kept as %s beside the mark, want %s", from, got, to)
		}
	}
}
