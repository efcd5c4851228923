package job_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

const scoped = sides + `
models:
  prefix:
    identifiers: [prefix]
    attributes: [role, {vlan: integer}, tags, owner]
    rules: {owner: {ignore_case: true}}
  rack: {identifiers: [name], parent: site}
  site: {identifiers: [{id: integer}]}
`

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		cond  any
		field string
		value string
		want  bool
	}{
		{"x", "role", `"x"`, true},
		{"x", "role", `"X"`, false},
		{"x", "role", ``, false},
		{"x", "role", `null`, false},
		{nil, "role", `null`, true},
		{nil, "role", ``, true},
		{nil, "role", `""`, false},
		{"", "role", `""`, true},
		{"5", "role", `5`, true},
		{5.0, "role", `"5"`, true},
		{true, "role", `1`, true},
		{true, "role", `"true"`, true},
		{"5", "vlan", `5`, true},
		{"5", "vlan", `6`, false},
		{[]any{"a", 5.0}, "role", `5`, true},
		{[]any{"a", "b"}, "role", `"c"`, false},
		{"/^a.c$/", "role", `"abc"`, true},
		{"/^a.c$/", "role", `"ab"`, false},
		{"/^a.c$/", "role", `null`, false},
		{"/^1/", "role", `12`, true},
		{[]any{"/^a/", "/b$/", "x"}, "role", `"cb"`, true},
		{[]any{"/^a/", "/b$/", "x"}, "role", `"bc"`, false},
		{"/", "role", `"/"`, true},
		{"prod", "tags", `["a","prod"]`, true},
		{"prod", "tags", `[]`, false},
		{"/^p/", "tags", `["a","prod"]`, true},
		{"ANA", "owner", `"ana"`, true},
		{"/^an/", "owner", `"ANA"`, true},
		{"10.0.0.0/8", "prefix", `"10.1.0.0/16"`, true},
		{"10.0.0.0/8", "prefix", `"10.1.2.3"`, true},
		{"10.0.0.0/8", "prefix", `"10.0.0.0/8"`, true},
		{"10.1.0.0/16", "prefix", `"10.0.0.0/8"`, false},
		{"10.1.2.3/8", "prefix", `"10.200.0.1"`, true},
		{"10.0.0.0/8", "prefix", `"11.0.0.0/8"`, false},
		{"10.0.0.0/8", "prefix", `"ten"`, false},
		{"10.0.0.0/8", "prefix", `null`, false},
		{map[string]any{"cidr": "2001:db8::/32"}, "prefix", `"2001:db8:1::/48"`, true},
		{[]any{"10.0.0.0/8", "192.0.2.0/24"}, "prefix", `"192.0.2.7"`, true},
		{"1/0/1", "role", `"1/0/1"`, true},
		{"1/2", "role", `"1/2"`, true},
	} {
		j, err := parse(t, scoped).Narrow(map[string]map[string]any{"prefix": {tt.field: tt.cond}})
		if err != nil {
			t.Errorf("%v: %v", tt.cond, err)
			continue
		}
		w := j.Model("prefix").Where
		get := func(string) record.Value { return record.Value(tt.value) }
		if got := w.Match(get); got != tt.want {
			t.Errorf("%s: %v, %s: got %v", tt.field, tt.cond, tt.value, got)
		}
		bare := job.Where{{Field: w[0].Field, Values: w[0].Values, Regexp: w[0].Regexp, CIDRs: w[0].CIDRs}} // as a program makes one
		if tt.field != "owner" && bare.Match(get) != tt.want {
			t.Errorf("%s: %v, %s: made by hand", tt.field, tt.cond, tt.value)
		}
	}
	if !job.Where(nil).Match(nil) {
		t.Error("no condition")
	}
}

func TestNarrow(t *testing.T) {
	j := parse(t, scoped)
	for want, where := range map[string]map[string]map[string]any{
		`where: job "test" has no model "prefx"; did you mean "prefix"?`:           {"prefx": {"role": "x"}},
		`where: model "prefix" has no field "rol"; did you mean "role"?`:           {"prefix": {"rol": "x"}},
		`where: prefix.vlan: "x" is not an integer`:                                {"prefix": {"vlan": "x"}},
		"where: prefix.role: /(/ is no regular expression: missing closing ): `(`": {"prefix": {"role": "/(/"}},
		`where: rack.site: "x" is not an integer`:                                  {"rack": {"site": "x"}},
		`where: rack.name: the list is empty: nothing would be in scope`:           {"rack": {"name": []any{}}},
	} {
		_, err := j.Narrow(where)
		if err == nil || fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if d := cmp.Diff(want, err.Error()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	a, err := j.Narrow(map[string]map[string]any{"rack": {"site": "7"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := a.Narrow(map[string]map[string]any{"rack": {"name": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.WithVars(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{len(j.Model("rack").Where), len(a.Model("rack").Where), len(b.Model("rack").Where), len(c.Model("rack").Where)} {
		if want := []int{0, 1, 2, 2}[i]; n != want {
			t.Errorf("%d: %d conditions, want %d", i, n, want)
		}
	}
	if got := string(a.Model("rack").Where[0].Values[0]); got != "7" {
		t.Errorf("converted: %s", got)
	}
}
