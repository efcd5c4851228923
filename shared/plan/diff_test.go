package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/run"
)

func TestDiffBasics(t *testing.T) {
	j := newJob(model("site", attrs("region")), model("device", attrs("role", "serial"), under("site", "site")))
	w := newWorld(t, j)
	r := w.diff([]rec{
		{key: "site a", attrs: m{"region": "emea"}},
		{key: "site b", attrs: m{"region": "emea"}},
		{key: "device d1", parent: "site a", attrs: m{"role": "leaf", "serial": "1"}, local: m{"id": 7}},
		{key: "device d2", parent: "site b", attrs: m{"role": "leaf", "serial": "2"}},
		{key: "device d3", parent: "site b", attrs: m{"role": "leaf", "serial": "3"}},
		{key: "device same", parent: "site a", attrs: m{"role": "leaf"}},
	}, []rec{
		{key: "site a", attrs: m{"region": "apac"}},
		{key: "device d1", parent: "site a", attrs: m{"role": "spine", "serial": "1"}, local: m{"id": 70}},
		{key: "device d2", parent: "site a", attrs: m{"role": "leaf", "serial": "2"}},
		{key: "device d9", parent: "site a", attrs: m{"role": "leaf"}},
		{key: "device same", parent: "site a", attrs: m{"role": "leaf"}, local: m{"id": 71}},
	})
	want := `[site create 0]
+ site b {"region":"emea"}
[site update 0]
~ site a {"region":"emea"}
[device create 0]
+ device d3 in site b {"role":"leaf","serial":"3"}
[device update 0]
~ device d1 in site a {"role":"leaf"}
[device move 0]
> device d2 in site b from site a {}
[device delete 0]
- device d9 in site a
`
	if diff := cmp.Diff(want, shown(t, r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	counts := map[string]run.Counts{
		"site":   {Create: 1, Update: 1, Source: 2, Target: 1},
		"device": {Create: 1, Update: 1, Move: 1, Delete: 1, Unchanged: 1, Source: 4, Target: 4},
	}
	if diff := cmp.Diff(counts, r.Index().Counts); diff != "" {
		t.Errorf("counts (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[string]map[string]int64{"site": {"region": 1}, "device": {"role": 1}}, r.Index().Attributes); diff != "" {
		t.Errorf("attributes (-want +got)\n%s", diff)
	}
	var lines []string
	for c, err := range r.Changes(w.ctx, 4, 5) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(c.AppendJSON(nil)))
	}
	line := `{"n":4,"op":"update","key":["device","d1"],"name":"d1","path":[["site","a"]],"parent":["site","a"],"before":{"role":"spine","serial":"1"},"set":{"role":"leaf"},"local":{"id":70}}`
	if diff := cmp.Diff(line, strings.Join(lines, "\n")); diff != "" {
		t.Errorf("line (-want +got)\n%s", diff)
	}
	if err := r.Verify(w.ctx); err != nil {
		t.Error(err)
	}
}
