package dashboard_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// world is a laptop with jobs, a state folder and a dashboard.
type world struct {
	t      testing.TB
	dir    string
	env    *step.Env
	url    string
	token  string
	server *httptest.Server
	starts sync.WaitGroup
}

// folderJobs finds jobs in a folder.
type folderJobs struct{ dir string }

func (f folderJobs) Open(_ context.Context, name string) (step.JobFile, error) {
	file, err := job.Find(f.dir, name)
	if err != nil {
		return step.JobFile{}, err
	}
	text, err := os.ReadFile(file)
	return step.JobFile{File: file, Dir: f.dir, Text: text}, err
}

func (f folderJobs) names(context.Context) (names []string, err error) {
	files, err := job.Files(f.dir)
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	return names, err
}

// environment resolves ${env:}.
type environment struct{}

func (environment) Resolve(_ context.Context, _, name string) (string, error) {
	return os.Getenv(name), nil
}

var _ secret.Resolver = environment{}

func newWorld(t testing.TB, change ...func(*dashboard.Options)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	runs, err := sqlite.Open(filepath.Join(w.dir, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = runs.Shutdown() })
	folder, err := objects.NewFolder(filepath.Join(w.dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	jobs := folderJobs{filepath.Join(w.dir, "jobs")}
	for _, d := range []string{jobs.dir, filepath.Join(w.dir, "tmp")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w.env = &step.Env{
		Registry: adapters.All(), Runs: runs, Objects: folder, Secrets: environment{}, Jobs: jobs, Temp: filepath.Join(w.dir, "tmp"),
		Invocation: "test", Version: "0.1.0", Near: func(p string) string { return strings.ReplaceAll(p, w.dir+"/", "") },
	}
	o := dashboard.Options{Env: w.env, Jobs: jobs.names, Start: w.start, Store: "state folder .plumb", Hide: func(s string) string { return strings.ReplaceAll(s, w.dir+"/", "./") }}
	w.server = httptest.NewUnstartedServer(nil)
	o.Hosts = []string{w.server.Listener.Addr().String()}
	for _, c := range change {
		c(&o)
	}
	d, err := dashboard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.server.Config.Handler = d
	w.server.Start()
	w.url = w.server.URL
	t.Cleanup(func() { w.server.Close(); w.starts.Wait() })
	return w
}

// start starts a run beside the test, as plumb ui does.
func (w *world) start(ctx context.Context, in step.Input) (string, error) {
	id := run.NewID(time.Now())
	began := make(chan error, 2)
	local := step.Local{Env: w.env, Began: func(step.StartOut) { began <- nil }}
	w.starts.Go(func() {
		_, err := local.Run(context.WithoutCancel(ctx), step.StartIn{Run: id, By: "ana", Trigger: in.Trigger, Input: in})
		began <- err
	})
	return id, <-began
}

// run makes a run and returns it when it has ended.
func (w *world) run(in step.Input) *run.Run {
	w.t.Helper()
	in.Trigger = "cli"
	id, err := w.start(w.t.Context(), in)
	w.starts.Wait()
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.env.Runs.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func dry(name string) step.Input { return step.Input{Job: name} }

func wet(name string) step.Input {
	no := false
	return step.Input{Job: name, DryRun: &no}
}

// write writes a file of the world.
func (w *world) write(name, text string) {
	w.t.Helper()
	name = filepath.Join(w.dir, name)
	_ = os.MkdirAll(filepath.Dir(name), 0o755)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// page is an answer as a person gets it.
type page struct {
	*goquery.Document
	status int
	header http.Header
	text   string
}

// get asks for a page, and checks what holds for every page.
func (w *world) get(path string) *page {
	w.t.Helper()
	return w.ask(http.MethodGet, path, nil, nil)
}

func (w *world) ask(method, path string, form url.Values, header http.Header) *page {
	w.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, v := range header {
		req.Header[name] = v
		if name == "Host" {
			req.Host = v[0]
		}
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &page{status: res.StatusCode, header: res.Header, text: string(text)}
	if p.Document, err = goquery.NewDocumentFromReader(strings.NewReader(p.text)); err != nil {
		w.t.Fatal(err)
	}
	if strings.Contains(p.text, w.dir) {
		w.t.Errorf("%s shows a path of this machine", path)
	}
	return p
}

// json asks for a page's content as JSON.
func (w *world) json(path string, into any) {
	w.t.Helper()
	p := w.ask(http.MethodGet, path, nil, http.Header{"Accept": {"application/json"}})
	if got := p.header.Get("Content-Type"); got != "application/json" || p.status != 200 {
		w.t.Fatalf("%s as JSON: %d, %s", path, p.status, got)
	}
	if err := json.Unmarshal([]byte(p.text), into); err != nil {
		w.t.Fatal(err)
	}
}

// post sends a form with its token.
func (w *world) post(path string, form url.Values) *page {
	w.t.Helper()
	if w.token == "" {
		w.token, _ = w.get("/jobs/devices").Find("input[name=token]").Attr("value")
	}
	form.Set("token", w.token)
	return w.ask(http.MethodPost, path, form, nil)
}

// has fails unless the page has an element with the text.
func (p *page) has(t *testing.T, selector, text string) {
	t.Helper()
	found := p.Find(selector)
	var all []string
	for _, n := range found.EachIter() {
		got := strings.Join(strings.Fields(n.Text()), " ")
		if strings.Contains(got, text) {
			return
		}
		all = append(all, got)
	}
	t.Errorf("no %s says %q; they say %.500q", selector, text, all)
}

func (w *world) remove(name string) error { return os.Remove(filepath.Join(w.dir, name)) }

func (w *world) read(name string) string {
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}
