package dashboard_test

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// TestLinks: a change leads to its record's page in both systems, where their adapters know it: in the target also once the record was created, and no more once it was deleted.
func TestLinks(t *testing.T) {
	m := &adapter.Model{Model: &job.Model{Name: "device", Identifiers: []job.Attribute{{Name: "name"}}}, Mapping: &job.Mapping{}}
	source := memory.New(memory.Options{Locals: true, Pages: "https://user:pass@cmdb.test/items"})
	target := memory.New(memory.Options{Locals: true, Pages: "https://assets.test"})
	for range 10 { // so that no record has the same key on both sides
		source.Remove(source.Put(m, map[string]any{"name": "x"}))
	}
	source.Put(m, map[string]any{"name": "new", "role": "leaf"})
	source.Put(m, map[string]any{"name": "changed", "role": "leaf"})
	target.Put(m, map[string]any{"name": "changed", "role": "spine"})
	target.Put(m, map[string]any{"name": "old", "role": "leaf"})
	target.Put(m, map[string]any{"name": "same", "role": "leaf"})
	source.Put(m, map[string]any{"name": "same", "role": "leaf"})
	w := newWorld(t, func(o *dashboard.Options) {
		r := adapters.All()
		r.Add(source.Type("cmdb"))
		r.Add(target.Type("assets"))
		o.Env.Registry = r
	})
	w.write("jobs/pages.yaml", "source: {adapter: cmdb}\ntarget: {adapter: assets}\nmodels: {device: {identifiers: [name], attributes: [role]}}\npolicy: sync\nlimits: {delete: 100%, update: 100%}\n")
	links := func(path string) string {
		var all []string
		for _, c := range w.get(path).Find("article.change").EachIter() {
			one := strings.Fields(c.Find("h3 a").Text())[2] + ":"
			for _, a := range c.Find(".row > a").EachIter() {
				at, _ := a.Attr("href")
				one += " " + at
			}
			all = append(all, one)
		}
		return strings.Join(all, "\n")
	}
	planned := w.run(dry("pages"))
	if planned.Status != run.Succeeded {
		t.Fatal(planned.Message)
	}
	const before = "new: https://cmdb.test/items/device/11\nchanged: https://cmdb.test/items/device/12 https://assets.test/device/1\nold: https://assets.test/device/2"
	if got := links("/runs/" + planned.ID + "/changes"); got != before {
		t.Errorf("of the plan:\n%s\nwant\n%s", got, before)
	}
	w.get("/runs/"+planned.ID+"/changes/changes/2").has(t, "a[href='https://assets.test/device/1']", "in the target")
	done := w.run(wet("pages"))
	const after = "new: https://cmdb.test/items/device/11 https://assets.test/device/4\nchanged: https://cmdb.test/items/device/12 https://assets.test/device/1\nold:"
	for _, query := range []string{"", "?result=done", "?view=tree"} {
		got := links("/runs/" + done.ID + "/changes" + query)
		if query == "?view=tree" {
			for line := range strings.SplitSeq(after, "\n") {
				if !strings.Contains(got, line) {
					t.Errorf("as a tree:\n%s\nwant among it %s", got, line)
				}
			}
		} else if got != after {
			t.Errorf("of the sync, %q:\n%s\nwant\n%s", query, got, after)
		}
	}
	w.get("/jobs/pages").has(t, "a[href='https://assets.test/device']", "device")
}
