package dashboard_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestEmpty: where there is nothing yet, each page says what to do next.
func TestEmpty(t *testing.T) {
	w := newWorld(t)
	w.get("/").has(t, ".empty", "No jobs yet")
	w.get("/runs").has(t, ".empty", "No runs yet")
	w.devices(numbered(2)...)
	w.get("/").has(t, "article.job", "Never run. A dry run shows what would change")
	w.get("/jobs/devices").has(t, ".empty", "Start a dry run")
}

// TestPages: every page of a run says what it should, as HTML and as JSON.
func TestPages(t *testing.T) {
	w := newWorld(t)
	w.devices(append(numbered(3), "ber01,edgee,X1")...)
	planned := w.run(step.Input{Job: "devices", MemoryProfiling: true})
	at := "/runs/" + planned.ID
	p := w.get(at)
	p.has(t, "h1", "Succeeded: dry run of devices")
	p.has(t, ".notice", "Nothing was written to the target.")
	p.has(t, "table", "Memory Usage Stats")
	p.has(t, "table", "at end")
	p.has(t, "form button", "Sync this plan")
	p.has(t, "dd", "devices.yaml")
	failed := w.run(wet("devices"))
	w.get("/").has(t, ".notice", "3 of 4 changes written, 1 failed")
	w.get("/runs/"+failed.ID+"/changes?result=failed").has(t, ".change .message.failed", "refuses role")
	if n := w.get("/runs/" + failed.ID + "/changes?result=done").Find("article.change").Length(); n != 3 {
		t.Errorf("%d changes are done", n)
	}
	w.get("/runs/"+failed.ID+"/journal?status=failed").has(t, "td", "refuses role")
	w.get("/runs/"+failed.ID+"/changes/changes/1").has(t, ".values", "edgee")
	job := w.get("/jobs/devices")
	job.has(t, "dd", "devices.csv")
	job.has(t, "td", "role, serial")
	job.has(t, "select option", "apac")
	job.has(t, "figcaption", "Peak memory of each step in MB")
	if n := w.get("/").Find("svg.strip rect").Length(); n != 2 {
		t.Errorf("%d runs in the strip", n)
	}
	w.devices("dev00000,spine,S00000", "dev00001,leaf,S00001", "ber01,edge,X1")
	now := w.run(dry("devices"))
	w.get("/runs/"+now.ID+"/changes?attribute=role&model=device").has(t, ".change ins", "spine")
	w.get("/runs/"+now.ID+"/changes?view=tree").has(t, ".tree", "device dev00000")
	var changes struct {
		Changes []struct{ Op, Name string }
		Total   run.Counts
	}
	w.json("/runs/"+now.ID+"/changes", &changes)
	if len(changes.Changes) != 3 || changes.Total.Delete != 1 {
		t.Errorf("as JSON: %+v", changes)
	}
	for _, page := range []string{"/", "/runs", "/jobs/devices", at, at + "/journal", at + "/findings", at + "/log", at + "/changes?view=tree", at + "/changes/changes/1"} {
		var any map[string]any
		if w.json(page, &any); len(any) == 0 {
			t.Errorf("%s as JSON is empty", page)
		}
		if w.get(page+map[bool]string{true: "&", false: "?"}[strings.Contains(page, "?")]+"format=json").header.Get("Content-Type") != "application/json" {
			t.Errorf("%s has no ?format=json", page)
		}
	}
	csv := w.get("/runs/" + now.ID + "/download/csv")
	if !strings.HasPrefix(csv.text, "number,action,model,name,attribute,before,after,held,reason\n") || strings.Count(csv.text, "\n") < 4 {
		t.Errorf("CSV: %s", csv.text)
	}
	if lines := w.get("/runs/" + now.ID + "/download/ndjson?action=delete").text; strings.Count(lines, "\n") != 1 || !strings.HasPrefix(lines, `{"n":`) {
		t.Errorf("NDJSON: %s", lines)
	}
	if dict := w.get("/runs/" + now.ID + "/download/diffsync").text; !strings.HasPrefix(dict, `{"device":`) {
		t.Errorf("DiffSync's dict: %s", dict)
	}
}

