// Package dashboard shows jobs, runs, plans and journals in a browser, and starts runs: one handler over whatever run store and object store it is given.
package dashboard

import (
	"context"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/step"
)

// Options are what a dashboard needs of the world.
type Options struct {
	// Env gives the run store, the objects, the jobs and the adapters. Its Runs, Objects, Jobs, Registry and Temp must be set; its Memo is not used. nil only where Closed is not.
	Env *step.Env
	// Jobs lists the names of the jobs that may be started, beside those that have runs; nil: none.
	Jobs func(ctx context.Context) ([]string, error)
	// Start starts a run and returns its id once the input was accepted; it does not wait for the run's end. nil: nothing can be started from here.
	Start func(ctx context.Context, in step.Input) (id string, err error)
	// Lost is asked about a run that was started here a while ago and has no record yet: why it gets none, or nil while it still may. nil: never known.
	Lost func(ctx context.Context, id string) error
	// Closed is why there is nothing to look at, such as a stack that does not exist: every page says so, and nothing else is asked. nil: there is.
	Closed error
	// Refresh is called before pages are made, at most once in two seconds, to close runs whose process ended; nil: not needed.
	Refresh func(ctx context.Context) error
	// Schedule says when the job runs by itself; nil where nothing is known of it. nil: never known.
	Schedule func(job string) *Schedule
	// Hosts are the values of the Host header that are answered ("127.0.0.1:8080"); all others are refused.
	Hosts []string
	// Command is how commands begin that are shown ("plumb --state x"), Store names what is looked at ("state folder .plumb").
	Command, Store string
	// NoJobs says, in a sentence, where jobs come from; for who has none yet.
	NoJobs string
	// Listed says which jobs are listed, and how others come to be.
	Listed string
	// Hide takes out of texts what a page is not to show, such as paths of this machine; nil: nothing.
	Hide func(string) string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Dashboard is an http.Handler. Make it with New.
type Dashboard struct {
	Options
	mux     *http.ServeMux
	pages   map[string]*template.Template
	token   string // what forms must bring along
	results *shelf
	trees   *shelf

	mu        sync.Mutex
	refreshed time.Time
	begun     map[string]time.Time // runs that were started here and may have no record yet
}

//go:embed assets
var assets embed.FS

//go:embed pages
var pages embed.FS

// New returns a dashboard.
func New(o Options) (*Dashboard, error) {
	if o.Env != nil { // pages are made at the same time, for as long as the dashboard lives: each reads its job for itself
		env := *o.Env
		env.Memo, o.Env = nil, &env
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Hide == nil {
		o.Hide = func(s string) string { return s }
	}
	if o.Command == "" {
		o.Command = "plumb"
	}
	d := &Dashboard{Options: o, mux: http.NewServeMux(), token: rand.Text(), begun: map[string]time.Time{}, results: newShelf(4), trees: newShelf(8)}
	if err := d.parse(); err != nil {
		return nil, err
	}
	d.route()
	return d, nil
}

// parse reads the templates: each page is the frame with its own content.
func (d *Dashboard) parse() error {
	frame, err := template.New("frame.html").Funcs(d.functions()).ParseFS(pages, "pages/frame.html", "pages/parts.html")
	if err != nil {
		return err
	}
	files, err := pages.ReadDir("pages")
	if err != nil {
		return err
	}
	d.pages = map[string]*template.Template{}
	for _, f := range files {
		if f.Name() == "frame.html" || f.Name() == "parts.html" {
			continue
		}
		own, err := frame.Clone()
		if err == nil {
			_, err = own.ParseFS(pages, "pages/"+f.Name())
		}
		if err != nil {
			return err
		}
		d.pages[f.Name()[:len(f.Name())-len(filepath.Ext(f.Name()))]] = own
	}
	return nil
}

func (d *Dashboard) route() {
	for pattern, h := range map[string]maker{
		"GET /{$}":                            d.home,
		"GET /jobs/{job}":                     d.job,
		"GET /runs":                           d.runs,
		"GET /runs/{run}":                     d.run,
		"GET /runs/{run}/changes":             d.changes,
		"GET /runs/{run}/changes/{list}/{at}": d.change,
		"GET /runs/{run}/journal":             d.journal,
		"GET /runs/{run}/findings":            d.findings,
		"GET /runs/{run}/log":                 d.log,
		"GET /":                               d.nothing,
	} {
		d.mux.HandleFunc(pattern, d.show(h))
	}
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /runs/{run}/download/{form}": d.download,
		"POST /jobs/{job}":                d.act(d.startJob),
		"POST /runs/{run}/resume":         d.act(d.resume),
		"POST /runs/{run}/sync":           d.act(d.syncPlan),
		"GET /assets/{file}":              d.asset,
	} {
		d.mux.HandleFunc(pattern, h)
	}
}

// ServeHTTP answers a request. What does not name one of the hosts is refused before anything is read.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.headers(w)
	if err := d.guard(r); err != nil {
		d.refuse(w, r, err)
		return
	}
	if d.Closed != nil && !strings.HasPrefix(r.URL.Path, "/assets/") {
		d.refuse(w, r, closedError{d.Closed})
		return
	}
	d.mux.ServeHTTP(w, r)
}

// refresh closes runs that died, now and then.
func (d *Dashboard) refresh(ctx context.Context) error {
	if d.Refresh == nil {
		return nil
	}
	d.mu.Lock()
	due := d.Now().Sub(d.refreshed) > 2*time.Second
	if due {
		d.refreshed = d.Now()
	}
	d.mu.Unlock()
	if !due {
		return nil
	}
	return d.Refresh(ctx)
}
