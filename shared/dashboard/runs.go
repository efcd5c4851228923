package dashboard

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// runsPage is a page of the list of runs.
type runsPage struct {
	Runs     []*run.Run   `json:"runs"`
	Jobs     []string     `json:"-"`
	Statuses []run.Status `json:"-"`
	Filter   runsFilter   `json:"filter"`
	First    string       `json:"first,omitempty"` // address of the first page, where this is a later one
	Next     string       `json:"next,omitempty"`  // address of the next page
	Narrowed bool         `json:"-"`
}

// runsFilter is what the address says.
type runsFilter struct {
	Job    string `json:"job,omitempty"`
	Status string `json:"status,omitempty"`
	Kind   string `json:"kind,omitempty"` // "dry" or "sync"
	By     string `json:"by,omitempty"`
	From   string `json:"from,omitempty"` // a day
	To     string `json:"to,omitempty"`   // the last day
	Sort   string `json:"sort,omitempty"` // "oldest"
	After  string `json:"after,omitempty"`
}

// runsOnPage is how many runs a page of the list has.
const runsOnPage = 50

// statuses are what a run may stand as.
func statuses() []run.Status {
	return []run.Status{run.Running, run.Succeeded, run.Partial, run.Failed, run.Refused, run.Aborted, run.TimedOut}
}

func (d *Dashboard) runs(r *http.Request) (*view, error) {
	f, err := parseRuns(r.URL.Query())
	if err != nil {
		return nil, err
	}
	filter, err := f.store()
	if err != nil {
		return nil, err
	}
	filter.Limit = runsOnPage + 1
	list, err := d.Env.Runs.List(r.Context(), filter)
	if fault.Is(err, fault.NotFound) && f.After != "" {
		return nil, queryError{fault.Errorf(fault.NotFound, "run %q, which this page goes on after, was removed; begin at the first page", f.After)}
	}
	if fault.Is(err, fault.NotFound) {
		return nil, lostError{err}
	}
	if err != nil {
		return nil, err
	}
	p := &runsPage{Filter: f, Statuses: statuses(), Narrowed: f != runsFilter{After: f.After, Sort: f.Sort}}
	if p.Jobs, err = d.jobNames(r); err != nil {
		return nil, err
	}
	if len(list) > runsOnPage {
		list = list[:runsOnPage]
		next := f
		next.After = list[runsOnPage-1].ID
		p.Next = next.address()
	}
	if f.After != "" {
		start := f
		start.After = ""
		p.First = start.address()
	}
	for _, one := range list {
		p.Runs = append(p.Runs, d.clean(one))
	}
	return &view{page: "runs", title: "Runs", data: p, path: []crumb{{"Runs", ""}}}, nil
}

func parseRuns(q url.Values) (f runsFilter, err error) {
	f = runsFilter{q.Get("job"), q.Get("status"), q.Get("kind"), q.Get("by"), q.Get("from"), q.Get("to"), q.Get("sort"), q.Get("after")}
	bad := func(format string, args ...any) error {
		return queryError{fault.Errorf(fault.Invalid, format, args...)}
	}
	if f.Status != "" && !slices.Contains(statuses(), run.Status(f.Status)) {
		return f, bad("list runs: there is no status %q", f.Status)
	}
	if f.Kind != "" && f.Kind != "dry" && f.Kind != "sync" {
		return f, bad("list runs: kind %q: want dry or sync", f.Kind)
	}
	if f.Sort != "" && f.Sort != "oldest" && f.Sort != "newest" {
		return f, bad("list runs: sort %q: want newest or oldest", f.Sort)
	}
	if f.Sort == "newest" {
		f.Sort = ""
	}
	return f, nil
}

// store returns the filter as run stores take it.
func (f runsFilter) store() (run.Filter, error) {
	s := run.Filter{Job: f.Job, Status: run.Status(f.Status), By: f.By, Oldest: f.Sort == "oldest", After: f.After}
	if f.Kind != "" {
		dry := f.Kind == "dry"
		s.DryRun = &dry
	}
	for text, day := range map[*string]*time.Time{&f.From: &s.Since, &f.To: &s.Before} {
		if *text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, *text, time.Local)
		if err != nil {
			return s, queryError{fault.Errorf(fault.Invalid, "list runs: %q is no day such as 2026-03-31", *text)}
		}
		*day = t
	}
	if !s.Before.IsZero() {
		s.Before = s.Before.AddDate(0, 0, 1)
	}
	return s, nil
}

// address returns the address of the page.
func (f runsFilter) address() string {
	q := url.Values{}
	for name, value := range map[string]string{"job": f.Job, "status": f.Status, "kind": f.Kind, "by": f.By, "from": f.From, "to": f.To, "sort": f.Sort, "after": f.After} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/runs"
	}
	return fmt.Sprintf("/runs?%s", q.Encode())
}

func seg(s string) string { return url.PathEscape(s) }
