package dashboard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/step"
)

// withVars puts a job into the world whose source is narrowed by its vars.
func (w *world) withVars(vars string) {
	w.devices(numbered(2)...)
	w.write("jobs/devices.yaml", strings.Replace(w.read("jobs/devices.yaml"), "vars: {region: {choices: [emea, apac], default: emea, description: Region to sync}}", "vars: "+vars, 1))
}

// send sends a page's form as a browser does that changes these fields only, and returns the vars of the run that it starts.
func (w *world) send(path string, change map[string]string) map[string]string {
	w.t.Helper()
	form := url.Values{"what": {"dry"}}
	fields := w.get(path).Find("form.card input, form.card select, form.card textarea")
	for _, f := range fields.EachIter() {
		name, _ := f.Attr("name")
		value, _ := f.Attr("value")
		if kind, _ := f.Attr("type"); kind == "checkbox" {
			continue
		}
		if f.Is("select") {
			chosen := f.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = f.Find("option").First()
			}
			var ok bool
			if value, ok = chosen.Attr("value"); !ok {
				value = chosen.Text()
			}
		}
		if v, ok := change[name]; ok {
			value = v
		}
		form.Set(name, value)
	}
	p := w.ask(http.MethodPost, path, form, nil)
	w.starts.Wait()
	r, err := w.env.Runs.Get(w.t.Context(), strings.TrimPrefix(p.header.Get("Location"), "/runs/"))
	if err != nil {
		w.t.Fatal(p.Find("main").Text(), err)
	}
	in, err := step.ParseInput(r.Input)
	if err != nil {
		w.t.Fatal(err)
	}
	return in.Vars
}

// TestVars: the form of a job has a field for each var with its default in it, and starts a run with what stands in the fields.
func TestVars(t *testing.T) {
	w := newWorld(t)
	w.withVars("{region: {choices: [emea, apac, latam], default: apac}, prefix: {default: dev}, owner: {}, tier: {choices: [gold, tin]}}")
	p := w.get("/jobs/devices")
	for selector, want := range map[string]int{
		"select[name='var.region'] option[selected]":         1,
		"select[name='var.region'] option":                   3,
		"select[name='var.region'][required]":                0,
		"input[name='var.prefix'][value=dev]":                1,
		"input[name='var.prefix'][required]":                 0,
		"input[name='var.owner'][required][value='']":        1,
		"select[name='var.tier'][required] option":           3,
		"select[name='var.tier'] option[selected][value='']": 1,
	} {
		if n := p.Find(selector).Length(); n != want {
			t.Errorf("%d of %s, want %d", n, selector, want)
		}
	}
	p.has(t, "select[name='var.region'] option[selected]", "apac")
	got := w.send("/jobs/devices", map[string]string{"var.owner": "ana", "var.tier": "tin"})
	if got["region"] != "apac" || got["prefix"] != "dev" || got["owner"] != "ana" || got["tier"] != "tin" {
		t.Errorf("as the form stands: %v", got)
	}
	got = w.send("/jobs/devices", map[string]string{"var.owner": "ana", "var.tier": "gold", "var.prefix": "", "var.region": "latam"})
	if prefix, given := got["prefix"]; !given || prefix != "" || got["region"] != "latam" {
		t.Errorf("with a field emptied on purpose: %v", got)
	}
	if p := w.post("/jobs/devices", url.Values{"what": {"dry"}, "var.owner": {"ana"}, "var.tier": {""}}); p.status != http.StatusBadRequest {
		t.Errorf("without a choice: %d", p.status)
	} else {
		p.has(t, "main", `variable "tier": "" is not among the choices gold, tin`)
	}
}

// TestVarInAnAddress: a job with a var in an address of a side is shown with the var's default; where it has none as it is written. Either way a run can be started.
func TestVarInAnAddress(t *testing.T) {
	w := newWorld(t)
	for vars, want := range map[string]string{"{region: {choices: [apac, emea], default: emea}}": "./emea.db", "{region: {}, other: {default: x}}": "sqlite:../${var:region}.db"} {
		w.withVars(vars)
		w.write("jobs/devices.yaml", strings.Replace(w.read("jobs/devices.yaml"), "sqlite:../assets.db", "sqlite:../${var:region}.db", 1))
		p := w.get("/jobs/devices")
		if said := p.Find("[aria-label=Problems]").Text(); said != "" || p.Find("form [name='var.region']").Length() != 1 {
			t.Errorf("%s: %s", vars, said)
		}
		p.has(t, "dd", want)
		p.has(t, "dl", "policysync")
		p.has(t, "summary", "device 3 fields")
		if got := w.send("/jobs/devices", map[string]string{"var.region": "apac"}); got["region"] != "apac" {
			t.Errorf("%s: %v", vars, got)
		}
	}
}