// TestActions: forms start runs, a plan is synced as it is, and a job's vars and scope come along.
func TestActions(t *testing.T) {
	w := newWorld(t)
	w.devices(numbered(3)...)
	sent := func(path string, form url.Values) *run.Run {
		t.Helper()
		p := w.post(path, form)
		to := p.header.Get("Location")
		if p.status != http.StatusSeeOther || !strings.HasPrefix(to, "/runs/") {
			t.Fatalf("%s: %d %s", path, p.status, p.Find("main").Text())
		}
		w.starts.Wait()
		r, err := w.env.Runs.Get(t.Context(), strings.TrimPrefix(to, "/runs/"))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := sent("/jobs/devices", url.Values{"what": {"dry"}, "var.region": {"apac"}, "where": {"device.name=dev00001\ndevice.name=dev00002"}, "memory_profiling": {"yes"}})
	if !r.DryRun || r.Trigger != "dashboard" || r.Counts["device"].Create != 2 || !strings.Contains(string(r.Input), `"apac"`) {
		t.Errorf("dry run: %+v", r)
	}
	w.get("/runs/"+r.ID).has(t, "dd", "apac")
	s := sent("/runs/"+r.ID+"/sync", url.Values{})
	if s.PlanOf != r.ID || s.Status != run.Succeeded || s.Results["done"] != 2 {
		t.Errorf("sync of the plan: %+v", s)
	}
	if r := sent("/jobs/devices", url.Values{"what": {"sync"}, "sure": {"yes"}}); r.DryRun || r.Results["done"] != 1 {
		t.Errorf("sync: %+v", r)
	}
	for name, c := range map[string]struct {
		path string
		form url.Values
		want int
	}{
		"sync without being sure": {"/jobs/devices", url.Values{"what": {"sync"}}, 400},
		"neither":                 {"/jobs/devices", url.Values{"what": {"x"}}, 400},
		"a scope that is none":    {"/jobs/devices", url.Values{"what": {"dry"}, "where": {"x"}}, 400},
		"a var that is none":      {"/jobs/devices", url.Values{"what": {"dry"}, "var.region": {"mars"}}, 400},
		"unknown job":             {"/jobs/none", url.Values{"what": {"dry"}}, 404},
		"resume of what is done":  {"/runs/" + s.ID + "/resume", url.Values{}, 400},
		"sync of an unknown run":  {"/runs/none/sync", url.Values{}, 404},
	} {
		if p := w.post(c.path, c.form); p.status != c.want {
			t.Errorf("%s: %d, want %d: %s", name, p.status, c.want, p.Find("main").Text())
		}
	}
}

// TestGuard: what other sites may send is refused, and pages may load nothing from elsewhere.
func TestGuard(t *testing.T) {
	w := newWorld(t)
	w.devices(numbered(1)...)
	p := w.get("/")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(p.header.Get("Content-Security-Policy"), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(p.text, "style=") || p.Find("script:not([src])").Length() > 0 || strings.Contains(p.text, " onclick") {
		t.Error("inline script or style")
	}
	denied := func(name string, p *page, advice string) {
		t.Helper()
		if p.status != 403 || strings.Contains(p.text, "credentials") {
			t.Errorf("%s: %d, %s", name, p.status, p.Find("main").Text())
		}
		p.has(t, "main > p", advice)
	}
	host := w.ask("GET", "/", nil, http.Header{"Host": {"evil.example"}})
	denied("another host", host, "Open "+w.url+"/")
	if host.Find("main a").Length() > 0 {
		t.Error("it leads to more that is refused")
	}
	form := url.Values{"what": {"dry"}}
	denied("without a token", w.ask("POST", "/jobs/devices", form, nil), "Open the page again and send it once more.")
	w.post("/jobs/none", url.Values{}) // takes the token
	form.Set("token", w.token)
	for name, h := range map[string]http.Header{"origin": {"Origin": {"http://evil.example"}}, "site": {"Sec-Fetch-Site": {"cross-site"}}, "no origin": {"Origin": {"null"}}} {
		denied(name+" of another site", w.ask("POST", "/jobs/devices", form, h), "open the page here and send its own form")
	}
	if got := w.ask("GET", "/jobs/devices?what=dry&token="+w.token, nil, nil).status; got != 200 {
		t.Errorf("a link that acts: %d", got)
	}
	if runs, err := w.env.Runs.List(t.Context(), run.Filter{}); err != nil || len(runs) > 0 {
		t.Errorf("runs were started: %v %v", runs, err)
	}
	if got := w.ask("PUT", "/jobs/devices", nil, nil).status; got != 405 && got != 404 {
		t.Errorf("put: %d", got)
	}
	if got := w.get("/assets/..%2fdashboard.go").status; got != 404 {
		t.Errorf("a file that is none: %d", got)
	}
	readOnly := newWorld(t, func(o *dashboard.Options) { o.Start = nil })
	readOnly.devices(numbered(1)...)
	if readOnly.get("/").Find("form button").Length() > 0 {
		t.Error("a form that cannot start anything")
	}
	denied("a dashboard that only shows", readOnly.ask("POST", "/jobs/devices", url.Values{"what": {"dry"}}, nil), "Start it from a terminal: plumb plan JOB, or plumb sync JOB.")
}

// TestClosed: over what does not exist, every page says so and what to do, and sends nobody on to others that say the same.
func TestClosed(t *testing.T) {
	w, _ := closedWorld(t)
	for _, path := range []string{"/", "/runs", "/jobs/x"} {
		p := w.get(path)
		p.has(t, "h1", "There is nothing to look at")
		p.has(t, ".message", "there is none in region eu-central-1")
		p.has(t, "main p", "--region and --profile")
		if p.status != 404 || p.Find("main a").Length() > 0 {
			t.Errorf("%s: %d", path, p.status)
		}
	}
}

// TestEarly: the changes of a run that has compared nothing yet are no error: the page says so, and follows it.
func TestEarly(t *testing.T) {
	w := newWorld(t)
	w.devices(numbered(1)...)
	if err := w.env.Runs.Create(t.Context(), &run.Run{ID: "early", Job: "devices", Status: run.Running, Started: time.Now(), Step: step.StepLoadSource}); err != nil {
		t.Fatal(err)
	}
	p := w.get("/runs/early/changes")
	p.has(t, "main[data-live='1'] h1", "No changes yet")
	if p.status != 200 {
		t.Error(p.status)
	}
	if p := w.get("/runs/early/download/csv"); p.status != 404 {
		t.Errorf("a download of no plan: %d", p.status)
	}
	w.get("/runs/early/journal").has(t, ".empty", "Nothing is written so far")
}

// TestBadInput: each thing that is not there has a page that says what and what to do, with the right status.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	w.devices(numbered(3)...)
	r := w.run(dry("devices"))
	damaged := w.run(dry("devices"))
	pruned := w.run(dry("devices"))
	w.run(dry("devices"))
	newest := w.run(wet("devices"))
	const huge = "9223372036854775807"
	for _, suffix := range []string{".index", ".ndjson.zst"} {
		file := filepath.Join(w.dir, "objects", "runs", damaged.ID, "plan"+suffix)
		if text, err := os.ReadFile(file); err == nil {
			if err := os.WriteFile(file, append(text[:len(text)/2], text[len(text)/2+3:]...), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.env.Runs.Delete(t.Context(), pruned.ID); err != nil {
		t.Fatal(err)
	}
	at, synced := "/runs/"+r.ID, "/runs/"+newest.ID
	for path, c := range map[string]struct {
		status int
		says   string
	}{
		"/nope":                                       {404, "there is no page"},
		"/runs/none":                                  {404, `there is no run "none"`},
		"/runs/" + pruned.ID:                          {404, "it was removed since"},
		"/runs/" + pruned.ID + "/changes":             {404, "it was removed since"},
		"/runs?after=" + pruned.ID:                    {404, "Begin at the first page"},
		"/jobs/none":                                  {404, `there is no job "none"`},
		"/runs/" + damaged.ID + "/changes":            {500, "damaged"},
		"/runs?status=x":                              {400, `there is no status "x"`},
		"/runs?kind=x":                                {400, "want dry or sync"},
		"/runs?sort=x":                                {400, "want newest, oldest, duration, changes or status"},
		"/runs?page=0":                                {400, "want its number"},
		"/runs?sort=duration&page=9":                  {404, "there is no page 9"},
		"/runs?sort=duration&page=" + huge:            {404, "there is no page " + huge},
		"/runs?sort=oldest&after=" + newest.ID:        {404, "none comes after"},
		"/runs?from=yesterday":                        {400, "is no day"},
		at + "/changes?from=999":                      {404, "the list ends at change 3"},
		at + "/changes?from=-1":                       {400, "want the number of a change"},
		at + "/changes?model=x":                       {400, `has no model "x"`},
		at + "/changes?action=x":                      {400, `no action "x"`},
		at + "/changes?view=x":                        {400, "want flat or tree"},
		at + "/changes?result=x":                      {400, `no result "x"`},
		at + "/changes?list=x":                        {400, `no list "x"`},
		at + "/changes?below=%5B":                     {400, "no record's key"},
		at + "/changes?view=tree&after=x":             {400, "after is no record's key"},
		at + "/changes/changes/99":                    {404, "has no change 99"},
		at + "/changes/x/1":                           {400, "no change"},
		at + "/changes?view=tree&after=%5B%22z%22%5D": {404, "there is no such page"},
		at + "/changes?view=tree&result=done":         {400, "is narrowed by how it ended"},
		at + "/changes?list=held&result=failed":       {400, "is narrowed by how it ended"},
		at + "/journal?from=x":                        {400, "is no place in it"},
		at + "/journal?from=9.9.9":                    {404, "there is no page"},
		synced + "/journal?from=0.1.-1":               {400, "is no place in it"},
		synced + "/journal?from=0.99.1":               {404, "there is no page"},
		at + "/findings?from=x":                       {400, "is no place in it"},
		at + "/findings?from=9.0":                     {404, "there is no page"},
		at + "/findings?from=0.999999":                {404, "there is no page"},
		at + "/log?from=-1":                           {400, "is no place in it"},
		at + "/log?from=9000":                         {404, "there is no page"},
		at + "/log?from=99999":                        {404, "there is no page"},
		at + "/log?status=loud":                       {400, `no "loud"`},
		at + "/download/exe":                          {404, "there are ndjson, csv and diffsync"},
		at + "/changes?match=%00%ff%3Cscript%3Ex":     {200, "No change is like that"},
	} {
		p := w.get(path)
		if p.status != c.status {
			t.Errorf("%s: status %d, want %d", path, p.status, c.status)
		}
		p.has(t, "main", c.says)
		if p.Find("a[href='/runs'], main a").Length() == 0 {
			t.Errorf("%s leads nowhere", path)
		}
		var as struct {
			Status  int
			Code    string
			Message []string
			First   string
		}
		j := w.ask(http.MethodGet, path, nil, http.Header{"Accept": {"application/json"}})
		if err := json.Unmarshal([]byte(j.text), &as); err != nil || j.status != c.status || c.status != 200 && (as.Status != c.status || as.Code == "" || len(as.Message) == 0) {
			t.Errorf("%s as JSON: %d %+v %v", path, j.status, as, err)
		}
		if to, _ := p.Find("main a:contains('First page')").Attr("href"); to != as.First || to != "" && w.get(to).status != 200 {
			t.Errorf("%s: the first page is %q, as JSON %q", path, to, as.First)
		}
		if beyond := c.status == 404 && (strings.Contains(path, "from=") || strings.Contains(path, "after=") || strings.Contains(path, "page=")); beyond != (as.First != "") {
			t.Errorf("%s: the first page is %q", path, as.First)
		}
	}
	if err := w.env.Runs.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if p := w.get("/"); p.status != 500 && p.status != 503 {
		t.Errorf("without a store: %d", p.status)
	}
}

// TestStoreDown: a store that is locked, cannot be reached or refuses has the page that fits.
func TestStoreDown(t *testing.T) {
	for code, want := range map[string]int{"unavailable": 503, "throttled": 503, "denied": 403, "not_found": 404, "timed_out": 504, "internal": 500} {
		w := newWorld(t, func(o *dashboard.Options) { o.Env.Runs = down{o.Env.Runs, code} })
		for _, path := range []string{"/", "/runs", "/runs/x", "/runs/x/changes", "/jobs/x"} {
			p := w.get(path)
			if p.status != want {
				t.Errorf("%s at %s: %d, want %d", code, path, p.status, want)
			}
			if p.Find("main p").Length() < 2 {
				t.Errorf("%s at %s: no advice", code, path)
			}
		}
	}
}
