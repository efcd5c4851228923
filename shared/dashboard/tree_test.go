package dashboard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// TestTree: a level of any size is shown page by page; what is small stands there with its changes and how each ended.
func TestTree(t *testing.T) {
	w := newWorld(t)
	w.devices(append(numbered(450), "ber01,edgee,X1")...)
	r := w.run(wet("devices"))
	if r.Status != run.Partial {
		t.Fatalf("%+v", r)
	}
	at, seen := "/runs/"+r.ID+"/changes?view=tree", map[string]bool{}
	first := w.get(at)
	first.has(t, ".tree > .single:first-child .message.failed", "refuses role")
	first.has(t, ".tree > :nth-child(2) .pill.done", "done")
	if n := first.Find(".tree article.change").Length(); n != 60 {
		t.Errorf("%d changes are unfolded", n)
	}
	pages := 0
	for p := first; ; p = w.get(at) {
		pages++
		for _, n := range p.Find(".tree summary strong, .tree .single h3, .tree .leaf a").EachIter() {
			words := strings.Fields(n.Text())
			name := words[len(words)-1]
			if seen[name] {
				t.Errorf("%s stands there twice", name)
			}
			seen[name] = true
		}
		next, more := p.Find("a[rel=next]").Attr("href")
		if !more {
			break
		}
		at = next
	}
	if len(seen) != 451 || pages != 3 {
		t.Errorf("%d records on %d pages", len(seen), pages)
	}
	w.get(at).has(t, "a.button", "First page")
}

// TestTreeBelow: a record's page has the way to it and what is below it; what stands in the way already is not said again.
func TestTreeBelow(t *testing.T) {
	w := newWorld(t)
	w.write("jobs/sites.yaml", "source: {adapter: file, path: ../in}\ntarget: {adapter: file, path: ../out, format: csv, create: true}\nmodels:\n  site: {identifiers: [name], children: [device]}\n  device: {identifiers: [name], parent: site, attributes: [role], children: [port]}\n  port: {identifiers: [device, name], parent: device, attributes: [speed]}\npolicy: sync\n")
	var devices, ports strings.Builder
	for i := range 30 {
		fmt.Fprintf(&devices, "d%02d,%s,leaf\n", i, map[bool]string{true: "ams", false: "ber"}[i < 28])
		fmt.Fprintf(&ports, "d%02d,p1,10\n", i)
	}
	w.write("in/site.csv", "name\nams\nber\n")
	w.write("in/device.csv", "name,site,role\n"+devices.String())
	w.write("in/port.csv", "device,name,speed\n"+ports.String())
	r := w.run(dry("sites"))
	if r.Status != run.Succeeded {
		t.Fatal(r.Message)
	}
	top := w.get("/runs/" + r.ID + "/changes?view=tree")
	top.has(t, ".leaf", "site ams+create57")
	top.has(t, "details.node", "site ber")
	top.has(t, "details.node .change", "port d28 p1in device d28")
	var order []string
	for _, n := range top.Find("details.node .change h3").EachIter() {
		order = append(order, strings.Join(strings.Fields(n.Text())[1:], " "))
	}
	if got := strings.Join(order, ", "); got != "site ber, device d28, port d28 p1, device d29, port d29 p1" {
		t.Errorf("below site ber: %s", got)
	}
	for _, n := range top.Find("details.node .change").EachIter() {
		if strings.Contains(n.Text(), "in site ber") {
			t.Errorf("what is below site ber says so: %s", n.Text())
		}
	}
	link, _ := top.Find(".leaf a").Attr("href")
	ams := w.get(link)
	ams.has(t, "nav[aria-label=Ancestors]", "site ams")
	ams.has(t, "article.change", "create site ams")
	ams.has(t, ".tree details", "device d00")
	w.get("/runs/"+r.ID+"/changes?view=tree&model=site").has(t, ".tree .single", "site ber")
	if n := ams.Find(".tree > *").Length(); n != 28 {
		t.Errorf("%d devices below ams", n)
	}
}
